"""One story out of a trace: the verdict's sentence, then the steps in order.

Texts only; how they look is the business of the page or the terminal that shows them.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.trace import words
from pillarbox.trace.step import Step, Trace

# The five verdicts about the sender, the only ones: (mark, sentence).
VERDICTS: Final[dict[str, tuple[str, str]]] = {
    "proven": (
        "✓",
        "This really comes from {domain}. That says who sent it, not that its content is honest.",
    ),
    "via": (
        "✓→",
        "This really comes from {domain}, passed on by {via}. "
        "The signature is whole, so nothing was changed on the way.",
    ),
    "unproven": ("?", "We cannot tell whether this comes from {domain}."),
    "misfit": ("▲", "Something does not fit: {reason}."),
    "forged": ("■", "This does not come from {domain}. The address was forged."),
}

# Instead of the verdict's sentence, when somebody that we know vouched for it.
VOUCHED: Final = (
    "This comes by way of {via}, which is known here, and says it is from {domain}. Nothing "
    "else proves that."
)

# What happened in the end: one word for lists.
ACTIONS: Final[dict[str, str]] = {
    "delivered": "Delivered",
    "junked": "Put in Junk",
    "refused": "Refused",
    "deferred": "Asked to come back later",
    "queued": "Waiting to be sent",
    "relayed": "Accepted by the other server",
    "answered": "Tested, and answered",
    "bounced": "Returned to the sender",
    "": "Under way",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step, ready to be shown. at: aware UTC."""

    at: dt.datetime
    key: str
    sentence: str
    explanation: str
    evidence: str
    rfc: str
    claimed: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A whole trace in words. verdict: "" where nothing was judged."""

    id: str
    title: str
    action: str
    verdict: str
    mark: str
    verdict_sentence: str
    lines: tuple[Line, ...]


def story(trace: Trace) -> Story:
    """Put a trace in words."""
    mark, pattern = VERDICTS.get(trace.verdict, ("", ""))
    return Story(
        id=trace.id,
        title=f"{trace.sender or '<>'} → {', '.join(trace.recipients) or '?'}",
        action=ACTIONS.get(trace.action, trace.action),
        verdict=trace.verdict,
        mark=mark,
        verdict_sentence=_verdict_sentence(trace, pattern),
        lines=tuple(_line(step) for step in trace.steps),
    )


def as_json(trace: Trace) -> dict[str, Any]:
    """Return the trace with its words, for `--json`: the steps keep their evidence."""
    told = story(trace)
    return {
        "id": trace.id,
        "direction": trace.direction,
        "at": _time(trace.started_at).isoformat(),
        "action": trace.action,
        "verdict": trace.verdict,
        "sentence": told.verdict_sentence,
        "client_ip": trace.client_ip,
        "helo": trace.helo,
        "account": trace.account,
        "sender": trace.sender,
        "recipients": list(trace.recipients),
        "from": trace.header_from,
        "message_id": trace.message_id,
        "subject": trace.subject,
        "size_octets": trace.size_octets,
        "steps": [
            {
                "key": step.key,
                "at": line.at.isoformat(),
                "sentence": line.sentence,
                "explanation": line.explanation,
                "rfc": step.rfc,
                "claimed": step.claimed,
                "params": step.params,
                "evidence": step.evidence,
            }
            for step, line in zip(trace.steps, told.lines, strict=True)
        ],
    }


def _verdict_sentence(trace: Trace, pattern: str) -> str:
    if not pattern:
        return ""
    params: dict[str, Any] = {
        "domain": trace.header_from.rpartition("@")[2] or "?",
        "via": "another server",
        "reason": "the checks disagree",
    }
    for step in trace.steps:
        if step.key.startswith("decision."):
            params |= {
                k: v for k, v in step.params.items() if k in {"domain", "via", "reason"} and v
            }
            if step.params.get("vouched"):
                pattern = VOUCHED
    return words.fill(pattern, params)


def _line(step: Step) -> Line:
    return Line(
        at=_time(step.at),
        key=step.key,
        sentence=words.sentence(step),
        explanation=words.explanation(step),
        evidence=words.evidence(step),
        rfc=step.rfc,
        claimed=step.claimed,
    )


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
