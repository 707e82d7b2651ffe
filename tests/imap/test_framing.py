"""imap/framing.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap.framing import Fault, Framer, Line, Literal
from tests.imap.strategies import CUTS, pieces, quick


def read(parts, max_line=50):
    """Return all lines and literals, and the most octets that were held after a read."""
    framer = Framer(max_line)
    found: list[Line | bytes] = []
    literal = b""
    held = 0
    for part in parts:
        framer.receive(part)
        while True:
            if framer.expected:
                chunk = framer.chunk()
                literal += chunk
                if framer.expected:
                    break
                found.append(literal)
                literal = b""
            line = framer.line()
            if line is None:
                break
            found.append(line)
            if line.literal is not None:
                framer.expected = min(line.literal.octets, 100)
        held = max(held, framer.buffered - len(part))
    return found, held


LINES = [
    (b"a NOOP\r\n", [Line(b"a NOOP")]),
    (b"\r\n", [Line(b"")]),
    (b"a {3}\r\nxyz\r\n", [Line(b"a ", Literal(3, True, False)), b"xyz", Line(b"")]),
    (b"a {3+}\r\n\r\nx\r\n", [Line(b"a ", Literal(3, False, False)), b"\r\nx", Line(b"")]),
    (b"a ~{1}\r\n\n\r\n", [Line(b"a ", Literal(1, True, True)), b"\n", Line(b"")]),
    (b"{0}\r\nx\r\n", [Line(b"", Literal(0, True, False)), Line(b"x")]),
    (b"a {}\r\n", [Line(b"a {}")]),
    (b"a {3-}\r\n", [Line(b"a {3-}")]),
    (b"a {3++}\r\n", [Line(b"a {3++}")]),
    (b"a {+}\r\n", [Line(b"a {+}")]),
    (b"a }\r\n", [Line(b"a }")]),
    (b"a {3} \r\n", [Line(b"a {3} ")]),
    (b"a\nb\r\n", [Line(b"a", None, Fault.BARE_NEWLINE), Line(b"b")]),
    (b"\n", [Line(b"", None, Fault.BARE_NEWLINE)]),
    (
        b"a {2+}\nxy\r\n",
        [Line(b"a ", Literal(2, False, False), Fault.BARE_NEWLINE), b"xy", Line(b"")],
    ),
    (b"a\rb\r\n", [Line(b"a\rb")]),
    (b"x" * 50 + b"\r\n", [Line(b"x" * 50)]),
]


@pytest.mark.parametrize(("wire", "expected"), LINES)
def test_lines(wire, expected):
    assert read([wire])[0] == expected
    assert read([wire[i : i + 1] for i in range(len(wire))])[0] == expected


def test_one_octet_too_many():
    for parts in ([b"x" * 51 + b"\r\ny\r\n"], [b"x" * 51, b"\r", b"\n", b"y\r\n"]):
        line, after = read(parts)[0]
        assert isinstance(line, Line)
        assert line.fault is Fault.TOO_LONG
        assert after == Line(b"y")


def test_a_huge_size_is_still_a_literal():
    framer = Framer(1000)
    framer.receive(b"a {" + b"9" * 300 + b"+}\r\n")
    assert framer.line() == Line(b"a ", Literal(1 << 64, False, False))


def test_a_long_line_keeps_its_tag_and_its_literal():
    framer = Framer(1000)
    framer.receive(b"a1 " + b"x" * 5000)
    assert framer.line() is None
    assert framer.buffered < 500
    framer.receive(b"y" * 5000)
    assert framer.line() is None
    framer.receive(b" {4+}\r")
    assert framer.line() is None
    framer.receive(b"\nNOOPb\r\n")
    line = framer.line()
    assert line is not None
    assert line.text.startswith(b"a1 x")
    assert (line.fault, line.literal) == (Fault.TOO_LONG, Literal(4, False, False))
    framer.expected = 4
    assert framer.chunk() == b"NOOP"
    assert framer.line() == Line(b"b")


def test_discard():
    framer = Framer(1000)
    framer.receive(b"a NOOP\r\nb LO")
    framer.discard()
    assert framer.buffered == 0
    framer.receive(b"c\r\n")
    assert framer.line() == Line(b"c")


PARTS = st.lists(
    st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b"{2}\r\n", b"{3+}\r\n", b"~{1+}\n", b"x" * 48]),
    max_size=20,
).map(b"".join)


@quick
@given(PARTS, CUTS)
def test_cuts_change_nothing_and_memory_is_bounded(wire, cuts):
    def kept(found):  # what is left of a long line depends on the cuts
        return [
            (item.fault, item.literal) if isinstance(item, Line) and item.fault else item
            for item in found
        ]

    found, held = read(pieces(wire, cuts))
    assert kept(found) == kept(read([wire])[0])
    assert held <= 64 + 52
