"""`pillarbox account app-password`: what programs sign in with, one for each."""

from datetime import timedelta
from typing import Any

import click

from pillarbox.base import password as passwords
from pillarbox.base import token as tokens
from pillarbox.base.errors import NotFound
from pillarbox.cli import terminal, values
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.store import accounts, app_passwords, security_events
from pillarbox.store.accounts import Account
from pillarbox.store.app_passwords import SCOPES, AppPassword
from pillarbox.store.database import Transaction


def _get(tx: Transaction, address: str) -> Account:
    account = accounts.find(tx, address)
    if account is None:
        raise NotFound(f"account {address}")
    return account


@click.group(
    "app-password",
    cls=Group,
    examples="pillarbox account app-password add anna@example.org Phone --scope imap",
)
def command() -> None:
    """Passwords for programs: one for each, with scopes, revoked alone."""


@command.command(
    "add",
    examples="""
    pillarbox account app-password add anna@example.org "Anna's phone" --scope imap --scope smtp
    pillarbox account app-password add anna@example.org backup --scope jmap --days 90 --json
    """,
)
@click.argument("address", type=values.address)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What it is for; several are allowed (default: imap and smtp).",
)
@click.option("--days", type=click.IntRange(1, 3660), help="How long it works (default: no end).")
@json_option
@pass_place
def add(
    place: Place,
    address: str,
    name: str,
    scopes: tuple[str, ...],
    days: int | None,
    *,
    as_json: bool,
) -> None:
    """Make an app password called NAME for the account ADDRESS, and print it once."""
    here = Installation(place.settings())
    wanted = scopes or ("imap", "smtp")
    password = tokens.new_app_password()
    mark = here.marker.mark(tokens.APP, tokens.app_password(password) or "")
    scram = passwords.keys_beside(password, here.read(_get, address).credentials)
    number = here.write(_add_app_password, address, mark, name, wanted, days, scram)
    if as_json:
        told = {"address": address, "number": number, "name": name, "scopes": sorted(wanted)}
        terminal.show_json({**told, "password": password})
        return
    terminal.say(f"Password: {password}")
    terminal.note(f"For {', '.join(sorted(wanted))} of {address}. It is not shown again.")


def _add_app_password(
    tx: Transaction,
    address: str,
    mark: bytes,
    name: str,
    scopes: tuple[str, ...],
    days: int | None,
    scram: str,
) -> int:
    account_id = _get(tx, address).account_id
    ends = None if days is None else tx.now + timedelta(days=days)
    number = app_passwords.make(tx, account_id, mark, name, scopes, ends, scram)
    security_events.add(tx, account_id, "app_password_made", name)
    return number


@command.command("list", examples="pillarbox account app-password list anna@example.org")
@click.argument("address", type=values.address)
@json_option
@pass_place
def list_(place: Place, address: str, *, as_json: bool) -> None:
    """List the app passwords of the account ADDRESS. The passwords themselves are not kept."""
    found = Installation(place.settings()).read(_app_passwords, address)
    if as_json:
        terminal.show_json([_app_json(app) for app in found])
        return
    terminal.table(
        ("number", "name", "for", "made", "ends", "last used", "by"),
        [
            (
                str(app.password_no),
                app.name,
                ", ".join(sorted(app.scopes)),
                terminal.time(app.created_at),
                terminal.time(app.expires_at),
                terminal.time(app.used_at),
                app.used_by,
            )
            for app in found
        ],
        right=(0,),
    )


def _app_passwords(tx: Transaction, address: str) -> list[AppPassword]:
    return app_passwords.list_(tx, _get(tx, address).account_id)


def _app_json(app: AppPassword) -> dict[str, Any]:
    return {
        "number": app.password_no,
        "name": app.name,
        "scopes": sorted(app.scopes),
        "created_at": terminal.iso(app.created_at),
        "expires_at": terminal.iso(app.expires_at),
        "used_at": terminal.iso(app.used_at),
        "used_by": app.used_by,
    }


@command.command("revoke", examples="pillarbox account app-password revoke anna@example.org 3")
@click.argument("address", type=values.address)
@click.argument("number", type=click.IntRange(min=1))
@json_option
@pass_place
def revoke(place: Place, address: str, number: int, *, as_json: bool) -> None:
    """Let the app password NUMBER of the account ADDRESS sign nobody in any more."""
    here = Installation(place.settings())
    account = here.read(_get, address)
    name = here.write(_revoke, address, number)
    here.hint([account.account_id])
    if as_json:
        terminal.show_json({"address": address, "number": number, "name": name})
    else:
        terminal.say(f"{name}: revoked.")


def _revoke(tx: Transaction, address: str, number: int) -> str:
    account_id = _get(tx, address).account_id
    name = app_passwords.revoke(tx, account_id, number)
    security_events.add(tx, account_id, "app_password_revoked", name)
    return name
