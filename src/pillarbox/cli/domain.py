"""`pillarbox domain`: the domains we take mail for, and what they publish."""

import asyncio
from typing import Any

import click

from pillarbox import foundation
from pillarbox.cli import dkim, domain_records, records, records_tls, terminal, values
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.cli.records import Checked
from pillarbox.store import accounts, aliases, dkim_keys, domains
from pillarbox.store.database import Transaction


@click.group("domain", cls=Group, examples="pillarbox domain add example.org")
def command() -> None:
    """The domains whose mail this installation takes."""


command.add_command(dkim.command)
command.add_command(domain_records.command)


@command.command(
    "add",
    examples="""
    pillarbox domain add example.org
    pillarbox domain add example.org && pillarbox domain records example.org
    """,
)
@click.argument("name", type=values.domain)
@json_option
@pass_place
def add(place: Place, name: str, *, as_json: bool) -> None:
    """Add the domain NAME, and make its DKIM keys (RSA and Ed25519)."""
    here = Installation(place.settings())
    algorithms = here.settings.dkim.algorithms
    here.write(foundation.add_domain, name, here.sealer, here.now, algorithms)
    keys = here.read(dkim_keys.list_, name)
    if as_json:
        terminal.show_json({"name": name, "selectors": [key.selector for key in keys]})
        return
    terminal.say(f"{name} is added, its mail is signed with {len(keys)} keys.")
    terminal.say(f"Publish its records: pillarbox domain records {name}")


@command.command("list", examples="pillarbox domain list --json")
@json_option
@pass_place
def list_(place: Place, *, as_json: bool) -> None:
    """List the domains."""
    rows = Installation(place.settings()).read(_overview)
    if as_json:
        terminal.show_json(rows)
        return
    terminal.table(
        ("domain", "accounts", "aliases", "catch-all", "keys"),
        [
            (row["name"], str(row["accounts"]), str(row["aliases"]), row["catch_all"],
             ", ".join(key["selector"] for key in row["keys"]))
            for row in rows
        ],
        right=(1, 2),
    )  # fmt: skip


def _overview(tx: Transaction) -> list[dict[str, Any]]:
    owners = [account.address.rpartition("@")[2] for account in accounts.list_(tx)]
    stands = [address.rpartition("@")[2] for address in aliases.list_(tx)]
    return [
        {
            "name": domain.name,
            "catch_all": domain.catch_all,
            "accounts": owners.count(domain.name),
            "aliases": stands.count(domain.name),
            "keys": [
                {"selector": key.selector, "algorithm": key.algorithm, "state": key.state}
                for key in dkim_keys.list_(tx, domain.name)
            ],
            "created_at": terminal.iso(domain.created_at),
        }
        for domain in domains.list_(tx)
    ]


@command.command(
    "check",
    examples="""
    pillarbox domain check example.org
    pillarbox domain check example.org --json
    """,
)
@click.argument("name", type=values.domain)
@json_option
@pass_place
@click.pass_context
def check(ctx: click.Context, place: Place, name: str, *, as_json: bool) -> None:
    """Ask DNS whether the domain NAME publishes what it should.

    Exits 1 if a record is missing or wrong, or DNS could not be asked.
    """
    here = Installation(place.settings())
    hostname = here.settings.hostname
    found = here.read(records.wanted, name, here.sealer, hostname)
    resolver = foundation.resolver(here.settings, here.clock)

    async def compare() -> list[Checked]:
        announced = records_tls.announced(here.settings, name)
        first = await records.compare(resolver, found, hostname, here.now)
        return first + [await records_tls.compare(resolver, one) for one in announced]

    checked = asyncio.run(compare())
    ok = all(one.status == "ok" for one in checked)
    if as_json:
        terminal.show_json(
            {"domain": name, "ok": ok, "records": [_checked_json(one) for one in checked]}
        )
    else:
        _show_checked(checked)
    ctx.exit(0 if ok else 1)


def _checked_json(one: Checked) -> dict[str, Any]:
    return domain_records.as_json(one.wanted) | {
        "status": one.status,
        "found": list(one.found),
        "problem": one.problem,
    }


def _show_checked(checked: list[Checked]) -> None:
    words = {"unknown": "could not ask"}
    terminal.table(
        ("record", "type", "is", "why"),
        [
            (one.wanted.name, one.wanted.rtype, words.get(one.status, one.status), one.problem)
            for one in checked
        ],
    )
    for one in checked:
        if one.status in {"missing", "wrong"}:
            click.echo()
            terminal.say(f"{one.wanted.name} {one.wanted.rtype}, {one.wanted.purpose}:")
            for text in one.found:
                terminal.say(f"  found:   {text[: records.MAX_TEXT]}")
            terminal.say(f"  publish: {one.wanted.value}")


@command.command("remove", examples="pillarbox domain remove example.org --yes")
@click.argument("name", type=values.domain)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_place
def remove(place: Place, name: str, *, yes: bool) -> None:
    """Remove the domain NAME and its keys. It must have no accounts and aliases."""
    here = Installation(place.settings())
    here.read(domains.get, name)
    if not yes:
        click.confirm(f"Remove {name} and its DKIM keys for good?", abort=True)
    here.write(domains.remove, name)
    terminal.say(f"{name} is removed.")


@command.command(
    "catch-all",
    examples="""
    pillarbox domain catch-all example.org anna@example.org
    pillarbox domain catch-all example.org --off
    """,
)
@click.argument("name", type=values.domain)
@click.argument("target", type=values.address, required=False)
@click.option("--off", is_flag=True, help="Refuse mail to names that do not exist.")
@pass_place
def catch_all(place: Place, name: str, target: str | None, *, off: bool) -> None:
    """Send mail to any unknown name at the domain NAME to the address TARGET."""
    if (target is None) is not off:
        raise click.UsageError("give either TARGET or --off")
    here = Installation(place.settings())
    here.write(domains.set_catch_all, name, target or "")
    goes = f"goes to {target}" if target else "is refused"
    terminal.say(f"Mail to unknown names at {name} {goes}.")
