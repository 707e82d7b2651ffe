"""imap/parse.py: the commands without arguments of their own modules, and the tables."""

import pytest
from hypothesis import given

from pillarbox.imap import command as c
from pillarbox.imap.event import MACHINE
from pillarbox.imap.parse import decode_base64, parse, verb
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import LITERAL, LITERAL8, Tokens, tokenize
from pillarbox.imap.values import Saved, SequenceSet
from tests.imap.strategies import LINES, WORDS, quick


def read(line, *, utf8=False):
    """Parse a line; `<n>` octets between braces stand for a literal: {abc} or ~{abc}."""
    items: list[bytes] = []
    binary = False
    for i, part in enumerate(line.replace(b"}", b"{").split(b"{")):
        if i % 2 == 0:
            items += tokenize(part.removesuffix(b"~"))
            binary = part.endswith(b"~")
        else:
            items.append((LITERAL8 if binary else LITERAL) + part)
    return parse(Tokens(items, utf8=utf8))


BARE = [
    (b"capability", c.Capability()),
    (b"NOOP", c.Noop()),
    (b"Logout", c.Logout()),
    (b"STARTTLS", c.StartTls()),
    (b"NAMESPACE", c.Namespace()),
    (b"IDLE", c.Idle()),
    (b"CHECK", c.Check()),
    (b"CLOSE", c.Close()),
    (b"UNSELECT", c.Unselect()),
    (b"EXPUNGE", c.Expunge()),
]


@pytest.mark.parametrize(("line", "command"), BARE)
def test_bare(line, command):
    assert read(line) == command
    assert read(line + b" ") == command
    with pytest.raises(SyntaxProblem):
        read(line + b" x")


COMMANDS = [
    (b"AUTHENTICATE plain", c.Authenticate("PLAIN", None)),
    (b"AUTHENTICATE SCRAM-SHA-256 =", c.Authenticate("SCRAM-SHA-256", b"")),
    (b"AUTHENTICATE PLAIN AHRlc3QAdGVzdA==", c.Authenticate("PLAIN", b"\0test\0test")),
    (b"LOGIN bob pw", c.Login("bob", "pw")),
    (b'LOGIN "b\\"ob" {p w\r\n}', c.Login('b"ob', "p w\r\n")),
    (b'LOGIN bob "\xc3\xa9"', c.Login("bob", "é")),
    (b'LOGIN "" ""', c.Login("", "")),
    (b"ENABLE condstore x", c.Enable(("CONDSTORE", "X"))),
    (b"ID NIL", c.Id(None)),
    (b"ID ()", c.Id({})),
    (b'ID ("Name" "sodr" "version" NIL)', c.Id({"name": "sodr", "version": None})),
    (b'GETQUOTA ""', c.GetQuota("")),
    (b"GETQUOTAROOT INBOX", c.GetQuotaRoot("INBOX")),
    (b"UID EXPUNGE 3000:3002", c.Expunge(SequenceSet(((3000, 3002),)))),
    (b"UID EXPUNGE $", c.Expunge(Saved.RESULT)),
]


@pytest.mark.parametrize(("line", "command"), COMMANDS)
def test_command(line, command):
    assert read(line) == command
    assert read(line + b" ") == command


REFUSED = [
    (b"", 0, "a command"),
    (b"FOO", 0, "a command"),
    (b"{NOOP}", 0, "a command"),
    (b"UID", 3, "a space"),
    (b"UID NOOP", 4, "a command that takes UIDs"),
    (b"UID UID FETCH 1 UID", 4, "a command that takes UIDs"),
    (b"UID EXPUNGE", 11, "a space"),
    (b"AUTHENTICATE", 12, "a space"),
    (b"AUTHENTICATE PLAIN AA", 19, "base64"),
    (b"AUTHENTICATE PLAIN A=A=", 19, "base64"),
    (b"AUTHENTICATE PLAIN {AAAA}", 19, "base64"),
    (b"LOGIN bob", 9, "a space"),
    (b"LOGIN bob ", 10, "a password"),
    (b"LOGIN bob secret x", 17, "the end of the command"),
    (b"ENABLE", 6, "a space"),
    (b"ENABLE ", 7, "a capability"),
    (b"ID", 2, "a space"),
    (b'ID ("a")', 7, "a space"),
    (b"ID (a b)", 4, "a field name"),
    (b"APPEND INBOX", 12, "a message literal"),
    (b'APPEND INBOX "x"', 12, "a message literal"),
]


@pytest.mark.parametrize(("line", "position", "expected"), REFUSED)
def test_refused(line, position, expected):
    with pytest.raises(SyntaxProblem) as caught:
        read(line)
    assert (caught.value.position, caught.value.expected) == (position, expected)


def test_secrets_are_not_repeated():
    for line in (b"LOGIN bob secret)", b"AUTHENTICATE PLAIN secret", b"LOGIN bob (secret"):
        with pytest.raises(SyntaxProblem) as caught:
            read(line)
        assert "secret" not in str(caught.value)


def test_id_is_limited():
    with pytest.raises(SyntaxProblem):
        read(b"ID (" + b" ".join(b'"%d" NIL' % i for i in range(31)) + b")")


def test_verbs():
    assert verb(Tokens(tokenize(b"uid search all"))) is c.Search
    assert verb(Tokens(tokenize(b"examine x"))) is c.Select
    assert verb(Tokens(tokenize(b"UID"))) is None
    assert verb(Tokens(tokenize(b"UID NOOP"))) is None
    assert verb(Tokens(tokenize(b""))) is None


def test_base64():
    assert decode_base64(b"AAE=") == b"\0\1"
    assert decode_base64(b"") == b""
    for bad in (b"A", b"AA E=", b"AAE=\r", b"====", b"\xff"):
        assert decode_base64(bad) is None


@quick
@given(LINES, WORDS)
def test_any_line_is_a_command_or_the_one_error(line, word):
    for text in (line, word + b" " + line):
        try:
            command = parse(Tokens(tokenize(text)))
        except SyntaxProblem as exc:
            assert 0 <= exc.position <= len(text)  # noqa: PT017 - the other outcome is fine
        else:
            assert type(command) in MACHINE
