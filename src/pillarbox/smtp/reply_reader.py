"""Replies out of a stream of octets, whatever a server may send (RFC 5321 §4.2).

Lenient where it does no harm: a bare LF ends a line, and text may be anything. Strict
where the meaning depends on it: three digits, one code for all lines of a reply.
"""

import re
from typing import Final

from pillarbox.smtp.reply import Reply

MAX_LINE: Final = 2000  # octets; RFC 5321 §4.5.3.1.5 allows 512
MAX_LINES: Final = 100

_LINE: Final = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
# RFC 2034 §4: the class of the enhanced code is that of the reply.
_ENHANCED: Final = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|$)")


class ReplyProblem(Exception):
    """The peer does not speak SMTP, or without end. str(): how."""


class ReplyReader:
    """Replies, fed in pieces of any size. Holds at most one reply and what was fed last."""

    __slots__ = ("_code", "_data", "_lines")

    def __init__(self) -> None:
        self._data = b""
        self._code = b""
        self._lines: list[bytes] = []

    def __len__(self) -> int:
        """Octets received that are not yet part of a reply returned."""
        return len(self._data) + sum(map(len, self._lines))

    def receive(self, data: bytes) -> None:
        """Add octets."""
        self._data += data

    def clear(self) -> None:
        """Forget everything."""
        self._data, self._code, self._lines = b"", b"", []

    def next_reply(self) -> Reply | None:
        """Return the next reply, or None when more octets are needed. Raises ReplyProblem."""
        while True:
            newline = self._data.find(b"\n")
            if newline > MAX_LINE or (newline < 0 and len(self._data) > MAX_LINE):
                raise ReplyProblem("reply line over 2000 octets")
            if newline < 0:
                return None
            line, self._data = self._data[:newline].removesuffix(b"\r"), self._data[newline + 1 :]
            match = _LINE.fullmatch(line)
            if match is None:
                raise ReplyProblem("not an SMTP reply")
            code, mark, text = match.groups()
            if self._lines and code != self._code:
                raise ReplyProblem("reply lines with different codes")
            self._code = code
            self._lines.append(text or b"")
            if mark != b"-":
                lines, self._lines = self._lines, []
                return _reply(int(code), lines)
            if len(self._lines) >= MAX_LINES:
                raise ReplyProblem("reply over 100 lines")


def _reply(code: int, lines: list[bytes]) -> Reply:
    """Split the enhanced code off, if each line has the same or only the first has one."""
    text = [line.decode("utf-8", "backslashreplace") for line in lines]
    match = _ENHANCED.match(text[0])
    if match is None or match[1][0] != str(code)[0]:
        return Reply(code, "", tuple(text))
    enhanced = match[1]
    rest = tuple(
        line[len(enhanced) :].lstrip(" ") if line.startswith(enhanced) else line for line in text
    )
    return Reply(code, enhanced, rest)
