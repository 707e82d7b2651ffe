"""The page that tells a trace: its parts, the four questions with their answers, who says what.

The steps of a trace stand in order of time; a page puts them under headings, asks what the
checks ask, in words, and says of each name in the message who vouches for it. Pure.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pillarbox.trace import words
from pillarbox.trace.catalogue import DEFAULT
from pillarbox.trace.step import Step, Trace

Part = Literal["way", "checks", "decision", "delivery", "other"]
Kind = Literal["name", "address", "returnPath", "replyTo"]
Relation = Literal["same", "organisation", "other"]

_PARTS: Final[Mapping[str, Part]] = {
    "claimed": "way", "boundary": "way", "connect": "way", "tls": "way", "envelope": "way",
    "signin": "way", "local": "way", "untested": "checks", "spf": "checks", "dkim": "checks",
    "dmarc": "checks", "arc": "checks", "override": "checks", "list": "checks", "looks": "checks",
    "decision": "decision", "loop": "decision", "own": "decision", "reply": "decision",
    "route": "delivery", "filed": "delivery", "queued": "delivery", "held": "delivery",
    "released": "delivery", "canceled": "delivery", "signed": "delivery",
    "unsigned": "delivery", "sealed": "delivery",
    "mx": "delivery", "attempt": "delivery", "expired": "delivery", "notice": "delivery",
    "tested": "delivery", "vacation": "delivery",
}  # fmt: skip

# What each check's outcome answers.
_ANSWERS: Final = {
    "spf": {
        "pass": "yes", "fail": "no", "softfail": "probably-not", "neutral": "no-answer",
        "none": "nothing", "temperror": "not-known", "permerror": "not-known",
    },
    "dkim": {
        "pass": "yes", "fail": "no", "none": "no-signature", "partial": "partly",
        "temperror": "not-known",
    },
    "dmarc": {
        "pass": "yes", "fail": "no", "none": "nothing", "temperror": "not-known",
        "permerror": "not-known",
    },
    "arc": {"pass": "yes", "fail": "yes-broken", "temperror": "not-known", "stranger": "yes"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What a check asks, in words. answer: a code; says: the same for people. term: its name."""

    question: str
    answer: str
    says: str
    term: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees of a message. name: beside the address in From, may be empty.

    reply_to: where answers go; relation: of that to the address in From.
    """

    name: str = ""
    reply_to: str = ""
    relation: Relation = "same"


NOTHING_SHOWN: Final = Shown()


@dataclass(frozen=True, slots=True)
class Claim:
    """A name in or around the message, and who says so.

    kind: "name" (shown), "address" (in From), "returnPath" or "replyTo". proven: None where that
    is not the question.
    """

    kind: Kind
    value: str
    says: str
    proven: bool | None


def part(key: str) -> Part:
    """Return the heading under which a step stands."""
    return _PARTS.get(key.partition(".")[0], "other")


def question(step: Step, language: str = DEFAULT) -> Question | None:
    """Return what a step asked and what came out; None for what is no check."""
    family = step.key.partition(".")[0]
    answers = _ANSWERS.get(family)
    if answers is None or step.outcome not in answers:
        return None
    answer = answers[step.outcome]
    return Question(
        words.text(f"question-{family}", {"domain": "", **step.params}, language),
        answer,
        words.text(f"answer-{answer}", step.params, language),
        family.upper(),
    )


def asked(step: Step, language: str = DEFAULT) -> list[str]:
    """Return what DNS was asked for a step, and what it answered, a paragraph for each."""
    kept = step.evidence.get("answers")
    answers = kept if isinstance(kept, list) else []
    return [_asked(one, language) for one in answers if isinstance(one, Mapping)]


def _asked(answer: Mapping[str, Any], language: str) -> str:
    records = [str(one) for one in answer.get("records") or ()]
    ttl = answer.get("ttl")
    params = {
        "name": str(answer.get("name", "")),
        "type": str(answer.get("type", "")),
        "records": " · ".join(records),
        "ttl": ttl if isinstance(ttl, int) else 0,
        "signed": "yes" if answer.get("dnssec") else "no",
        "status": str(answer.get("status", "")),
    }
    got = "some" if records else "none" if answer.get("status") != "failed" else "failed"
    return words.text(f"asked-{got}", params, language)


def claims(trace: Trace, language: str = DEFAULT, shown: Shown = NOTHING_SHOWN) -> list[Claim]:
    """Return who vouches for the names that a reader sees."""

    def say(name: str, **params: str) -> str:
        return words.text(f"claim-{name}", params, language)

    found = [Claim("name", shown.name, say("name"), None)]
    if trace.header_from:
        how = _how_proven(trace)
        proven = how not in {"not", "unchecked"}
        found.append(Claim("address", trace.header_from, say(f"address-{how}"), proven))
    if trace.direction == "in":
        found.append(_return_path(trace, say))
    if shown.reply_to:
        # That answers go elsewhere is usual, and no sign of anything.
        found.append(Claim("replyTo", shown.reply_to, say(f"reply-{shown.relation}"), None))
    return found


def _how_proven(trace: Trace) -> str:
    if trace.direction != "in":
        return "signed-in"
    if not trace.verdict:
        return "unchecked"
    if trace.verdict not in {"proven", "via"}:
        return "not"
    for step in trace.steps:
        because = step.params.get("because")
        if step.key.startswith("decision.") and isinstance(because, Mapping):
            code = str(because.get("code", ""))
            return {"proven-both": "both", "proven-server": "server"}.get(code, "signature")
    return "signature"


def _return_path(trace: Trace, say: Any) -> Claim:
    if not trace.sender:
        return Claim("returnPath", "", say("return-none"), None)
    outcome = next((s.outcome for s in trace.steps if s.key.startswith("spf.")), "")
    name = {"pass": "return-pass", "fail": "return-fail"}.get(outcome, "return-unknown")
    domain = trace.sender.rpartition("@")[2]
    return Claim("returnPath", trace.sender, say(name, domain=domain), outcome == "pass")


def for_sender(trace: Trace, language: str = DEFAULT) -> str:
    """Return what to tell the sender of refused mail, "" where nothing was refused."""
    if trace.direction != "in" or trace.action != "refused":
        return ""
    for step in trace.steps:
        if step.key == "reply":
            reply = " ".join(str(step.params.get(n, "")) for n in ("code", "enhanced", "text"))
            params = {
                "name": trace.subject,
                "date": f"{dt.datetime.fromtimestamp(trace.started_at, dt.UTC):%Y-%m-%d %H:%M} UTC",
                "recipient": ", ".join(trace.recipients),
                "reply": reply,
            }
            return words.text("for-sender", params, language)
    return ""
