"""pop3/framing.py."""

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.pop3.framing import LineProblem, LineReader, MessageWriter
from tests.smtp.dialog import pieces

OCTETS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"AUTH ", b"x" * 9])).map(
    b"".join
)
CUTS = st.lists(st.integers(0, 300), max_size=8)


def lines(parts):
    reader = LineReader()
    found: list[object] = []
    for part in parts:
        reader.receive(part)
        while True:
            try:
                line = reader.line(20, 30)
            except LineProblem as problem:
                found.append(problem.reason)
                continue
            if line is None:
                break
            found.append(line)
    return found


@given(OCTETS, CUTS)
def test_pieces_of_lines_never_matter(wire, cuts):
    assert lines(pieces(wire, cuts)) == lines([wire])


def test_lines():
    assert lines([b"a\r\n", b"x" * 21, b"\r\nb\r\n"]) == [b"a", "Line too long", b"b"]
    assert lines([b"AUTH " + b"x" * 20 + b"\r\n"]) == [b"AUTH " + b"x" * 20]
    assert lines([b"a\nb\r\nc\rd\r\n"]) == ["Bare LF in command", "Bare CR in command"]
    reader = LineReader()
    reader.receive(b"abc")
    assert reader.clear() == 3


def write(parts, count=None):
    writer = MessageWriter(count)
    return b"".join(map(writer.feed, parts)) + writer.end()


def read(wire):
    """Undo a multi-line response, as a client does."""
    *body, end, rest = wire.split(b"\r\n")
    assert (end, rest) == (b".", b"")
    assert not any(line == b"." for line in body)
    return [line.removeprefix(b".") for line in body]


def mended(message):
    text = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.removesuffix(b"\n").split(b"\n") if text else []


@given(OCTETS, CUTS)
def test_messages_arrive_whole(message, cuts):
    wire = write(pieces(message, cuts))
    assert read(wire) == mended(message)
    assert wire.count(b"\n") == wire.count(b"\r") == wire.count(b"\r\n")


@given(OCTETS, CUTS, st.integers(0, 5))
def test_top_is_the_header_and_some_lines(message, cuts, count):
    found = mended(message)
    body = found.index(b"") + 1 if b"" in found else len(found)
    assert read(write(pieces(message, cuts), count)) == found[: body + count]


def test_full_tells_when_to_stop():
    writer = MessageWriter(1)
    writer.feed(b"A: b\r\n\r\none\r\n")
    assert writer.full
    assert writer.feed(b"two\r\n") == b""
