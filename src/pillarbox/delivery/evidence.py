"""From the results of checks to steps of a trace: verdict and evidence as JSON values."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pillarbox.delivery.verdict import Action, Judgement
from pillarbox.dns.resolver import Answer
from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.dkim import DkimOutcome
from pillarbox.mailauth.dmarc import DmarcOutcome
from pillarbox.mailauth.forensics_finding import Finding
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step

MAX_TEXT: Final = 1000  # characters of one DNS record or reason that are kept
MAX_RECORDS: Final = 50  # of one answer
MAX_TERMS: Final = 100  # of SPF records that are kept: a hostile record has thousands

_SPF_RULES: Final = {
    "none": "RFC 7208 §8.1",
    "neutral": "RFC 7208 §8.2",
    "pass": "RFC 7208 §8.3",
    "fail": "RFC 7208 §8.4",
    "softfail": "RFC 7208 §8.5",
    "temperror": "RFC 7208 §8.6",
    "permerror": "RFC 7208 §8.7",
}
_NONE_FOUND: Final[Mapping[int, Finding]] = MappingProxyType({})
_KEY_REASONS: Final = "key_"
_PROOFS: Final = ("spf", "dkim")


def answer(found: Answer) -> dict[str, Any]:
    """Return one DNS answer as it is kept: question, texts, TTL, AD bit, time, server."""
    kept: dict[str, Any] = {
        "name": found.name,
        "type": found.rtype.name,
        "status": found.status.value,
        "records": [record.text[:MAX_TEXT] for record in found.records[:MAX_RECORDS]],
        "ttl": found.ttl,
        "dnssec": found.authentic,
        "asked_at": found.asked_at.timestamp(),
    }
    if found.server:
        kept["server"] = found.server
    if found.aliases:
        kept["aliases"] = list(found.aliases)
    if found.problem:
        kept["problem"] = found.problem[:MAX_TEXT]
    return kept


def answers(found: Iterable[Answer]) -> list[dict[str, Any]]:
    """Return DNS answers as they are kept."""
    return [answer(one) for one in found]


def is_own(domain: str, org: str, author: str) -> bool:
    """Tell whether a domain is of the author's organisation; all are while none is known."""
    return not author or is_under(domain, org or author) or is_under(author, domain)


def spf(
    outcome: SpfOutcome,
    at: float,
    org: str = "",
    author: str = "",
    *,
    forwarded: bool = False,
    settled: bool = False,
) -> Step:
    """Return the step for an SPF check.

    org, author: as for `dkim`. forwarded: a signature explains a failure. settled: the sender is
    known by something else.
    """
    decided = outcome.decided or outcome.matched
    matched = outcome.matched or outcome.decided
    failed = outcome.result is SpfResult.FAIL
    more: dict[str, Any] = {}
    if outcome.result is SpfResult.PASS and not is_own(outcome.domain, org, author):
        more = {"relation": "other", "author": author}
    elif outcome.result is SpfResult.SOFTFAIL and settled:
        more = {"settled": "yes"}
    return Step(
        key="spf.fail.forwarded" if failed and forwarded else f"spf.{outcome.result.value}",
        at=at,
        params={
            "domain": outcome.domain,
            "ip": str(outcome.ip),
            "term": decided.text if decided else phrase("record-end"),
            "owner": matched.domain if matched else outcome.domain,
            "problem": _fault(outcome),
            **more,
        },
        evidence={
            "identity": outcome.scope,
            "sender": outcome.sender,
            "helo": outcome.helo,
            "terms": [
                {
                    "record": step.domain,
                    "depth": step.depth,
                    "term": step.text,
                    "matched": step.matched,
                    "detail": step.detail,
                }
                for step in outcome.steps[:MAX_TERMS]
            ],
            "lookups": outcome.lookups,
            "void_lookups": outcome.void_lookups,
            "explanation": outcome.explanation,
            "problem": outcome.problem[:MAX_TEXT],
            "answers": answers(outcome.answers),
        },
        rfc=_SPF_RULES[outcome.result.value],
    )


def _fault(outcome: SpfOutcome) -> dict[str, Any] | str:
    """Return why there is no answer; where the record is wrong, the words that say where too."""
    if not outcome.fault:
        return ""
    found = outcome.syntax
    if found is None:
        return phrase(f"spf-fault-{outcome.fault}", detail=outcome.problem[:MAX_TEXT])
    why = phrase(f"spf-syntax-{found.code}", **found.values)
    where = phrase("spf-syntax", domain=found.domain, why=why, position=found.position + 1)
    return phrase(f"spf-fault-{outcome.fault}", detail=where)


def dkim(
    outcomes: Sequence[DkimOutcome],
    at: float,
    findings: Mapping[int, Finding] = _NONE_FOUND,
    org: str = "",
    author: str = "",
) -> list[Step]:
    """Return a step for each signature, or one that says that there is none.

    findings: why a signature fails, by its place among the outcomes. org, author: the author's
    organisation and domain, to tell own signatures from those of others.
    """
    if not outcomes:
        return [Step(key="dkim.none", at=at, rfc="RFC 6376 §6.1")]
    steps = []
    for place, outcome in enumerate(outcomes):
        step = _signature(outcome, at, findings.get(place))
        domain = outcome.domain
        if step.key == "dkim.pass" and not is_own(domain, org, author):
            step.params.update(relation="other", author=author)
        steps.append(step)
    return steps


def _signature(outcome: DkimOutcome, at: float, finding: Finding | None) -> Step:
    if outcome.passed:
        key = "dkim.partial" if outcome.partial else "dkim.pass"
    elif outcome.result.value == "temperror":
        key = "dkim.temperror"
    else:
        reason = outcome.reason.value if outcome.reason else outcome.result.value
        key = "dkim.fail." + ("key" if reason.startswith(_KEY_REASONS) else reason)
    found: dict[str, Any] = {} if finding is None else {"forensics": forensics(finding)}
    if outcome.partial:
        found |= {"limit": outcome.body_length_limit, "unsigned": outcome.unsigned_octets}
    return Step(
        key=key,
        at=at,
        params={
            "domain": outcome.domain,
            "selector": outcome.selector,
            "result": outcome.result.value,
            "reason": outcome.reason or "",
            "algorithm": outcome.algorithm,
            "bits": outcome.key_bits,
            "headers": list(outcome.headers),
            **found,
        },
        evidence={
            "result": outcome.result.value,
            "reason": outcome.reason or "",
            "detail": outcome.detail[:MAX_TEXT],
            "identity": outcome.identity,
            "canonicalisation": outcome.canonicalisation,
            "body_hash_ok": outcome.body_hash_ok,
            "signature_ok": outcome.signature_ok,
            "oversigned": list(outcome.oversigned),
            "body_length_limit": outcome.body_length_limit,
            "testing": outcome.testing,
            "answers": answers(outcome.answers),
        },
        rfc="RFC 6376 §6.1.3",
    )


def forensics(finding: Finding) -> dict[str, Any]:
    """Return why a signature fails, as it is kept; `trace/causes` puts it in words."""
    kept: dict[str, Any] = {"cause": finding.cause.value, "confidence": finding.confidence}
    kept |= {"where": finding.where, "details": finding.params}
    if finding.also:
        kept["also"] = [forensics(each) for each in finding.also]
    return kept


def dmarc(outcome: DmarcOutcome, domain: str, at: float) -> Step:
    """Return the step for the DMARC evaluation of one author domain."""
    methods = {aligned.method for aligned in outcome.aligned_by}
    by = [method for method in _PROOFS if method in methods]
    proof = phrase("proof-both" if len(by) > 1 else f"proof-{by[0]}") if by else ""
    return Step(
        key=f"dmarc.{outcome.result.value}",
        at=at,
        params={
            "domain": domain,
            "by": proof,
            "by_technical": [method.upper() for method in by],
            "policy": outcome.policy.value,
            "policy_words": phrase(f"wish-{outcome.policy.value}"),
            "org": outcome.org_domain,
        },
        evidence={
            "record_domain": outcome.record_domain,
            "record": outcome.record_text[:MAX_TEXT],
            "org_domain": outcome.org_domain,
            "aligned_by": [f"{aligned.method} {aligned.domain}" for aligned in outcome.aligned_by],
            "disposition": outcome.disposition.value,
            "testing": outcome.test_mode,
            "problem": outcome.problem[:MAX_TEXT],
            "answers": answers(_asked(outcome)),
        },
        rfc="RFC 9989 §5.3",
    )


def _asked(outcome: DmarcOutcome) -> Iterable[Answer]:
    """Return every answer once: with several authors each has a walk of its own."""
    each = (outcome, *outcome.authors)
    return {(found.name, found.rtype): found for one in each for found in one.walk}.values()


def decision(judgement: Judgement, at: float) -> Step:
    """Return the step that says what was decided, and why."""
    params: dict[str, Any] = {"because": judgement.because, "domain": judgement.domain}
    if judgement.via:
        params["via"] = judgement.via
    if judgement.reason:
        params["reason"] = judgement.reason
    if judgement.action in {Action.REFUSE, Action.DEFER}:
        params |= {"code": judgement.code, "enhanced": judgement.enhanced}
    return Step(
        key=f"decision.{judgement.action.value}",
        at=at,
        params=params,
        evidence={"verdict": judgement.verdict},
        rfc=judgement.rfc,
    )
