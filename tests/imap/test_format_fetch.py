"""imap/format_fetch.py."""

from datetime import UTC, datetime

import pytest

from pillarbox.imap import format_fetch as f
from pillarbox.imap import section as s
from pillarbox.imap.section import Text
from pillarbox.imap.view import Added, Changed, Expunged, View

AT = datetime(1996, 7, 17, 2, 44, 25, tzinfo=UTC)
BODY = s.section((1,), Text.ALL, partial=(5, 3))

LINES = [
    (f.fetch_line(12, [b"FLAGS ()", b"UID 5"]), b"* 12 FETCH (FLAGS () UID 5)\r\n"),
    (f.flags_item(("\\Seen",)), b"FLAGS (\\Seen)"),
    (f.uid_item(7), b"UID 7"),
    (f.size_item(7), b"RFC822.SIZE 7"),
    (f.modseq_item(7), b"MODSEQ (7)"),
    (f.internaldate_item(AT), b'INTERNALDATE "17-Jul-1996 02:44:25 +0000"'),
    (f.savedate_item(None), b"SAVEDATE NIL"),
    (f.savedate_item(AT), b'SAVEDATE "17-Jul-1996 02:44:25 +0000"'),
    (f.emailid_item("M1"), b"EMAILID (M1)"),
    (f.threadid_item("T1"), b"THREADID (T1)"),
    (f.threadid_item(None), b"THREADID NIL"),
    (f.preview_item(None), b"PREVIEW NIL"),
    (f.preview_item("Hi"), b'PREVIEW "Hi"'),
    (f.preview_item("é"), b"PREVIEW {2}\r\n\xc3\xa9"),
    (f.section_item(BODY, b"abc"), b"BODY[1]<5> {3}\r\nabc"),
    (f.section_item(BODY, b""), b'BODY[1]<5> ""'),
    (f.section_item(BODY, None), b"BODY[1]<5> NIL"),
    (f.section_item(s.RFC822, b"a\0b"), b"RFC822 {3}\r\na\x80b"),
    (f.binary_item(s.binary((1,)), b"a\0"), b"BINARY[1] ~{2}\r\na\0"),
    (f.binary_item(s.binary((1,)), b"ab"), b"BINARY[1] {2}\r\nab"),
    (f.binary_item(s.binary((1,)), b""), b'BINARY[1] ""'),
    (f.binary_item(s.binary((1,)), None), b"BINARY[1] NIL"),
    (f.binary_size_item(s.binary_size((1,)), 9), b"BINARY.SIZE[1] 9"),
]


@pytest.mark.parametrize(("found", "wire"), LINES)
def test_items(found, wire):
    assert found == wire


def test_flag_lines():
    rows = [(1, 10, b"()", 5), (2, 20, b"(\\Seen)", 6)]
    assert f.flag_lines(rows, modseq=True, uid=True) == (
        b"* 1 FETCH (UID 10 FLAGS () MODSEQ (5))\r\n"
        b"* 2 FETCH (UID 20 FLAGS (\\Seen) MODSEQ (6))\r\n"
    )
    assert f.flag_lines(rows[:1], modseq=True, uid=False) == b"* 1 FETCH (FLAGS () MODSEQ (5))\r\n"
    assert f.flag_lines(rows[:1], modseq=False, uid=True) == b"* 1 FETCH (UID 10 FLAGS ())\r\n"
    assert f.flag_lines(rows[:1], modseq=False, uid=False) == b"* 1 FETCH (FLAGS ())\r\n"
    assert f.flag_lines([], modseq=False, uid=False) == b""


def test_flag_words_are_bounded():
    words = f.FlagWords(limit=2)
    for _ in range(2):
        for names in (("a",), ("b",), ("a", "b"), ()):
            assert words(names) == b"(" + " ".join(names).encode() + b")"
    assert len(words._known) <= 2


def test_update_lines():
    view = View([1, 2, 3])
    view.apply(Changed(3, ("\\Seen",), 9))
    view.apply(Expunged([1, 2]))
    view.apply(Added([4], recent=True))
    updates = view.take_updates(allow_expunge=True)
    plain = f.update_lines(updates, uid=False, modseq=False, vanished=False, recent=True)
    assert plain.splitlines() == [
        b"* 3 FETCH (FLAGS (\\Seen))",
        b"* 2 EXPUNGE",
        b"* 1 EXPUNGE",
        b"* 2 EXISTS",
        b"* 1 RECENT",
    ]
    quick = f.update_lines(updates, uid=False, modseq=True, vanished=True, recent=False)
    assert quick.splitlines() == [
        b"* 3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (9))",
        b"* VANISHED 1:2",
        b"* 2 EXISTS",
    ]
    nothing = view.take_updates(allow_expunge=True)
    assert not nothing
    assert f.update_lines(nothing, uid=True, modseq=True, vanished=True, recent=True) == b""
