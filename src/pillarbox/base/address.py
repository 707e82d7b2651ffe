"""Mail addresses as the envelope has them: parse, compare, format (RFC 5321 §4.1.2).

An `Address` is the *meaning* of a mailbox: quotes that are not needed are gone, source
routes are ignored (RFC 5321 appendix C), the domain is lower case. Two addresses are
equal when every mail server must treat them so; the case of the local part is kept,
since it belongs to the receiving host (RFC 5321 §2.4). UTF-8 is understood everywhere
(RFC 6531 §3.3); whether it is welcome is for the caller to say.

Addresses in header fields have another grammar, with comments and groups: see `mime/`.

Invariant: `parse(str(address)) == address` for every address that was parsed.
"""

import functools
import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna

MAX_LOCALPART_OCTETS: Final = 64  # RFC 5321 §4.5.3.1.1, UTF-8, without quotes
MAX_DOMAIN_OCTETS: Final = 255  # RFC 5321 §4.5.3.1.2
MAX_PATH_OCTETS: Final = 256  # RFC 5321 §4.5.3.1.3, with the angle brackets

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ASCII_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# RFC 6531 §3.3: atext and qtextSMTP take any UTF-8 but ASCII. C1 controls and the
# Unicode line ends are refused: no address needs them, and logs break on them.
_WIDE: Final = "\u00a0-\u2027\u202a-\ud7ff\ue000-\U0010ffff"
_ATOM: Final = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_WIDE}-]+"
_DOT_STRING: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED: Final = re.compile(rf'"((?:[ !#-\[\]-~{_WIDE}]|\\[ -~])*)"')
_PAIR: Final = re.compile(r"\\(.)")
_NEEDS_PAIR: Final = re.compile(r'(["\\])')
# What nearly all addresses are: one match, and nothing is left to ask.
_PLAIN: Final = re.compile(
    r"([a-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]++)*)@"
    rf"({_LABEL}(?:\.{_LABEL})*)",
    re.IGNORECASE | re.ASCII,
)
_PLAIN_PATH: Final = re.compile(f"<{_PLAIN.pattern}>".encode(), re.IGNORECASE)
_IPV6_TAG: Final = "ipv6:"


class AddressProblem(ValueError):
    """The text is not an address. reason: one clause in plain words, without the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox.

    localpart: without quotes and escapes, case as given; 0-64 octets of UTF-8.
    domain: lower case, A-labels or U-labels as given, no trailing dot; or a literal,
    "[192.0.2.1]", "[IPv6:2001:db8::1]"; or "" for the bare <Postmaster> of RFC 5321 §4.5.1.
    """

    localpart: str
    domain: str

    def __str__(self) -> str:
        """The form for SMTP, without angle brackets; quoted only where it must be."""
        local = self.localpart
        if not _DOT_STRING.fullmatch(local):
            local = '"' + _NEEDS_PAIR.sub(r"\\\1", local) + '"'
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def ascii_domain(self) -> str:
        """The domain in A-labels, for DNS and comparison. Literals are returned as they are."""
        return self.domain if self.domain.isascii() else ascii_domain(self.domain)

    @property
    def is_ascii(self) -> bool:
        """True when no SMTPUTF8 is needed to name it, as it is written here."""
        return self.localpart.isascii() and self.domain.isascii()

    @property
    def is_literal(self) -> bool:
        """True when the domain is an IP address in brackets (RFC 5321 §4.1.3)."""
        return self.domain.startswith("[")


def parse(text: str) -> Address:
    """Parse `local@domain` without angle brackets. Raises AddressProblem."""
    match = _PLAIN.fullmatch(text)
    if match is not None and len(text) <= MAX_PATH_OCTETS - 2:
        local, domain = match.groups()
        if len(local) <= MAX_LOCALPART_OCTETS:
            return Address(local, domain.lower())
    if text.startswith('"'):
        quoted = _QUOTED.match(text)
        if quoted is None:
            raise AddressProblem("bad quoted local part")
        end, local = quoted.end(), _PAIR.sub(r"\1", quoted[1])
    else:
        end = text.find("@")
        local = text[:end] if end >= 0 else text
        if not _DOT_STRING.fullmatch(local):
            raise AddressProblem("bad local part")
    if text[end : end + 1] != "@" or end < 0:
        raise AddressProblem("no @")
    if len(local.encode()) > MAX_LOCALPART_OCTETS:
        raise AddressProblem("local part over 64 octets")
    address = Address(local, parse_domain(text[end + 1 :]))
    if len(str(address).encode()) > MAX_PATH_OCTETS - 2:
        raise AddressProblem("over 254 octets")
    return address


def parse_path(path: bytes) -> Address | None:
    """Parse a reverse-path or forward-path with its angle brackets; None for `<>`.

    A source route is skipped (RFC 5321 §4.1.1.3), `<Postmaster>` has no domain.
    Raises AddressProblem.
    """
    match = _PLAIN_PATH.fullmatch(path)
    if match is not None and len(path) <= MAX_PATH_OCTETS:
        local, domain = match.groups()
        if len(local) <= MAX_LOCALPART_OCTETS:
            return Address(local.decode(), domain.decode().lower())
    if path == b"<>":
        return None
    if path[:1] != b"<" or path[-1:] != b">":
        raise AddressProblem("no angle brackets")
    try:
        text = path[1:-1].decode()
    except UnicodeDecodeError:
        raise AddressProblem("not UTF-8") from None
    if text[:1] == "@":
        text = _after_route(text)
    if text.lower() == "postmaster":
        return Address(text, "")
    return parse(text)


def format_path(address: Address | None) -> str:
    """Return the path with angle brackets; `<>` for None."""
    return "<>" if address is None else f"<{address}>"


def parse_domain(text: str) -> str:
    """Return a domain or address literal in the form that `Address.domain` has.

    Raises AddressProblem.
    """
    if text.startswith("["):
        return _literal(text)
    domain = text.lower()
    if not domain.isascii():
        domain = unicodedata.normalize("NFC", domain)
        ascii_domain(domain)
        if len(domain.encode()) > MAX_DOMAIN_OCTETS:
            raise AddressProblem("domain over 255 octets")
        return domain
    if len(domain) > MAX_DOMAIN_OCTETS:
        raise AddressProblem("domain over 255 octets")
    if not _ASCII_DOMAIN.fullmatch(domain):
        raise AddressProblem("bad domain")
    return domain


@functools.lru_cache(maxsize=1024)
def ascii_domain(domain: str) -> str:
    """Return a domain in A-labels, lower case (RFC 5890 §2.3.2.1, UTS 46 mapping).

    Raises AddressProblem for what IDNA or the host name rules forbid.
    """
    if len(domain) > MAX_DOMAIN_OCTETS:
        raise AddressProblem("domain over 255 octets")
    labels = []
    for label in domain.lower().split("."):
        if label.isascii():
            labels.append(label)
            continue
        try:
            labels.append(idna.encode(label, uts46=True, std3_rules=True).decode())
        except (idna.IDNAError, UnicodeError):
            raise AddressProblem("bad internationalised domain") from None
        # The mapping turns U+3002 into a dot, and RFC 6531 §3.3 knows only ".".
        if "." in labels[-1]:
            raise AddressProblem("bad internationalised domain")
    result = ".".join(labels)
    if len(result) > MAX_DOMAIN_OCTETS or not _ASCII_DOMAIN.fullmatch(result):
        raise AddressProblem("bad domain")
    return result


def _after_route(text: str) -> str:
    """A-d-l = At-domain *( "," At-domain ), then ":" (RFC 5321 §4.1.2)."""
    route, colon, rest = text.partition(":")
    while route.rpartition("@")[2].startswith("[") and "]" not in route.rpartition("@")[2]:
        # The colons of an IPv6 literal are not the end of the route.
        more, again, rest = rest.partition(":")
        if not again:
            raise AddressProblem("bad source route")
        route += colon + more
    for hop in route.split(","):
        if hop[:1] != "@":
            raise AddressProblem("bad source route")
        parse_domain(hop[1:])
    return rest


def _literal(text: str) -> str:
    """address-literal = "[" ( IPv4 / "IPv6:" IPv6 ) "]" (RFC 5321 §4.1.3)."""
    inner = text[1:-1]
    if len(text) > 64 or text[-1:] != "]" or not inner.isascii():
        raise AddressProblem("bad address literal")
    try:
        if inner[: len(_IPV6_TAG)].lower() != _IPV6_TAG:
            return f"[{ipaddress.IPv4Address(inner)}]"
        if "%" in inner:  # a zone means something on one machine only
            raise AddressProblem("bad address literal")
        return f"[IPv6:{ipaddress.IPv6Address(inner[len(_IPV6_TAG) :])}]"
    except ipaddress.AddressValueError:
        raise AddressProblem("bad address literal") from None
