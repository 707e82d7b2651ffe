"""DNS messages: questions out, answers in (RFC 1035 §4).

Questions are a few octets and are made by hand; answers are read by dnspython, which is
hardened against loops and lies about lengths. What it finds becomes our own values.
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from pillarbox.dns.resolver import Mx, Record, RType, Srv, Tlsa, Txt, Value

MAX_RECORDS: Final = 1000
MAX_CHAIN: Final = 12  # CNAMEs followed within one answer
PAYLOAD: Final = 1232  # octets of UDP that we take (RFC 6891 §6.2.5)
_HEAD: Final = struct.Struct("!HHHHHH")
# OPT: root name, type 41, payload, no extended code, DO bit set, no data.
_OPT: Final = struct.pack("!BHHIH", 0, 41, PAYLOAD, 0x8000, 0)
_RD_AD: Final = 0x0120


class BadMessage(Exception):
    """The octets are no answer to this question."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said. authoritative: from its own zones (AA, RFC 1035 §4.1.1).

    negative_ttl: of the SOA, None without one.
    """

    rcode: int
    truncated: bool
    authentic: bool
    aliases: tuple[str, ...]
    records: tuple[Record, ...]
    ttl: int
    negative_ttl: int | None
    authoritative: bool = False


def query(number: int, name: str, rtype: RType) -> bytes:
    """Return a question. name: ASCII, labels of at most 63 octets."""
    labels = b"".join(bytes((len(part),)) + part for part in name.encode("ascii").split(b"."))
    question = (labels if name else b"") + b"\0" + struct.pack("!HH", rtype.value, 1)
    return _HEAD.pack(number, _RD_AD, 1, 0, 0, 1) + question + _OPT


def answers(data: bytes, number: int, name: str, rtype: RType) -> bool:
    """Say whether `data` claims to answer this very question."""
    if len(data) < 12:
        return False
    got, bits, count = struct.unpack_from("!HHH", data)
    if got != number or not bits & 0x8000 or count != 1:
        return False
    wanted = query(number, name, rtype)[12 : -len(_OPT)]
    return data[12 : 12 + len(wanted)].lower() == wanted.lower()


@cache
def _load_types() -> None:
    """Let dnspython load what reads our types, before it sees any answer.

    An answer of class ANY makes it forget that it can read that type in class IN, if it has
    not loaded it yet: one lie would break all later answers.
    """
    load: Callable[..., Any] = dns.rdata.get_rdata_class
    for rtype in RType:
        load(dns.rdataclass.IN, dns.rdatatype.RdataType(rtype.value))


def read(data: bytes, name: str, rtype: RType) -> Reply:
    """Read an answer. Raises BadMessage."""
    _load_types()
    try:
        message = dns.message.from_wire(data, ignore_trailing=True)
        return _reply(message, name, rtype)
    except (dns.exception.DNSException, ValueError, struct.error, IndexError) as exc:
        raise BadMessage(type(exc).__name__) from exc


def _reply(message: dns.message.Message, name: str, rtype: RType) -> Reply:
    by_owner: dict[tuple[str, int], Any] = {}
    for rrset in message.answer:
        if rrset.rdclass == dns.rdataclass.IN:
            by_owner.setdefault((_text(rrset.name), int(rrset.rdtype)), rrset)
    aliases: list[str] = []
    at = name
    ttl = 86400
    while len(aliases) < MAX_CHAIN and (at, rtype.value) not in by_owner:
        alias = by_owner.get((at, RType.CNAME.value))
        if alias is None or rtype is RType.CNAME:
            break
        ttl = min(ttl, alias.ttl)
        aliases.append(at)
        at = _text(alias[0].target)
    found = by_owner.get((at, rtype.value))
    records: tuple[Record, ...] = ()
    if found is not None:
        ttl = min(ttl, found.ttl)
        kept = list(found)[:MAX_RECORDS]
        records = tuple(Record(at, rtype, found.ttl, value_of(d, rtype), d.to_text()) for d in kept)
    return Reply(
        rcode=int(message.rcode()),
        truncated=bool(message.flags & dns.flags.TC),
        authentic=bool(message.flags & dns.flags.AD),
        aliases=tuple(aliases),
        records=records,
        ttl=ttl,
        negative_ttl=_negative(message.authority),
        authoritative=bool(message.flags & dns.flags.AA),
    )


def _negative(authority: Iterable[Any]) -> int | None:
    for rrset in authority:
        if rrset.rdtype == dns.rdatatype.SOA and rrset.rdclass == dns.rdataclass.IN:
            return min(int(rrset.ttl), int(rrset[0].minimum))
    return None


def value_of(data: Any, rtype: RType) -> Value:
    """Return parsed record data as our value."""
    match rtype:
        case RType.A:
            return IPv4Address(data.address)
        case RType.AAAA:
            return IPv6Address(data.address)
        case RType.MX:
            return Mx(data.preference, _text(data.exchange))
        case RType.TXT:
            return Txt(tuple(data.strings))
        case RType.TLSA:
            return Tlsa(data.usage, data.selector, data.mtype, data.cert)
        case RType.SRV:
            return Srv(data.priority, data.weight, data.port, _text(data.target))
        case RType.NS | RType.CNAME | RType.PTR:
            return _text(data.target)
        case _:
            return str(data.to_text())


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""
