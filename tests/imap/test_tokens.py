"""imap/tokens.py."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import MAX_DEPTH, Tokens, tokenize
from pillarbox.imap.values import Saved, parse_sequence_set
from tests.imap.strategies import LINES, quick

LINE_TOKENS = [
    (b"a1 NOOP", [b"a1", b" ", b"NOOP"]),
    (b'x "a b" (c)', [b"x", b" ", b'"a b"', b" ", b"(", b"c", b")"]),
    (b'"a\\"b\\\\" y', [b'"a\\"b\\\\"', b" ", b"y"]),
    (b'"open \\"', [b'"open \\"']),
    (b"BODY[HEADER.FIELDS (A)]<0.1>", [b"BODY[HEADER.FIELDS", b" ", b"(", b"A", b")", b"]<0.1>"]),
    (b"a{b\r\x00", [b"a", b"{", b"b", b"\r", b"\x00"]),
    (b"", []),
]


@pytest.mark.parametrize(("line", "expected"), LINE_TOKENS)
def test_tokenize(line, expected):
    assert tokenize(line) == expected


@quick
@given(LINES)
def test_tokens_cover_every_octet(line):
    assert b"".join(tokenize(line)) == line


@pytest.mark.parametrize("unit", [b'"', b'"\\', b'\\"', b'"a', b"(", b'"\\"', b"{", b'""'])
def test_time_is_linear(unit):
    start = time.process_time()
    tokenize(unit * 60_000)
    assert time.process_time() - start < 1.0


def read(method, line, *, utf8=False):
    tokens = Tokens(tokenize(line), utf8=utf8)
    value = getattr(tokens, method)()
    tokens.end()
    return value


READ = [
    ("astring", b"a]b", b"a]b"),
    ("astring", b'"a b"', b"a b"),
    ("astring", b'"\\"\\\\"', b'"\\'),
    ("astring", b'""', b""),
    ("astring", b'"\xc3\xa9"', b"\xc3\xa9"),
    ("atom", b"$Junk", b"$Junk"),
    ("nstring", b"nil", None),
    ("nstring", b'"NIL"', b"NIL"),
    ("mailbox", b"inbox", "INBOX"),
    ("mailbox", b"&AOk-", "é"),
    ("list_mailbox", b"INBOX/%", "INBOX/%"),
    ("list_mailbox", b'""', ""),
    ("list_mailbox", b"&*", "&*"),
    ("list_mailbox", b"\xc3\xa9*", "é*"),
    ("number", b"007", 7),
    ("number", b"4294967295", 4294967295),
    ("modseq", b"9223372036854775807", (1 << 63) - 1),
    ("numbers", b"$", Saved.RESULT),
    ("numbers", b"1:*", parse_sequence_set(b"1:*")),
    ("known_numbers", b"1:3", parse_sequence_set(b"1:3")),
    ("flag", b"\\seen", "\\Seen"),
    ("flag", b"$MDNSent", "$MDNSent"),
    ("flag_list", b"()", ()),
    ("flag_list", b"(\\Seen a \\Seen)", ("\\Seen", "a")),
    ("word", b"fetch", b"FETCH"),
]


@pytest.mark.parametrize(("method", "line", "value"), READ)
def test_read(method, line, value):
    assert read(method, line) == value
    assert read(method, line + b"  ") == value


REFUSED = [
    ("astring", b"", 0, "a string"),
    ("astring", b"a%", 0, "a string"),
    ("astring", b'"a', 0, "a closing quote"),
    ("astring", b'"a\\b"', 0, "a closing quote"),
    ("astring", b'"a\\"', 0, 'a closing quote; only \\" and \\\\ are escapes'),
    ("astring", b'"', 0, "a closing quote"),
    ("astring", b"\xc3\xa9", 0, "a string"),
    ("astring", b'"a"b', 3, "the end of the command"),
    ("mailbox", b'""', 0, "a mailbox name in modified UTF-7"),
    ("mailbox", b"a&b", 0, "a mailbox name in modified UTF-7"),
    ("mailbox", b'"\xc3\xa9"', 0, "a mailbox name in modified UTF-7"),
    ("number", b"4294967296", 0, "a number"),
    ("number", b"9" * 5000, 0, "a number"),
    ("number", b"-1", 0, "a number"),
    ("modseq", b"9223372036854775808", 0, "a mod-sequence"),
    ("known_numbers", b"1:*", 0, "a sequence set without *"),
    ("known_numbers", b"$", 0, "a sequence set without *"),
    ("flag", b"\\*", 0, "a flag"),
    ("flag", b"\\\\Seen", 0, "a flag"),
    ("flag", b"a]", 0, "a flag"),
    ("flag_list", b"(a", 2, "a space"),
    ("flag_list", b"(a )", 3, "a flag"),
    ("flag_list", b"( a)", 1, "a flag"),
    ("word", b"(", 0, "a word"),
]


@pytest.mark.parametrize(("method", "line", "position", "expected"), REFUSED)
def test_refused_with_its_place(method, line, position, expected):
    with pytest.raises(SyntaxProblem) as caught:
        read(method, line)
    assert (caught.value.position, caught.value.expected) == (position, expected)


def test_literals():
    tokens = Tokens([b"{a\r\n\x00b", b" ", b"\x00x", b" ", b"y"])
    assert tokens.astring() == b"a\r\n\x00b"
    tokens.space()
    with pytest.raises(SyntaxProblem) as caught:
        tokens.astring()  # a literal8 only where the grammar has one
    assert caught.value.position == 6


def test_next():
    tokens = Tokens([b"a"])
    assert [tokens.next(), tokens.next(), tokens.peek()] == [b"a", b"", b""]
    for method in (tokens.space, tokens.close, tokens.open):
        with pytest.raises(SyntaxProblem):
            method()


def test_utf8_names():
    assert read("mailbox", b'"\xc3\xa9 &-"', utf8=True) == "é &-"
    with pytest.raises(SyntaxProblem):
        read("mailbox", b'"\xff"', utf8=True)


def test_depth_is_limited():
    tokens = Tokens(tokenize(b"(" * 60))
    for _ in range(MAX_DEPTH):
        tokens.open()
    with pytest.raises(SyntaxProblem) as caught:
        tokens.open()
    assert caught.value.position == MAX_DEPTH


def test_text_is_utf8():
    assert Tokens([b'"\xc3\xa9"']).text("a name") == "é"
    with pytest.raises(SyntaxProblem, match="a name in UTF-8"):
        Tokens([b'"\xff"']).text("a name")


@quick
@given(
    LINES, st.lists(st.sampled_from([m for m, *_ in READ] + ["string", "open", "close", "space"]))
)
def test_any_line_gives_values_or_the_one_error(line, methods):
    tokens = Tokens(tokenize(line))
    try:
        for method in methods:
            getattr(tokens, method)()
    except SyntaxProblem as exc:
        problem = exc
    else:
        return
    assert 0 <= problem.position <= len(line)
    assert str(problem).isascii()
