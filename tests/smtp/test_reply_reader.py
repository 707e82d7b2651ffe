"""smtp/reply_reader.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp.reply import reply
from pillarbox.smtp.reply_reader import ReplyProblem, ReplyReader
from tests.smtp.dialog import pieces
from tests.smtp.strategies import octets

CASES = [
    ("one line", b"250 OK\r\n", reply(250, "", "OK")),
    ("code only", b"250\r\n", reply(250, "", "")),
    ("bare LF", b"250 OK\n", reply(250, "", "OK")),
    ("enhanced", b"550 5.1.1 No\r\n", reply(550, "5.1.1", "No")),
    ("enhanced alone", b"250 2.0.0\r\n", reply(250, "2.0.0", "")),
    ("wrong class", b"250 5.1.1 No\r\n", reply(250, "", "5.1.1 No")),
    ("no code", b"220 5.1 beta\r\n", reply(220, "", "5.1 beta")),
    (
        "lines",
        b"550-5.1.1 No such user\r\n550-5.1.1  Sorry\r\n550 really\r\n",
        reply(550, "5.1.1", "No such user", "Sorry", "really"),
    ),
    ("not UTF-8", b"250 \xff\r\n", reply(250, "", "\\xff")),
    ("UTF-8", "250 grüß\r\n".encode(), reply(250, "", "grüß")),
]
PROBLEMS = [
    ("nothing", b"\r\n"),
    ("text", b"hello\r\n"),
    ("four digits", b"2500 OK\r\n"),
    ("1xx", b"150 OK\r\n"),
    ("6xx", b"650 OK\r\n"),
    ("codes", b"250-a\r\n251 b\r\n"),
    ("long line", b"250 " + b"x" * 2000),
    ("long line, ended", b"250 " + b"x" * 2000 + b"\r\n"),
    ("many lines", b"250-x\r\n" * 101),
]


@pytest.mark.parametrize(("wire", "expected"), [case[1:] for case in CASES])
def test_replies(wire, expected):
    reader = ReplyReader()
    reader.receive(wire + b"2")
    assert reader.next_reply() == expected
    assert reader.next_reply() is None
    assert len(reader) == 1
    reader.clear()
    assert len(reader) == 0


@pytest.mark.parametrize("wire", [wire for _, wire in PROBLEMS], ids=[name for name, _ in PROBLEMS])
def test_problems(wire):
    reader = ReplyReader()
    reader.receive(wire)
    with pytest.raises(ReplyProblem):
        reader.next_reply()


def read(parts):
    reader = ReplyReader()
    found: list[object] = []
    try:
        for part in parts:
            reader.receive(part)
            while (found_now := reader.next_reply()) is not None:
                found.append(found_now)
    except ReplyProblem as problem:
        found.append(str(problem))
    return found


WIRE = st.lists(
    st.sampled_from([b"250-a\r\n", b"250 b\r\n", b"550 5.1.1 c\n", b"x" * 1500, b"\r\n"])
    | octets(max_size=6),
    max_size=12,
).map(b"".join)


@given(WIRE, st.lists(st.integers(0, 9000), max_size=5))
def test_pieces_never_matter(wire, cuts):
    assert read(pieces(wire, cuts)) == read([wire])
