"""`pillarbox store`: the database and the stored messages."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from pillarbox.cli import terminal
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.store import verify as checks
from pillarbox.store.database import Database
from pillarbox.store.verify import Finding


@click.group("store", cls=Group, examples="pillarbox store verify")
def command() -> None:
    """The database and the octets of messages."""


@command.command(
    "verify",
    examples="""
    pillarbox store verify
    pillarbox store verify --fast --json
    """,
)
@click.option("--fast", is_flag=True, help="Only the database: do not read the messages' octets.")
@json_option
@pass_place
@click.pass_context
def verify(ctx: click.Context, place: Place, *, fast: bool, as_json: bool) -> None:
    """Check that the store says nothing that contradicts itself.

    May run beside the server. Exits 1 if something is found.
    """

    async def work(db: Database) -> list[Finding]:
        with _progress("Checking the database"):
            found = await db.scan(checks.check)
        if not fast:
            with _progress("Reading every message"):
                found += await checks.check_blobs(db)
        return found

    found = Installation(place.settings()).run(work)
    if as_json:
        findings = [{"rule": finding.rule, "where": finding.where} for finding in found]
        terminal.show_json({"ok": not found, "findings": findings})
    else:
        for finding in found:
            terminal.say(str(finding))
        what = "The database" if fast else "The database and every message"
        terminal.say(f"{len(found)} findings." if found else f"{what}: all is well.")
    ctx.exit(1 if found else 0)


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Show that work goes on, on a terminal."""
    out = terminal.console(error=True)
    if not out.is_terminal:
        yield
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        progress.add_task(what, total=None)
        yield
