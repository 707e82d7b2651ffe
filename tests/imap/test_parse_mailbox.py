"""imap/parse_mailbox.py."""

from datetime import UTC, datetime

import pytest

from pillarbox.imap import command as c
from pillarbox.imap.parse_mailbox import append_message
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import Tokens, tokenize
from pillarbox.imap.values import SequenceSet
from tests.imap.test_parse import read

COMMANDS = [
    (b"SELECT INBOX", c.Select("INBOX")),
    (b"EXAMINE {x y}", c.Select("x y", read_only=True)),
    (b"SELECT INBOX (CONDSTORE)", c.Select("INBOX", condstore=True)),
    (
        b"SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
        c.Select(
            "INBOX",
            qresync=c.Qresync(
                67890007, 20050715194045000, SequenceSet(((41, 41), (43, 211), (214, 541)))
            ),
        ),
    ),
    (
        b"SELECT a (QRESYNC (1 2 1:9 (1,3:4 2,5:6)) CONDSTORE)",
        c.Select(
            "a",
            condstore=True,
            qresync=c.Qresync(
                1,
                2,
                SequenceSet(((1, 9),)),
                SequenceSet(((1, 1), (3, 4))),
                SequenceSet(((2, 2), (5, 6))),
            ),
        ),
    ),
    (
        b"SELECT a (QRESYNC (1 2 (1 2)))",
        c.Select(
            "a", qresync=c.Qresync(1, 2, None, SequenceSet(((1, 1),)), SequenceSet(((2, 2),)))
        ),
    ),
    (b"CREATE owatagusiam/", c.Create("owatagusiam/")),
    (b"CREATE Sent (USE (\\Sent))", c.Create("Sent", ("\\Sent",))),
    (b"CREATE x (USE ())", c.Create("x")),
    (b"DELETE &AOk-", c.Delete("é")),
    (b'RENAME blurdybloop "sarasoon x"', c.Rename("blurdybloop", "sarasoon x")),
    (b"SUBSCRIBE #news.comp.mail.mime", c.Subscribe("#news.comp.mail.mime")),
    (b"UNSUBSCRIBE inbox", c.Unsubscribe("INBOX")),
    (b'LSUB "#news." "comp.mail.*"', c.Lsub("#news.", "comp.mail.*")),
    (b'LIST "" ""', c.List("", ("",))),
    (b"LIST ~/Mail/ %", c.List("~/Mail/", ("%",))),
    (
        b'LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN SUBSCRIBED)',
        c.List(
            "",
            ("%",),
            frozenset({"SUBSCRIBED", "RECURSIVEMATCH"}),
            frozenset({"CHILDREN", "SUBSCRIBED"}),
            extended=True,
        ),
    ),
    (b'LIST () "" (a "b c" %/d)', c.List("", ("a", "b c", "%/d"), extended=True)),
    (
        b'LIST "" * RETURN (STATUS (messages UNSEEN) SPECIAL-USE)',
        c.List(
            "",
            ("*",),
            returns=frozenset({"STATUS", "SPECIAL-USE"}),
            status=("MESSAGES", "UNSEEN"),
            extended=True,
        ),
    ),
    (
        b"STATUS blurdybloop (UIDNEXT MESSAGES SIZE HIGHESTMODSEQ MAILBOXID)",
        c.Status("blurdybloop", ("UIDNEXT", "MESSAGES", "SIZE", "HIGHESTMODSEQ", "MAILBOXID")),
    ),
]


@pytest.mark.parametrize(("line", "command"), COMMANDS)
def test_command(line, command):
    assert read(line) == command
    assert read(line + b" ") == command


REFUSED = [
    (b"SELECT", 6, "a space"),
    (b"SELECT ", 7, "a mailbox name"),
    (b"SELECT a b", 9, '"("'),
    (b"SELECT a ()", 10, "CONDSTORE or QRESYNC"),
    (b"SELECT a (CONDSTORE", 19, "a space"),
    (b"SELECT a (QRESYNC 1)", 18, '"("'),
    (b"SELECT a (QRESYNC (1 2 1:*))", 23, "a sequence set without *"),
    (b"SELECT a (QRESYNC (1 2 1 (1:2 5)))", 31, "as many UIDs as message numbers"),
    (b"CREATE a (FOO)", 10, "USE"),
    (b"RENAME a", 8, "a space"),
    (b"LIST a", 6, "a space"),
    (b'LIST (FOO) "" %', 6, "a LIST selection option"),
    (b'LIST (RECURSIVEMATCH) "" %', 21, "another selection option beside RECURSIVEMATCH"),
    (b'LIST "" () RETURN ()', 9, "a mailbox pattern"),
    (b'LIST "" % FOO ()', 10, "RETURN"),
    (b'LIST "" % RETURN (FOO)', 18, "a LIST return option"),
    (b'LIST "" % RETURN (STATUS)', 24, "a space"),
    (b"STATUS a ()", 10, "a STATUS item"),
    (b"STATUS a (FOO)", 10, "a STATUS item"),
    (b"STATUS a (MESSAGES  UNSEEN)", 19, "a STATUS item"),
    (b"STATUS a MESSAGES", 9, '"("'),
]


@pytest.mark.parametrize(("line", "position", "expected"), REFUSED)
def test_refused(line, position, expected):
    with pytest.raises(SyntaxProblem) as caught:
        read(line)
    assert (caught.value.position, caught.value.expected) == (position, expected)


def test_patterns_are_limited():
    with pytest.raises(SyntaxProblem):
        read(b'LIST "" (' + b" ".join([b"a"] * 101) + b")")


MESSAGES = [
    (b" ", c.AppendMessage((), None, 5)),
    (b" (\\Seen $x \\Recent) ", c.AppendMessage(("\\Seen", "$x"), None, 5)),
    (
        b' (a) "17-Jul-1996 02:44:25 +0000" ',
        c.AppendMessage(("a",), datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC), 5),
    ),
]


@pytest.mark.parametrize(("line", "message"), MESSAGES)
def test_append_message(line, message):
    assert append_message(Tokens(tokenize(line)), 5, binary=False) == message


def test_append_in_utf8():
    """RFC 6855 §4."""
    found = append_message(Tokens(tokenize(b" () UTF8 (")), 5, binary=True)
    assert found == c.AppendMessage((), None, 5, binary=True, utf8=True)


@pytest.mark.parametrize(
    ("line", "position"), [(b"", 0), (b" x ", 1), (b' "1-Jan-1996" ', 1), (b" (a)", 4), (b"  ", 1)]
)
def test_append_refused(line, position):
    with pytest.raises(SyntaxProblem) as caught:
        append_message(Tokens(tokenize(line)), 5, binary=False)
    assert caught.value.position == position
