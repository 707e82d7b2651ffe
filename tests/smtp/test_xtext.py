"""smtp/xtext.py."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp.xtext import (
    XtextProblem,
    decode_orcpt,
    decode_xtext,
    encode_orcpt,
    encode_xtext,
)
from tests.smtp.strategies import octets

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
WIDE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.isprintable)


@given(PRINTABLE)
def test_xtext_round_trip(text):
    assert decode_xtext(encode_xtext(text)) == text


@given(PRINTABLE.filter(bool))
def test_rfc822_orcpt_round_trip(text):
    assert decode_orcpt(encode_orcpt(f"rfc822;{text}")) == f"rfc822;{text}"


@given(WIDE)
def test_utf8_orcpt_round_trip(text):
    wire = encode_orcpt(f"utf-8;{text}")
    assert wire.isascii()
    assert b" " not in wire
    assert decode_orcpt(wire) == f"utf-8;{text}"


def test_unitext_is_understood():
    assert decode_orcpt("utf-8;jürgen\\x{40}b".encode()) == "utf-8;jürgen@b"


BAD = [b"a b", b"a+", b"a+0", b"a+0a", b"a=b", b"+0A", b"+00", b"+80", b"\xc3\xbc", b"\x7f"]
BAD_ORCPT = [
    b"",
    b"bob@x",
    b";bob",
    b"rfc822;",
    b"r c;x",
    b"rfc822;+0D",
    b"utf-8;\xff",
    b"utf-8;\\x{110000}",
    b"utf-8;\\x{D800}",
    b"utf-8;\\x{0A}",
]


@pytest.mark.parametrize("data", BAD)
def test_bad_xtext(data):
    with pytest.raises(XtextProblem):
        decode_xtext(data)


@pytest.mark.parametrize("data", BAD_ORCPT)
def test_bad_orcpt(data):
    with pytest.raises(XtextProblem):
        decode_orcpt(data)


@given(octets(max_size=40))
def test_any_octets_give_a_printable_value_or_the_error(data):
    for decode in (decode_xtext, decode_orcpt):
        with contextlib.suppress(XtextProblem):
            assert decode(data).isprintable()
