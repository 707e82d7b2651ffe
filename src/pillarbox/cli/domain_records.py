"""`pillarbox domain records`: what to publish, as text, as a zone file, or field by field."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import click

from pillarbox import foundation
from pillarbox.cli import proposal, records, records_tls, terminal, values
from pillarbox.cli.frame import Command, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.cli.proposal import Proposed
from pillarbox.mailauth import psl
from pillarbox.mailauth.publish import TTL, Wanted, format_zone

ASK_SECONDS: Final = 10.0
_SAID: Final = {
    "new": "",
    "same": "published already",
    "changed": "replaces what stands there",
    "unknown": "could not ask",
}


@click.command(
    "records",
    cls=Command,
    examples="""
    pillarbox domain records example.org
    pillarbox domain records example.org --format form
    pillarbox domain records example.org --format zone --no-ask >> example.org.zone
    """,
)
@click.argument("name", type=values.domain)
@click.option(
    "--format", "form", type=click.Choice(["plain", "zone", "form"]), default="plain",
    show_default=True, help="As text, as lines of a zone file, or as a DNS provider's form.",
)  # fmt: skip
@click.option("--zone", is_flag=True, help="The same as --format zone.")
@click.option(
    "--ask/--no-ask", default=True, show_default=True,
    help="Ask DNS what stands there, and merge an SPF record with ours.",
)  # fmt: skip
@json_option
@pass_place
def command(place: Place, name: str, *, form: str, zone: bool, ask: bool, as_json: bool) -> None:
    """Print the DNS records that the domain NAME should publish.

    Mail comes by MX; SPF, DKIM and DMARC let others see what is really from the domain. What is
    published already is kept: our host is put into an SPF record that stands there, and the
    change is shown.
    """
    here = Installation(place.settings())
    hostname = here.settings.hostname
    found = here.read(records.wanted, name, here.sealer, hostname)
    announced = records_tls.announced(here.settings, name)
    proposed = proposal.unasked([*found, *announced])
    if ask:
        resolver = foundation.resolver(here.settings, here.clock)

        async def propose() -> list[Proposed]:
            more = [*announced, *await records_tls.pinned(resolver, here.settings)]
            merged = await proposal.propose(resolver, found, hostname, here.now)
            return merged + await proposal.propose_encryption(resolver, more)

        try:
            proposed = asyncio.run(asyncio.wait_for(propose(), ASK_SECONDS))
        except TimeoutError:
            terminal.note(f"DNS did not answer in {ASK_SECONDS:.0f} s: nothing is merged.")
    if as_json:
        terminal.show_json([_as_json(one) for one in proposed])
    elif zone or form == "zone":
        click.echo(_zone(proposed), nl=False)
    elif form == "form":
        _show_form(name, proposed)
    else:
        show(proposed)


def show(proposed: Sequence[Proposed]) -> None:
    """Print records as they are typed into a form: each value on a line of its own."""
    for one in proposed:
        said = _SAID[one.change]
        click.secho(
            f"{one.wanted.name}  {one.wanted.rtype}" + (f"  ({said})" if said else ""), bold=True
        )
        if one.change == "changed":
            _show_change(one)
        else:
            terminal.say(f"  {one.wanted.value}")
        if one.note:
            terminal.say(f"  Note: {one.note}")
        terminal.say(f"  ({one.wanted.purpose})")


def _show_change(one: Proposed) -> None:
    for text in one.before:
        click.secho(terminal.clean(f"- {text[: records.MAX_TEXT]}"), fg="red")
    click.secho(terminal.clean(f"+ {one.wanted.value}"), fg="green")
    if len(one.before) == 1 and one.wanted.value.startswith("v=spf1"):
        added, removed = _words(one.before[0], one.wanted.value)
        if added:
            terminal.say(f"  added:   {' '.join(added)}")
        if removed:
            terminal.say(f"  removed: {' '.join(removed)}")


def _words(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return which words were added, and which removed."""
    old, new = before.split(), after.split()
    return [word for word in new if word not in old], [word for word in old if word not in new]


def _zone(proposed: Sequence[Proposed]) -> str:
    """Return lines of a zone file; what they replace, and what stands already, as comments."""
    parts = []
    for one in proposed:
        lines = format_zone([one.wanted])
        if one.change == "same":
            first, _, rest = lines.partition("\n")
            lines = f"{first}\n; published already: {rest}"
        else:
            before = "".join(
                f"; replaces: {terminal.clean(text[: records.MAX_TEXT])}\n" for text in one.before
            )
            lines = before + lines
        parts.append((f"; note: {terminal.clean(one.note)}\n" if one.note else "") + lines)
    return "".join(parts)


def fields(wanted: Wanted, zone: str) -> dict[str, str]:
    """Return what goes into the fields of a DNS provider's form for the zone `zone`.

    host: below the zone, "@" for the zone itself. value: TXT without quotes, in one piece, as
    forms want it. priority: of MX, else "".
    """
    host = wanted.name.removesuffix(f".{zone}") if wanted.name != zone else "@"
    priority, value = "", wanted.value
    if wanted.rtype == "MX":
        priority, _, value = wanted.value.partition(" ")
        value = value.removesuffix(".")
    shown = {"type": wanted.rtype, "host": host, "value": value, "priority": priority}
    return shown | {"ttl": str(TTL)}


def _show_form(name: str, proposed: Sequence[Proposed]) -> None:
    zone = psl.organisational_domain(name) or name
    terminal.say(
        f"Fields for the zone {zone}. If a form wants whole names, add .{zone} to the host."
    )
    for one in proposed:
        click.echo()
        said = _SAID[one.change]
        click.secho(one.wanted.purpose + (f" - {said}" if said else ""), bold=True)
        if one.change == "same":
            continue
        for label, value in fields(one.wanted, zone).items():
            if value:
                terminal.say(f"  {label.capitalize() + ':':<10}{value}")
        for text in one.before:
            terminal.say(f"  {'Instead of:':<12}{text[: records.MAX_TEXT]}")
        if one.note:
            terminal.say(f"  Note: {one.note}")


def _as_json(one: Proposed) -> dict[str, Any]:
    zone = psl.organisational_domain(one.wanted.name) or one.wanted.name
    return as_json(one.wanted) | {
        "change": one.change,
        "before": list(one.before),
        "note": one.note,
        "form": fields(one.wanted, zone),
    }


def as_json(record: Wanted) -> dict[str, Any]:
    """Return one record for scripts."""
    return {
        "name": record.name,
        "type": record.rtype,
        "value": record.value,
        "presentation": record.presentation,
        "purpose": record.purpose,
    }
