"""A message on disk, judged as if it had just come in.

With the client's address everything is checked as in a session (`delivery/judge`). Without
it SPF cannot be checked, and the signatures speak alone.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any, Final

from pillarbox.delivery import evidence, evidence_arc
from pillarbox.delivery import judge as judging
from pillarbox.delivery.envelope import Client
from pillarbox.delivery.hops import claimed
from pillarbox.delivery.verdict import Judgement, Results, Rules, decide
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import arc, dkim, forensics
from pillarbox.mailauth.arc import ArcOutcome, ChainStatus
from pillarbox.mailauth.authentication import evaluate
from pillarbox.mailauth.author import author_domains
from pillarbox.mailauth.forensics_finding import Finding
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult
from pillarbox.mime.header import Header, parse_header
from pillarbox.trace import causes, view, words
from pillarbox.trace.catalogue import DEFAULT
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

_BARE: Final = re.compile(rb"\r\n|\r|\n")
_PATH: Final = re.compile(r"\s*<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a session would have told. ip, helo: "" if not known; sender: "" = null."""

    ip: str
    helo: str
    sender: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. findings: why a signature fails, for each; None where it does not."""

    judgement: Judgement
    results: Results
    arc: ArcOutcome
    trace: Trace
    findings: tuple[Finding | None, ...] = ()


def with_crlf(message: bytes) -> tuple[bytes, bool]:
    """Return the message with CRLF line ends, and whether that changed it.

    Files on Unix have bare LF, and nothing is signed so (RFC 5322 §2.3). A message that has
    any CRLF is left alone: a bare LF in it is then part of what was sent.
    """
    if b"\r\n" in message or (b"\n" not in message and b"\r" not in message):
        return message, False
    return _BARE.sub(b"\r\n", message), True


def sender_of(header: Header) -> str:
    """Return the reverse-path that a stored message still shows: Return-Path, else From."""
    field = header.find("return-path")
    if field is not None:
        value = field.value.decode("latin-1")
        match = _PATH.match(value)
        if match is not None:
            return match[1].strip()
    return header.author_text()


async def verify(
    message: bytes, envelope: Envelope, *, resolver: Resolver, hostname: str, now: datetime
) -> Verified:
    """Judge a message. envelope.ip "": SPF is not checked, its result is none."""
    header = parse_header(message)
    rules = Rules()
    if envelope.ip:
        client = Client(envelope.ip, envelope.helo, "smtp")
        judged = await judging.judge(
            message, header, client, envelope.sender,
            resolver=resolver, hostname=hostname, rules=rules, now=now,
        )  # fmt: skip
        judgement, results, steps = judged.judgement, judged.results, judged.steps
        chain = judged.chain or ArcOutcome(ChainStatus.NONE, [])
    else:
        chain = await arc.validate(message, resolver, now)
        judgement, results, steps = await _without_client(
            message, header, envelope, resolver, rules, now
        )
        if chain.cv is not ChainStatus.NONE:
            step = evidence_arc.chain(chain, now.timestamp())
            steps = (*steps[:-1], step, steps[-1])
    trace = Trace(
        id="",
        direction="in",
        started_at=now.timestamp(),
        verdict=judgement.verdict,
        client_ip=envelope.ip,
        helo=envelope.helo,
        sender=envelope.sender,
        header_from=header.author_text(),
        message_id=header.message_id(),
        subject=header.text("subject")[:200],
        size_octets=len(message),
        steps=[*claimed(header, now), *steps],
    )
    findings = tuple(
        None if outcome.passed else forensics.diagnose(message, outcome) for outcome in results.dkim
    )
    return Verified(judgement, results, chain, trace, findings)


async def _without_client(
    message: bytes,
    header: Header,
    envelope: Envelope,
    resolver: Resolver,
    rules: Rules,
    now: datetime,
) -> tuple[Judgement, Results, tuple[Step, ...]]:
    domains = author_domains(header)
    signatures = await dkim.verify(message, resolver, now)
    policy = await evaluate(resolver, domains, None, signatures, now)
    unchecked = SpfOutcome(
        SpfResult.NONE,
        "mfrom",
        envelope.sender.rpartition("@")[2],
        envelope.sender,
        IPv4Address(0),
        envelope.helo,
        problem="not checked: the address of the client is not known",
    )
    results = Results(domains, unchecked, signatures, policy, client_domain="")
    judgement = decide(results, rules)
    if judgement.verdict == "via":
        # Nobody was seen who passed it on.
        because = phrase("proven-signature", domain=judgement.domain)
        judgement = replace(judgement, verdict="proven", via="", because=because)
    at = now.timestamp()
    steps = (
        *evidence.dkim(signatures, at, org=policy.org_domain, author="".join(domains[:1])),
        evidence.dmarc(policy, domains[0] if domains else "?", at),
        evidence.decision(judgement, at),
    )
    return judgement, results, steps


def as_json(found: Verified, language: str = DEFAULT) -> dict[str, Any]:
    """Return what `--json` prints; its shape is an interface."""
    results = found.results
    return {
        "spf": {
            "result": results.spf.result.value,
            "domain": results.spf.domain,
            "explanation": results.spf.explanation,
            "terms": [
                {
                    "record": step.domain,
                    "depth": step.depth,
                    "term": step.text,
                    "matched": step.matched,
                    "detail": step.detail,
                }
                for step in results.spf.steps
            ],
            "lookups": results.spf.lookups,
        },
        "dkim": [
            {
                "domain": outcome.domain,
                "selector": outcome.selector,
                "result": outcome.result.value,
                "reason": outcome.reason.value if outcome.reason else "",
                "forensics": _finding(finding),
            }
            for outcome, finding in zip(results.dkim, found.findings, strict=True)
        ],
        "dmarc": {
            "result": results.dmarc.result.value,
            "policy": results.dmarc.policy.value,
            "disposition": results.dmarc.disposition.value,
        },
        "arc": {
            "result": found.arc.cv.value,
            "cv": found.arc.cv.value,
            "reason": found.arc.reason,
            "chain": [
                {
                    "instance": one.instance,
                    "domain": one.domain,
                    "selector": one.selector,
                    "cv": one.seal_cv,
                    "seal": one.seal_ok,
                    "message": one.message_ok,
                }
                for one in found.arc.sets
            ],
        },
        "verdict": found.judgement.verdict,
        "action": found.judgement.action.value,
        "because": words.phrase(found.judgement.because, language),
        "steps": view.as_json(found.trace, language)["steps"],
    }


def _finding(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "cause": finding.cause.value,
        "confidence": finding.confidence,
        "where": finding.where,
        "part": finding.part,
        "header": finding.header,
        "line": finding.line,
        "text": causes.explain(finding.cause.value, finding.params, finding.where),
        "also": [_finding(each) for each in finding.also],
    }
