"""`pillarbox check DOMAIN`: what a domain publishes for mail, what is wrong, what to publish."""

import asyncio
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

import click

from pillarbox import foundation
from pillarbox.base.clock import Clock, SystemClock
from pillarbox.cli import terminal, values
from pillarbox.cli.frame import Command, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.config import Settings
from pillarbox.delivery import tls_policies
from pillarbox.dns.resolver import Resolver
from pillarbox.dns.zone import Zones
from pillarbox.doctor import domain as doctor
from pillarbox.doctor.domain import Report
from pillarbox.doctor.finding import Finding, Severity
from pillarbox.doctor.spf_tree import lines
from pillarbox.doctor.tls import Fetch, NoPolicyFile
from pillarbox.store import dkim_keys
from pillarbox.store.database import Transaction
from pillarbox.tlspolicy.mta_sts import StsPolicy

EXIT_CODES: Final = {
    Severity.OK: 0,
    Severity.INFO: 0,
    Severity.ERROR: 1,
    Severity.WARNING: 3,
    Severity.UNKNOWN: 4,
}
_MARKS: Final = {
    Severity.OK: ("\N{CHECK MARK}", "green"),
    Severity.INFO: ("\N{MIDDLE DOT}", "blue"),
    Severity.UNKNOWN: ("?", "yellow"),
    Severity.WARNING: ("!", "yellow"),
    Severity.ERROR: ("\N{MULTIPLICATION SIGN}", "red"),
}
_COLUMNS: Final = 100


@click.command(
    "check",
    cls=Command,
    examples="""
    pillarbox check example.org
    pillarbox check example.org --selector 2026a --selector 2026b
    pillarbox check example.org --zone example.zone --json
    """,
)
@click.argument("name", type=values.domain)
@click.option(
    "--selector", "selectors", multiple=True, metavar="NAME",
    help="A DKIM selector to look at; several times for several (default: those of our own keys).",
)  # fmt: skip
@click.option(
    "--zone", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take DNS answers from a zone file instead of asking.",
)  # fmt: skip
@json_option
@pass_place
@click.pass_context
def command(
    ctx: click.Context,
    place: Place,
    name: str,
    *,
    selectors: tuple[str, ...],
    zone: Path | None,
    as_json: bool,
) -> None:
    """Judge what the domain NAME publishes: MX, SPF, DKIM, DMARC, MTA-STS, DANE and more.

    Each finding says what is so, why it matters, and the record to publish instead. No settings
    file is needed. Exits 0 if nothing needs to be mended, 1 for errors, 3 for warnings, 4 if
    nothing worse was found and DNS could not be asked about something.
    """
    settings = place.settings_or_none()
    clock = SystemClock()
    resolver: Resolver
    if zone is not None:
        resolver = Zones.load(zone, clock)
    else:
        wanted = settings or Settings(hostname="localhost", listener=())
        resolver = foundation.resolver(wanted, clock)
    if not selectors and settings is not None and zone is None:
        selectors = Installation(settings).read(_own_selectors, name)
    fetch = _fetcher(settings, resolver, clock) if zone is None else None
    report = asyncio.run(doctor.check(resolver, name, selectors, fetch))
    if as_json:
        terminal.show_json(as_json_value(report))
    else:
        _show(report)
    ctx.exit(_exit_code(report))


def _fetcher(settings: Settings | None, resolver: Resolver, clock: Clock) -> Fetch:
    """Return what asks for policy files, over proven HTTPS."""
    wanted = settings or Settings(hostname="localhost", listener=())
    web = foundation.fetcher(wanted, resolver)

    async def fetch(domain: str, policy_id: str) -> StsPolicy | NoPolicyFile:
        try:
            kept = await tls_policies.fetch(web, domain, policy_id, clock.now())
        except tls_policies.NoPolicy as exc:
            return NoPolicyFile(exc.why.code, exc.why.text)
        return kept.policy

    return fetch


def _own_selectors(tx: Transaction, name: str) -> tuple[str, ...]:
    return tuple(key.selector for key in dkim_keys.list_(tx, name) if key.state != "removed")


def _exit_code(report: Report) -> int:
    found = {one.severity for one in report.findings}
    for severity in (Severity.ERROR, Severity.WARNING, Severity.UNKNOWN):
        if severity in found:
            return EXIT_CODES[severity]
    return 0


def as_json_value(report: Report) -> dict[str, Any]:
    """Return what `--json` prints; its shape is an interface."""
    return {
        "domain": report.domain,
        "worst": report.worst.value,
        "findings": [
            {
                "id": one.id,
                "severity": one.severity.value,
                "record": one.record,
                "text": one.text,
                "why": one.why,
                "found": one.found,
                "publish": one.publish,
            }
            for one in report.findings
        ],
        "spf_tree": lines(report.spf),
    }


def _show(report: Report) -> None:
    order = sorted(report.findings, key=lambda one: -one.severity.rank)
    for one in order:
        _show_one(one)
    if tree := lines(report.spf):
        click.echo()
        click.secho(f"SPF of {report.domain}", bold=True)
        for line in tree:
            terminal.say(f"  {line}")
    counts = [
        f"{count} {word}"
        for severity, word in (
            (Severity.ERROR, "to mend"),
            (Severity.WARNING, "to look at"),
            (Severity.UNKNOWN, "could not be asked"),
        )
        if (count := sum(one.severity is severity for one in report.findings))
    ]
    click.echo()
    terminal.say(f"{report.domain}: {', '.join(counts) or 'nothing to mend'}.")


def _show_one(one: Finding) -> None:
    mark, colour = _MARKS[one.severity]
    click.echo(click.style(f"{mark} ", fg=colour, bold=True) + terminal.clean(one.text))
    if one.severity is Severity.OK:
        return
    _prose(one.why)
    if one.publish:
        terminal.say(f"    publish: {one.record}")
        terminal.say(f"      {one.publish}")
    click.echo(click.style(f"    {one.id}", dim=True))


def _prose(text: str) -> None:
    columns = min(shutil.get_terminal_size().columns, _COLUMNS) if sys.stdout.isatty() else 10_000
    for line in textwrap.wrap(terminal.clean(text), max(columns - 4, 40)):
        click.echo(f"    {line}")
