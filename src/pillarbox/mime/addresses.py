"""Address lists (RFC 5322 §3.4, §4.4, RFC 6532). Tolerant: never raises.

A list is cut into tokens once; what is no address becomes a display name without an
address, so that nothing a reader could see is lost.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pillarbox.mime.words import decode_words, encode_words, is_plain, visible

MAX_ADDRESSES: Final = 10_000
MAX_OCTETS: Final = 256 * 1024
MAX_COMMENT_DEPTH: Final = 50
MAX_CACHED: Final = 1000  # octets of a list that is remembered

_TOKEN: Final = re.compile(
    rb'"([^"\\]*+(?:\\.[^"\\]*+)*)("?)'  # quoted string
    rb'|(\[[^\]\[\\<>@,;"]*\]?)'  # domain literal
    rb"|([<>@,;:()])"
    rb"|(=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?="  # encoded word: no comma in it divides
    rb'|(?:[^\s<>@,;:()"\[\\]|\\[()\\]|\\)+)'  # atoms and dots
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


def quote_localpart(localpart: str) -> str:
    """Return a local part as it is written: quoted only where it must be."""
    if _DOT_ATOM.fullmatch(localpart):
        return localpart
    return _quoted(localpart)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def format_mailbox(mailbox: Mailbox, *, utf8: bool = False) -> bytes:
    """Return the wire form: the name quoted or encoded where needed.

    utf8: write names as UTF-8 (RFC 6532). A local part that is not ASCII is written as it
    is in any case: nothing else names it.
    """
    spec = str(mailbox).encode("utf-8", "replace")
    name = format_phrase(mailbox.display_name, utf8=utf8)
    return name + b" <" + spec + b">" if name else spec


def format_addresses(addresses: Iterable[Address], *, utf8: bool = False) -> bytes:
    """Return the value of an address field (RFC 5322 §3.4), not folded."""
    return b", ".join(_format(address, utf8=utf8) for address in addresses)


def _format(address: Address, *, utf8: bool) -> bytes:
    if isinstance(address, Mailbox):
        return format_mailbox(address, utf8=utf8)
    name = format_phrase(address.display_name, utf8=utf8) or b'""'
    return name + b": " + format_addresses(address.members, utf8=utf8) + b";"


def format_phrase(name: str, *, utf8: bool = False) -> bytes:
    """Return a display name as it is written: plain, quoted, or as encoded words."""
    if not is_plain(name, utf8=utf8):
        return encode_words(name)
    return (name if not name or _ATOMS.fullmatch(name) else _quoted(name)).encode()


def parse_addresses(value: bytes) -> Sequence[Address]:
    """Return every address of a field's value, in order. value: unfolded."""
    if len(value) > MAX_CACHED:
        return _parse(value)
    return _parse_cached(value)


def mailboxes(value: bytes) -> list[Mailbox]:
    """Return every mailbox of a field's value, those of groups too."""
    found: list[Mailbox] = []
    for address in parse_addresses(value):
        found += (address,) if isinstance(address, Mailbox) else address.members
    return found


def only_mailbox(value: bytes) -> Mailbox | None:
    """Return the mailbox of a field that names exactly one with a domain, else None.

    For From, where a second address may be shown to the reader in place of the judged one.
    """
    found = mailboxes(value)
    return found[0] if len(found) == 1 and found[0].localpart and found[0].domain else None


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
    found: list[Address] = []
    members: list[Mailbox] = []
    count = 0
    for current, ended_by, group in _items(_tokens(value[:MAX_OCTETS])):
        mailbox = _mailbox(current)
        if mailbox is not None:
            (found if group is None else members).append(mailbox)
            count += 1
        if group is not None and ended_by in {";", ""}:
            found.append(Group(group, tuple(members)))
            members = []
            count += 1
        if count >= MAX_ADDRESSES:
            if members and group is not None:
                found.append(Group(group, tuple(members)))
            break
    return found


def _items(tokens: Iterable[_Token]) -> Iterator[tuple[list[_Token], str, str | None]]:
    """Yield (tokens of one item, what ended it, name of the group it is in).

    ended_by: ",", ";", "" at the end of all, or ">" or "space" where the next address follows
    without a comma: a reader would see both.
    """
    group: str | None = None
    current: list[_Token] = []
    angle = route = has_at = complete = False
    for kind, octets in tokens:
        if kind == "@" and angle and current[-1][0] == "<":
            route = True  # RFC 5322 §4.4: its commas divide no addresses
        if kind in {",", ";"} and not (route and kind == ","):
            yield current, kind, group
            if kind == ";":
                group = None
        elif kind == ":" and not angle and group is None and not has_at:
            group = _phrase(current)
        else:
            if kind in {"<", "@"} and complete and not angle:
                name = _behind(current, ">")
                yield current, ">", group
                current, has_at, complete = name, False, False
            elif kind == "@" and has_at and not angle and (name := _behind(current, "space")):
                yield current, "space", group
                current = name
            if kind in {"<", ">"}:
                angle, route = kind == "<", False
                complete = complete or (kind == ">" and has_at)
            has_at = has_at or kind == "@"
            current.append((kind, octets))
            continue
        current = []
        angle = route = has_at = complete = False
    yield current, "", group


def _behind(tokens: list[_Token], mark: str) -> list[_Token]:
    """Take off and return what follows the last `mark`, if no "@" does."""
    for index in range(len(tokens) - 1, -1, -1):
        kind = tokens[index][0]
        if kind == "@":
            break
        if kind == mark and tokens[index - 1][0] != "@":
            found = tokens[index + 1 :]
            del tokens[index + 1 :]
            return found
    return []


def _tokens(value: bytes) -> list[_Token]:
    """Cut into tokens; a comment is kept as such, since old programs put the name there."""
    found: list[_Token] = []
    depth = opened = 0
    for quoted, closed, literal, special, word, space in _TOKEN.findall(value):
        if special == b"(":
            if not depth:
                opened = len(found)
            depth = min(depth + 1, MAX_COMMENT_DEPTH)
        elif special == b")":
            depth = max(depth - 1, 0)
            found.append(("space", b" "))
        elif depth:
            text = word or quoted or literal or special or b" "
            found.append(("comment", _PAIR.sub(rb"\1", text) if b"\\" in text else text))
        elif special:
            found.append((special.decode(), special))
        elif word:
            found.append(("word", word))
        elif literal:
            found.append(("literal", literal))
        elif space:
            found.append(("space", b" "))
        elif closed:
            found.append(("quoted", _PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted))
        else:
            # A quote that nothing closes, up to the end: it was none.
            return found + _tokens(quoted.translate(None, b'"\\'))
    if depth:
        # A parenthesis that nothing closes: its content is no comment.
        rest = b"".join(octets for _, octets in found[opened:])
        return found[:opened] + _tokens(rest.translate(None, b'()"\\'))
    return found


def _mailbox(tokens: list[_Token]) -> Mailbox | None:
    """Read `phrase <spec>`, a bare spec, or text without an address."""
    kinds = [kind for kind, _ in tokens]
    if "<" in kinds:
        start = len(kinds) - 1 - kinds[::-1].index("<")
        stop = kinds.index(">", start) if ">" in kinds[start:] else len(kinds)
        spec = tokens[start + 1 : stop]
        if any(kind == ":" for kind, _ in spec):
            # A source route is ignored (RFC 5322 §4.4).
            colon = max(i for i, (kind, _) in enumerate(spec) if kind == ":")
            spec = spec[colon + 1 :]
        localpart, domain = _spec(spec)
        name = _phrase(tokens[:start]) or _comment(tokens)
        return Mailbox(name, localpart, domain) if localpart or domain or name else None
    if "@" in kinds:
        localpart, domain = _spec(tokens)
        if not localpart and not domain:
            return None
        return Mailbox(_comment(tokens), localpart, domain)
    text = _phrase(tokens)
    return Mailbox(text, "", "") if text else None


def _spec(tokens: list[_Token]) -> tuple[str, str]:
    """Return local part and domain; the last "@" divides them."""
    kept = [(kind, octets) for kind, octets in tokens if kind not in {"space", "comment"}]
    ats = [i for i, (kind, _) in enumerate(kept) if kind == "@"]
    at = ats[-1] if ats else len(kept)
    local = b"".join(octets for _, octets in kept[:at])
    domain = b"".join(octets for kind, octets in kept[at + 1 :] if kind not in {"<", ">"})
    return visible(local.decode("utf-8", "replace")), visible(domain.decode("utf-8", "replace"))


def _phrase(tokens: list[_Token]) -> str:
    text = b"".join(octets for kind, octets in tokens if kind != "comment")
    return _shown(text)


def _comment(tokens: list[_Token]) -> str:
    """Return the comments, which old programs used for the name."""
    return _shown(b"".join(octets for kind, octets in tokens if kind == "comment"))


def _shown(text: bytes) -> str:
    """Return a display name: decoded, on one line, nothing in it that moves the cursor."""
    return visible(" ".join(decode_words(text).split()))
