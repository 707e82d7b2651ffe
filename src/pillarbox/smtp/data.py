"""The body of a DATA command: dots and the end of the message (RFC 5321 §4.5.2).

Only <CRLF>.<CRLF> ends a message. A lone CR or LF is noticed, never treated as a line
end: what one server reads as a line end and the next does not, lets a sender smuggle a
second message (RFC 5321 §2.3.8).
"""

from typing import Final

MAX_LINE: Final = 1000  # octets with CRLF; RFC 5321 §4.5.3.1.6


class BodyDecoder:
    """Decode one body, fed in pieces of any size.

    rest: None while the body goes on, then the octets that followed its end.
    bare_newline: True once a CR or LF was seen outside CRLF.
    """

    __slots__ = ("_held", "_skip", "bare_newline", "rest")

    def __init__(self) -> None:
        # The CRLF that ended the DATA command is also the line end before the first
        # line, so that one search finds a body that is just ".". It is not output.
        self._held = b"\r\n"
        self._skip = 2
        self.bare_newline = False
        self.rest: bytes | None = None

    def feed(self, data: bytes) -> bytes:
        """Decode `data`, and return the message octets that are now certain."""
        window = self._held + data
        end = window.find(b"\r\n.\r\n")
        if end >= 0:
            cut, self.rest = end + 2, window[end + 5 :]
        else:
            # Hold back from the first CR of the last four octets: the terminator, or
            # the "\r\n." of a stuffed line, may begin there.
            cut = window.find(b"\r", max(0, len(window) - 4))
            cut = len(window) if cut < 0 else cut
        body, self._held = window[:cut], window[cut:]
        crlf = body.count(b"\r\n")
        if body.count(b"\n") != crlf or body.count(b"\r") != crlf:
            self.bare_newline = True
        skip = min(self._skip, len(body))
        self._skip -= skip
        # Not only "..": the first dot of a line goes, whatever follows it.
        return body.replace(b"\r\n.", b"\r\n")[skip:]


class BodyScan:
    """What is to be known of a message's octets, fed in pieces of any size.

    octets: their number. eight_bit: one is above 127. nul: one is 0. long_line: a line is
    longer than 998 octets and its CRLF. bare_newline: a CR or LF stands outside CRLF.
    """

    __slots__ = (
        "_cr",
        "_line",
        "_lines",
        "bare_newline",
        "eight_bit",
        "long_line",
        "nul",
        "octets",
    )

    def __init__(self, *, newlines: bool) -> None:
        """newlines: whether to look for bare ones (the decoder of DATA does so already)."""
        self._lines = newlines
        self._cr = False  # the last octet was a CR
        self._line = 0  # octets of the unfinished line
        self.octets = 0
        self.eight_bit = False
        self.nul = False
        self.long_line = False
        self.bare_newline = False

    def feed(self, data: bytes) -> None:
        """Look at the next octets."""
        self.octets += len(data)
        if not self.eight_bit:
            self.eight_bit = not data.isascii()
        if not self.nul:
            self.nul = b"\0" in data
        if not self.long_line:
            self._measure(data)
        if self._lines and not self.bare_newline and data:
            window = b"\r" + data if self._cr else data
            self._cr = data.endswith(b"\r")
            crlf = window.count(b"\r\n")
            if window.count(b"\n") != crlf or window.count(b"\r") != crlf + self._cr:
                self.bare_newline = True

    def end(self) -> None:
        """No more octets: a CR at the end stands alone."""
        self.bare_newline = self.bare_newline or self._cr

    def _measure(self, data: bytes) -> None:
        # From one line start, the last LF within reach is the end of a line that is short
        # enough, and so are all lines before it: one search for each thousand octets.
        at, size = -self._line, len(data)
        while size - at >= MAX_LINE:
            newline = data.rfind(b"\n", max(at, 0), at + MAX_LINE)
            if newline < 0:
                self.long_line = True
                return
            at = newline + 1
        newline = data.rfind(b"\n", max(at, 0))
        self._line = size - (newline + 1 if newline >= 0 else at)


class BodyEncoder:
    """Stuff the dots of one body, fed in pieces of any size (RFC 5321 §4.5.2).

    bare_newline: True once a CR or LF stood outside CRLF. Nothing is put out from then on:
    the caller must break the connection off, not end the message.
    """

    __slots__ = ("_cr", "_line_start", "bare_newline")

    def __init__(self) -> None:
        self._cr = False  # a CR is held back
        self._line_start = True
        self.bare_newline = False

    def feed(self, data: bytes) -> bytes:
        """Return what can be sent now."""
        body = b"\r" + data if self._cr else data
        self._cr = body.endswith(b"\r")
        if self._cr:
            body = body[:-1]
        crlf = body.count(b"\r\n")
        if body.count(b"\n") != crlf or body.count(b"\r") != crlf:
            self.bare_newline = True
        if self.bare_newline or not body:
            return b""
        stuffed = body.replace(b"\r\n.", b"\r\n..")
        if self._line_start and body.startswith(b"."):
            stuffed = b"." + stuffed
        self._line_start = body.endswith(b"\r\n")
        return stuffed

    def end(self) -> bytes:
        """Return the end of the message; a last line without CRLF is completed."""
        if self._cr:
            self.bare_newline = True
        return b".\r\n" if self._line_start else b"\r\n.\r\n"
