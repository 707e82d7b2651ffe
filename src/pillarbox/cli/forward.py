"""`pillarbox forward`: mail that is passed on, by us and by others."""

import datetime as dt
from typing import Any

import click

from pillarbox.cli import terminal, values
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.delivery import acquaintances, known, preflight, route, srs_secrets
from pillarbox.delivery.known import Kind, Known
from pillarbox.delivery.preflight import Fate, Survey
from pillarbox.delivery.route import Remote, Routing
from pillarbox.store import traces
from pillarbox.store.database import Transaction
from pillarbox.store.traces import Query
from pillarbox.trace.step import Trace


@click.group("forward", cls=Group, examples="pillarbox forward check info@example.org")
def command() -> None:
    """Mail that is passed on: will it survive, and whom do we know."""


@command.command(
    "check",
    examples="""
    pillarbox forward check info@example.org
    pillarbox forward check --all --last 1000 new@example.org
    pillarbox forward check info@example.org --json
    """,
)
@click.argument("address", type=values.address)
@click.option(
    "--last", type=click.IntRange(1, 100_000), default=200, show_default=True, metavar="N",
    help="How many of the latest messages are looked at.",
)  # fmt: skip
@click.option("--all", "everybody", is_flag=True, help="Look at mail for every address.")
@json_option
@pass_place
@click.pass_context
def check(
    ctx: click.Context, place: Place, address: str, *, last: int, everybody: bool, as_json: bool
) -> None:
    """Tell how much mail for ADDRESS would fail at a strict receiver if we forward it.

    Looks at what came in lately. Exits 1 if any message would be refused or put in Junk.
    """
    settings = place.settings()
    here = Installation(settings)
    wanted = "" if everybody else address
    routing, found = here.read(_collect, address, wanted, last, settings.subaddress_separator)
    result = preflight.survey(found, rewriting=settings.srs)
    targets = [target.address for target in routing.targets if isinstance(target, Remote)]
    if as_json:
        terminal.show_json(_as_json(address, targets, result))
    else:
        _show(address, targets, result)
    ctx.exit(1 if result.failing else 0)


def _collect(
    tx: Transaction, address: str, wanted: str, last: int, separator: str
) -> tuple[Routing, list[Trace]]:
    query = Query(recipient=wanted, direction="in")
    entries = traces.list_(tx, query, last)
    return route.resolve(tx, address, separator), [traces.get(tx, e.trace_id) for e in entries]


def _as_json(address: str, targets: list[str], result: Survey) -> dict[str, Any]:
    seal = address.rpartition("@")[2]
    findings = []
    for finding in result.findings:
        text, advice = preflight.explain(finding, seal)
        findings.append(
            {
                "domain": finding.domain,
                "fate": finding.fate.value,
                "reason": finding.why.value,
                "policy": finding.policy,
                "count": finding.count,
                "text": text,
                "advice": advice,
                "traces": finding.examples,
            }
        )
    counts = {fate.value: result.counts[fate] for fate in Fate}
    return {
        "address": address,
        "targets": targets,
        "examined": result.examined,
        **counts,
        "bounced": result.bounced,
        "findings": findings,
    }


def _show(address: str, targets: list[str], result: Survey) -> None:
    if not result.examined:
        terminal.say(
            f"No mail for {address} is on record, so nothing can be foreseen; "
            "--all looks at mail for every address."
        )
        return
    goal = f" to {', '.join(targets)}" if targets else ""
    terminal.say(
        f"Of the last {result.examined} messages, {result.failing} would fail at a strict "
        f"receiver if forwarded{goal}: {result.counts[Fate.REFUSED]} refused, "
        f"{result.counts[Fate.JUNK]} put in Junk."
    )
    if held := result.counts[Fate.HELD]:
        terminal.say(f"{held} of them are junk to us and are not forwarded.")
    if unknown := result.counts[Fate.UNKNOWN]:
        terminal.say(f"{unknown} were not checked, so nothing is known of them.")
    if result.bounced:
        terminal.say(f"{result.bounced} of them really were refused by others.")
    seal = address.rpartition("@")[2]
    for finding in result.findings:
        text, advice = preflight.explain(finding, seal)
        terminal.say(f"\N{BULLET} {finding.domain}: {finding.count} {finding.fate.value}; {text}.")
        terminal.say(f"  {advice}.")


@command.command("rotate-secret", examples="pillarbox forward rotate-secret")
@pass_place
def rotate_secret(place: Place) -> None:
    """Make a new secret for return addresses; those written with the old one stay good."""
    settings = place.settings()
    older = Installation(settings).write(srs_secrets.rotate, settings.forwarding.srs_days)
    terminal.say(
        f"A new secret is in use when the server is restarted or gets SIGHUP; {older} older "
        f"still open{'s' if older == 1 else ''} what was written before."
    )


@command.group("known", cls=Group, examples="pillarbox forward known list")
def known_command() -> None:
    """Forwarders and mailing lists whose word counts when they break a sender's proof."""


@known_command.command(
    "add",
    examples="""
    pillarbox forward known add sealer lists.project.example
    pillarbox forward known add network 192.0.2.0/24 --account anna@example.org
    pillarbox forward known add list dev.lists.project.example --signed-by project.example
    """,
)
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("value")
@click.option("--signed-by", "signer", default="", metavar="DOMAIN", help="Who signs for a list.")
@click.option(
    "--reason", type=click.Choice(["mailing_list", "trusted_forwarder", "local_policy"]),
    help="What reports to owners of domains say.",
)  # fmt: skip
@click.option(
    "--account", type=values.address, default=None, metavar="ADDRESS",
    help="Only for mail to this account alone.",
)  # fmt: skip
@json_option
@pass_place
def add(
    place: Place,
    kind: str,
    value: str,
    *,
    signer: str,
    reason: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Know a forwarder: by the domain of its seals, its addresses, or as a mailing list.

    A running server takes notice within a minute.
    """
    entry = known.make(kind, value, signer=signer, reason=reason or "", account=account or "")
    here = Installation(place.settings())
    kept = here.write(acquaintances.add, entry, here.now)
    if as_json:
        terminal.show_json(_entry(kept))
    else:
        whom = f" for mail to {kept.account}" if kept.account else ""
        terminal.say(f"The {kept.kind.value} {kept.value} is known here now{whom}.")


@known_command.command("list", examples="pillarbox forward known list --json")
@json_option
@pass_place
def list_(place: Place, *, as_json: bool) -> None:
    """List whom we know, from the settings and from the store."""
    from pillarbox import policies  # noqa: PLC0415 - slow to load

    settings = place.settings()
    found = policies.known_forwarders(settings)
    found += Installation(settings).read(acquaintances.list_)
    if as_json:
        terminal.show_json([_entry(entry) for entry in found])
        return
    rows = [(e.kind.value, e.value, e.signer, e.reason.value, e.account, _since(e)) for e in found]
    terminal.table(("kind", "value", "signed by", "in reports", "account", "since"), rows)


@known_command.command(
    "remove", examples="pillarbox forward known remove sealer lists.project.example"
)
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("value")
@click.option("--account", type=values.address, default=None, metavar="ADDRESS")
@pass_place
def remove(place: Place, kind: str, value: str, *, account: str | None) -> None:
    """Know a forwarder no longer. Those of the settings are removed there."""
    Installation(place.settings()).write(acquaintances.remove, kind, value, account or "")
    terminal.say(f"The {kind} {value} is not known here any more.")


def _since(entry: Known) -> str:
    if not entry.since:
        return "settings"
    return terminal.time(dt.datetime.fromtimestamp(entry.since, dt.UTC))


def _entry(entry: Known) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "value": entry.value,
        "signer": entry.signer,
        "reason": entry.reason.value,
        "account": entry.account,
        "since": _since(entry),
    }
