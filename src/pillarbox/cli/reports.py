"""`pillarbox reports`: what other servers say of our domains, and what we report to others."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from pillarbox.base.errors import Invalid
from pillarbox.cli import terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.cli.reports_sent import pending, send
from pillarbox.delivery import report_intake, report_words, tls_report_words
from pillarbox.mailauth.dmarc_report import AggregateReport
from pillarbox.mailauth.report_file import MAX_FILE_OCTETS, read
from pillarbox.mailauth.tls_report import TlsReport
from pillarbox.store import reports
from pillarbox.store.reports import Report

_MAX_DAYS: Final = 400


@click.group("reports", cls=Group, examples="pillarbox reports list")
def command() -> None:
    """Reports of other servers on our domains, and ours to others (DMARC, TLS-RPT)."""


command.add_command(pending)
command.add_command(send)


@command.command(
    "list",
    examples="""
    pillarbox reports list
    pillarbox reports list example.org --days 7 --json
    """,
)
@click.argument("name", type=values.domain, required=False)
@click.option("--days", type=click.IntRange(1, _MAX_DAYS), default=30, show_default=True,
              help="How far back.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True,
              help="How many at most.")  # fmt: skip
@json_option
@pass_place
def list_(place: Place, name: str | None, days: int, limit: int, *, as_json: bool) -> None:
    """List the reports about all domains, or about NAME, the newest first."""
    here = Installation(place.settings())
    since = here.now - timedelta(days=days)
    found = here.read(reports.list_, name or "", since, limit)
    if as_json:
        terminal.show_json([_about(report) for report in found])
        return
    terminal.table(
        ("number", "kind", "domain", "from", "until", "count", "proven", ""),
        [
            (str(one.report_no), one.kind, one.domain, one.org, terminal.time(one.end_at),
             str(one.messages), str(one.aligned), "" if one.aligned == one.messages else "look")
            for one in found
        ],
        right=(0, 5, 6),
    )  # fmt: skip
    if any(one.aligned < one.messages for one in found):
        terminal.say("See what was wrong with the others: pillarbox reports show NUMBER")


def _about(report: Report) -> dict[str, Any]:
    return {
        "number": report.report_no,
        "kind": report.kind,
        "domain": report.domain,
        "org": report.org,
        "report_id": report.name,
        "begin": terminal.iso(report.begin_at),
        "end": terminal.iso(report.end_at),
        "received_at": terminal.iso(report.received_at),
        "messages": report.messages,
        "aligned": report.aligned,
    }


@command.command(
    "show",
    examples="""
    pillarbox reports show 17
    pillarbox reports show 17 --json
    """,
)
@click.argument("number", type=click.IntRange(1))
@json_option
@pass_place
def show(place: Place, number: int, *, as_json: bool) -> None:
    """Show report NUMBER: who sent in the domain's name, what was done, and what to do."""
    here = Installation(place.settings())
    kept, body = here.read(reports.get, number)
    if kept.kind == report_intake.TLS_KIND:
        _show_tls(kept, report_intake.open_tls_report(body), as_json=as_json)
        return
    report = report_intake.open_report(body)
    found = report_words.sources(report)
    if as_json:
        told = [msgspec.to_builtins(source) for source in found]
        full = msgspec.to_builtins(report)
        summary = report_words.summary(report)
        terminal.show_json(_about(kept) | {"summary": summary, "sources": told, "report": full})
        return
    _show(kept, report)


def _show_tls(kept: Report, report: TlsReport, *, as_json: bool) -> None:
    summary, told = tls_report_words.summary(report), tls_report_words.failures(report)
    if as_json:
        found = [msgspec.to_builtins(failure) for failure in told]
        full = msgspec.to_builtins(report)
        terminal.show_json(_about(kept) | {"summary": summary, "failures": found, "report": full})
        return
    terminal.say(summary)
    terminal.say(f"From {terminal.time(kept.begin_at)} to {terminal.time(kept.end_at)}.")
    for failure in told:
        click.echo()
        where = failure.mx or kept.domain
        head = f"{where}: {failure.count} times {failure.result} ({failure.policy})"
        click.secho(terminal.clean(head), bold=True)
        terminal.say(f"  {failure.words}.")
        if failure.reason:
            terminal.say(f"  the sender says: {failure.reason}")


def _show(kept: Report, report: AggregateReport) -> None:
    terminal.say(report_words.summary(report))
    policy = report.policy
    asked = ", ".join(f"{tag}={v}" for tag in ("p", "sp", "np") if (v := getattr(policy, tag)))
    begin, end = terminal.time(kept.begin_at), terminal.time(kept.end_at)
    terminal.say(f"From {begin} to {end}; the record asks for {asked or 'nothing'}.")
    for error in report.errors:
        terminal.say(f"The reporter had a problem: {error}")
    for source in report_words.sources(report):
        done = ", ".join(f"{count} {what}" for what, count in source.dispositions.items())
        click.echo()
        click.secho(f"{source.ip}: {source.messages} messages, {source.aligned} proven", bold=True)
        terminal.say(f"  what was done: {done}")
        for override in source.overrides:
            terminal.say(f"  why not what the record asks: {override}")
        terminal.say(f"  {source.words}.")


@command.command(
    "import",
    examples="""
    pillarbox reports import google.com!example.org!1767225600!1767311999.zip
    pillarbox reports import ~/reports/*.eml --json
    """,
)
@click.argument("files", nargs=-1, required=True,
                type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@json_option
@pass_place
def import_(place: Place, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Keep the reports in FILES: XML, gzip, zip, or messages that have one attached."""
    here = Installation(place.settings())
    rows = []
    for path in files:
        with path.open("rb") as file:
            octets = file.read(MAX_FILE_OCTETS + 1)
        try:
            number = here.write(report_intake.keep, read(octets))
        except Invalid as exc:
            raise Failure(f"{path}: {exc}") from exc
        rows.append({"file": str(path), "number": number})
    if as_json:
        terminal.show_json(rows)
        return
    for row in rows:
        what = "is here already" if row["number"] is None else f"is report {row['number']}"
        terminal.say(f"{row['file']} {what}")
