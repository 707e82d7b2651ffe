"""imap/assembly.py."""

import pytest

from pillarbox.imap import command as c
from pillarbox.imap.assembly import UNTAGGED, Assembly
from pillarbox.imap.framing import Literal
from pillarbox.imap.parse import parse
from pillarbox.imap.problem import SyntaxProblem

TAGS = [
    (b"a1 x", b"a1"),
    (b"A.b-]:x", b"A.b-]:x"),
    (b"x" * 255, b"x" * 255),
    (b"x" * 256, UNTAGGED),
    (b"a+b NOOP", UNTAGGED),
    (b"* NOOP", UNTAGGED),
    (b'"a" NOOP', UNTAGGED),
    (b"(a NOOP", UNTAGGED),
    (b"\xe9 NOOP", UNTAGGED),
    (b" NOOP", UNTAGGED),
    (b"", UNTAGGED),
]


@pytest.mark.parametrize(("line", "tag"), TAGS)
def test_tag(line, tag):
    command = Assembly()
    assert command.add_line(line) is (tag != UNTAGGED)
    assert command.tag == tag


def test_literals_become_tokens():
    command = Assembly()
    command.add_line(b"a LOGIN ")
    command.open_literal(Literal(4, synchronising=True, binary=False))
    for chunk in (b"b", b"o\r", b"\n"):
        command.add_chunk(chunk)
    command.close_literal()
    command.add_line(b" pw")
    assert parse(command.tokens(utf8=False)) == c.Login("bo\r\n", "pw")
    assert command.octets == 8 + 4 + 3
    command.begin()
    assert command.octets == 0
    assert command.add_line(b"b NOOP")
    assert parse(command.tokens(utf8=False)) == c.Noop()


def test_messages_do_not():
    command = Assembly()
    command.add_line(b"a APPEND x (f) ")
    literal = Literal(4, synchronising=True, binary=True)
    assert command.at_message
    message = command.announce(command.tokens(utf8=False), literal)
    assert message == c.AppendMessage(("f",), None, 4, binary=True)
    assert command.mailbox == "x"
    command.add_line(b" UTF8 (")
    message = command.announce(command.tokens(utf8=False), literal)
    assert message.utf8
    command.add_line(b"x")
    with pytest.raises(SyntaxProblem):
        command.tokens(utf8=False)
