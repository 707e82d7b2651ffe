"""smtp/reply.py."""

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp import reply as r
from pillarbox.smtp.reply_reader import ReplyReader


def test_wire_form():
    assert bytes(r.reply(250, "2.1.0", "a", "b")) == b"250-2.1.0 a\r\n250 2.1.0 b\r\n"
    assert bytes(r.reply(220, "", "x")) == b"220 x\r\n"
    assert bytes(r.reply(250, "")) == b"250 \r\n"
    assert str(r.reply(550, "5.1.1", "No", "Sorry")) == "550 5.1.1 No / Sorry"
    assert r.reply(250, "2.1.0", "a") == r.reply(250, "2.1.0", "a")


def test_classes():
    assert r.OK.positive
    assert r.GO_AHEAD.positive
    assert r.TOO_MANY_ERRORS.transient
    assert r.TOO_LARGE.permanent
    assert not r.TOO_LARGE.transient


@given(st.lists(st.text(max_size=600), min_size=1, max_size=4), st.sampled_from(["", "5.1.1"]))
def test_text_can_never_break_the_framing(text, enhanced):
    wire = bytes(r.reply(550, enhanced, *text))
    assert wire.isascii()
    lines = wire.split(b"\r\n")
    assert len(lines) == len(text) + 1
    assert all(len(line) < 511 for line in lines)
    assert wire.count(b"\n") == wire.count(b"\r") == len(text)
    reader = ReplyReader()
    reader.receive(wire)
    reply = reader.next_reply()
    assert reply is not None
    assert reply.code == 550
    assert len(reply.text) == len(text)
