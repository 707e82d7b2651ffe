"""`pillarbox alias`: addresses that stand for other addresses, here or elsewhere."""

import click

from pillarbox.cli import terminal, values
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.store import aliases, domains
from pillarbox.store.database import Transaction


@click.group("alias", cls=Group, examples="pillarbox alias add info@example.org anna@example.org")
def command() -> None:
    """Addresses that stand for other addresses."""


@command.command(
    "add",
    examples="""
    pillarbox alias add info@example.org anna@example.org
    pillarbox alias add team@example.org anna@example.org bert@elsewhere.example
    """,
)
@click.argument("address", type=values.address)
@click.argument("targets", type=values.address, nargs=-1, required=True)
@json_option
@pass_place
def add(place: Place, address: str, targets: tuple[str, ...], *, as_json: bool) -> None:
    """Make ADDRESS stand for each of TARGETS as well; they may be on other servers."""
    here = Installation(place.settings())
    kept = here.write(_add, address, targets)
    ours = {domain.name for domain in here.read(domains.list_)}
    if as_json:
        terminal.show_json({"address": address, "targets": list(kept)})
    else:
        terminal.say(f"{address} stands for {', '.join(kept)}.")
        away = [target for target in targets if target.rpartition("@")[2] not in ours]
        if away:
            terminal.note(
                f"{away[0]} is at another server: `pillarbox forward check {address}` tells "
                "how much mail would not survive that."
            )


def _add(tx: Transaction, address: str, targets: tuple[str, ...]) -> tuple[str, ...]:
    return aliases.set_(tx, address, (*aliases.targets(tx, address), *targets))


@command.command("list", examples="pillarbox alias list --json")
@json_option
@pass_place
def list_(place: Place, *, as_json: bool) -> None:
    """List the aliases."""
    found = Installation(place.settings()).read(aliases.list_)
    if as_json:
        terminal.show_json([{"address": a, "targets": list(t)} for a, t in found.items()])
    else:
        terminal.table(("alias", "stands for"), [(a, ", ".join(t)) for a, t in found.items()])


@command.command(
    "remove",
    examples="""
    pillarbox alias remove info@example.org
    pillarbox alias remove team@example.org bert@elsewhere.example
    """,
)
@click.argument("address", type=values.address)
@click.argument("targets", type=values.address, nargs=-1)
@pass_place
def remove(place: Place, address: str, targets: tuple[str, ...]) -> None:
    """Remove the alias ADDRESS, or only some of its TARGETS."""
    left = Installation(place.settings()).write(_remove, address, targets)
    terminal.say(
        f"{address} stands for {', '.join(left)}." if left else f"{address} is no alias any more."
    )


def _remove(tx: Transaction, address: str, targets: tuple[str, ...]) -> tuple[str, ...]:
    gone = {target.lower() for target in targets}
    left = [target for target in aliases.targets(tx, address) if target not in gone]
    if targets and left:
        return aliases.set_(tx, address, left)
    aliases.remove(tx, address)
    return ()
