"""Would mail survive being forwarded: judged from the traces of what came in. Pure.

A forwarded message comes from our server, under our return address: SPF speaks for us, no
longer for the author. What is left is the author's own signature, which stays whole because
not an octet is changed. A receiver that obeys each owner's policy to the letter is taken as the
measure (RFC 9989 §5.3.6); one that knows our seal may be milder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pillarbox.trace.step import Step, Trace

MAX_EXAMPLES: Final = 5  # traces that are named for one finding
MAX_FINDINGS: Final = 200


class Fate(StrEnum):
    """What would become of a message at a strict receiver."""

    PASSES = "passes"
    REFUSED = "refused"
    JUNK = "junk"
    HELD = "held"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why a message would not survive."""

    ONLY_SERVER = "only_server"
    SIGNED_BY_ANOTHER = "signed_by_another"
    SIGNATURE_BROKEN = "signature_broken"
    RETURN_ADDRESS = "return_address"
    JUNK_HERE = "junk_here"
    NOTHING = ""


@dataclass(slots=True)
class Finding:
    """Messages of one author domain that fail alike. examples: ids of traces, latest first."""

    domain: str
    fate: Fate
    why: Why
    policy: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """What was found. counts: messages by fate; bounced: those that others really refused."""

    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    findings: list[Finding] = field(default_factory=list)
    bounced: int = 0

    @property
    def examined(self) -> int:
        """How many messages were looked at."""
        return sum(self.counts.values())

    @property
    def failing(self) -> int:
        """How many a strict receiver would refuse or put in Junk."""
        return self.counts[Fate.REFUSED] + self.counts[Fate.JUNK]


def survey(traces: Iterable[Trace], *, rewriting: bool) -> Survey:
    """Judge each message that we took. rewriting: we write return addresses of our own."""
    found = Survey()
    findings: dict[tuple[str, Fate, Why, str], Finding] = {}
    for trace in traces:
        if trace.direction != "in" or (trace.action in {"refused", "deferred"} and _unheard(trace)):
            continue
        fate, why, policy = judge(trace.steps, rewriting=rewriting)
        found.counts[fate] += 1
        found.bounced += trace.action == "bounced"
        if why is Why.NOTHING:
            continue
        domain = trace.header_from.rpartition("@")[2].lower() or "?"
        key = (domain, fate, why, policy)
        finding = findings.get(key)
        if finding is None:
            if len(findings) >= MAX_FINDINGS:
                continue
            finding = findings[key] = Finding(domain, fate, why, policy)
        finding.count += 1
        if len(finding.examples) < MAX_EXAMPLES:
            finding.examples.append(trace.id)
    worst = list(Fate)
    found.findings = sorted(
        findings.values(), key=lambda f: (worst.index(f.fate), -f.count, f.domain)
    )
    return found


def _unheard(trace: Trace) -> bool:
    """Tell whether a message was refused before it was ours."""
    return any(step.key in {"decision.refuse", "decision.defer", "loop"} for step in trace.steps)


def judge(steps: Sequence[Step], *, rewriting: bool) -> tuple[Fate, Why, str]:
    """Return what a strict receiver would do with one message, why, and the owner's policy."""
    dmarc = _first(steps, "dmarc.")
    if dmarc is None:
        return Fate.UNKNOWN, Why.NOTHING, ""
    policy = str(dmarc.params.get("policy", "none"))
    if _first(steps, "decision.junk") is not None:
        return Fate.HELD, Why.JUNK_HERE, policy
    aligned = [str(one) for one in dmarc.evidence.get("aligned_by", ())]
    if any(one.startswith("dkim ") for one in aligned):
        return Fate.PASSES, Why.NOTHING, policy
    if dmarc.key == "dmarc.temperror":
        return Fate.UNKNOWN, Why.NOTHING, policy
    if dmarc.key in {"dmarc.pass", "dmarc.fail"}:
        wish = _lowered(policy, dmarc.evidence)
        fate = {"reject": Fate.REFUSED, "quarantine": Fate.JUNK}.get(wish, Fate.PASSES)
        return fate, (_why(steps) if fate is not Fate.PASSES else Why.NOTHING), policy
    listed = _first(steps, "spf.")
    published = listed is not None and listed.outcome in {"pass", "fail", "softfail"}
    if rewriting or not published or _first(steps, "dkim.pass") is not None:
        return Fate.PASSES, Why.NOTHING, policy
    return Fate.JUNK, Why.RETURN_ADDRESS, policy


def _why(steps: Sequence[Step]) -> Why:
    if _first(steps, "dkim.pass") is not None:
        return Why.SIGNED_BY_ANOTHER
    if _first(steps, "dkim.fail") is not None:
        return Why.SIGNATURE_BROKEN
    return Why.ONLY_SERVER


def _lowered(policy: str, evidence: dict[str, Any]) -> str:
    """Return the policy as it is to be applied: a test asks for one level less."""
    if not evidence.get("testing"):
        return policy
    return "quarantine" if policy == "reject" else "none"


def _first(steps: Sequence[Step], prefix: str) -> Step | None:
    return next((step for step in steps if step.key.startswith(prefix)), None)


_TEXTS: Final = {
    Why.ONLY_SERVER: "only its own server proves {domain}, and from us it comes from another one",
    Why.SIGNED_BY_ANOTHER: "the signature is of another domain, which proves nothing for {domain}",
    Why.SIGNATURE_BROKEN: "the signature of {domain} was broken already when it came to us",
    Why.RETURN_ADDRESS: "it would leave with the return address of {domain}, which does not "
    "list our server",
    Why.JUNK_HERE: "we judged it junk, and never pass that on",
}
_ADVICE: Final = {
    Why.ONLY_SERVER: "ask {domain} to sign its mail in its own name (DKIM); or let the other side "
    "fetch the mail (IMAP, POP3), or know our seals (ARC, d={seal})",
    Why.SIGNED_BY_ANOTHER: "ask {domain} to let its mail service sign as {domain} (DKIM); or let "
    "the other side fetch the mail (IMAP, POP3), or know our seals (ARC, d={seal})",
    Why.SIGNATURE_BROKEN: "find what changed it on the way (pillarbox trace show {example}); until "
    "then let the other side fetch the mail (IMAP, POP3)",
    Why.RETURN_ADDRESS: "turn on return addresses of our own: srs = true in the settings",
    Why.JUNK_HERE: "see why (pillarbox trace show {example}); what is refused here never bounces",
}


def explain(finding: Finding, seal: str) -> tuple[str, str]:
    """Return (what is wrong, what to do). seal: the domain that forwards."""
    example = finding.examples[0] if finding.examples else "ID"
    params = {"domain": finding.domain, "seal": seal, "example": example}
    return _TEXTS[finding.why].format(**params), _ADVICE[finding.why].format(**params)
