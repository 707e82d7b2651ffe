"""`pillarbox reports pending` and `send`: what we report to other domains."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import click

from pillarbox import foundation, policies
from pillarbox.cli import terminal
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Command, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.delivery.report_sender import Pending, Reporter
from pillarbox.delivery.signing import Signer
from pillarbox.store import sent_reports
from pillarbox.store.database import Database
from pillarbox.store.ids import day_of
from pillarbox.store.sent_reports import SentReport

DAYS: Final = 14  # of sent reports that are shown
MAX_SHOWN: Final = 500
_EPOCH: Final = date(1970, 1, 1)


def _reporter(here: Installation, db: Database, changed: set[int]) -> Reporter:
    settings, clock = here.settings, here.clock
    signer = Signer(db, here.sealer, clock, foundation.key_policy(settings))
    dns = foundation.resolver(settings, clock)
    web = foundation.fetcher(settings, dns)
    policy = policies.report_policy(settings)
    return Reporter(db, dns, clock, signer, web, policy, changed.add)


def _day(here: Installation, text: str | None) -> int:
    """Return the day that was asked for, else yesterday."""
    today = day_of(here.now)
    if text is None:
        return today - 1
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as exc:
        raise Failure(f"{text!r} is not a day such as 2026-01-31") from exc
    return day_of(moment)


def _shown(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


@click.command(
    "pending",
    cls=Command,
    examples="""
    pillarbox reports pending
    pillarbox reports pending --day 2026-01-31 --json
    """,
)
@click.option("--day", metavar="YYYY-MM-DD", help="The UTC day (default: yesterday).")
@json_option
@pass_place
def pending(place: Place, day: str | None, *, as_json: bool) -> None:
    """Show the reports of a day that were not sent yet, and those sent lately."""
    here = Installation(place.settings())
    number = _day(here, day)

    async def work(db: Database) -> tuple[list[Pending], list[SentReport]]:
        found = await _reporter(here, db, set()).pending(number)
        since = day_of(here.now) - DAYS
        return found, await db.scan(sent_reports.list_, since, MAX_SHOWN)

    waiting, sent = here.run(work)
    sent = [one for one in sent if one.domain]
    if as_json:
        terminal.show_json(
            {"pending": [_pending(one) for one in waiting], "sent": [_sent(one) for one in sent]}
        )
        return
    if not waiting:
        terminal.say(f"No report about {_shown(number)} waits to be sent.")
    else:
        terminal.table(
            ("day", "kind", "domain", "count", "to"),
            [(_shown(p.day), p.kind, p.domain, str(p.count), ", ".join(p.to)) for p in waiting],
            right=(3,),
        )
        terminal.say("Send them now: pillarbox reports send")
    if sent:
        click.echo()
        terminal.table(
            ("day", "kind", "domain", "what became of it", "trace"),
            [(_shown(s.day), s.kind, s.domain, s.outcome, s.trace_id) for s in sent],
        )


@click.command(
    "send",
    cls=Command,
    examples="""
    pillarbox reports send
    pillarbox reports send --day 2026-01-31
    """,
)
@click.option("--day", metavar="YYYY-MM-DD", help="The UTC day (default: yesterday).")
@click.option(
    "--unfinished",
    is_flag=True,
    help="Also for a day that is not over; what comes later is never reported.",
)
@json_option
@pass_place
def send(place: Place, day: str | None, *, unfinished: bool, as_json: bool) -> None:
    """Send the reports of a day now. Each goes out once, however often this is called."""
    here = Installation(place.settings())
    number = _day(here, day)
    today = day_of(here.now)
    if number > today or (number == today and not unfinished):
        raise Failure(f"{_shown(number)} is not over; see --unfinished")
    changed: set[int] = set()

    async def work(db: Database) -> list[SentReport]:
        return await _reporter(here, db, changed).send_day(number)

    sent = here.run(work)
    here.hint(changed)
    if as_json:
        terminal.show_json([_sent(one) for one in sent])
        return
    for one in sent:
        terminal.say(f"{one.kind} {one.domain}: {one.outcome}")
    if not sent:
        terminal.say(f"There was nothing to send about {_shown(number)}.")


def _pending(one: Pending) -> dict[str, Any]:
    return {
        "kind": one.kind, "domain": one.domain, "day": _shown(one.day), "count": one.count,
        "to": list(one.to),
    }  # fmt: skip


def _sent(one: SentReport) -> dict[str, Any]:
    return {
        "kind": one.kind, "domain": one.domain, "day": _shown(one.day),
        "sent_at": terminal.iso(one.sent_at), "outcome": one.outcome, "trace": one.trace_id,
    }  # fmt: skip
