"""imap/section.py."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import section as s
from pillarbox.imap.section import Text

LABELS = [
    (s.section((), Text.ALL), b"BODY[]"),
    (s.section((), Text.ALL, partial=(0, 2048)), b"BODY[]<0>"),
    (s.section((), Text.HEADER, peek=True), b"BODY[HEADER]"),
    (s.section((4, 2), Text.MIME), b"BODY[4.2.MIME]"),
    (s.section((1,), Text.ALL, partial=(100, 5)), b"BODY[1]<100>"),
    (
        s.section((), Text.HEADER_FIELDS, (b"Date", b"From")),
        b"BODY[HEADER.FIELDS (Date From)]",
    ),
    (s.section((3,), Text.HEADER_FIELDS_NOT, (b'x "y',)), b'BODY[3.HEADER.FIELDS.NOT ("x \\"y")]'),
    (s.binary((1, 2), partial=(3, 4)), b"BINARY[1.2]<3>"),
    (s.binary(()), b"BINARY[]"),
    (s.binary_size((2,)), b"BINARY.SIZE[2]"),
    (s.RFC822_TEXT, b"RFC822.TEXT"),
]


@pytest.mark.parametrize(("item", "label"), LABELS)
def test_label(item, label):
    assert item.label == label


BLOCK = (
    b"From: a@b.example\r\nSubject: one\r\n two\r\n\tthree\r\nfrom : c\r\n"
    b"X-No-Colon\r\nTo: d\r\n\r\nFrom: body\r\n"
)
FIELDS = [
    ([b"FROM"], False, b"From: a@b.example\r\nfrom : c\r\n\r\n"),
    ([b"subject"], False, b"Subject: one\r\n two\r\n\tthree\r\n\r\n"),
    ([b"Cc"], False, b"\r\n"),
    ([], False, b"\r\n"),
    ([b"From", b"Subject"], True, b"X-No-Colon\r\nTo: d\r\n\r\n"),
    ([b"x-no-colon"], False, b"X-No-Colon\r\n\r\n"),
    ([b"To", b"cc"], False, b"To: d\r\n\r\n"),
]


@pytest.mark.parametrize(("names", "exclude", "expected"), FIELDS)
def test_header_fields(names, exclude, expected):
    assert s.header_fields(BLOCK, names, exclude=exclude) == expected


def test_header_fields_without_an_empty_line():
    assert s.header_fields(b"A: 1\r\nB: 2", [b"B"]) == b"B: 2"
    assert s.header_fields(b"A: 1\nB: 2\n\n", [b"A"]) == b"A: 1\n\n"
    assert s.header_fields(b"", [b"A"], exclude=True) == b""
    assert s.header_fields(b" odd\r\nA: 1\r\n\r\n", [b"A"], exclude=True) == b" odd\r\n\r\n"


PARTS = st.lists(
    st.sampled_from([b"A: x", b"b:", b"\r\n", b" y", b"\n", b"\t", b":", b"\r", b"C"]), max_size=25
).map(b"".join)


@given(PARTS, st.sets(st.sampled_from([b"A", b"B", b"c"])))
def test_each_octet_of_the_header_is_in_one_of_both_halves(block, names):
    inside = s.header_fields(block, names)
    outside = s.header_fields(block, names, exclude=True)
    whole = s.header_fields(block, [], exclude=True)
    # The empty line that ends the header is in both.
    assert 0 <= len(inside) + len(outside) - len(whole) <= 2
    assert block.startswith(whole)


@pytest.mark.parametrize("unit", [b" ", b"a ", b"\n ", b":", b"\r", b"a\r\n", b"\t\r\n"])
def test_time_is_linear(unit):
    start = time.process_time()
    s.header_fields(unit * (200_000 // len(unit)), [b"x"])
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("partial", "expected"),
    [(None, b"hello"), ((0, 2), b"he"), ((3, 99), b"lo"), ((5, 1), b""), ((99, 1), b"")],
)
def test_cut(partial, expected):
    assert s.cut(b"hello", partial) == expected
