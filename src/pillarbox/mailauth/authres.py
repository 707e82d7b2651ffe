"""Authentication-Results: what we found, said to those who read the message (RFC 8601).

`build` writes the field; values that others chose are quoted, and no octet of theirs can
end the line. `parse` reads any such field, as tolerantly as its many writers need.
`strip` removes fields that claim to be ours before ours is added (RFC 8601 §5): what is
left with our name on it, we have said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pillarbox.base.errors import Invalid
from pillarbox.mailauth.alignment import normalise

MAX_OCTETS: Final = 64 * 1024
MAX_RESULTS: Final = 500
MAX_COMMENT_DEPTH: Final = 20
_LINE_OCTETS: Final = 78  # RFC 5322 §2.1.1
_MAX_VALUE_OCTETS: Final = 450  # of one value that we write: escaped, it still fits a line

_TOKEN: Final = re.compile(r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]+\Z")
# local-part@domain-name without quotes (RFC 8601 §2.2); the local part may be missing.
_ADDRESS: Final = re.compile(
    r"(?:[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)?@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\Z",
    re.ASCII,
)
_KEYWORD: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_PTYPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_PROPERTY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_BARE: Final = re.compile(r'[^\s;()"]+')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SPACE: Final = re.compile(r"[ \t\r\n]+")
_COMMENT_STOP: Final = re.compile(r"[()]|\\.", re.DOTALL)
_FIELD: Final = re.compile(
    rb"^authentication-results[ \t]*:((?:[^\n]*\n[ \t])*[^\n]*(?:\n|\Z))",
    re.IGNORECASE | re.MULTILINE,
)
_BLOCK_END: Final = re.compile(rb"^\r?\n", re.MULTILINE)


class AuthresError(Invalid):
    """The field cannot be read. position: character offset of the fault, from 0."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at character {position + 1}")
        self.reason = reason
        self.position = position


class Property(NamedTuple):
    """One `ptype.name=value`, such as smtp.mailfrom=a@b.example."""

    ptype: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one method found. properties: (ptype, name, value), in order."""

    method: str
    value: str
    reason: str = ""
    properties: Sequence[tuple[str, str, str]] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One field. results: empty for "none"."""

    authserv_id: str
    results: tuple[Result, ...] = ()
    version: int = 1


def build(authserv_id: str, results: Sequence[Result]) -> bytes:
    """Return the whole field, folded, with its last CRLF (RFC 8601 §2.2).

    Control characters in values become "?". Text that is not ASCII is written as UTF-8, as
    in the header of an internationalised message (RFC 8601 §5).
    """
    clauses = [[_value(authserv_id)]]
    for result in results:
        version = "" if result.version == 1 else f"/{result.version}"
        words = [f"{result.method}{version}={_value(result.value)}"]
        if result.reason:
            words.append(f"reason={_value(result.reason)}")
        for ptype, name, value in result.properties:
            words.append(f"{ptype}.{name}={_value(value, address=True)}")
        clauses.append(words)
    if not results:
        clauses.append(["none"])
    lines = ["Authentication-Results:"]
    for number, words in enumerate(clauses):
        last = number == len(clauses) - 1
        start = True
        for place, word in enumerate(words):
            end = ";" if place == len(words) - 1 and not last else ""
            fresh = start and number > 0
            if fresh or len(lines[-1]) + 1 + len(word) + len(end) > _LINE_OCTETS:
                lines.append("")
            lines[-1] += f" {word}{end}"
            start = False
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n"


def _value(text: str, *, address: bool = False) -> str:
    """`value = token / quoted-string`; an address needs no quotes as a property's value."""
    if len(text) > _MAX_VALUE_OCTETS // 4:
        text = text.encode("utf-8", "replace")[:_MAX_VALUE_OCTETS].decode("utf-8", "ignore")
    if _TOKEN.match(text) or (address and _ADDRESS.match(text)):
        return text
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse(value: bytes) -> AuthenticationResults:
    """Read the value of a field, folds and comments included.

    At most 64 KiB and 500 results. Raises AuthresError.
    """
    if len(value) > MAX_OCTETS:
        raise AuthresError(f"longer than {MAX_OCTETS} octets", MAX_OCTETS)
    return _Reader(value.decode("utf-8", "replace")).field()


class _Reader:
    """A cursor over the value. Each method reads one rule of RFC 8601 §2.2."""

    __slots__ = ("_here", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._here = 0

    def authserv_id(self) -> str:
        """`[CFWS] authserv-id`."""
        self._skip()
        return self._word("the name of the checking server")

    def field(self) -> AuthenticationResults:
        """`authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]`."""
        name = self.authserv_id()
        self._skip()
        digits = self._take(_DIGITS)
        self._skip()
        results: list[Result] = []
        while self._here < len(self._text):
            self._expect(";")
            self._skip()
            if self._here == len(self._text):
                break  # A semicolon at the end means nothing.
            if len(results) == MAX_RESULTS:
                raise AuthresError(f"more than {MAX_RESULTS} results", self._here)
            result = self._resinfo()
            if result is not None:
                results.append(result)
        return AuthenticationResults(name, tuple(results), int(digits) if digits else 1)

    def _resinfo(self) -> Result | None:
        """`methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]`; None for "none"."""
        method = self._keyword()
        version = 1
        self._skip()
        if self._take_literal("/"):
            self._skip()
            digits = self._take(_DIGITS)
            if digits is None:
                raise AuthresError("a version is a number", self._here)
            version = int(digits)
            self._skip()
        if method.lower() == "none" and self._peek() in ("", ";"):
            return None
        self._expect("=")
        self._skip()
        value = self._word("a result")
        reason = ""
        properties: list[Property] = []
        self._skip()
        while self._peek() not in ("", ";"):
            ptype = self._take(_PTYPE)
            if ptype is None:
                raise AuthresError("a property such as smtp.mailfrom is missing", self._here)
            self._skip()
            name = ""
            if self._take_literal("."):
                self._skip()
                name = self._take(_PROPERTY) or ""
                self._skip()
            self._expect("=")
            self._skip()
            # Some write an empty value, as in "header.from=".
            held = "" if self._peek() in ("", ";") else self._word("a value")
            if name:
                properties.append(Property(ptype.lower(), name.lower(), held))
            elif ptype.lower() == "reason":
                reason = held
            # Others, such as Microsoft's "action=none", are no part of the grammar.
            self._skip()
        return Result(method.lower(), value.lower(), reason, tuple(properties), version)

    def _keyword(self) -> str:
        word = self._take(_KEYWORD)
        if word is None:
            raise AuthresError("the name of a method is missing", self._here)
        return word

    def _word(self, what: str) -> str:
        """A token or quoted-string, or anything up to the next space, as many write."""
        quoted = self._match(_QUOTED)
        if quoted is not None:
            if self._peek() == "@":  # `[[local-part] "@"] domain-name`
                return quoted[0] + (self._take(_BARE) or "")
            return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL).replace("\r\n", "")
        bare = self._take(_BARE)
        if bare is None:
            raise AuthresError(f"{what} is missing", self._here)
        return bare

    def _skip(self) -> None:
        """Skip `[CFWS]`: white space and nested comments."""
        while True:
            self._take(_SPACE)
            if self._peek() != "(":
                return
            start, depth = self._here, 0
            while True:
                stop = _COMMENT_STOP.search(self._text, self._here)
                if stop is None:
                    raise AuthresError("a comment does not end", start)
                self._here = stop.end()
                depth += {"(": 1, ")": -1}.get(stop[0], 0)
                if depth > MAX_COMMENT_DEPTH:
                    raise AuthresError("comments are nested too deep", start)
                if not depth:
                    break

    def _peek(self) -> str:
        return self._text[self._here : self._here + 1]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._here)
        if match is not None:
            self._here = match.end()
        return match

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = self._match(pattern)
        return None if match is None else match[0]

    def _take_literal(self, literal: str) -> bool:
        found = self._text.startswith(literal, self._here)
        self._here += len(literal) * found
        return found

    def _expect(self, literal: str) -> None:
        if not self._take_literal(literal):
            raise AuthresError(f"{literal!r} is missing", self._here)


def strip(block: bytes, our_id: str) -> bytes:
    """Return the header block without the fields that bear our authserv-id (RFC 8601 §5).

    our_id is compared without case, in A-labels. A field whose authserv-id cannot be read
    goes too when our name is anywhere in it. Every other octet stays; what follows the
    first empty line is not looked at.
    """
    end = _BLOCK_END.search(block)
    stop = end.start() if end else len(block)
    kept, here = [], 0
    for field in _FIELD.finditer(block, 0, stop):
        if _claims(field[1], our_id):
            kept.append(block[here : field.start()])
            here = field.end()
    kept.append(block[here:])
    return b"".join(kept)


def _claims(value: bytes, our_id: str) -> bool:
    text = value.decode("utf-8", "replace")
    try:
        return is_same_id(_Reader(text).authserv_id(), our_id)
    except AuthresError:
        return our_id.lower() in text.lower()


def is_same_id(one: str, other: str) -> bool:
    """Tell whether two authserv-ids are the same: without case, in A-labels (RFC 8601 §2.5)."""
    # An authserv-id is a name of any form, most often a domain name.
    return (normalise(one) or one.lower()) == (normalise(other) or other.lower())
