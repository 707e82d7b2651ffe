"""What the rest of the system knows of DNS: a question, an answer, and its evidence.

An `Answer` is a value that can be kept: it says what was asked, what came back, for
how long it holds, whether DNSSEC vouched for it, when it was asked, and by whom it
was answered. Nothing here does I/O; `dns/client.py` asks servers, `dns/zone.py`
answers from records in memory.

A name that does not exist is an answer, not an error, and so is a failure to ask
(RFC 7208 §2.6.6 calls it temperror): the caller must look at `status`.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol


class RType(enum.Enum):
    """Record types that mail needs. value: the number on the wire."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    DS = 43
    DNSKEY = 48
    TLSA = 52
    CAA = 257


class Status(enum.Enum):
    """How the question ended.

    NOERROR with no records is "no such data" (RFC 2308 §2.2). FAILED covers SERVFAIL,
    REFUSED, malformed answers and timeouts: nothing is known, ask again later.
    """

    NOERROR = "noerror"
    NXDOMAIN = "nxdomain"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mx:
    """MX (RFC 5321 §5.1). host: "" is the null MX of RFC 7505."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class Txt:
    """TXT: the character-strings as sent, each at most 255 octets."""

    strings: tuple[bytes, ...]

    @property
    def joined(self) -> bytes:
        """The strings without anything between them (RFC 7208 §3.3, RFC 6376 §3.6.2.2)."""
        return b"".join(self.strings)


@dataclass(frozen=True, slots=True)
class Tlsa:
    """TLSA (RFC 6698 §2.1)."""

    usage: int
    selector: int
    matching: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Srv:
    """SRV (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


# str: a host name (NS, CNAME, PTR), or the presentation text of SOA, DS, DNSKEY, CAA.
Value = IPv4Address | IPv6Address | Mx | Txt | Tlsa | Srv | str


@dataclass(frozen=True, slots=True)
class Record:
    """One resource record.

    name: the owner, lower case, A-labels, no trailing dot. ttl: seconds.
    text: the data in presentation form, as a zone file shows it.
    """

    name: str
    rtype: RType
    ttl: int
    value: Value
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and what was learned.

    name: as asked, lower case, no trailing dot. records: of the asked type only, at the
    end of the CNAME chain in `aliases` (owner names in order, possibly empty).
    ttl: seconds for which the answer may be used, 0 for failures. authentic: the AD bit,
    and we trust the server that set it. asked_at: when the server was really asked.
    server: who answered ("127.0.0.1:53", "zone"). problem: why `status` is FAILED.
    """

    name: str
    rtype: RType
    status: Status
    records: tuple[Record, ...]
    asked_at: datetime
    ttl: int = 0
    authentic: bool = False
    aliases: tuple[str, ...] = ()
    server: str = ""
    problem: str = ""

    @property
    def failed(self) -> bool:
        """True when nothing was learned: ask again later."""
        return self.status is Status.FAILED

    @property
    def values(self) -> tuple[Value, ...]:
        """The data of each record, in the order received."""
        return tuple(record.value for record in self.records)


class Resolver(Protocol):
    """Answers questions. Never raises for what DNS says or fails to say."""

    async def resolve(self, name: str, rtype: RType) -> Answer:
        """Return the answer for `name` (any case, with or without a trailing dot).

        An impossible name (a label over 63 octets, over 253 in all, empty labels)
        gives NXDOMAIN with a `problem`, without asking anybody.
        """
        ...


@dataclass(frozen=True, slots=True)
class Empty:
    """A resolver that knows nothing: every name is NXDOMAIN. For tests and dry runs."""

    asked_at: datetime

    async def resolve(self, name: str, rtype: RType) -> Answer:
        return Answer(name.lower().rstrip("."), rtype, Status.NXDOMAIN, (), self.asked_at)
