"""What an SPF check found: the verdict and its evidence (RFC 7208 §2.6)."""

import enum
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from pillarbox.dns.resolver import Answer
from pillarbox.mailauth.spf_syntax import SyntaxFault

IPAddress = IPv4Address | IPv6Address


FAULTS: Final = frozenset(
    {
        "no_domain",
        "unanswered",
        "several_records",
        "syntax",
        "no_target",
        "too_many_lookups",
        "too_many_voids",
        "too_many_servers",
    }
)


class SpfResult(enum.Enum):
    """The results of RFC 7208 §2.6. value: as in Authentication-Results."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105  # A result, not a password.
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(slots=True)
class SpfStep:
    """One term that was looked at.

    domain: whose record holds it. depth: how many includes deep. detail: what it resolved
    to, or why it could not match.
    """

    domain: str
    depth: int
    text: str
    matched: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SpfText:
    """One SPF record that was fetched: whose, and the joined text."""

    domain: str
    text: str


@dataclass(frozen=True, slots=True)
class SpfOutcome:
    """Verdict and evidence.

    scope: the identity checked, "mfrom" or "helo". domain: the one checked, normalised, or
    as given where it is no domain name. sender: as the macros saw it. matched: the
    innermost term that matched; decided: the term of the domain's own (or redirected)
    record that gave the result, an include when `matched` lies deeper. explanation: the
    domain's own words for a fail, "" if none. problem: why permerror, temperror or none;
    fault: the same as a stable code, one of `FAULTS`, or "". syntax: what is wrong with the text
    of a record, for the fault "syntax".
    """

    result: SpfResult
    scope: str
    domain: str
    sender: str
    ip: IPAddress
    helo: str
    matched: SpfStep | None = None
    decided: SpfStep | None = None
    explanation: str = ""
    problem: str = ""
    lookups: int = 0
    void_lookups: int = 0
    steps: tuple[SpfStep, ...] = ()
    records: tuple[SpfText, ...] = ()
    answers: tuple[Answer, ...] = ()
    fault: str = ""
    syntax: SyntaxFault | None = None
