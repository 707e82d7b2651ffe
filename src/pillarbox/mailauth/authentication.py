"""All checks of one message in one call: SPF, DKIM, ARC and DMARC, and the field that says so.

`authenticate` is for programs that use this package alone; `delivery/judge.py` calls the same
parts. What becomes of the message is the caller's affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from pillarbox.base.errors import Invalid
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import arc, authres, dkim, dmarc, spf
from pillarbox.mailauth.arc import ArcOutcome
from pillarbox.mailauth.author import author_domains
from pillarbox.mailauth.dkim import DkimOutcome, DkimResult
from pillarbox.mailauth.dmarc import DmarcOutcome, DmarcResult
from pillarbox.mailauth.spf_outcome import SpfOutcome
from pillarbox.mime.header import Header, parse_header

CHAIN_FIELDS: Final = tuple(
    name.decode() for name in (arc.SEAL_NAME, arc.MESSAGE_NAME, arc.RESULTS_NAME)
)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What the checks found. author_domains: of From, A-labels, in order; "" for an odd one.

    dkim: one outcome for each signature, the topmost first. chain: cv is NONE without fields
    of ARC. client_ip: as it was given.
    """

    author_domains: tuple[str, ...]
    spf: SpfOutcome
    dkim: Sequence[DkimOutcome]
    dmarc: DmarcOutcome
    chain: ArcOutcome
    client_ip: str

    @property
    def proven(self) -> bool:
        """True when the author's domain vouches for the message: DMARC passes."""
        return self.dmarc.result is DmarcResult.PASS

    def field(self, authserv_id: str) -> bytes:
        """Return the Authentication-Results field, with its last CRLF (RFC 8601 §2.2).

        First take out those that claim to be yours: `authres.strip(header, authserv_id)`.
        """
        return authres.build(
            authserv_id,
            [
                spf_clause(self.spf),
                *dkim_clauses(self.dkim),
                *dmarc_clauses(self.dmarc, self.author_domains),
                arc_clause(self.chain, self.client_ip),
            ],
        )


async def authenticate(
    message: bytes,
    *,
    client_ip: str,
    helo: str,
    sender: str,
    hostname: str,
    resolver: Resolver,
    now: datetime,
) -> Authenticated:
    """Run SPF, DKIM, ARC and DMARC on a whole message with CRLF line ends.

    client_ip, helo, sender: of the SMTP session; sender is the reverse-path, "" for the null
    one. hostname: your name, for explanations of SPF. now: aware. Asks DNS one question
    after the other. Raises Invalid if `client_ip` is no address, and nothing else.
    """
    try:
        ip = ip_address(client_ip)
    except ValueError:
        raise Invalid(f"not an IP address: {client_ip!r}") from None
    header = parse_header(message)
    domains = author_domains(header)
    sender_policy = await spf.check_host(resolver, ip, helo, sender, receiver=hostname, now=now)
    signatures = await dkim.verify(message, resolver, now)
    policy = await evaluate(resolver, domains, sender_policy, signatures, now)
    chain = await arc.validate(message, resolver, now)
    return Authenticated(domains, sender_policy, signatures, policy, chain, client_ip)


async def evaluate(
    resolver: Resolver,
    domains: Sequence[str],
    sender_policy: SpfOutcome | None,
    signatures: Sequence[DkimOutcome],
    now: datetime,
) -> DmarcOutcome:
    """Run DMARC on what SPF and DKIM found. Signatures over a part of the text prove nothing."""
    return await dmarc.evaluate(
        resolver,
        domains,
        sender_policy,
        [outcome for outcome in signatures if proves(outcome) or not outcome.passed],
        dkim_undecided=[o.domain for o in signatures if o.result is DkimResult.TEMPERROR],
        now=now,
    )


def proves(outcome: DkimOutcome) -> bool:
    """Tell whether a signature can prove an author: it holds, and over the whole text.

    Anything can be put behind what `l=` covers (RFC 6376 §8.2).
    """
    return outcome.passed and not outcome.partial


def has_chain(header: Header) -> bool:
    """Tell whether a message has any field of ARC. Costs three look-ups."""
    return any(header.find(name) is not None for name in CHAIN_FIELDS)


def spf_clause(outcome: SpfOutcome) -> authres.Result:
    """Return `spf=` with the identity that was checked (RFC 8601 §2.7.2)."""
    identity = ("smtp", "helo", outcome.helo)
    if outcome.scope == "mfrom":
        identity = ("smtp", "mailfrom", outcome.sender)
    return authres.Result("spf", outcome.result.value, properties=[identity])


def dkim_clauses(outcomes: Sequence[DkimOutcome]) -> list[authres.Result]:
    """Return `dkim=` for each signature (RFC 8601 §2.7.1)."""
    if not outcomes:
        return [authres.Result("dkim", "none")]
    return [
        authres.Result(
            "dkim",
            outcome.result.value,
            reason=outcome.reason or "",
            properties=[("header", "d", outcome.domain), ("header", "s", outcome.selector)],
        )
        for outcome in outcomes
    ]


def dmarc_clauses(
    outcome: DmarcOutcome, domains: Sequence[str], reason: str = ""
) -> list[authres.Result]:
    """Return `dmarc=`, nothing without an author. reason: of a local exception."""
    if not domains:
        return []
    properties = [("header", "from", domains[0])]
    if outcome.result is DmarcResult.FAIL:
        properties.append(("policy", "dmarc", outcome.disposition.value))
    else:
        reason = ""
    return [authres.Result("dmarc", outcome.result.value, reason, properties)]


def arc_clause(chain: ArcOutcome, client_ip: str) -> authres.Result:
    """Return `arc=` as RFC 8617 §10.2 registers it."""
    reason = chain.reason.replace("_", " ")
    properties = []
    if chain.oldest_pass is not None:
        properties.append(("header", "oldest-pass", str(chain.oldest_pass)))
    if client_ip:
        properties.append(("smtp", "remote-ip", client_ip))
    return authres.Result("arc", chain.cv.value, reason, properties)
