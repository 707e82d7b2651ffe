"""Command lines out of a stream of octets (RFC 5321 §2.3.8).

Only CRLF ends a line. A bare CR or LF is refused: what one program reads as one line and
the next as two lets a client speak through somebody else's connection.
"""

from typing import Final

from pillarbox.smtp import reply as r

_CR: Final = 13


class LineReader:
    """Octets received and not yet read. Holds at most a line, or what `receive` brought.

    The place of the next octet is kept instead of cutting the buffer for each line.
    """

    __slots__ = ("_data", "_place", "_skipping")

    def __init__(self) -> None:
        self._data = b""
        self._place = 0
        self._skipping = False  # the rest of a line that is refused already

    def __len__(self) -> int:
        return len(self._data) - self._place

    def receive(self, data: bytes) -> None:
        """Add octets."""
        self._data = self._data[self._place :] + data if self._place < len(self._data) else data
        self._place = 0

    def unread(self, data: bytes) -> None:
        """Put octets back in front."""
        self._data = data + self._data[self._place :]
        self._place = 0

    def take(self, octets: int) -> bytes:
        """Remove and return up to so many octets."""
        start = self._place
        self._place = min(start + octets, len(self._data))
        return self._data[start : self._place]

    def clear(self) -> int:
        """Forget everything, and return how many octets that was."""
        octets = len(self)
        self._data, self._place, self._skipping = b"", 0, False
        return octets

    def line(self, limit: int, auth_limit: int) -> bytes | r.Reply | None:
        """Return the next line without CRLF, or None when it is not complete.

        A Reply tells what is wrong with it; it is then skipped. limit: octets of a line;
        auth_limit: of one that begins with AUTH.
        """
        if self._skipping and not self._skip():
            return None
        data, start = self._data, self._place
        newline = data.find(b"\n", start)
        size = (newline - 1 if newline >= 0 else len(data) - 1) - start
        if size > limit and (size > auth_limit or data[start : start + 5].upper() != b"AUTH "):
            self._skipping = True
            self._skip()
            return r.LINE_TOO_LONG
        if newline < 0:
            return None
        self._place = newline + 1
        if newline == start or data[newline - 1] != _CR:
            self._skipping = True
            self._skip()
            return r.BARE_NEWLINE_IN_COMMAND
        line = data[start : newline - 1]
        return r.BARE_NEWLINE_IN_COMMAND if b"\r" in line else line

    def _skip(self) -> bool:
        """Drop octets up to the next CRLF; False when it has not come yet."""
        end = self._data.find(b"\r\n", self._place)
        if end >= 0:
            self._place = end + 2
            self._skipping = False
            return True
        self._place = len(self._data) - self._data.endswith(b"\r", self._place)
        return False
