"""smtp/incoming.py."""

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.event import BodyChunk, BodyEnd, BodyRefused, Fault
from pillarbox.smtp.framing import LineReader
from pillarbox.smtp.incoming import FAULT_REPLIES, ChunkedMessage, DataMessage


def stream(data: bytes) -> LineReader:
    reader = LineReader()
    reader.receive(data)
    return reader


def test_data_leaves_what_follows_in_the_stream():
    octets, message = stream(b"..x\r\n.\r\nQUIT\r\n"), DataMessage(0)
    assert message.read(octets) == BodyChunk(b".x\r\n")
    assert message.read(octets) == BodyEnd(4, False, False, False, False)
    assert octets.line(100, 100) == b"QUIT"


def test_the_limit_is_of_the_message_without_stuffing():
    octets, message = stream(b"..\r\n.\r\n"), DataMessage(3)
    assert message.read(octets) == BodyChunk(b".\r\n")
    octets, message = stream(b"..x\r\n.\r\n"), DataMessage(3)
    assert message.read(octets) == BodyRefused(Fault.TOO_LARGE, 4)
    assert message.swallowed == 4


def test_a_bare_newline_weighs_more_than_the_size():
    message = DataMessage(3)
    assert message.read(stream(b"abcdef\nx\r\n.\r\n")) == BodyRefused(Fault.BARE_NEWLINE, 10)


def test_chunks():
    octets, message = stream(b"abcdefNOOP\r\n"), ChunkedMessage()
    message.begin(c.Bdat(4, last=False), None)
    assert message.read(octets) == BodyChunk(b"abcd")
    assert message.left == 0
    message.begin(c.Bdat(2, last=True), r.TOO_LARGE)
    assert message.read(octets) is None
    assert message.left == 0
    assert message.octets == 4
    assert message.end() == BodyEnd(4, False, False, False, False)
    assert octets.line(100, 100) == b"NOOP"


def test_each_fault_has_a_reply():
    assert set(FAULT_REPLIES) == set(Fault)
