"""Judge a message from another server: run the checks, decide, keep the evidence.

`judge` needs the message, its envelope and a resolver, nothing else: the same function
serves the session, `pillarbox verify` on a file, and a replay of stored evidence.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from pillarbox.base.errors import Invalid
from pillarbox.base.metrics import CHECKS
from pillarbox.delivery import evidence
from pillarbox.delivery.envelope import Client
from pillarbox.delivery.verdict import Judgement, Results, Rules, decide
from pillarbox.dns.name import to_ascii
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import authres, dkim, dmarc, spf
from pillarbox.mailauth.alignment import normalise
from pillarbox.mailauth.dkim import DkimResult
from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.header import Header
from pillarbox.trace.step import Step


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with everything it rests on. authres: our Authentication-Results field."""

    judgement: Judgement
    results: Results
    steps: tuple[Step, ...]
    authres: bytes


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
) -> Judged:
    """Run SPF, DKIM and DMARC and decide.

    header: the parsed header of `message`. sender: the reverse-path, "" for the null one.
    hostname: our name, for explanations and Authentication-Results.
    """
    ip = ip_address(client.ip)
    spf_outcome, dkim_outcomes = await asyncio.gather(
        spf.check_host(resolver, ip, client.helo, sender, receiver=hostname, now=now),
        dkim.verify(message, resolver, now),
    )
    domains = author_domains(header)
    dmarc_outcome = await dmarc.evaluate(
        resolver,
        domains,
        spf_outcome,
        dkim_outcomes,
        dkim_undecided=[o.domain for o in dkim_outcomes if o.result is DkimResult.TEMPERROR],
        now=now,
    )
    results = Results(
        author_domains=domains,
        spf=spf_outcome,
        dkim=dkim_outcomes,
        dmarc=dmarc_outcome,
        client_domain=_client_domain(client),
    )
    judgement = decide(results, rules)
    at = now.timestamp()
    shown = domains[0] if domains else "?"
    steps = (
        evidence.spf(spf_outcome, at, forwarded=judgement.verdict == "via"),
        *evidence.dkim(dkim_outcomes, at),
        evidence.dmarc(dmarc_outcome, shown, at),
        evidence.decision(judgement, at),
    )
    CHECKS.add("spf", spf_outcome.result.value)
    CHECKS.add("dkim", dkim_outcomes[0].result.value if dkim_outcomes else "none")
    CHECKS.add("dmarc", dmarc_outcome.result.value)
    return Judged(judgement, results, steps, authentication_results(results, hostname, sender))


def author_domains(header: Header) -> tuple[str, ...]:
    """Return the distinct domains of all From fields, A-labels, in order.

    An address whose domain cannot be one counts as "" , so that it is never overlooked.
    """
    found: dict[str, None] = {}
    for field in header.all("from"):
        for address in parse_addresses(field.value):
            members = [address] if isinstance(address, Mailbox) else address.members
            for member in members:
                try:
                    found[normalise(to_ascii(member.domain))] = None
                except Invalid:
                    found[""] = None
    return tuple(found)


def authentication_results(results: Results, hostname: str, sender: str) -> bytes:
    """Return the Authentication-Results field for what was found (RFC 8601 §2)."""
    spf_outcome = results.spf
    methods = [
        authres.Result(
            "spf",
            spf_outcome.result.value,
            properties=[("smtp", "mailfrom", sender or f"postmaster@{spf_outcome.helo}")],
        )
    ]
    methods += [_dkim_result(outcome) for outcome in results.dkim]
    if not results.dkim:
        methods.append(authres.Result("dkim", "none"))
    if results.author_domains:
        methods.append(
            authres.Result(
                "dmarc",
                results.dmarc.result.value,
                properties=[("header", "from", results.author_domains[0])],
            )
        )
    return authres.build(hostname, methods)


def _dkim_result(outcome: dkim.DkimOutcome) -> authres.Result:
    properties = [("header", "d", outcome.domain), ("header", "s", outcome.selector)]
    return authres.Result(
        "dkim", outcome.result.value, reason=outcome.reason or "", properties=properties
    )


def _client_domain(client: Client) -> str:
    """Return whose server the client is, as far as a name tells: at most three labels."""
    name = normalise(client.rdns or client.helo)
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    return ".".join(labels[1:]) if len(labels) > 2 else name


def passed_domains(outcomes: Sequence[dkim.DkimOutcome]) -> list[str]:
    """Return the domains whose signature holds."""
    return [outcome.domain for outcome in outcomes if outcome.passed]
