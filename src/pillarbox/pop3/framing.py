"""Command lines in, message octets out (RFC 1939 §3)."""

from typing import Final

_CR: Final = 13


class LineProblem(Exception):
    """A line that cannot be read; it is skipped. reason: what the peer is told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LineReader:
    """Octets received and not yet read. Only CRLF ends a line; a bare CR or LF is refused."""

    __slots__ = ("_data", "_place", "_skipping")

    def __init__(self) -> None:
        self._data = b""
        self._place = 0
        self._skipping = False  # the rest of a line that is refused already

    def receive(self, data: bytes) -> None:
        """Add octets."""
        self._data = self._data[self._place :] + data
        self._place = 0

    def clear(self) -> int:
        """Forget everything, and return how many octets that was."""
        octets = len(self._data) - self._place
        self._data, self._place, self._skipping = b"", 0, False
        return octets

    def line(self, limit: int, auth_limit: int) -> bytes | None:
        """Return the next line without CRLF, or None when it is not complete.

        limit: octets of a line; auth_limit: of one that begins with AUTH.
        Raises LineProblem.
        """
        if self._skipping and not self._skip():
            return None
        data, start = self._data, self._place
        newline = data.find(b"\n", start)
        size = (newline - 1 if newline >= 0 else len(data) - 1) - start
        if size > limit and (size > auth_limit or data[start : start + 5].upper() != b"AUTH "):
            self._skipping = True
            self._skip()
            raise LineProblem("Line too long")
        if newline < 0:
            return None
        self._place = newline + 1
        if newline == start or data[newline - 1] != _CR:
            self._skipping = True
            self._skip()
            raise LineProblem("Bare LF in command")
        line = data[start : newline - 1]
        if b"\r" in line:
            raise LineProblem("Bare CR in command")
        return line

    def _skip(self) -> bool:
        """Drop octets up to the next CRLF; False when it has not come yet."""
        end = self._data.find(b"\r\n", self._place)
        if end >= 0:
            self._place = end + 2
            self._skipping = False
            return True
        self._place = len(self._data) - self._data.endswith(b"\r", self._place)
        return False


class MessageWriter:
    """Write one message as a multi-line response, fed in pieces of any size.

    Dots at the start of a line are doubled. Line ends that are not CRLF are made so:
    a client must find the end of the response, whatever is stored. lines: how many of the
    body to write (TOP), None for all. full: nothing more will be written, feed no more.
    """

    __slots__ = ("_cr", "_header", "_left", "_line_start", "full")

    def __init__(self, lines: int | None = None) -> None:
        self._cr = False  # a CR is held back
        self._line_start = True
        self._header = lines is not None  # still in the header section, and it matters
        self._left = lines
        self.full = False

    def feed(self, data: bytes) -> bytes:
        """Return what can be sent now."""
        if self.full or not data:
            return b""
        body = b"\r" + data if self._cr else data
        self._cr = body.endswith(b"\r")
        if self._cr:
            body = body[:-1]
        crlf = body.count(b"\r\n")
        if body.count(b"\n") != crlf or body.count(b"\r") != crlf:
            body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        if self._left is not None:
            body = self._cut(body)
        if not body:
            return b""
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        if self._line_start and body.startswith(b"."):
            stuffed = b"." + stuffed
        self._line_start = body.endswith(b"\r\n")
        return stuffed

    def end(self) -> bytes:
        """Return the end of the response; a last line without CRLF is completed."""
        whole = self._line_start and (self.full or not self._cr)
        return b".\r\n" if whole else b"\r\n.\r\n"

    def _cut(self, body: bytes) -> bytes:
        """Return the part of `body` that TOP asks for (RFC 1939 §7)."""
        place = 0
        if self._header:
            if self._line_start and body.startswith(b"\r\n"):
                place = 2
            else:
                end = body.find(b"\r\n\r\n")
                if end < 0:
                    return body
                place = end + 4
            self._header = False
        left = self._left or 0
        while left:
            end = body.find(b"\n", place)
            if end < 0:
                self._left = left
                return body
            place = end + 1
            left -= 1
        self.full = True
        return body[:place]
