"""pop3/command.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.pop3.command import (
    Auth,
    Command,
    CommandProblem,
    Listing,
    Pass,
    Pick,
    Plain,
    User,
    decode_base64,
    parse,
)
from tests.smtp.strategies import octets

GOOD = [
    (b"stat", Plain("STAT")),
    (b"QUIT  ", Plain("QUIT")),
    (b"USER  jones ", User("jones")),
    ("USER jürgen".encode(), User("jürgen")),
    (b"PASS  two words ", Pass(" two words ")),
    (b"AUTH", Auth("", None)),
    (b"AUTH plain", Auth("PLAIN", None)),
    (b"AUTH PLAIN =", Auth("PLAIN", b"")),
    (b"AUTH PLAIN YQ==", Auth("PLAIN", b"a")),
    (b"LIST", Listing("LIST", None)),
    (b"uidl 7", Listing("UIDL", 7)),
    (b"RETR 1", Pick("RETR", 1)),
    (b"TOP 1 0", Pick("TOP", 1, 0)),
    (b"DELE 0000000001", Pick("DELE", 1)),
]
BAD = [b"", b" STAT", b"STAT\t", b"USER ", b"PASS", b"USER a\x00", b"RETR", b"RETR 1 2", b"TOP 1"]
BAD += [b"TOP 1  2", b"LIST 1 2", b"LIST +1", b"LIST 12345678901", b"AUTH A.B", b"AUTH PLAIN YQ"]


@pytest.mark.parametrize(("line", "command"), GOOD)
def test_good_lines(line, command):
    assert parse(line) == command


@pytest.mark.parametrize("line", BAD)
def test_bad_lines(line):
    with pytest.raises(CommandProblem) as caught:
        parse(line)
    assert caught.value.reason


VERBS = st.sampled_from([b"", b"USER ", b"PASS ", b"AUTH ", b"LIST ", b"TOP ", b"RETR "])


@given(VERBS, octets(max_size=20))
def test_any_line_is_a_command_or_a_problem(verb, rest):
    try:
        command = parse(verb + rest)
    except CommandProblem:
        return
    assert isinstance(command, Command)


def test_base64():
    assert decode_base64(b"") == b""
    with pytest.raises(CommandProblem):
        decode_base64(b"\xff")
