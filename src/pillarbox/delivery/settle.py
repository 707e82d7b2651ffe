"""From the results of an attempt to what is written down: pure decisions, one transaction.

Everything that an attempt changes is committed together: the recipients in the queue, the
steps of the trace, and the notice to the sender. So a message is never given up without its
sender being told, and nobody is told twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.delivery.bounce import Subject
from pillarbox.delivery.envelope import Recipient as Forward
from pillarbox.delivery.filing import Filing, Outgoing, file
from pillarbox.delivery.reply_words import explain
from pillarbox.delivery.result import Fate, Result
from pillarbox.delivery.retry import Schedule
from pillarbox.delivery.route import Local, Remote, resolve
from pillarbox.mailauth import srs
from pillarbox.store import attempts, domains, queue_admin, submissions, tls_results, traces
from pillarbox.store.attempts import Attempt, Report
from pillarbox.store.database import Transaction
from pillarbox.store.ids import day_of
from pillarbox.store.queue import Item, Recipient, State
from pillarbox.trace.phrase import Phrase, phrase
from pillarbox.trace.step import Step

QUEUE: Final = 0  # stands for the queue among the accounts that changed


@dataclass(frozen=True, slots=True)
class Return:
    """How notices find their way. separator: of subaddresses. rewriter: None for none."""

    separator: str = "+"
    rewriter: srs.Rewriter | None = None


@dataclass(slots=True)
class Settlement:
    """What one attempt changes. subjects: what the notice is to tell; may be empty.

    notice_steps: how many steps the notice's own trace had before it was filed. observed: what
    is counted of the connections, by domain.
    """

    item: Item
    owner: str
    finished: list[Report] = field(default_factory=list)
    deferred: dict[datetime, list[Report]] = field(default_factory=dict)
    failed: list[Report] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    observed: list[tuple[str, str]] = field(default_factory=list)
    notice_steps: int = 0

    @property
    def told_of_delay(self) -> list[int]:
        """The recipients that a notice of delay is about."""
        return [s.recipient.position for s in self.subjects if s.action == "delayed"]


def decide(
    attempt: Attempt,
    owner: str,
    results: Iterable[Result],
    schedule: Schedule,
    now: datetime,
    spread: float,
) -> Settlement:
    """Work out what the results of an attempt mean. Pure."""
    settlement = Settlement(attempt.item, owner)
    for result in results:
        if result.fate is Fate.ACCEPTED:
            _accept(settlement, result, now)
        elif result.fate is Fate.REFUSED:
            _refuse(settlement, result, now)
        else:
            _defer(settlement, result, schedule, now, spread)
    if settlement.subjects and not attempt.item.sender:
        # A notice about a notice could go on for ever (RFC 5321 §6.1).
        settlement.subjects.clear()
        why = phrase("no-return-address")
        settlement.steps.append(_unnoticed(why, now))
    return settlement


def _accept(settlement: Settlement, result: Result, now: datetime) -> None:
    recipient = result.recipient
    settlement.finished.append(_report(result))
    params = {"host": result.host, "ip": result.ip, "recipient": recipient.address}
    params["reply"] = result.reply
    settlement.steps.append(
        Step(key="attempt.accepted", at=now.timestamp(), params=params, rfc="RFC 5321 §4.2.1")
    )
    if result.relayed and _wants(recipient, "SUCCESS"):
        settlement.subjects.append(_subject(result, "relayed", settlement.item, None))


def _refuse(settlement: Settlement, result: Result, now: datetime) -> None:
    recipient = result.recipient
    settlement.failed.append(_report(result))
    subject = _subject(result, "failed", settlement.item, None)
    key = "attempt.refused" if result.code else "attempt.refused.here"
    params = {
        "host": result.host or recipient.domain,
        "ip": result.ip,
        "recipient": recipient.address,
        "reply": result.reply,
        "meaning": subject.words.phrase,
    }
    settlement.steps.append(Step(key=key, at=now.timestamp(), params=params, rfc="RFC 5321 §4.2.1"))
    if _wants(recipient, "FAILURE"):
        settlement.subjects.append(subject)


def _defer(
    settlement: Settlement, result: Result, schedule: Schedule, now: datetime, spread: float
) -> None:
    recipient, item = result.recipient, settlement.item
    until = schedule.next_attempt(recipient.attempts + 1, now, spread)
    expired = until > item.expires_at or schedule.is_expired(item.created_at, until)
    params = {
        "host": result.host or recipient.domain,
        "ip": result.ip,
        "domain": recipient.domain,
        "recipient": recipient.address,
        "reply": result.reply,
        "problem": result.text,
        "next": "" if expired else _show(until),
    }
    key = "attempt.deferred" if result.code else "attempt.failed"
    at = now.timestamp()
    settlement.steps.append(Step(key=key, at=at, params=params, rfc="RFC 5321 §4.5.4.1"))
    if not expired:
        settlement.deferred.setdefault(until, []).append(_report(result))
        late = schedule.is_late(item.created_at, now) and not recipient.delay_told
        if late and _wants(recipient, "DELAY"):
            settlement.subjects.append(_subject(result, "delayed", item, item.expires_at))
        return
    hours = round((now - item.created_at) / timedelta(hours=1))
    told = {"recipient": recipient.address, "hours": hours, "reply": result.reply}
    settlement.steps.append(Step(key="expired", at=at, params=told, rfc="RFC 5321 §4.5.4.1"))
    settlement.failed.append(_report(result))
    if _wants(recipient, "FAILURE"):
        settlement.subjects.append(_subject(result, "failed", item, None, hours))


def _subject(
    result: Result, action: str, item: Item, until: datetime | None, hours: int = 0
) -> Subject:
    recipient = result.recipient
    words = explain(
        result.code,
        result.enhanced,
        result.text,
        recipient=recipient.address,
        sender=item.sender,
    )
    return Subject(
        recipient,
        action,
        words,
        code=result.code,
        enhanced=result.enhanced,
        text=result.text,
        host=result.host,
        until=until,
        expired_hours=hours,
    )


def _report(result: Result) -> Report:
    return Report(result.recipient.position, result.code, result.enhanced, result.text, result.host)


def _wants(recipient: Recipient, condition: str) -> bool:
    """Tell whether the sender wants to hear of it (RFC 3461 §4.1); success only if asked."""
    asked = set(filter(None, recipient.notify.split(",")))
    return condition in asked if asked else condition != "SUCCESS"


def _show(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _unnoticed(why: Phrase, now: datetime) -> Step:
    return Step(key="notice.none", at=now.timestamp(), params={"why": why}, rfc="RFC 5321 §6.1")


def settle(tx: Transaction, settlement: Settlement, notice: Filing | None, way: Return) -> set[int]:
    """Write it all down; return the accounts that changed, QUEUE among them.

    notice: the message about `settlement.subjects`, whose octets are `tx.blobs[0]`; where it
    goes is found here.
    """
    item, owner = settlement.item, settlement.owner
    changed: set[int] = set()
    action = _action(tx, settlement)
    still_ours = 0
    if settlement.finished:
        attempts.finish(tx, item.item_id, settlement.finished)
    if told := settlement.told_of_delay:
        attempts.tell_delay(tx, item.item_id, told)
    for until, reports in settlement.deferred.items():
        attempts.defer(tx, item.item_id, owner, reports, until)
    if settlement.failed:
        still_ours = attempts.fail(tx, item.item_id, owner, settlement.failed)
    steps = settlement.steps
    lapsed = bool(settlement.failed) and not still_ours
    if notice is not None and not lapsed:
        steps = [*steps, *_file_notice(tx, settlement, notice, way, changed)]
    traces.append(tx, item.trace_id, steps, action)
    if item.account_id and submissions.touch(tx, item.account_id, item.trace_id):
        changed.add(item.account_id)
    tls_results.count(tx, day_of(tx.now), settlement.observed)
    return changed


def _action(tx: Transaction, settlement: Settlement) -> str:
    """Return what became of the message in the end, or so far: the worst counts."""
    states = {}
    try:
        _, recipients = queue_admin.get(tx, settlement.item.item_id)
        states = {r.position: r.state for r in recipients}
    except NotFound:
        pass  # Removed meanwhile: then only this attempt counts.
    states |= {r.position: State.DONE for r in settlement.finished}
    states |= {r.position: State.FAILED for r in settlement.failed}
    deferred = (r for reports in settlement.deferred.values() for r in reports)
    states |= {r.position: State.DUE for r in deferred}
    kinds = set(states.values())
    if State.FAILED in kinds:
        return "bounced"
    return "relayed" if kinds <= {State.DONE} else "deferred"


def _file_notice(
    tx: Transaction,
    settlement: Settlement,
    notice: Filing,
    way: Return,
    changed: set[int],
) -> Sequence[Step]:
    """Deliver the notice here, or queue it; return the steps for the message's own trace."""
    sender = settlement.item.sender
    target = _way_back(tx, sender, way)
    routing = resolve(tx, target, way.separator)
    for place in routing.targets:
        if isinstance(place, Local):
            notice.local = [*notice.local, place]
        elif isinstance(place, Remote):
            notice.outgoing = [
                *notice.outgoing,
                Outgoing("", (Forward(place.address, ("NEVER",)),)),
            ]
    if not routing.targets:
        return [_unnoticed(phrase("no-mailbox", address=sender), tx.now)]
    notice.trace.action = "delivered" if notice.local else "queued"
    filed = file(tx, notice)
    changed.update(delivered.account_id for delivered in filed.delivered)
    if filed.queued:
        changed.add(QUEUE)
    if not filed.delivered and not filed.queued:
        return [_unnoticed(phrase("no-room", address=sender), tx.now)]
    actions = sorted({subject.action for subject in settlement.subjects})
    told = [phrase(f"notice-{action}") for action in actions]
    params = {"sender": sender, "action": told, "trace": notice.trace.id}
    return [Step(key="notice", at=tx.now.timestamp(), params=params, rfc="RFC 3464 §2")]


def _way_back(tx: Transaction, sender: str, way: Return) -> str:
    """Return where notices to a sender go: a return address that we rewrote leads back."""
    if way.rewriter is not None and srs.is_srs(sender):
        ours = domains.find(tx, sender.rpartition("@")[2]) is not None
        back = way.rewriter.reverse(sender, tx.now) if ours else sender
        if isinstance(back, str):
            return back
    return sender
