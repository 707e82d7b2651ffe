"""Macro strings of SPF: `%{ir}.%{v}._spf.%{d2}` (RFC 7208 §7).

A macro string is parsed once into a `Template` and expanded for each message. Parsing
raises SyntaxProblem and nothing else; expanding cannot fail. The names that an
expansion gives are not checked: DNS does not know most of them, and says so.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote

from pillarbox.mailauth.spf_syntax import SyntaxProblem

_LETTERS: Final = frozenset("slodiphv")
_EXP_LETTERS: Final = _LETTERS | frozenset("crt")
_ESCAPES: Final = {"%%": "%", "%_": " ", "%-": "%20"}
_EXPAND: Final = re.compile(r"%(?:\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}|[%_-])")
_STRAY: Final = re.compile(r"[^!-~]")
_STRAY_IN_TEXT: Final = re.compile(r"[^ -~]")
_MAX_NAME_OCTETS: Final = 253
_MAX_PARTS: Final = 128  # RFC 7208 §7.3: no domain has more labels.


@dataclass(frozen=True, slots=True)
class Macro:
    """One `%{...}`. letter: lower case. parts: how many right-hand parts to keep, 0 for all.

    delimiters: where the value is cut, "." unless given. escape: the letter was upper case.
    """

    letter: str
    parts: int
    reverse: bool
    delimiters: str
    escape: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed macro string. text: as published.

    literal: the expansion when it is constant. letters: of the macros, lower case.
    """

    text: str
    parts: tuple[str | Macro, ...]
    literal: str | None
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Values:
    """What the letters stand for (RFC 7208 §7.2).

    sender: s, with "postmaster" where there was no local part. domain: d, the domain
    whose record is read. validated: p, "unknown" when there is none. timestamp: t, Unix
    seconds. receiver: r, "unknown" when empty.
    """

    sender: str
    domain: str
    ip: IPv4Address | IPv6Address
    helo: str
    validated: str = "unknown"
    receiver: str = "unknown"
    timestamp: int = 0


def parse(
    text: str, *, exp_text: bool = False, any_letter: bool = False, start: int = 0
) -> Template:
    """Parse `*( macro-expand / macro-literal )` (RFC 7208 §7.1).

    exp_text: an explanation, where spaces and the letters c, r and t are allowed.
    any_letter: these letters are allowed, as in modifiers that nobody expands.
    start: added to the positions of errors. Raises SyntaxProblem.
    """
    if stray := (_STRAY_IN_TEXT if exp_text else _STRAY).search(text):
        raise SyntaxProblem("invisible", start + stray.start())
    if "%" not in text:
        return Template(text, (text,) if text else (), text)
    allowed = _EXP_LETTERS if exp_text or any_letter else _LETTERS
    parts: list[str | Macro] = []
    here = 0
    while (percent := text.find("%", here)) >= 0:
        if percent > here:
            parts.append(text[here:percent])
        match = _EXPAND.match(text, percent)
        if match is None:
            raise SyntaxProblem("percent", start + percent)
        parts.append(
            _ESCAPES[match[0]] if match[1] is None else _macro(match, allowed, start + percent)
        )
        here = match.end()
    if here < len(text):
        parts.append(text[here:])
    letters = frozenset(part.letter for part in parts if isinstance(part, Macro))
    literal = None if letters else "".join(part for part in parts if isinstance(part, str))
    return Template(text, tuple(parts), literal, letters)


def _macro(match: re.Match[str], allowed: frozenset[str], position: int) -> Macro:
    letter = match[1].lower()
    if letter not in allowed:
        if letter in _EXP_LETTERS:
            raise SyntaxProblem("letter_elsewhere", position, letter=match[1])
        raise SyntaxProblem("no_letter", position, letter=match[1])
    digits = match[2].lstrip("0")
    if match[2] and not digits:
        raise SyntaxProblem("zero_parts", position)  # RFC 7208 §7.3
    parts = 0 if not digits else min(int(digits[:4]), _MAX_PARTS)
    return Macro(letter, parts, bool(match[3]), match[4] or ".", match[1].isupper())


def parse_domain_spec(text: str, *, start: int = 0) -> Template:
    """Parse `domain-spec = macro-string domain-end` (RFC 7208 §7.1). Raises SyntaxProblem."""
    if not text:
        raise SyntaxProblem("name_missing", start)
    template = parse(text, start=start)
    # domain-end = ( "." toplabel [ "." ] ) / macro-expand
    tail = 0
    for match in _EXPAND.finditer(text):
        tail = match.end()
    if tail == len(text):
        return template
    name, dot, label = text[tail:].removesuffix(".").rpartition(".")
    place = start + tail + len(name) + len(dot)
    if not dot:
        raise SyntaxProblem("one_label", place)
    if not _is_toplabel(label):
        if _looks_like_ip4(text):
            raise SyntaxProblem("is_address", place, given=text)
        raise SyntaxProblem("not_top", place, label=label)
    return template


def _is_toplabel(label: str) -> bool:
    """`( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )`."""
    bare = label.replace("-", "")
    if not bare.isalnum() or label[0] == "-" or label[-1] == "-":
        return False
    return not label.isdigit()


def _looks_like_ip4(text: str) -> bool:
    return text.count(".") == 3 and text.replace(".", "").isdigit()


def expand(template: Template, values: Values | None) -> str:
    """Return the expansion (RFC 7208 §7.3). Never fails; may be any text, even empty.

    values: may be None for a template without macros.
    """
    if template.literal is not None:
        return template.literal
    assert values is not None
    return "".join(
        part if isinstance(part, str) else _transform(part, _value(part.letter, values))
        for part in template.parts
    )


def _value(letter: str, values: Values) -> str:  # noqa: PLR0911  # One row of a table each.
    match letter:
        case "d":
            return values.domain
        case "i":
            return _dotted(values.ip)
        case "s":
            return values.sender
        case "l":
            return values.sender.rpartition("@")[0]
        case "o":
            return values.sender.rpartition("@")[2]
        case "h":
            return values.helo
        case "v":
            return "in-addr" if values.ip.version == 4 else "ip6"
        case "p":
            return values.validated
        case "c":
            return str(values.ip)
        case "r":
            return values.receiver or "unknown"
        case _:
            return str(values.timestamp)


def _dotted(ip: IPv4Address | IPv6Address) -> str:
    """Return the dotted quad, or 32 dotted nibbles for IPv6 (RFC 7208 §7.3)."""
    return str(ip) if isinstance(ip, IPv4Address) else ".".join(ip.packed.hex().upper())


def _transform(macro: Macro, value: str) -> str:
    if macro.parts or macro.reverse or macro.delimiters != ".":
        for delimiter in macro.delimiters[1:]:
            value = value.replace(delimiter, macro.delimiters[0])
        pieces = value.split(macro.delimiters[0])
        if macro.reverse:
            pieces.reverse()
        value = ".".join(pieces[-macro.parts :])
    # RFC 7208 §7.3: upper case escapes all but the unreserved characters of RFC 3986 §2.3.
    return quote(value, safe="", errors="replace") if macro.escape else value


def expand_name(template: Template, values: Values | None) -> str:
    """Return the expansion as a name to ask for: no trailing dot, at most 253 octets.

    Longer ones lose labels on the left (RFC 7208 §7.3).
    """
    name = expand(template, values).removesuffix(".")
    if len(name) > _MAX_NAME_OCTETS:
        dot = name.find(".", len(name) - _MAX_NAME_OCTETS - 1)
        return name[dot + 1 :] if dot >= 0 else ""
    return name
