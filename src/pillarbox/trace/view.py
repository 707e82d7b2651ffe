"""One story out of a trace: the verdict's sentence, then the steps in order.

Texts only; how they look is the business of the page or the terminal that shows them.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from pillarbox.trace import words
from pillarbox.trace.catalogue import DEFAULT
from pillarbox.trace.phrase import Phrase, is_phrase
from pillarbox.trace.step import Step, Trace

# The five verdicts about the sender, the only ones, and their marks.
VERDICTS: Final[dict[str, str]] = {
    "proven": "✓",
    "via": "✓→",
    "unproven": "?",
    "misfit": "▲",
    "forged": "■",
}

# How each is shown, and what was not judged: by someone signed in here, or not at all.
Tone = Literal["good", "unknown", "doubt", "bad", "internal"]
Direction = Literal["in", "submitted", "out"]
TONES: Final[dict[str, Tone]] = {
    "proven": "good",
    "via": "good",
    "unproven": "unknown",
    "misfit": "doubt",
    "forged": "bad",
    "internal": "internal",
    "": "unknown",
}
PROVEN: Final = frozenset({"proven", "via", "internal"})

# What happened in the end.
ACTIONS: Final = (
    "delivered",
    "junked",
    "refused",
    "deferred",
    "queued",
    "relayed",
    "answered",
    "bounced",
    "",
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Earlier mail from the same address to the same people.

    since: of the oldest that was counted, None for none. more: there are more than `messages`.
    """

    messages: int
    since: dt.datetime | None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One step, ready to be shown. at: aware UTC. says: whose account it is, "" for ours."""

    at: dt.datetime
    key: str
    sentence: str
    explanation: str
    evidence: str
    rfc: str
    claimed: bool
    says: str


@dataclass(frozen=True, slots=True)
class Story:
    """A whole trace in words. verdict: "" where nothing was judged.

    headline: the verdict in a sentence; verdict_sentence: with what a reader should know of it.
    earlier: what came from this address before, "" where nobody asked.
    header_line: what stands under the sender's name, "" where nothing need. advice: what the
    reader can do, "" where nothing.
    """

    id: str
    title: str
    action: str
    verdict: str
    mark: str
    headline: str
    verdict_sentence: str
    header_line: str
    advice: str
    lines: tuple[Line, ...]
    earlier: str = ""
    language: str = DEFAULT


def story(trace: Trace, language: str = DEFAULT, earlier: Earlier | None = None) -> Story:
    """Put a trace in words."""
    headline, detail = _verdict(trace, language)
    reasons = _reasons(trace)
    return Story(
        id=trace.id,
        title=f"{trace.sender or '<>'} → {', '.join(trace.recipients) or '?'}",
        action=action(trace.action, language),
        verdict=trace.verdict,
        mark=VERDICTS.get(trace.verdict, ""),
        headline=headline,
        verdict_sentence=" ".join(filter(None, (headline, detail))),
        header_line=_first(reasons, "line", language),
        advice=_first(reasons, "advice", language),
        lines=tuple(_line(step, language) for step in trace.steps),
        earlier="" if earlier is None else _earlier(earlier, language),
        language=language,
    )


def heading(trace: Trace, language: str = DEFAULT) -> tuple[str, str]:
    """Return the headline and the line under the sender's name: all that a list needs."""
    return _verdict(trace, language)[0], _first(_reasons(trace), "line", language)


def _earlier(earlier: Earlier, language: str) -> str:
    if earlier.since is None:
        return words.text("earlier-none", {}, language)
    params = {"count": earlier.messages, "since": f"{earlier.since:%Y-%m-%d}"}
    return words.text("earlier-more" if earlier.more else "earlier-some", params, language)


def verdict(trace: Trace) -> str:
    """Return one of the five verdicts; "internal" for mail from here; "" for not judged."""
    return trace.verdict or ("" if trace.direction == "in" else "internal")


def direction(trace: Trace) -> Direction:
    """Return where a message came from; "out" for all that this server wrote."""
    known = trace.direction in {"in", "submitted"}
    return cast("Direction", trace.direction if known else "out")


def tone(trace: Trace) -> Tone:
    """Return how the verdict is shown."""
    return TONES.get(verdict(trace), "unknown")


def action(name: str, language: str = DEFAULT) -> str:
    """Return what happened in the end, in a word for lists."""
    return words.text(f"action-{name or 'none'}", {}, language) or name


def as_json(
    trace: Trace, language: str = DEFAULT, earlier: Earlier | None = None
) -> dict[str, Any]:
    """Return the trace with its words, for `--json`: the steps keep their evidence."""
    told = story(trace, language, earlier)
    return {
        "id": trace.id,
        "direction": trace.direction,
        "at": _time(trace.started_at).isoformat(),
        "action": trace.action,
        "verdict": trace.verdict,
        "headline": told.headline,
        "sentence": told.verdict_sentence,
        "earlier": told.earlier,
        "header_line": told.header_line,
        "advice": told.advice,
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


def _verdict(trace: Trace, language: str) -> tuple[str, str]:
    """Return the headline, and what a reader should know of it."""
    if trace.verdict not in VERDICTS:
        return _unjudged(trace, language), ""
    params: dict[str, Any] = {
        "domain": trace.header_from.rpartition("@")[2] or "?",
        "via": "",
        "reason": "?",
    }
    because: Any = ""
    name = trace.verdict
    for step in trace.steps:
        if step.key.startswith("decision."):
            kept = {k: v for k, v in step.params.items() if k in {"domain", "via", "reason"} and v}
            params |= kept
            because = step.params.get("because", "")
            name = "vouched" if step.params.get("vouched") else name
    return (
        words.text(f"verdict-{name}", params, language),
        words.phrase(because, language, "detail"),
    )


def _unjudged(trace: Trace, language: str) -> str:
    """Return whose mail it is that did not come from outside; "" for what was not checked."""
    if trace.direction == "in":
        return ""
    name = "internal" if trace.action in {"delivered", "junked"} else "signed-in"
    name = name if trace.direction == "submitted" else "ours"
    return words.text(f"verdict-{name}", {"account": trace.account}, language)


def _reasons(trace: Trace) -> list[Phrase]:
    """Return why it was decided, what does not fit first; each knows who passed it on."""
    for step in trace.steps:
        if step.key.startswith("decision."):
            via = step.params.get("via", "")
            given: list[Any] = [step.params.get("reason"), step.params.get("because")]
            return [{"via": via, **one} for one in given if is_phrase(one)]
    return []


def _first(reasons: list[Phrase], attribute: str, language: str) -> str:
    found = (words.phrase(reason, language, attribute) for reason in reasons)
    return next(filter(None, found), "")


def _line(step: Step, language: str) -> Line:
    return Line(
        at=_time(step.at),
        key=step.key,
        sentence=words.sentence(step, language),
        explanation=words.explanation(step, language),
        evidence=words.evidence(step),
        rfc=step.rfc,
        claimed=step.claimed,
        says=words.text("claimed", {}, language) if step.claimed else "",
    )


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
