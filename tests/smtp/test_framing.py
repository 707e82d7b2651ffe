"""smtp/framing.py."""

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp import reply as r
from pillarbox.smtp.framing import LineReader
from tests.smtp.dialog import pieces

OCTETS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"AUTH ", b"auth", b"x" * 9])).map(
    b"".join
)


def lines(parts, limit=20, auth_limit=30):
    reader, found = LineReader(), []
    for part in parts:
        reader.receive(part)
        while (line := reader.line(limit, auth_limit)) is not None:
            found.append(line)
        assert len(reader) <= auth_limit + 1
    return found


@given(OCTETS, st.lists(st.integers(0, 200), max_size=6))
def test_pieces_never_matter(wire, cuts):
    found = lines(pieces(wire, cuts))
    assert found == lines([wire])
    for line in found:
        assert isinstance(line, r.Reply) or len(line) <= 30
        assert isinstance(line, r.Reply) or not set(b"\r\n") & set(line)


def test_limits():
    assert lines([b"x" * 20 + b"\r\n"]) == [b"x" * 20]
    assert lines([b"x" * 21 + b"\r\nok\r\n"]) == [r.LINE_TOO_LONG, b"ok"]
    assert lines([b"auth " + b"x" * 25 + b"\r\n"]) == [b"auth " + b"x" * 25]
    assert lines([b"AUTH " + b"x" * 26 + b"\r\n"]) == [r.LINE_TOO_LONG]


def test_what_follows_a_bare_newline_is_dropped():
    assert lines([b"a\nb\nc\r\nd\r\n"]) == [r.BARE_NEWLINE_IN_COMMAND, b"d"]
    assert lines([b"a\rb\r\nd\r\n"]) == [r.BARE_NEWLINE_IN_COMMAND, b"d"]


def test_octets_can_be_taken_and_put_back():
    reader = LineReader()
    reader.receive(b"abcdef")
    assert reader.take(2) == b"ab"
    assert reader.take(99) == b"cdef"
    reader.unread(b"xy")
    reader.receive(b"z")
    assert reader.take(3) == b"xyz"
    reader.receive(b"abc")
    assert reader.clear() == 3
    assert len(reader) == 0
