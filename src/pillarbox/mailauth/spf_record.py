"""SPF records: text in, terms out (RFC 7208 §4.6.1 and §12).

The whole record is checked before any of it is used, because one error anywhere makes
the record useless (RFC 7208 §4.6). Errors say where and why: the domain checker shows
them to the person who published the record.
"""

import enum
import functools
import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from pillarbox.mailauth import spf_macro
from pillarbox.mailauth.spf_macro import Template
from pillarbox.mailauth.spf_syntax import SyntaxProblem

__all__ = [
    "Kind",
    "Mechanism",
    "Modifier",
    "Qualifier",
    "Record",
    "SyntaxProblem",
    "is_spf",
    "parse",
]

MAX_OCTETS: Final = 64 * 1024
MAX_TERMS: Final = 1000
_CACHED_RECORDS: Final = 4096
_CACHED_OCTETS: Final = 2048  # Longer records are parsed each time: memory stays bounded.

_VERSION: Final = "v=spf1"
_TERM: Final = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:/=])(.*))?\Z", re.DOTALL)
_DUAL_CIDR: Final = re.compile(r"(?:/([0-9]+))?(?://([0-9]+))?\Z")
_CIDR: Final = re.compile(r"(0|[1-9][0-9]{0,2})\Z")


class Qualifier(enum.Enum):
    """What a match means (RFC 7208 §4.6.2)."""

    PASS = "+"  # noqa: S105  # A qualifier, not a password.
    FAIL = "-"
    SOFTFAIL = "~"
    NEUTRAL = "?"


class Kind(enum.Enum):
    """The mechanisms (RFC 7208 §5). value: the name in the record."""

    ALL = "all"
    INCLUDE = "include"
    A = "a"
    MX = "mx"
    PTR = "ptr"
    IP4 = "ip4"
    IP6 = "ip6"
    EXISTS = "exists"


# Kinds that ask DNS, and so count against the ten (RFC 7208 §4.6.4).
LOOKUP_KINDS: Final = frozenset({Kind.INCLUDE, Kind.A, Kind.MX, Kind.PTR, Kind.EXISTS})


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism. text: as published. position: where it starts in the record.

    domain: None when the current domain is meant. prefix4, prefix6: bits that count, for
    a and mx. family, network, shift: for ip4 and ip6, the IP version (0 for all other
    kinds), the address as a number, and how many of its last bits do not count.
    """

    kind: Kind
    qualifier: Qualifier
    text: str
    position: int
    domain: Template | None = None
    prefix4: int = 32
    prefix6: int = 128
    family: int = 0
    network: int = 0
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Modifier:
    """One modifier (RFC 7208 §6). name: lower case."""

    name: str
    value: Template
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record without errors. terms: in the order published, unknown modifiers included."""

    text: str
    terms: tuple[Mechanism | Modifier, ...]
    mechanisms: tuple[Mechanism, ...]
    redirect: Modifier | None
    explanation: Modifier | None

    @property
    def lookups(self) -> int:
        """How many terms ask DNS, without those of included records."""
        return sum(m.kind in LOOKUP_KINDS for m in self.mechanisms) + (self.redirect is not None)


def is_spf(text: bytes) -> bool:
    """Tell whether a TXT record is meant to be SPF (RFC 7208 §4.5)."""
    start = text[:7].lower()
    return start in (b"v=spf1", b"v=spf1 ")


def parse(text: str | bytes) -> Record:
    """Parse one record, the TXT strings joined.

    At most 64 KiB and 1000 terms. Recent results are kept. Raises SyntaxProblem.
    """
    if len(text) <= _CACHED_OCTETS:
        return _parse_cached(text)
    if len(text) > MAX_OCTETS:
        raise SyntaxProblem("too_long", MAX_OCTETS, limit=MAX_OCTETS)
    return _parse(text)


def _parse(text: str | bytes) -> Record:
    """`record = version terms *SP ; terms = *( 1*SP ( directive / modifier ) )`."""
    if isinstance(text, bytes):
        try:
            text = text.decode("ascii")
        except UnicodeDecodeError as exc:
            # RFC 7208 §3.1: a record is ASCII.
            raise SyntaxProblem("not_ascii", exc.start) from None
    if text[:6].lower() != _VERSION or text[6:7] not in ("", " "):
        raise SyntaxProblem("no_version", 0)
    terms: list[Mechanism | Modifier] = []
    found: dict[str, Modifier] = {}
    position = len(_VERSION) + 1
    for word in text[position:].split(" "):
        if word:
            if len(terms) == MAX_TERMS:
                raise SyntaxProblem("too_many_terms", position, limit=MAX_TERMS)
            term = _term(word, position)
            terms.append(term)
            if isinstance(term, Modifier) and term.name in ("redirect", "exp"):
                if term.name in found:  # RFC 7208 §6
                    raise SyntaxProblem("twice", position, name=term.name)
                found[term.name] = term
        position += len(word) + 1
    return Record(
        text,
        tuple(terms),
        tuple(term for term in terms if isinstance(term, Mechanism)),
        found.get("redirect"),
        found.get("exp"),
    )


_parse_cached = functools.lru_cache(_CACHED_RECORDS)(_parse)


def _term(text: str, position: int) -> Mechanism | Modifier:
    match = _TERM.match(text)
    if match is None:
        raise SyntaxProblem("no_term", position, given=text)
    qualifier, name, separator, rest = match.groups("")
    if separator == "=":
        if qualifier:
            raise SyntaxProblem("modifier_sign", position, sign=qualifier)
        return _modifier(name.lower(), rest, text, position)
    try:
        kind = Kind(name.lower())
    except ValueError:
        code = "no_mechanism_redirect" if name.lower() == "redirect" else "no_mechanism"
        raise SyntaxProblem(code, position, name=name) from None
    argument = text[len(qualifier) + len(name) :]
    start = position + len(qualifier) + len(name)
    meaning = Qualifier(qualifier or "+")
    if kind is Kind.ALL:
        if argument:
            raise SyntaxProblem("all_argument", start)
        return Mechanism(kind, meaning, text, position)
    if kind in (Kind.IP4, Kind.IP6):
        family = 4 if kind is Kind.IP4 else 6
        network, shift = _network(kind, argument, start)
        return Mechanism(kind, meaning, text, position, family=family, network=network, shift=shift)
    if kind in (Kind.A, Kind.MX):
        spec, prefix4, prefix6 = _dual_cidr(argument, start)
        domain = _domain(spec, start) if spec else None
        return Mechanism(kind, meaning, text, position, domain, prefix4, prefix6)
    if not argument and kind is not Kind.PTR:
        raise SyntaxProblem("domain_wanted", start, name=kind.value)
    domain = _domain(argument, start) if argument else None
    return Mechanism(kind, meaning, text, position, domain)


def _modifier(name: str, value: str, text: str, position: int) -> Modifier:
    """`redirect = "redirect" "=" domain-spec ; unknown-modifier = name "=" macro-string`."""
    start = position + len(name) + 1
    if name in ("redirect", "exp"):
        # A known name is never an unknown-modifier, whatever the grammar lets one read.
        return Modifier(name, spf_macro.parse_domain_spec(value, start=start), text, position)
    return Modifier(name, spf_macro.parse(value, start=start, any_letter=True), text, position)


def _domain(argument: str, start: int) -> Template:
    """Parse `":" domain-spec`."""
    if argument[0] != ":":
        raise SyntaxProblem("prefix_here", start)
    return spf_macro.parse_domain_spec(argument[1:], start=start + 1)


def _dual_cidr(argument: str, start: int) -> tuple[str, int, int]:
    """`[ ":" domain-spec ] [ dual-cidr-length ]` (RFC 7208 §5.6)."""
    match = _DUAL_CIDR.search(argument)
    if match is None or match.start() == len(argument):
        return argument, 32, 128
    place = start + match.start()
    prefix4 = 32 if match[1] is None else _prefix(match[1], 32, place)
    prefix6 = 128 if match[2] is None else _prefix(match[2], 128, place)
    return argument[: match.start()], prefix4, prefix6


def _prefix(digits: str, bits: int, position: int) -> int:
    # Leading zeros are refused as in addresses, which RFC 7208 §5.6 spells out.
    if not _CIDR.match(digits) or int(digits) > bits:
        raise SyntaxProblem("prefix", position, given=digits[:20], bits=bits)
    return int(digits)


def _network(kind: Kind, argument: str, start: int) -> tuple[int, int]:
    """Read `":" ip4-network [ ip4-cidr-length ]`, or the same of ip6 (RFC 7208 §5.6).

    Returns the address as a number, and how many of its last bits do not count.
    """
    bits = 32 if kind is Kind.IP4 else 128
    address, slash, digits = argument[1:].partition("/")
    if argument[:1] != ":" or not address:
        raise SyntaxProblem("address_wanted", start, name=kind.value)
    prefix = _prefix(digits, bits, start + 1 + len(address)) if slash else bits
    try:
        if kind is Kind.IP4:
            return int(IPv4Address(address)), bits - prefix
        if "%" in address:
            raise SyntaxProblem("zone", start + 1)
        return int(IPv6Address(address)), bits - prefix
    except AddressValueError:
        raise SyntaxProblem("not_address", start + 1, given=address, name=kind.value) from None
