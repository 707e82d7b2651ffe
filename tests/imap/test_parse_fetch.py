"""imap/parse_fetch.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import command as c
from pillarbox.imap import section as s
from pillarbox.imap.parse import parse
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.section import Att, Text
from pillarbox.imap.tokens import Tokens, tokenize
from pillarbox.imap.values import STAR, Saved, SequenceSet
from tests.imap.strategies import quick
from tests.imap.test_parse import read

ONE = SequenceSet(((1, 1),))

ITEMS = [
    (b"ALL", (Att.FLAGS, Att.INTERNALDATE, Att.RFC822_SIZE, Att.ENVELOPE)),
    (b"fast", (Att.FLAGS, Att.INTERNALDATE, Att.RFC822_SIZE)),
    (b"FULL", (Att.FLAGS, Att.INTERNALDATE, Att.RFC822_SIZE, Att.ENVELOPE, Att.BODY)),
    (b"FLAGS", (Att.FLAGS,)),
    (
        b"(UID modseq EMAILID THREADID SAVEDATE)",
        (Att.UID, Att.MODSEQ, Att.EMAILID, Att.THREADID, Att.SAVEDATE),
    ),
    (b"(UID UID BODY BODY)", (Att.UID, Att.BODY)),
    (b"PREVIEW", (Att.PREVIEW,)),
    (b"(PREVIEW (LAZY) UID)", (Att.PREVIEW_LAZY, Att.UID)),
    (b"(PREVIEW UID)", (Att.PREVIEW, Att.UID)),
    (b"(RFC822 rfc822.header RFC822.TEXT)", (s.RFC822, s.RFC822_HEADER, s.RFC822_TEXT)),
    (b"BODY[]", (s.section((), Text.ALL),)),
    (b"body.peek[]", (s.section((), Text.ALL, peek=True),)),
    (b"BODY[]<0.2048>", (s.section((), Text.ALL, partial=(0, 2048)),)),
    (b"BODY[TEXT]<99.1>", (s.section((), Text.TEXT, partial=(99, 1)),)),
    (b"BODY[1]", (s.section((1,), Text.ALL),)),
    (b"BODY[4.2.2.1.mime]", (s.section((4, 2, 2, 1), Text.MIME),)),
    (b"BODY[3.HEADER]", (s.section((3,), Text.HEADER),)),
    (
        b"BODY.PEEK[HEADER.FIELDS (Date {x-y})]",
        (s.section((), Text.HEADER_FIELDS, (b"Date", b"x-y"), peek=True),),
    ),
    (
        b'(BODY[2.HEADER.FIELDS.NOT ("A")]<1.2> UID)',
        (s.section((2,), Text.HEADER_FIELDS_NOT, (b"A",), partial=(1, 2)), Att.UID),
    ),
    (b"BINARY[1.2]", (s.binary((1, 2)),)),
    (b"BINARY.PEEK[1]<0.5>", (s.binary((1,), peek=True, partial=(0, 5)),)),
    (b"BINARY.SIZE[1]", (s.binary_size((1,)),)),
]


@pytest.mark.parametrize(("wire", "items"), ITEMS)
def test_items(wire, items):
    assert read(b"FETCH 1 " + wire) == c.Fetch(ONE, items)


COMMANDS = [
    (b"UID FETCH 1:* FLAGS", c.Fetch(SequenceSet(((1, STAR),)), (Att.FLAGS,), uid=True)),
    (b"FETCH $ (FLAGS)", c.Fetch(Saved.RESULT, (Att.FLAGS,))),
    (
        b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)",
        c.Fetch(SequenceSet(((1, STAR),)), (Att.FLAGS,), uid=True, changed_since=12345),
    ),
    (
        b"UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)",
        c.Fetch(
            SequenceSet(((300, 500),)), (Att.FLAGS,), uid=True, changed_since=12345, vanished=True
        ),
    ),
    (b"STORE 1 +FLAGS (\\Deleted)", c.Store(ONE, c.Change.ADD, ("\\Deleted",))),
    (b"STORE 1 flags ()", c.Store(ONE, c.Change.REPLACE, ())),
    (
        b"UID STORE 1 -FLAGS.SILENT \\seen $x",
        c.Store(ONE, c.Change.REMOVE, ("\\Seen", "$x"), silent=True, uid=True),
    ),
    (
        b"STORE 1 (UNCHANGEDSINCE 320162338) +FLAGS.SILENT (a)",
        c.Store(ONE, c.Change.ADD, ("a",), silent=True, unchanged_since=320162338),
    ),
    (b"COPY 2:4 MEETING", c.Copy(SequenceSet(((2, 4),)), "MEETING")),
    (b'UID COPY 1 "a b"', c.Copy(ONE, "a b", uid=True)),
    (b"MOVE 1 foo", c.Move(ONE, "foo")),
    (b"UID MOVE $ foo", c.Move(Saved.RESULT, "foo", uid=True)),
]


@pytest.mark.parametrize(("line", "command"), COMMANDS)
def test_command(line, command):
    assert read(line) == command


REFUSED = [
    (b"FETCH", 5, "a space"),
    (b"FETCH 0 FLAGS", 6, "a sequence set"),
    (b"FETCH 1", 7, "a space"),
    (b"FETCH 1 ()", 9, "a FETCH item"),
    (b"FETCH 1 (ALL)", 9, "a FETCH item"),
    (b"FETCH 1 (FLAGS", 14, "a space"),
    (b"FETCH 1 FLAGS UID", 14, '"("'),
    (b"FETCH 1 FLAGS (FOO 1)", 15, "CHANGEDSINCE or VANISHED"),
    (
        b"FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        14,
        "VANISHED only with UID FETCH and CHANGEDSINCE",
    ),
    (b"UID FETCH 1 FLAGS (VANISHED)", 18, "VANISHED only with UID FETCH and CHANGEDSINCE"),
    (b"FETCH 1 PREVIEW (FOO)", 17, "LAZY"),
    (b"FETCH 1 (BODY[HEADER.FIELDS ()])", 29, "a header field name"),
    (b"FETCH 1 BODY[HEADER.FIELDS (a)", 8, 'a field list and "]"'),
    (b"FETCH 1 BODY[HEADER.FIELDS]", 8, "a FETCH item"),
    (b"STORE 1 FLAGS", 13, "a space"),
    (b"STORE 1 FLAGS ", 14, "a flag"),
    (b"STORE 1 FOO ()", 8, "FLAGS, +FLAGS or -FLAGS"),
    (b"STORE 1 FLAGS (\\Recent)", 14, "flags that a client may change"),
    (b"STORE 1 (FOO 1) FLAGS ()", 9, "UNCHANGEDSINCE"),
    (b"COPY 1", 6, "a space"),
    (b"MOVE x y", 5, "a sequence set"),
    *[
        (b"FETCH 1 " + item, 8, "a FETCH item")
        for item in (
            b"BODY[MIME]",
            b"BODY[1.]",
            b"BODY[.1]",
            b"BODY[0]",
            b"BODY[01]",
            b"BODY[1TEXT]",
            b"BODY[1.2.3.FOO]",
            b"BODY[TEXT]x",
            b"BODY[TEXT]<1>",
            b"BODY.PEEK",
            b"XBODY[]",
            b"BINARY[TEXT]",
            b"BINARY.SIZE[1]<0.1>",
            b"BINARY.SIZE.PEEK[1]",
            b"FOO",
        )
    ],
    (b"FETCH 1 BODY[TEXT", 8, 'a FETCH item with "]"'),
    (b"FETCH 1 BODY[]<0.0>", 8, "a partial range with a count above 0"),
    (b"FETCH 1 BODY[]<9999999999999999999.1>", 8, "a partial range with a count above 0"),
    (b"FETCH 1 BODY[" + b".".join([b"1"] * 51) + b"]", 8, "a part at most 50 deep"),
    (b"FETCH 1 BODY[HEADER.FIELDS (" + b"a " * 1000 + b"a)]", 2028, "at most 1000 field names"),
]


@pytest.mark.parametrize(("line", "position", "expected"), REFUSED)
def test_refused(line, position, expected):
    with pytest.raises(SyntaxProblem) as caught:
        read(line)
    assert (caught.value.position, caught.value.expected) == (position, expected)


PARTIALS = st.none() | st.tuples(st.integers(0, 10**9), st.integers(1, 10**9))
PARTS = st.lists(st.integers(1, 999), max_size=5).map(tuple)
NAMES = st.lists(
    st.text('abcXYZ-1 "\\', min_size=1, max_size=8).map(str.encode), min_size=1, max_size=4
).map(tuple)


@quick
@given(PARTS, st.sampled_from(Text), NAMES, PARTIALS)
def test_a_label_reads_as_its_section(part, text, fields, partial):
    if text not in (Text.HEADER_FIELDS, Text.HEADER_FIELDS_NOT):
        fields = ()
    if text is Text.MIME and not part:
        part = (1,)
    item = s.section(part, text, fields, partial=partial)
    wire = item.label
    if partial:
        wire = wire.replace(b"<%d>" % partial[0], b"<%d.%d>" % partial)
    assert read(b"FETCH 1 " + wire) == c.Fetch(ONE, (item,))


@pytest.mark.parametrize("count", [1, 10, 200])
def test_long_lists_and_known_ones_are_read_alike(count):
    wire = b"FETCH 1 (" + b" ".join(b"BODY[%d]" % n for n in range(1, count + 1)) + b")"
    expected = c.Fetch(ONE, tuple(s.section((n,), Text.ALL) for n in range(1, count + 1)))
    for _ in range(2):
        assert read(wire) == expected


def test_a_literal_is_not_taken_for_the_line_that_looks_like_it():
    assert read(b"FETCH 1 BODY[HEADER.FIELDS ({ab})]") == read(b"FETCH 1 BODY[HEADER.FIELDS (ab)]")
    with pytest.raises(SyntaxProblem):
        parse(Tokens(tokenize(b"FETCH 1 BODY[HEADER.FIELDS ({ab)]")))
