"""Address lists (RFC 5322 §3.4, §4.4, RFC 6532). Tolerant: never raises.

A list is cut into tokens once; what is no address becomes a display name without an
address, so that nothing a reader could see is lost.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pillarbox.mime.words import decode_words, encode_words

MAX_ADDRESSES: Final = 10_000
MAX_OCTETS: Final = 256 * 1024
MAX_COMMENT_DEPTH: Final = 50
MAX_CACHED: Final = 1000  # octets of a list that is remembered

_TOKEN: Final = re.compile(
    rb'"((?:[^"\\]|\\.)*)"?'  # quoted string
    rb"|(\[[^\]\[\\]*\]?)"  # domain literal
    rb"|([<>@,;:.()])"
    rb'|([^\s<>@,;:.()"\[]+)'  # atom
    rb"|(\s+)",
    re.DOTALL,
)
# Nearly every address: no comment, group, route, escape or encoded word.
_SIMPLE: Final = re.compile(
    rb'[ \t]*(?:(?:"([^"\\=?\x00-\x1f\x7f-\xff]*)"|([A-Za-z0-9 ._-]*?))[ \t]*<'
    rb"([A-Za-z0-9_+=/.-]+)@([A-Za-z0-9.-]+)>|([A-Za-z0-9_+=/.-]+)@([A-Za-z0-9.-]+))[ \t]*"
)
_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_DOT_ATOM: Final = re.compile(
    r"[^\s()<>\[\]:;@\\,.\"\x00-\x1f\x7f]+(\.[^\s()<>\[\]:;@\\,.\"\x00-\x1f\x7f]+)*"
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address. display_name: decoded, may be "". localpart: without quotes.

    domain: as written, "[...]" for a literal, "" if the text held no address.
    """

    display_name: str
    localpart: str
    domain: str

    def __str__(self) -> str:
        return f"{quote_localpart(self.localpart)}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Group:
    """A named list, possibly empty."""

    display_name: str
    members: tuple[Mailbox, ...]


Address = Mailbox | Group
_Token = tuple[str, bytes]  # kind: "word", "quoted", "literal", "space" or the special itself


def parse_addresses(value: bytes) -> Sequence[Address]:
    """Return every address of a field's value, in order. value: unfolded."""
    if len(value) > MAX_CACHED:
        return _parse(value)
    return _parse_cached(value)


@lru_cache(2048)
def _parse_cached(value: bytes) -> tuple[Address, ...]:
    """Remember short lists: one message asks for its From several times over."""
    match = _SIMPLE.fullmatch(value)
    if match is not None:
        quoted, plain, local, domain, bare, host = match.groups()
        local, domain = local or bare, domain or host
        name = " ".join((quoted or plain or b"").decode("ascii").split())
        return (Mailbox(name, local.decode("ascii"), domain.decode("ascii")),)
    return tuple(_parse(value))


def _parse(value: bytes) -> list[Address]:
    tokens = _tokens(value[:MAX_OCTETS])
    found: list[Address] = []
    group: str | None = None
    members: list[Mailbox] = []
    current: list[_Token] = []
    angle = route = False
    for kind, octets in [*tokens, (",", b"")]:
        if kind == "<":
            angle = True
        elif kind == ">" or (kind == "," and not octets):
            angle = route = False
        elif kind == "@" and current and current[-1][0] == "<":
            route = True  # RFC 5322 §4.4: its commas divide no addresses
        if kind in {",", ";"} and not (route and kind == ","):
            angle = route = False
            mailbox = _mailbox(current)
            current = []
            if mailbox is not None:
                (members if group is not None else found).append(mailbox)
            if kind == ";" and group is not None:
                found.append(Group(group, tuple(members)))
                group, members = None, []
        elif kind == ":" and not angle and group is None and not _has_at(current):
            group = _phrase(current)
            current = []
        else:
            current.append((kind, octets))
        if len(found) + len(members) >= MAX_ADDRESSES:
            break
    if group is not None:
        found.append(Group(group, tuple(members)))
    return found


def mailboxes(value: bytes) -> list[Mailbox]:
    """Return every mailbox of a field's value, those of groups too."""
    found: list[Mailbox] = []
    for address in parse_addresses(value):
        found += (address,) if isinstance(address, Mailbox) else address.members
    return found


def format_mailbox(mailbox: Mailbox) -> bytes:
    """Return the wire form, encoded where needed."""
    spec = f"{quote_localpart(mailbox.localpart)}@{mailbox.domain}".encode()
    if not mailbox.display_name:
        return spec
    name = mailbox.display_name
    if name.isascii() and name.isprintable() and not _ATOMS.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <'.encode() + spec + b">"
    return encode_words(name) + b" <" + spec + b">"


def quote_localpart(localpart: str) -> str:
    """Return a local part as it is written: quoted only where it must be."""
    if _DOT_ATOM.fullmatch(localpart):
        return localpart
    escaped = localpart.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tokens(value: bytes) -> list[_Token]:
    """Cut into tokens; comments become space, except that the last one is kept as a name."""
    found: list[_Token] = []
    depth = 0
    for quoted, literal, special, word, space in _TOKEN.findall(value):
        if special == b"(":
            depth = min(depth + 1, MAX_COMMENT_DEPTH)
        elif special == b")":
            depth = max(depth - 1, 0)
            found.append(("space", b" "))
        elif depth:
            text = word or quoted or literal or special or b" "
            found.append(("comment", text))
        elif special:
            found.append((special.decode(), special))
        elif word:
            found.append(("word", word))
        elif literal:
            found.append(("literal", literal))
        elif space:
            found.append(("space", b" "))
        else:
            found.append(("quoted", _PAIR.sub(rb"\1", quoted)))
    return found


def _has_at(tokens: list[_Token]) -> bool:
    return any(kind == "@" for kind, _ in tokens)


def _mailbox(tokens: list[_Token]) -> Mailbox | None:
    """Read `phrase <spec>`, a bare spec, or text without an address."""
    kinds = [kind for kind, _ in tokens]
    if "<" in kinds:
        start = len(kinds) - 1 - kinds[::-1].index("<")
        stop = kinds.index(">", start) if ">" in kinds[start:] else len(kinds)
        spec = tokens[start + 1 : stop]
        # A source route is ignored (RFC 5322 §4.4).
        if any(kind == ":" for kind, _ in spec):
            colon = max(i for i, (kind, _) in enumerate(spec) if kind == ":")
            spec = spec[colon + 1 :]
        localpart, domain = _spec(spec)
        name = _phrase(tokens[:start]) or _comment(tokens)
        return Mailbox(name, localpart, domain) if localpart or domain or name else None
    if "@" in kinds:
        localpart, domain = _spec(tokens)
        return Mailbox(_comment(tokens), localpart, domain)
    text = _phrase(tokens)
    return Mailbox(text, "", "") if text else None


def _spec(tokens: list[_Token]) -> tuple[str, str]:
    """Return local part and domain; the last "@" divides them."""
    kept = [(kind, octets) for kind, octets in tokens if kind not in {"space", "comment"}]
    ats = [i for i, (kind, _) in enumerate(kept) if kind == "@"]
    at = ats[-1] if ats else len(kept)
    local = b"".join(octets for _, octets in kept[:at])
    domain = b"".join(octets for _, octets in kept[at + 1 :])
    return local.decode("utf-8", "replace"), domain.decode("utf-8", "replace")


def _phrase(tokens: list[_Token]) -> str:
    text = b"".join(octets for kind, octets in tokens if kind != "comment")
    return " ".join(decode_words(text).split())


def _comment(tokens: list[_Token]) -> str:
    """Return the comment, which old programs used for the name."""
    text = b"".join(octets for kind, octets in tokens if kind == "comment")
    return " ".join(decode_words(text).split())
