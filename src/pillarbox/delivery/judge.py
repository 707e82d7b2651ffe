"""Judge a message from another server: run the checks, decide, keep the evidence.

`judge` needs the message, its envelope and a resolver, nothing else: the same function
serves the session, `pillarbox verify` on a file, and a replay of stored evidence.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

import msgspec

from pillarbox.base.metrics import CHECKS
from pillarbox.delivery import appearance, evidence, evidence_arc, known, vouching
from pillarbox.delivery.envelope import Client
from pillarbox.delivery.exception import make_exception, report_reasons, soften
from pillarbox.delivery.known import Known
from pillarbox.delivery.rewritten import rewritten
from pillarbox.delivery.verdict import Judgement, Results, Rules, decide
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import arc, authentication, authres, dkim, forensics, spf
from pillarbox.mailauth.alignment import normalise
from pillarbox.mailauth.arc import ArcOutcome
from pillarbox.mailauth.authentication import evaluate, has_chain
from pillarbox.mailauth.author import authors, domains_of
from pillarbox.mailauth.dkim import DkimResult
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.forensics_finding import BRIEF, Finding
from pillarbox.mailauth.spf_outcome import SpfResult
from pillarbox.mime.header import Header
from pillarbox.trace.step import Step

_MAX_DIAGNOSED: Final = 2
_DIAGNOSED: Final = frozenset(
    {
        Reason.BODY_HASH,
        Reason.BODY_LENGTH,
        Reason.SIGNATURE,
        Reason.KEY_SYNTAX,
        Reason.KEY_VERSION,
        Reason.KEY_TYPE,
    }
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with everything it rests on. authres: our Authentication-Results field.

    chain: None where there are no fields of ARC, or they were not looked at.
    """

    judgement: Judgement
    results: Results
    steps: tuple[Step, ...]
    authres: bytes
    chain: ArcOutcome | None = None


async def _nobody() -> Sequence[Known]:
    return ()


@dataclass(frozen=True, slots=True)
class PassedOn:
    """How mail is judged that others passed on.

    validate: look at chains of ARC. known: whom we know; asked only when it matters.
    """

    validate: bool = True
    known: Callable[[], Awaitable[Sequence[Known]]] = _nobody


Friends = Callable[[str], Awaitable[Collection[str]]]
"""Returns the addresses of the reader's contacts of a name, lower case."""


async def _strangers(_: str) -> Collection[str]:
    return ()


async def judge(  # noqa: PLR0913 - all but four by name
    message: bytes,
    header: Header,
    client: Client,
    sender: str,
    *,
    resolver: Resolver,
    hostname: str,
    rules: Rules,
    now: datetime,
    passed_on: PassedOn = PassedOn(),
    own: Sequence[str] = (),
    friends: Friends = _strangers,
) -> Judged:
    """Run SPF, DKIM and DMARC, and ARC where there is a chain, and decide.

    header: the parsed header of `message`. sender: the reverse-path, "" for the null one.
    hostname: our name, for explanations and Authentication-Results. own: domains of ours that the
    message is for, A-labels, lower case. friends: of the one who gets it; asked only for names.
    """
    ip = ip_address(client.ip)
    spf_outcome, dkim_outcomes = await asyncio.gather(
        spf.check_host(resolver, ip, client.helo, sender, receiver=hostname, now=now),
        dkim.verify(message, resolver, now),
    )
    named = authors(header)
    domains = domains_of(named)
    dmarc_outcome = await evaluate(resolver, domains, spf_outcome, dkim_outcomes, now)
    results = Results(
        author_domains=domains,
        spf=spf_outcome,
        dkim=dkim_outcomes,
        dmarc=dmarc_outcome,
        client_domain=client_domain(client),
        from_fields=len({field.value for field in header.all("from")}),
    )
    judgement = decide(results, rules)
    at = now.timestamp()
    chain = None
    if passed_on.validate and has_chain(header):
        chain = await arc.validate(message, resolver, now)
    passed_steps = [evidence_arc.chain(chain, at)] if chain is not None else []
    if judgement.breakable:
        passed = vouching.Passed(
            domains[0],
            dmarc_outcome,
            ip,
            known.read_list_id(header.value("list-id")),
            passed_domains(dkim_outcomes),
            chain,
        )
        judgement, steps_more = await _except(judgement, passed, passed_on, rules, at)
        passed_steps += steps_more
    listed = header.find("list-id") is not None
    proven = judgement.verdict in {"proven", "via"}
    seen = appearance.look(
        named, own, proven=proven, listed=listed, undecided=_is_undecided(results)
    )
    if name := appearance.name_to_know(named, listed=listed):
        seen += appearance.look_known(named[0], name, await friends(name), proven=proven)
    judgement = appearance.weigh(judgement, seen)
    author_domain = domains[0] if domains else ""
    shown = author_domain or "?"
    if (listing := rewritten(header, author_domain, at)) is not None:
        passed_steps.append(listing)
    forwarded = judgement.verdict == "via" or judgement.vouched is not None
    steps = (
        evidence.spf(
            spf_outcome,
            at,
            dmarc_outcome.org_domain,
            author_domain,
            forwarded=forwarded,
            settled=proven or forwarded,
        ),
        *evidence.dkim(
            dkim_outcomes,
            at,
            why_broken(message, dkim_outcomes),
            dmarc_outcome.org_domain,
            author_domain,
        ),
        evidence.dmarc(dmarc_outcome, shown, at),
        *passed_steps,
        *appearance.steps(seen, at),
        _decision(results, judgement, rules, at),
    )
    CHECKS.add("spf", spf_outcome.result.value)
    CHECKS.add("dkim", dkim_outcomes[0].result.value if dkim_outcomes else "none")
    CHECKS.add("dmarc", dmarc_outcome.result.value)
    found = authentication_results(
        results, hostname, chain=chain, judgement=judgement, client_ip=client.ip
    )
    return Judged(judgement, results, steps, found, chain)


def _is_undecided(results: Results) -> bool:
    """Tell whether a check that could prove the sender could not be made just now."""
    return results.spf.result is SpfResult.TEMPERROR or any(
        outcome.result is DkimResult.TEMPERROR for outcome in results.dkim
    )


def why_broken(message: bytes, outcomes: Sequence[dkim.DkimOutcome]) -> dict[int, Finding]:
    """Return why signatures fail, by their place, where that takes more than a word.

    Of few signatures, with little effort: some milliseconds at most.
    """
    broken = [
        (place, outcome)
        for place, outcome in enumerate(outcomes)
        if not outcome.passed and outcome.reason in _DIAGNOSED
    ]
    return {
        place: forensics.diagnose(message, outcome, effort=BRIEF)
        for place, outcome in broken[:_MAX_DIAGNOSED]
    }


async def _except(
    judgement: Judgement, passed: vouching.Passed, passed_on: PassedOn, rules: Rules, at: float
) -> tuple[Judgement, list[Step]]:
    """Look for somebody we know who vouches for what was broken, or a stranger who does."""
    vouched = vouching.find_voucher(passed, await passed_on.known())
    if vouched is not None:
        step = evidence_arc.exception(vouched, passed.author, at)
        return make_exception(judgement, vouched), [step]
    sealer, said = vouching.find_stranger(passed)
    if not sealer:
        return judgement, []
    return soften(judgement, sealer, rules), [evidence_arc.stranger(sealer, said, at)]


def _decision(results: Results, judgement: Judgement, rules: Rules, at: float) -> Step:
    """Return the step for the decision, with the reasons for aggregate reports."""
    step = evidence.decision(judgement, at)
    if len(results.author_domains) != 1 or results.from_fields > 1:
        more = {"authors": list(results.author_domains), "from_fields": results.from_fields}
        step = msgspec.structs.replace(step, evidence=step.evidence | more)
    reasons = report_reasons(results, judgement, rules)
    if not reasons:
        return step
    kept = [{"type": reason.value, "comment": comment} for reason, comment in reasons]
    params = step.params
    if judgement.vouched is not None:
        params = params | {"vouched": judgement.vouched.by}
    return msgspec.structs.replace(step, params=params, evidence=step.evidence | {"reasons": kept})


def authentication_results(
    results: Results,
    hostname: str,
    *,
    chain: ArcOutcome | None = None,
    judgement: Judgement | None = None,
    client_ip: str = "",
) -> bytes:
    """Return the Authentication-Results field for what was found (RFC 8601 §2)."""
    reason = ""
    if judgement is not None and judgement.vouched is not None:
        reason = f"local policy {judgement.vouched.reason}: {judgement.vouched.comment}"
    methods = [
        authentication.spf_clause(results.spf),
        *authentication.dkim_clauses(results.dkim),
        *authentication.dmarc_clauses(results.dmarc, results.author_domains, reason),
    ]
    if chain is not None:
        methods.append(authentication.arc_clause(chain, client_ip))
    return authres.build(hostname, methods)


def client_domain(client: Client) -> str:
    """Return whose server the client is, as far as a name tells: at most three labels."""
    name = normalise(client.rdns or client.helo)
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    return ".".join(labels[1:]) if len(labels) > 2 else name


def passed_domains(outcomes: Sequence[dkim.DkimOutcome]) -> list[str]:
    """Return the domains whose signature holds."""
    return [outcome.domain for outcome in outcomes if outcome.passed]
