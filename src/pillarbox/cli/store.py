"""`pillarbox store`: the database and the stored messages."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from pillarbox import foundation
from pillarbox.base.errors import Conflict
from pillarbox.cli import terminal
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.serve.indexer import Indexer
from pillarbox.store import indexing, leases, search
from pillarbox.store import verify as checks
from pillarbox.store.compaction import LEASE, LEASE_SECONDS, Report
from pillarbox.store.compaction import compact as compact_packs
from pillarbox.store.database import Database
from pillarbox.store.scrub import scrub
from pillarbox.store.verify import MAX_FINDINGS, Finding


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
                found += await _damaged(db)
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


async def _damaged(db: Database) -> list[Finding]:
    found: list[Finding] = []
    async for ref, wrong in scrub(db):
        found.append(Finding("octets", f"blob {ref}: {wrong}"))
        if len(found) >= MAX_FINDINGS:
            break
    return found


@command.command("compact", examples="pillarbox store compact")
@json_option
@pass_place
@click.pass_context
def compact(ctx: click.Context, place: Place, *, as_json: bool) -> None:
    """Give back the room of messages that are gone. May run beside the server.

    Files of messages are rewritten when less than half of them is needed; the old ones go
    an hour later, at the next run. Exits 1 if damaged messages were met.
    """
    here = Installation(place.settings())
    owner = f"command-{secrets.token_hex(8)}"

    async def work(db: Database) -> Report:
        if not await db.write(leases.take, LEASE, owner, LEASE_SECONDS):
            raise Conflict("another process is compacting")
        try:
            with _progress("Compacting"):
                return await compact_packs(db, here.now)
        finally:
            await db.write(leases.release, LEASE, owner)

    done = here.run(work)
    if as_json:
        terminal.show_json(
            {
                "rewritten": done.rewritten,
                "deleted": done.deleted,
                "copied_octets": done.copied_octets,
                "freed_octets": done.freed_octets,
                "damaged": [str(ref) for ref in done.damaged],
            }
        )
    else:
        terminal.say(
            f"{done.rewritten} packs rewritten, {done.deleted} deleted, "
            f"{terminal.octets(done.freed_octets)} freed."
        )
        for ref in done.damaged:
            terminal.say(f"damaged: {ref}")
    ctx.exit(1 if done.damaged else 0)


@command.command("reindex", examples="pillarbox store reindex")
@click.option("--anew", is_flag=True, help="Throw the index away first; else only what is missing.")
@json_option
@pass_place
@click.pass_context
def reindex(ctx: click.Context, place: Place, *, anew: bool, as_json: bool) -> None:
    """Bring the index of words up to date, so that search finds all mail.

    The server does this by itself; this is quicker, and shows how far it is. May run beside the
    server; then the one of the two that began goes on. Exits 1 if that is the server.
    """
    here = Installation(place.settings())

    async def work(db: Database) -> int | None:
        index = await foundation.open_index(here.settings, db, here.clock)
        try:
            worker = Indexer(db, index, here.clock)
            total = await db.scan(indexing.count)
            with _counting("Indexing", total) as step:
                if anew:
                    await index.db.write(search.clear)
                done = await worker.catch_up(step)
            if done:
                await worker.release()
            return total if done else None
        finally:
            await index.close()

    total = here.run(work)
    if as_json:
        terminal.show_json({"ok": total is not None, "messages": total})
    elif total is None:
        terminal.say("Another process is indexing; it goes on by itself.")
    else:
        terminal.say(f"The index is up to date: {total} messages.")
    ctx.exit(0 if total is not None else 1)


@contextmanager
def _counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how far work is, on a terminal."""
    out = terminal.console(error=True)
    if not out.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


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
