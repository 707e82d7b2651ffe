"""Cut the octet stream into lines and literals, before anything is parsed (RFC 9051 §4.3).

Literal octets can never be taken for a command, nor a broken line's literal: the header
`{n}` at the end of a line is recognised whatever else the line is. Only CRLF ends a line
(RFC 9051 §2.2); a line that ends with a bare LF is cut there, so that the stream stays
in step, and marked. Memory: one line, one read, and nothing of what is skipped.
"""

import enum
from dataclasses import dataclass
from typing import Final

HEAD_OCTETS: Final = 300  # kept of a line that is too long: the tag is in it
_TAIL_OCTETS: Final = 64  # kept of its end: a literal header may be in it
_HUGE: Final = 1 << 64  # stands for any size with more than 19 digits


class Fault(enum.Enum):
    """Why a line cannot be used."""

    TOO_LONG = "Line too long"
    BARE_NEWLINE = "Lines must end with CRLF"

    @property
    def code(self) -> bytes:
        """The response code for it, or b""."""
        return b"TOOBIG" if self is Fault.TOO_LONG else b""


@dataclass(slots=True)
class Literal:
    """The header that ends a line. synchronising: the client waits for "+".

    octets: at most 2**64, whatever the client wrote. binary: `~{n}` (RFC 3516 §4.4).
    """

    octets: int
    synchronising: bool
    binary: bool


@dataclass(slots=True)
class Line:
    """One line without its CRLF and without the literal header that ended it.

    text: only the first HEAD_OCTETS when `fault` is TOO_LONG.
    """

    text: bytes
    literal: Literal | None = None
    fault: Fault | None = None


class Framer:
    """The incoming octets of one connection.

    max_line: octets of a line, CRLF not counted; may be changed between lines.
    expected: octets of a literal that are still to come; `chunk` reads them, and no line
    is read before.
    """

    __slots__ = ("_head", "_in", "_pos", "_scanned", "expected", "max_line")

    def __init__(self, max_line: int) -> None:
        self.max_line = max_line
        self.expected = 0
        self._in = b""
        self._pos = 0  # start of the octets of _in that are not read yet
        self._scanned = 0  # no LF before this place of _in
        self._head: bytes | None = None  # of a line that is being skipped

    @property
    def buffered(self) -> int:
        """Octets held in memory."""
        return len(self._in) - self._pos

    def receive(self, data: bytes) -> None:
        """Take octets from the peer."""
        if self._pos == len(self._in):
            self._in = data
            self._scanned = 0
        else:
            self._scanned = max(self._scanned - self._pos, 0)
            self._in = self._in[self._pos :] + data
        self._pos = 0

    def discard(self) -> None:
        """Forget what was received and not read (RFC 9051 §6.2.1, STARTTLS)."""
        self._in, self._pos, self._scanned, self._head, self.expected = b"", 0, 0, None, 0

    def chunk(self) -> bytes:
        """Return octets of the expected literal: as many as there are, b"" for none yet."""
        data = self._in[self._pos : self._pos + self.expected]
        self._pos += len(data)
        self.expected -= len(data)
        return data

    def line(self) -> Line | None:
        """Return the next line, or None when its end has not arrived."""
        assert self.expected == 0, "a literal is to be read first"
        start = self._pos
        end = self._in.find(b"\n", max(start, self._scanned))
        if end < 0:
            self._scanned = len(self._in)
            if len(self._in) - start > self.max_line + 1:
                self._skip(start)
            return None
        self._pos = end + 1
        bare = end == start or self._in[end - 1] != 0x0D
        text = self._in[start : end if bare else end - 1]
        if self._head is not None or len(text) > self.max_line:
            head = text[:HEAD_OCTETS] if self._head is None else self._head
            self._head = None
            return Line(head, _cut_literal(text)[1], Fault.TOO_LONG)
        if bare:
            return Line(*_cut_literal(text), Fault.BARE_NEWLINE)
        if text[-1:] == b"}":
            return Line(*_cut_literal(text))
        return Line(text)

    def _skip(self, start: int) -> None:
        """Drop the middle of a line that is too long."""
        if self._head is None:
            self._head = self._in[start : start + HEAD_OCTETS]
        self._in, self._pos = self._in[-_TAIL_OCTETS:], 0
        self._scanned = len(self._in)


def _cut_literal(text: bytes) -> tuple[bytes, Literal | None]:
    """Return `text` without the literal header at its end, and the header.

    literal = "{" number64 ["+"] "}"; literal8 has "~" before it.
    """
    start = text.rfind(b"{")
    if start < 0 or text[-1] != 0x7D:
        return text, None
    inner = text[start + 1 : -1]
    digits = inner.removesuffix(b"+")
    if not digits.isdigit():
        return text, None
    octets = int(digits) if len(digits) <= 19 else _HUGE
    binary = start > 0 and text[start - 1] == 0x7E
    return text[: start - binary], Literal(octets, inner == digits, binary)
