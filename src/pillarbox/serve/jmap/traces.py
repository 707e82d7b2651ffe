"""From a trace to the object that JMAP sends: jmap/types/trace.py."""

import datetime as dt

from pillarbox.delivery.ask_again import Compared
from pillarbox.delivery.own_traces import Seen
from pillarbox.delivery.recipient_security import Security
from pillarbox.jmap.types import trace as types
from pillarbox.trace import page, recipients, view, words


def tell(seen: Seen, email_id: str | None, language: str) -> types.Trace:
    """Return a trace as it is sent. seen: the reader's own part."""
    trace = seen.part
    told = view.story(trace, language, seen.earlier)
    verdict = view.verdict(trace)
    return types.Trace(
        id=trace.id,
        email_id=email_id,
        direction=view.direction(trace),
        at=_seconds(trace.started_at),
        action=trace.action,
        outcome=told.action,
        verdict=verdict,
        title=told.title,
        mark=told.mark,
        tone=view.tone(trace),
        headline=told.headline,
        sentence=told.verdict_sentence,
        header_line=told.header_line,
        advice=told.advice,
        earlier=told.earlier,
        for_sender=page.for_sender(trace, language),
        client_ip=trace.client_ip,
        helo=trace.helo,
        account=trace.account,
        sender=trace.sender,
        header_from=trace.header_from,
        message_id=trace.message_id,
        subject=trace.subject,
        size=trace.size_octets,
        recipients=[_recipient(fate) for fate in recipients.fates(seen.told_by, language)],
        claims=[
            types.TraceClaim(claim.kind, claim.value, claim.says, claim.proven)
            for claim in page.claims(trace, language, seen.shown)
        ],
        steps=[
            types.TraceStep(
                key=step.key,
                part=page.part(step.key),
                at=_time(line.at),
                sentence=line.sentence,
                explanation=line.explanation,
                rfc=step.rfc,
                claimed=step.claimed,
                question=_question(page.question(step, language)),
                asked=page.asked(step, language),
                params=step.params,
                evidence=step.evidence,
            )
            for step, line in zip(trace.steps, told.lines, strict=True)
        ],
    )


def _question(given: page.Question | None) -> types.TraceQuestion | None:
    if given is None:
        return None
    return types.TraceQuestion(given.question, given.answer, given.says, given.term)


def _recipient(fate: recipients.Fate) -> types.TraceRecipient:
    return types.TraceRecipient(
        address=fate.address,
        state=fate.state,
        sentence=fate.sentence,
        at=None if fate.at is None else _time(fate.at),
        host=fate.host,
        tls=fate.tls or None,
        next_at=None if fate.next_at is None else _time(fate.next_at),
    )


def _seconds(at: float) -> str:
    return _time(dt.datetime.fromtimestamp(at, dt.UTC))


def _time(at: dt.datetime) -> str:
    """Return a UTCDate (RFC 8620 §1.4)."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def told(found: Security, language: str) -> types.RecipientSecurity:
    """Return what is known of an address as it is sent."""
    return types.RecipientSecurity(
        address=found.address,
        domain=found.domain,
        level=found.level,
        problem=found.problem,
        sentence=words.phrase(found.words, language),
    )


def compare(found: Compared, language: str) -> types.TraceQuestionAgain:
    """Return what DNS said then and says now as it is sent."""
    code = "silent" if found.now is None else "same" if found.same else "changed"
    params = {"name": found.name, "type": found.rtype}
    return types.TraceQuestionAgain(
        name=found.name,
        type=found.rtype,
        then=None if found.failed_then else list(found.then),
        now=None if found.now is None else list(found.now),
        same=found.same,
        sentence=words.text(f"again-{code}", params, language),
    )
