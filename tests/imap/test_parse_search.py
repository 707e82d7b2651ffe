"""imap/parse_search.py."""

from datetime import date

import pytest

from pillarbox.imap import command as c
from pillarbox.imap import criteria as k
from pillarbox.imap.criteria import Compare, Day, Flag, Header, Not, Return, SortBy, Threading
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.values import Saved, SequenceSet
from tests.imap.test_parse import read

ONE = SequenceSet(((1, 1),))
DAY = date(1994, 2, 1)

KEYS = [
    (b"ALL", k.All()),
    (b"answered", Flag("\\Answered")),
    (b"UNDRAFT", Not(Flag("\\Draft"))),
    (b"NEW", k.And((Flag("\\Recent"), Not(Flag("\\Seen"))))),
    (b"OLD", Not(Flag("\\Recent"))),
    (b"KEYWORD $Junk", Flag("$Junk")),
    (b"UNKEYWORD x", Not(Flag("x"))),
    (b"FROM smith", Header("From", "smith", envelope=True)),
    (b'SUBJECT "a b"', Header("Subject", "a b", envelope=True)),
    (b"BCC {\xc3\xa9}", Header("Bcc", "é", envelope=True)),
    (b'HEADER Message-ID "<x>"', Header("Message-ID", "<x>")),
    (b'HEADER X ""', Header("X", "")),
    (b"BODY x", k.Body("x")),
    (b"TEXT x", k.AnyText("x")),
    (b"LARGER 7", k.Size(larger=True, octets=7)),
    (b"SMALLER 0", k.Size(larger=False, octets=0)),
    (b"BEFORE 1-Feb-1994", k.Dated(Day.INTERNAL, Compare.BEFORE, DAY)),
    (b'ON "1-Feb-1994"', k.Dated(Day.INTERNAL, Compare.ON, DAY)),
    (b"SENTSINCE 1-feb-1994", k.Dated(Day.SENT, Compare.SINCE, DAY)),
    (b"SAVEDON 1-Feb-1994", k.Dated(Day.SAVED, Compare.ON, DAY)),
    (b"SAVEDATESUPPORTED", k.SaveDateSupported()),
    (b"YOUNGER 3600", k.Age(younger=True, seconds=3600)),
    (b"OLDER 1", k.Age(younger=False, seconds=1)),
    (b"1", k.Among(ONE, uid=False)),
    (b"$", k.Among(Saved.RESULT, uid=False)),
    (b"UID 1", k.Among(ONE, uid=True)),
    (b"UID $", k.Among(Saved.RESULT, uid=True)),
    (b"MODSEQ 0", k.ModSeq(0)),
    (b'MODSEQ "/flags/\\\\draft" all 620162338', k.ModSeq(620162338)),
    (b"EMAILID M1", k.EmailId("M1")),
    (b"THREADID T1", k.ThreadId("T1")),
    (b"NOT SEEN", Not(Flag("\\Seen"))),
    (b"OR SEEN 1", k.Or(Flag("\\Seen"), k.Among(ONE, uid=False))),
    (b"(SEEN)", Flag("\\Seen")),
    (
        b"SEEN (1 (DRAFT))",
        k.And((Flag("\\Seen"), k.And((k.Among(ONE, uid=False), Flag("\\Draft"))))),
    ),
    (
        b'FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"',  # RFC 9051 §6.4.4
        k.And(
            (
                Flag("\\Flagged"),
                k.Dated(Day.INTERNAL, Compare.SINCE, DAY),
                Not(Header("From", "Smith", envelope=True)),
            )
        ),
    ),
]


@pytest.mark.parametrize(("wire", "key"), KEYS)
def test_key(wire, key):
    assert read(b"SEARCH " + wire) == c.Search(key)
    assert read(b"UID SEARCH " + wire + b" ") == c.Search(key, uid=True)


COMMANDS = [
    (b"SEARCH RETURN () ALL", c.Search(k.All(), returns=frozenset({Return.ALL}))),
    (
        b"SEARCH RETURN (MIN SAVE) ALL",
        c.Search(k.All(), returns=frozenset({Return.MIN, Return.SAVE})),
    ),
    (b"SEARCH CHARSET utf-8 TEXT {\xd0\xbc}", c.Search(k.AnyText("м"))),
    (b'SEARCH CHARSET "ISO-8859-1" TEXT {\xe9}', c.Search(k.AnyText("é"))),
    (
        b"SEARCH RETURN (COUNT) CHARSET US-ASCII ALL",
        c.Search(k.All(), returns=frozenset({Return.COUNT})),
    ),
    (
        b"UID SORT (REVERSE DATE subject) UTF-8 ALL",
        c.Sort(((SortBy.DATE, True), (SortBy.SUBJECT, False)), k.All(), uid=True),
    ),
    (
        b"SORT RETURN (MIN) (SIZE) US-ASCII ALL",
        c.Sort(((SortBy.SIZE, False),), k.All(), returns=frozenset({Return.MIN})),
    ),
    (b"THREAD references UTF-8 SEEN", c.Thread(Threading.REFERENCES, Flag("\\Seen"))),
    (
        b"UID THREAD ORDEREDSUBJECT UTF-8 ALL",
        c.Thread(Threading.ORDEREDSUBJECT, k.All(), uid=True),
    ),
]


@pytest.mark.parametrize(("line", "command"), COMMANDS)
def test_command(line, command):
    assert read(line) == command


REFUSED = [
    (b"SEARCH", 6, "a space"),
    (b"SEARCH ", 7, "a search key"),
    (b"SEARCH FOO", 7, "a search key"),
    (b"SEARCH 0", 7, "a sequence set"),
    (b"SEARCH SEEN)", 11, "a space"),
    (b"SEARCH (SEEN", 12, "a space"),
    (b"SEARCH ()", 8, "a search key"),
    (b"SEARCH NOT", 10, "a space"),
    (b"SEARCH OR SEEN", 14, "a space"),
    (b"SEARCH SINCE 1994-02-01", 13, "a date as 1-Feb-1994"),
    (b"SEARCH SINCE", 12, "a space"),
    (b"SEARCH SINCE (", 13, "a date as 1-Feb-1994"),
    (b"SEARCH YOUNGER 0", 15, "seconds above 0"),
    (b"SEARCH LARGER x", 14, "a size in octets"),
    (b'SEARCH MODSEQ "x" foo 1', 18, "PRIV, SHARED or ALL"),
    (b"SEARCH RETURN (FOO) ALL", 15, "MIN, MAX, ALL, COUNT or SAVE"),
    (b"SEARCH RETURN MIN ALL", 14, '"("'),
    (b"SEARCH TEXT {\xff}", 12, "a string in utf-8"),
    (b"SEARCH CHARSET US-ASCII TEXT {\xc3\xa9}", 29, "a string in ascii"),
    (b"SORT (FOO) UTF-8 ALL", 6, "a sort key"),
    (b"SORT () UTF-8 ALL", 6, "a sort key"),
    (b"SORT (DATE) UTF-8", 17, "a space"),
    (b"THREAD FOO UTF-8 ALL", 7, "ORDEREDSUBJECT or REFERENCES"),
]


@pytest.mark.parametrize(("line", "position", "expected"), REFUSED)
def test_refused(line, position, expected):
    with pytest.raises(SyntaxProblem) as caught:
        read(line)
    assert (caught.value.position, caught.value.expected) == (position, expected)
    assert not caught.value.refused


@pytest.mark.parametrize("name", [b"rot13", b"utf-7", b"zlib", b"x-unknown", b'""'])
def test_unknown_charsets_get_no(name):
    with pytest.raises(SyntaxProblem) as caught:
        read(b"SEARCH CHARSET " + name + b" ALL")
    assert caught.value.refused
    assert caught.value.code == b"BADCHARSET (US-ASCII UTF-8)"


@pytest.mark.parametrize("unit", [b"NOT ", b"OR SEEN ", b"(", b"OR (NOT ", b"OR OR SEEN SEEN "])
def test_depth_is_limited(unit):
    with pytest.raises(SyntaxProblem) as caught:
        read(b"SEARCH " + unit * 2000 + b"SEEN")
    assert "at most 50" in caught.value.expected


def test_breadth_is_not():
    found = read(b"SEARCH " + b"(NOT SEEN) " * 2000 + b"SEEN")
    assert isinstance(found, c.Search)
    assert isinstance(found.key, k.And)
    assert len(found.key.keys) == 2001
