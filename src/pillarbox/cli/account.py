"""`pillarbox account`: who has mail here. Passwords are never on the command line."""

import sys
from typing import Any

import click

from pillarbox import foundation
from pillarbox.base import password as passwords
from pillarbox.base.errors import NotFound
from pillarbox.base.password import PasswordProblem
from pillarbox.cli import account_signin, terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.store import accounts, quota, security_events, web_sessions
from pillarbox.store.accounts import Account
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.quota import Usage

password_options = [
    click.option(
        "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
    ),
    click.option("--generate", is_flag=True, help="Make a password, and print it once."),
]


@click.group("account", cls=Group, examples="pillarbox account add anna@example.org")
def command() -> None:
    """Accounts: who has mail here."""


@command.command(
    "add",
    examples="""
    pillarbox account add anna@example.org
    pillarbox account add anna@example.org --generate
    pass show mail/anna | pillarbox account add anna@example.org --password-stdin
    """,
)
@click.argument("address", type=values.address)
@password_options[0]
@password_options[1]
@click.option(
    "--quota", "limit", type=values.size, metavar="SIZE", help="As 500M or 2G; 0: no limit."
)
@json_option
@pass_place
def add(
    place: Place,
    address: str,
    *,
    password_stdin: bool,
    generate: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Add the account ADDRESS. Its domain must be one of ours."""
    here = Installation(place.settings())
    if here.read(accounts.find, address) is not None:
        raise Failure(f"account {address} exists already")
    password = _password(from_stdin=password_stdin, generate=generate)
    credentials = passwords.make(password).encode()
    here.write(_add, address, credentials, limit or 0)
    if as_json:
        told = {"address": address} | ({"password": password} if generate else {})
        terminal.show_json(told)
        return
    terminal.say(f"{address} is added.")
    if generate:
        terminal.say(f"Password: {password}")


def _add(tx: Transaction, address: str, credentials: str, limit: int) -> None:
    foundation.add_account(tx, address, credentials)
    if limit:
        accounts.set_quota(tx, _get(tx, address).account_id, limit)


def _password(*, from_stdin: bool, generate: bool) -> str:
    """Return a password that can be used, prompted for twice unless said otherwise."""
    if from_stdin and generate:
        raise click.UsageError("give either --password-stdin or --generate")
    if generate:
        return passwords.generate()
    if from_stdin:
        password = read_password()
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        passwords.prepare(password)
    except PasswordProblem as exc:
        raise Failure(f"the password cannot be used: {exc}") from exc
    return password


def read_password() -> str:
    """Return the first line of standard input, without its line end. Raises Failure."""
    line = sys.stdin.buffer.readline(2 * passwords.MAX_PASSWORD_OCTETS)
    try:
        password = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as exc:
        raise Failure("standard input: the password is not UTF-8") from exc
    if not password:
        raise Failure("standard input: there is no password")
    return password


def _get(tx: Transaction, address: str) -> Account:
    account = accounts.find(tx, address)
    if account is None:
        raise NotFound(f"account {address}")
    return account


@command.command("list", examples="pillarbox account list --domain example.org --json")
@click.option("--domain", default="", metavar="NAME", help="Only those of one domain.")
@json_option
@pass_place
def list_(place: Place, domain: str, *, as_json: bool) -> None:
    """List the accounts."""
    found = Installation(place.settings()).read(accounts.list_)
    if domain:
        found = [a for a in found if a.address.endswith("@" + domain.lower())]
    if as_json:
        terminal.show_json([_as_json(account) for account in found])
        return
    terminal.table(
        ("account", "messages", "used", "quota", "sign-in"),
        [
            (
                account.address,
                str(account.used_messages),
                terminal.octets(account.used_octets),
                terminal.octets(account.quota_octets) if account.quota_octets else "none",
                "disabled" if account.disabled else "allowed",
            )
            for account in found
        ],
        right=(1, 2, 3),
    )


def _as_json(account: Account) -> dict[str, Any]:
    """Return what may be told of an account: never its credentials."""
    return {
        "address": account.address,
        "disabled": account.disabled,
        "used_octets": account.used_octets,
        "used_messages": account.used_messages,
        "quota_octets": account.quota_octets,
        "created_at": terminal.iso(account.created_at),
    }


@command.command(
    "password",
    examples="""
    pillarbox account password anna@example.org
    pillarbox account password anna@example.org --password-stdin < secret
    """,
)
@click.argument("address", type=values.address)
@password_options[0]
@password_options[1]
@pass_place
def password_(place: Place, address: str, *, password_stdin: bool, generate: bool) -> None:
    """Give the account ADDRESS another password."""
    here = Installation(place.settings())
    account = here.read(_get, address)
    password = _password(from_stdin=password_stdin, generate=generate)
    credentials = passwords.make_again(password, account.credentials).encode()
    here.write(_set_password, account.account_id, credentials)
    here.hint([account.account_id])
    terminal.say(f"{address} has a new password. Its browsers must sign in again.")
    if generate:
        terminal.say(f"Password: {password}")


def _set_password(tx: Transaction, account_id: AccountId, credentials: str) -> None:
    accounts.set_credentials(tx, account_id, credentials)
    web_sessions.end_others(tx, account_id)
    security_events.add(tx, account_id, "password_changed")


@command.command("remove", examples="pillarbox account remove anna@example.org --yes")
@click.argument("address", type=values.address)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_place
def remove(place: Place, address: str, *, yes: bool) -> None:
    """Remove the account ADDRESS and all its mail."""
    here = Installation(place.settings())
    account = here.read(_get, address)
    if not yes:
        question = f"Remove {address} and its {account.used_messages} messages for good?"
        click.confirm(question, abort=True)

    async def work(db: Database) -> None:
        await db.write(accounts.delete, account.account_id)
        # In small transactions, so that mail for others is not kept waiting.
        while await db.write(accounts.purge):
            pass

    here.run(work)
    terminal.say(f"{address} is removed.")


@command.command("disable", examples="pillarbox account disable anna@example.org")
@click.argument("address", type=values.address)
@pass_place
def disable(place: Place, address: str) -> None:
    """Forbid the account ADDRESS to sign in. Its mail still comes."""
    Installation(place.settings()).write(_set_disabled, address, disabled=True)
    terminal.say(f"{address} may not sign in. Its mail still comes.")


@command.command("enable", examples="pillarbox account enable anna@example.org")
@click.argument("address", type=values.address)
@pass_place
def enable(place: Place, address: str) -> None:
    """Allow the account ADDRESS to sign in again."""
    Installation(place.settings()).write(_set_disabled, address, disabled=False)
    terminal.say(f"{address} may sign in.")


def _set_disabled(tx: Transaction, address: str, *, disabled: bool) -> None:
    accounts.set_disabled(tx, _get(tx, address).account_id, disabled=disabled)


@command.command(
    "quota",
    examples="""
    pillarbox account quota anna@example.org
    pillarbox account quota anna@example.org 2G
    pillarbox account quota anna@example.org 0
    """,
)
@click.argument("address", type=values.address)
@click.argument("size", type=values.size, required=False)
@json_option
@pass_place
def quota_(place: Place, address: str, size: int | None, *, as_json: bool) -> None:
    """Show how much the account ADDRESS holds, or limit it to SIZE (0: no limit).

    A limit below what is there refuses new mail and removes none.
    """
    here = Installation(place.settings())
    usage = (
        here.write(_set_quota, address, size) if size is not None else here.read(_usage, address)
    )
    if as_json:
        terminal.show_json(
            {
                "address": address,
                "used_octets": usage.octets,
                "used_messages": usage.messages,
                "quota_octets": usage.limit_octets,
            }
        )
        return
    limit = terminal.octets(usage.limit_octets) if usage.limit_octets else "no limit"
    terminal.say(
        f"{address}: {terminal.octets(usage.octets)} in {usage.messages} messages, {limit}."
    )


def _set_quota(tx: Transaction, address: str, size: int) -> Usage:
    accounts.set_quota(tx, _get(tx, address).account_id, size)
    return _usage(tx, address)


def _usage(tx: Transaction, address: str) -> Usage:
    return quota.usage(tx, _get(tx, address).account_id)


for _more in account_signin.COMMANDS:
    command.add_command(_more)
