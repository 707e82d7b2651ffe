import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.cli import judged
from pillarbox.mime.header import parse_header

LINE_ENDS = [
    (b"A: b\n\nc\n", b"A: b\r\n\r\nc\r\n", True),
    (b"A: b\r\rc", b"A: b\r\n\r\nc", True),
    (b"A: b\r\n\r\nc\r\n", b"A: b\r\n\r\nc\r\n", False),
    (b"A: b\r\n\r\nc\nd\r\n", b"A: b\r\n\r\nc\nd\r\n", False),
    (b"A: b", b"A: b", False),
]


@pytest.mark.parametrize(("given_", "wanted", "changed"), LINE_ENDS)
def test_line_ends(given_, wanted, changed):
    assert judged.with_crlf(given_) == (wanted, changed)


@given(st.binary())
def test_line_ends_are_mended_once(octets):
    mended, _ = judged.with_crlf(octets)
    assert judged.with_crlf(mended) == (mended, False)


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (b"Return-Path: <b@x.example>\r\nFrom: a@y.example\r\n", "b@x.example"),
        (b"Return-Path: <>\r\nFrom: a@y.example\r\n", ""),
        (b"Return-Path: odd\r\nFrom: A <a@y.example>\r\n", "a@y.example"),
        (b"From: A <a@y.example>, b@z.example\r\n", "a@y.example"),
        (b"Subject: none\r\n", ""),
    ],
)
def test_sender_of(header, sender):
    assert judged.sender_of(parse_header(header + b"\r\n")) == sender
