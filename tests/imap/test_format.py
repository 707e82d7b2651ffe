"""imap/format.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import format as f
from pillarbox.imap.names import decode_mailbox
from pillarbox.imap.tokens import Tokens, tokenize
from pillarbox.imap.values import SequenceSet, parse_sequence_set, sequence_set
from tests.imap.strategies import NAMES, TEXT

STRINGS = [
    (b"", b'""'),
    (b"a b", b'"a b"'),
    (b'a"\\', b'"a\\"\\\\"'),
    (b"a\r\nb", b"{4}\r\na\r\nb"),
    (b"a\nb", b"{3}\r\na\nb"),
    ("é".encode(), b"{2}\r\n\xc3\xa9"),
    (b"x" * 1024, b'"' + b"x" * 1024 + b'"'),
    (b"x" * 1025, b"{1025}\r\n" + b"x" * 1025),
    (b"\x7f", b"{1}\r\n\x7f"),
]


@pytest.mark.parametrize(("octets", "wire"), STRINGS)
def test_string(octets, wire):
    assert f.string(octets) == wire
    assert f.nstring(octets) == wire


def reread(wire, *, utf8=False):
    is_literal = wire[:1] == b"{"
    items = [b"{" + wire.partition(b"\r\n")[2]] if is_literal else tokenize(wire)
    return Tokens(items, utf8=utf8)


@given(st.binary(max_size=30))
def test_string_round_trip(octets):
    wire = f.string(octets)
    if wire[:1] == b'"':
        assert reread(wire).string() == octets
    else:
        assert wire == f.literal(octets)


@given(NAMES, st.booleans())
def test_mailbox_round_trip(name, utf8):
    wire = f.mailbox(name, utf8=utf8)
    assert b"\n" not in wire
    assert reread(wire, utf8=utf8).mailbox() == ("INBOX" if name.upper() == "INBOX" else name)
    assert utf8 or wire.isascii()


@given(TEXT)
def test_words_stay_on_their_line(words):
    wire = f.tagged(b"a", f.Reply.OK, words)
    assert wire.startswith(b"a OK ")
    assert wire.endswith(b"\r\n")
    assert wire.isascii()
    assert wire.count(b"\r") == wire.count(b"\n") == 1


LINES = [
    (f.nstring(None), b"NIL"),
    (f.text("é"), b"{2}\r\n\xc3\xa9"),
    (f.text("é", utf8=True), b'"\xc3\xa9"'),
    (f.literal8(b"\0"), b"~{1}\r\n\0"),
    (f.mailbox("INBOX", utf8=False), b"INBOX"),
    (f.mailbox("nil", utf8=False), b'"nil"'),
    (f.mailbox("a b", utf8=False), b'"a b"'),
    (f.mailbox("é", utf8=False), b"&AOk-"),
    (f.mailbox("é", utf8=True), b'"\xc3\xa9"'),
    (f.mailbox("a\\b%", utf8=False), b'"a\\\\b%"'),
    (f.flags(()), b"()"),
    (f.flags(("\\Seen", "$x")), b"(\\Seen $x)"),
    (f.tagged(b"A1", f.Reply.NO, "Full", b"OVERQUOTA"), b"A1 NO [OVERQUOTA] Full\r\n"),
    (f.untagged(f.Reply.OK, "Still here"), b"* OK Still here\r\n"),
    (f.bye("Bye", b"TOOBIG"), b"* BYE [TOOBIG] Bye\r\n"),
    (f.bye(""), b"* BYE .\r\n"),
    (f.greeting("Hi", preauth=True), b"* PREAUTH Hi\r\n"),
    (f.greeting("Hi", b"CAPABILITY X"), b"* OK [CAPABILITY X] Hi\r\n"),
    (f.capability([b"IMAP4rev2", b"ID"]), b"* CAPABILITY IMAP4rev2 ID\r\n"),
    (f.capability_code([b"ID"]), b"CAPABILITY ID"),
    (f.enabled([b"CONDSTORE"]), b"* ENABLED CONDSTORE\r\n"),
    (f.enabled([]), b"* ENABLED\r\n"),
    (f.exists(23), b"* 23 EXISTS\r\n"),
    (f.recent(5), b"* 5 RECENT\r\n"),
    (f.expunged([5, 3]), b"* 5 EXPUNGE\r\n* 3 EXPUNGE\r\n"),
    (f.vanished(SequenceSet()), b""),
    (f.vanished(sequence_set([405, 407, 410, 411])), b"* VANISHED 405,407,410:411\r\n"),
    (f.vanished(sequence_set([1]), earlier=True), b"* VANISHED (EARLIER) 1\r\n"),
    (f.flags_line(("\\Seen",)), b"* FLAGS (\\Seen)\r\n"),
    (f.search([]), b"* SEARCH\r\n"),
    (f.search([2, 84, 882]), b"* SEARCH 2 84 882\r\n"),
    (f.search([2, 5], 917162500), b"* SEARCH 2 5 (MODSEQ 917162500)\r\n"),
    (f.search([], 9), b"* SEARCH\r\n"),
    (f.sort([5, 3]), b"* SORT 5 3\r\n"),
    (
        f.esearch(b"A282", {"MIN": 2, "COUNT": 3}, uid=False),
        b'* ESEARCH (TAG "A282") MIN 2 COUNT 3\r\n',
    ),
    (f.esearch(b'A"', {}, uid=True), b'* ESEARCH (TAG "A\\"") UID\r\n'),
    (
        f.esearch(b"A", {"ALL": f.esearch_all([17, 900, 901])}, uid=True),
        b'* ESEARCH (TAG "A") UID ALL 17,900:901\r\n',
    ),
    (f.appenduid(38505, [3955]), b"APPENDUID 38505 3955"),
    (
        f.copyuid(38505, [(304, 3956), (319, 3957), (320, 3958)]),
        b"COPYUID 38505 304,319:320 3956,3957:3958",
    ),
    (f.copyuid(1, [(1, 5), (2, 6), (3, 9)]), b"COPYUID 1 1:2,3 5:6,9"),
    (f.modified(sequence_set([7, 9])), b"MODIFIED 7,9"),
    (f.permanentflags(("\\Deleted", "\\*")), b"PERMANENTFLAGS (\\Deleted \\*)"),
]


@pytest.mark.parametrize(("found", "wire"), LINES)
def test_lines(found, wire):
    assert found == wire


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(1, 60)), min_size=1, unique_by=lambda p: p[0]
    )
)
def test_copyuid_keeps_pairs_in_step(pairs):
    pairs.sort()
    _, _, sources, targets = f.copyuid(1, pairs).split(b" ")

    def spread(wire):
        out: list[int] = []
        for item in wire.split(b","):
            found = parse_sequence_set(item)
            assert found is not None
            out += found.iter_numbers(1000)
        return out

    assert list(zip(spread(sources), spread(targets), strict=True)) == pairs


def test_inbox_is_an_atom_that_decodes():
    assert decode_mailbox(f.mailbox("INBOX", utf8=False), utf8=False) == "INBOX"
