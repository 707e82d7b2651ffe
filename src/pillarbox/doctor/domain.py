"""Everything about one domain: all checks, and their findings in one list."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pillarbox.dns.resolver import Resolver
from pillarbox.doctor import dkim, dmarc, hosts, spf, tls
from pillarbox.doctor.asking import Asker
from pillarbox.doctor.finding import Finding, Severity
from pillarbox.doctor.spf_tree import Node


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. spf: the tree of SPF records."""

    domain: str
    findings: tuple[Finding, ...]
    spf: Node

    @property
    def worst(self) -> Severity:
        """How bad it is at worst."""
        return max(
            (one.severity for one in self.findings), key=lambda one: one.rank, default=Severity.OK
        )


async def check(
    resolver: Resolver,
    domain: str,
    selectors: Sequence[str] = (),
    fetch: tls.Fetch | None = None,
) -> Report:
    """Ask DNS about `domain` (A-labels, lower case) and judge what it publishes.

    selectors: DKIM selectors to look at. fetch: asks for the MTA-STS policy file; None does not.
    Raises TooMany where the domain leads to more than 300
    questions, and nothing else.
    """
    asker = Asker(resolver)
    (spf_found, tree), keys, (dmarc_found, policy), (mx_found, names) = await asyncio.gather(
        spf.check(asker, domain),
        dkim.check(asker, domain, selectors),
        dmarc.check(asker, domain),
        hosts.check(asker, domain),
    )
    rest = await asyncio.gather(
        hosts.check_dane(asker, names),
        tls.check_sts(asker, domain, names, fetch),
        tls.check_rpt(asker, domain),
        tls.check_dnssec(asker, domain),
        tls.check_bimi(asker, domain, policy),
    )
    found = [*mx_found, *spf_found, *keys, *dmarc_found, *(one for part in rest for one in part)]
    return Report(domain, tuple(found), tree)
