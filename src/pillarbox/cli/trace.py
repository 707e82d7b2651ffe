"""`pillarbox trace`: what happened to a message, and why."""

import datetime as dt
from typing import Any

import click

from pillarbox.cli import story, terminal, values
from pillarbox.cli.frame import Group, Place, json_option, lang_option, language, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.cli.replay import Replay
from pillarbox.cli.replay import replay as judge_again
from pillarbox.delivery.verdict import Rules
from pillarbox.store import history, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.traces import Entry, Query
from pillarbox.trace import view, words
from pillarbox.trace.step import Trace

ACTIONS = tuple(filter(None, view.ACTIONS))


@click.group("trace", cls=Group, examples="pillarbox trace list --since 1h")
def command() -> None:
    """What happened to each message, and why: also to those that were refused."""


@command.command(
    "list",
    examples="""
    pillarbox trace list --address anna@example.org --since 2d
    pillarbox trace list --action refused --limit 10
    pillarbox trace list --ip 192.0.2.7 --json
    """,
)
@click.option("--address", default="", metavar="ADDRESS", help="As sender, recipient or author.")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="The envelope's sender.")
@click.option("--to", "recipient", default="", metavar="ADDRESS", help="A recipient.")
@click.option("--message-id", default="", metavar="ID", help="The Message-ID, without <>.")
@click.option("--ip", type=values.ip, default=None, metavar="IP", help="The client's address.")
@click.option("--verdict", type=click.Choice(tuple(view.VERDICTS)), help="Who it is from.")
@click.option("--action", type=click.Choice(ACTIONS), help="What we did.")
@click.option("--since", type=values.when, help="2h, 3d, or a date such as 2026-03-01.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_place
def list_(  # noqa: PLR0913 - one for each filter
    place: Place,
    *,
    address: str,
    sender: str,
    recipient: str,
    message_id: str,
    ip: str | None,
    verdict: str | None,
    action: str | None,
    since: dt.datetime | dt.timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List traces, the latest first. All filters must match."""
    here = Installation(place.settings())
    query = Query(
        address=address,
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        client_ip=ip or "",
        verdict=verdict or "",
        action=action or "",
        since=values.moment_of(since, here.now),
    )
    found = here.read(traces.list_, query, limit)
    if as_json:
        terminal.show_json([_as_json(entry) for entry in found])
        return
    terminal.table(
        ("trace", "time", "verdict", "action", "from", "to", "subject"),
        [
            (
                entry.trace_id,
                terminal.time(entry.started_at),
                entry.verdict,
                entry.action,
                entry.header_from or entry.sender or "<>",
                ", ".join(entry.recipients),
                entry.subject,
            )
            for entry in found
        ],
    )


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.trace_id,
        "at": terminal.iso(entry.started_at),
        "direction": entry.direction,
        "action": entry.action,
        "verdict": entry.verdict,
        "account": entry.account,
        "client_ip": entry.client_ip,
        "sender": entry.sender,
        "recipients": list(entry.recipients),
        "from": entry.header_from,
        "message_id": entry.message_id,
        "subject": entry.subject,
        "size_octets": entry.octets,
    }


@command.command(
    "show",
    examples="""
    pillarbox trace show k3jx7mq2ab
    pillarbox trace show -v k3jx7mq2ab
    pillarbox trace show -vv --lang de k3jx7mq2ab
    """,
)
@click.argument("trace_id", metavar="ID")
@click.option("-v", "--verbose", "detail", count=True, help="Explain; -vv: show the evidence.")
@lang_option
@json_option
@pass_place
def show(place: Place, trace_id: str, *, detail: int, lang: str | None, as_json: bool) -> None:
    """Tell the story of one message."""
    trace, earlier = Installation(place.settings()).read(_with_history, trace_id)
    spoken = language(lang, as_json=as_json)
    if as_json:
        terminal.show_json(view.as_json(trace, spoken, earlier))
    else:
        story.show(trace, detail, spoken, earlier)


def _with_history(tx: Transaction, trace_id: str) -> tuple[Trace, view.Earlier | None]:
    trace = traces.get(tx, trace_id)
    return trace, history.earlier(tx, trace)


@command.command(
    "replay",
    examples="""
    pillarbox trace replay k3jx7mq2ab
    pillarbox trace replay k3jx7mq2ab --policy p=reject
    """,
)
@click.argument("trace_id", metavar="ID")
@click.option(
    "--policy", default="", metavar="TAGS", help='What if the DMARC record had this: "p=reject".'
)
@json_option
@pass_place
@click.pass_context
def replay(ctx: click.Context, place: Place, trace_id: str, *, policy: str, as_json: bool) -> None:
    """Judge a message again, with the DNS answers of then and the rules of today.

    Exits 1 if something comes out otherwise; with --policy always 0.
    """
    here = Installation(place.settings())
    checks = here.settings.checks
    stranger = here.settings.arc.stranger
    rules = Rules(checks.dmarc_reject, checks.spf_fail, stranger)

    async def work(db: Database) -> Replay:
        trace = await db.read(traces.get, trace_id)
        return await judge_again(
            db, trace, rules=rules, hostname=here.settings.hostname, policy=policy
        )

    done = here.run(work)
    if as_json:
        terminal.show_json(_replay_json(trace_id, done))
    else:
        _show_replay(done)
    ctx.exit(0 if done.same or policy else 1)


def _replay_json(trace_id: str, done: Replay) -> dict[str, Any]:
    return {
        "id": trace_id,
        "same": done.same,
        "signatures_verified": done.verified,
        "policy": done.policy,
        "missing": list(done.missing),
        "because": words.phrase(done.judgement.because),
        "results": [
            {"what": line.what, "then": line.then, "now": line.now, "same": line.same}
            for line in done.lines
        ],
    }


def _show_replay(done: Replay) -> None:
    if done.policy:
        terminal.say(f"What if the policy were: {done.policy}")
    terminal.table(
        ("", "then", "now", ""),
        [(line.what, line.then, line.now, "" if line.same else "differs") for line in done.lines],
    )
    terminal.say(f"Because {words.phrase(done.judgement.because)}.")
    if not done.verified:
        terminal.note("The message is not in a mailbox here any more: signatures as recorded.")
    for asked in done.missing:
        terminal.note(f"The trace keeps no answer to {asked}.")
