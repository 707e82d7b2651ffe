"""Steps of a trace about mail that somebody passed on: chains of seals, exceptions, sealing."""

from typing import Any, Final

from pillarbox.delivery.evidence import MAX_TEXT, answers
from pillarbox.delivery.known import Kind, Known, Reason
from pillarbox.delivery.vouching import Vouched
from pillarbox.mailauth.arc import ArcOutcome, ArcSet
from pillarbox.trace.phrase import Phrase, phrase
from pillarbox.trace.step import Step

_HOW: Final = {
    Kind.SEALER: "override.sealer",
    Kind.NETWORK: "override.network",
    Kind.LIST: "override.list",
}


def chain(outcome: ArcOutcome, at: float) -> Step:
    """Return the step for a validated chain (RFC 8617 §5.2)."""
    key = "arc.temperror" if outcome.temporary else f"arc.{outcome.cv.value}"
    sealers = [arc_set.domain for arc_set in outcome.sets]
    params: dict[str, Any] = {
        "sealers": list(dict.fromkeys(sealers)) or [phrase("nobody")],
        "count": len(outcome.sets),
        "newest": sealers[-1] if sealers else "?",
        "reason": outcome.reason.replace("_", " "),
        "instance": outcome.instance,
    }
    if outcome.oldest_pass is not None:
        params["oldest_pass"] = outcome.oldest_pass
    evidence: dict[str, Any] = {"detail": outcome.detail[:MAX_TEXT]}
    evidence |= {"cv": outcome.cv.value, "sets": [_set(arc_set) for arc_set in outcome.sets]}
    found = [answer for arc_set in outcome.sets for answer in arc_set.answers]
    distinct = {(answer.name, answer.rtype): answer for answer in found}
    evidence["answers"] = answers(distinct.values())
    return Step(key=key, at=at, params=params, evidence=evidence, rfc="RFC 8617 §5.2")


def _set(arc_set: ArcSet) -> dict[str, Any]:
    return {
        "instance": arc_set.instance,
        "domain": arc_set.domain,
        "selector": arc_set.selector,
        "cv": arc_set.seal_cv,
        "results": arc_set.results[:MAX_TEXT],
        "message_ok": arc_set.message_ok,
        "message_reason": arc_set.message_reason or "",
        "seal_ok": arc_set.seal_ok,
        "seal_reason": arc_set.seal_reason or "",
    }


def exception(vouched: Vouched, domain: str, at: float) -> Step:
    """Return the step that says why the owner's policy was not applied."""
    params = {"by": vouched.by, "domain": domain, "said": vouched.said}
    evidence = {
        "type": vouched.reason.value,
        "comment": vouched.comment,
        "entry": vouched.entry.value,
        "account": vouched.entry.account,
        "since": vouched.entry.since,
        "instance": vouched.instance,
    }
    rfc = "RFC 8617 §7.2.1" if vouched.instance else "RFC 9989 §5.4"
    return Step(key=_HOW[vouched.entry.kind], at=at, params=params, evidence=evidence, rfc=rfc)


def read_exception(step: Step) -> Vouched | None:
    """Return what `exception` told, None for any other step: for judging again."""
    kinds = {key: kind for kind, key in _HOW.items()}
    if step.key not in kinds:
        return None
    kept = step.evidence
    try:
        entry = Known(
            kind=kinds[step.key],
            value=str(kept["entry"]),
            reason=Reason(kept["type"]),
            account=str(kept.get("account", "")),
        )
        return Vouched(
            entry, str(step.params["by"]), str(step.params["said"]), int(kept["instance"])
        )
    except (KeyError, TypeError, ValueError):
        return None


def stranger(sealer: str, said: str, at: float) -> Step:
    """Return the step for a sealer that vouches and that we do not know."""
    params = {"sealer": sealer, "said": said}
    return Step(key="arc.stranger", at=at, params=params, rfc="RFC 8617 §9.5")


def sealed(domain: str, selector: str, instance: int, cv: str, at: float) -> Step:
    """Return the step for a set that we added."""
    params = {"domain": domain, "selector": selector, "instance": instance, "cv": cv}
    return Step(key="sealed", at=at, params=params, rfc="RFC 8617 §5.1")


def unsealed(problem: str | Phrase, at: float) -> Step:
    """Return the step for a message that left without a seal of ours."""
    params = {"problem": problem}
    return Step(key="sealed.not", at=at, params=params, rfc="RFC 8617 §5.1")
