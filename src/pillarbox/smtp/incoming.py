"""One message on its way in, by DATA or by BDAT (RFC 5321 §4.1.1.4, RFC 3030 §2)."""

from typing import Final

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.data import BodyDecoder, BodyScan
from pillarbox.smtp.event import BodyChunk, BodyEnd, BodyRefused, Fault
from pillarbox.smtp.framing import LineReader

FAULT_REPLIES: Final = {Fault.BARE_NEWLINE: r.BARE_NEWLINE, Fault.TOO_LARGE: r.TOO_LARGE}


class DataMessage:
    """The message after DATA. max_octets: 0 = no limit.

    swallowed: octets read since it was certain that the message is refused.
    """

    __slots__ = ("_decoder", "_max_octets", "_octets", "_scan", "swallowed")

    def __init__(self, max_octets: int) -> None:
        self._decoder = BodyDecoder()
        self._scan = BodyScan(newlines=False)
        self._max_octets = max_octets
        self._octets = 0
        self.swallowed = 0

    def read(self, stream: LineReader) -> BodyChunk | BodyEnd | BodyRefused | None:
        """Return what the octets received amount to, or None when more are needed."""
        decoder = self._decoder
        if decoder.rest is None:
            chunk = decoder.feed(stream.take(len(stream)))
            self._octets += len(chunk)
            if self._fault() is not None:
                self.swallowed += len(chunk)
            elif chunk:
                self._scan.feed(chunk)
                return BodyChunk(chunk)
        if decoder.rest is None:
            return None
        stream.unread(decoder.rest)
        fault = self._fault()
        return end_of(self._scan) if fault is None else BodyRefused(fault, self._octets)

    def _fault(self) -> Fault | None:
        if self._decoder.bare_newline:
            return Fault.BARE_NEWLINE
        return Fault.TOO_LARGE if 0 < self._max_octets < self._octets else None


class ChunkedMessage:
    """The message that BDAT commands bring, one chunk after the other.

    refusal: the answer to the current chunk, decided before it is read; its octets are
    swallowed. left: octets of the chunk still to come.
    """

    __slots__ = ("_scan", "last", "left", "refusal")

    def __init__(self) -> None:
        self._scan = BodyScan(newlines=True)
        self.left = 0
        self.last = False
        self.refusal: r.Reply | None = None

    @property
    def octets(self) -> int:
        """The size of the chunks that were read."""
        return self._scan.octets

    def begin(self, chunk: c.Bdat, refusal: r.Reply | None) -> None:
        """Expect the octets of one chunk."""
        self.left, self.last, self.refusal = chunk.size, chunk.last, refusal

    def read(self, stream: LineReader) -> BodyChunk | None:
        """Return the octets of the chunk that have come, if any; none that are refused."""
        data = stream.take(self.left)
        self.left -= len(data)
        if self.refusal is not None or not data:
            return None
        self._scan.feed(data)
        return BodyChunk(data)

    def end(self) -> BodyEnd:
        """Return the end of the message, after the last chunk."""
        self._scan.end()
        return end_of(self._scan)


def end_of(scan: BodyScan) -> BodyEnd:
    """Return the end of a message, with what was seen of it."""
    return BodyEnd(scan.octets, scan.eight_bit, scan.nul, scan.long_line, scan.bare_newline)
