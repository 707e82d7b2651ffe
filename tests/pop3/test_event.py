"""pop3/event.py."""

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.pop3.event import IN_USE, Capabilities, Reply, err, ok


def test_wire_forms():
    assert bytes(ok()) == b"+OK\r\n"
    assert bytes(ok("Ready")) == b"+OK Ready\r\n"
    assert bytes(err("No")) == b"-ERR No\r\n"
    assert bytes(IN_USE) == b"-ERR [IN-USE] Maildrop is in use\r\n"


@given(st.booleans(), st.text(max_size=600))
def test_text_can_never_break_the_framing(positive, text):
    wire = bytes(Reply(positive=positive, text=text))
    assert wire.isascii()
    assert len(wire) <= 512
    assert wire.count(b"\n") == wire.count(b"\r") == 1


def test_capabilities_depend_on_the_state():
    before = Capabilities(starttls=True, utf8=False).lines(authorized=False)
    assert before[-1] == "STLS"
    after = Capabilities(starttls=True, mechanisms=("PLAIN",)).lines(authorized=True)
    assert "STLS" not in after
    assert "SASL PLAIN" in after
    assert "USER" not in after
