"""mime/header.py and mime/words.py: fields, folds, encoded words, parameters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.header import (
    MAX_HEADER,
    field_texts,
    header_end,
    header_text,
    parse_header,
    unfold,
)
from pillarbox.mime.parameters import parse_parameters
from pillarbox.mime.words import decode, decode_words, encode_words

HEADERS = [
    ("plain", b"A: 1\r\nB: 2\r\n\r\nbody", [("A", b"1"), ("B", b"2")], 14),
    ("folded", b"A: 1\r\n\t2\r\n 3\r\n\r\n", [("A", b"1\t2 3")], 16),
    ("bare LF", b"A: 1\nB: 2\n\nbody", [("A", b"1"), ("B", b"2")], 11),
    ("no end", b"A: 1\r\n", [("A", b"1")], 6),
    ("no colon", b"A: 1\r\nodd line\r\nB: 2\r\n\r\n", [("A", b"1"), ("B", b"2")], 24),
    ("mbox", b"From a@b Mon\r\nA: 1\r\n\r\n", [("A", b"1")], 22),
    ("empty value", b"A:\r\n\r\n", [("A", b"")], 6),
    ("space before colon", b"A : 1\r\n\r\n", [("A", b"1")], 9),
    ("no header", b"\r\nbody", [], 2),
    ("nothing", b"", [], 0),
    ("8-bit", b"S: \xc3\xa4\r\n\r\n", [("S", b"\xc3\xa4")], 9),
    ("mixed ends", b"A: 1\r\nB: 2\n\r\nbody", [("A", b"1"), ("B", b"2")], 13),
]


@pytest.mark.parametrize(
    ("message", "fields", "body"), [c[1:] for c in HEADERS], ids=[c[0] for c in HEADERS]
)
def test_fields(message, fields, body):
    header = parse_header(message)
    assert [(f.name, f.value) for f in header.fields] == fields
    assert header.body_start == body
    assert message[: header.end].endswith(b"".join(f.raw for f in header.fields[-1:]))


def test_looking_up():
    header = parse_header(b"To: a@x.example\r\nTO: b@x.example\r\nFrom: A <a@x.example>\r\n"
                          b"Message-ID: <1@x>\r\nSubject: =?utf-8?q?h=C3=A4?=\r\n\r\n")  # fmt: skip
    assert [f.value for f in header.all("to")] == [b"a@x.example", b"b@x.example"]
    assert header.find("cc") is None
    assert header.text("subject") == "hä"
    assert header.author_text() == "a@x.example"
    assert header.message_id() == "1@x"
    assert parse_header(b"From: nobody\r\n\r\n").author_text() == "nobody"


def test_the_limit():
    header = parse_header(b"A: 1\r\n" * 50_000 + b"\r\nbody")
    assert header.end <= MAX_HEADER
    assert header.body_start == header.end


@given(st.binary(max_size=300))
def test_any_octets_are_a_header(octets):
    header = parse_header(octets)
    assert 0 <= header.end <= header.body_start <= len(octets)
    for field in header.fields:
        assert octets[field.start : field.start + len(field.raw)] == field.raw
        assert field.text is not None


WORDS = [
    ("plain", b"hello", "hello"),
    ("Q", b"=?iso-8859-1?Q?Andr=E9_x?=", "André x"),
    ("B", b"=?utf-8?B?w6TDtg==?=", "äö"),
    ("joined", b"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
    ("joined over a fold", b"=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
    ("character cut in two", b"=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
    ("text between", b"=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"),
    ("language", b"=?utf-8*de?Q?a?=", "a"),
    ("bad padding", b"=?utf-8?B?w6Q?=", "ä"),
    ("unknown charset", b"=?x-none?Q?=E4?=", "ä"),
    ("not a word", b"=?utf-8?X?a?=", "=?utf-8?X?a?="),
    ("raw 8-bit", b"\xe4", "ä"),
    ("raw UTF-8", "ä".encode(), "ä"),
]


@pytest.mark.parametrize(("octets", "text"), [c[1:] for c in WORDS], ids=[c[0] for c in WORDS])
def test_encoded_words(octets, text):
    assert decode_words(octets) == text


@given(st.text(max_size=200))
def test_what_is_encoded_comes_back(text):
    text = text.encode("utf-8", "replace").decode()
    words = encode_words(text)
    assert words.isascii()
    assert all(len(word) <= 75 for word in words.split(b" ") if word.startswith(b"=?"))
    if text:
        assert decode_words(words) == text


@given(st.binary(max_size=100), st.text(max_size=12))
def test_decoding_never_fails(octets, charset):
    assert isinstance(decode(octets, charset), str)
    assert isinstance(decode_words(octets), str)
    parse_parameters(octets)


PARAMETERS = [
    (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
    (b'Text/HTML; Charset="x y"; a=b', "text/html", {"charset": "x y", "a": "b"}),
    (b'a/b; n="q\\"z"', "a/b", {"n": 'q"z'}),
    (b"a/b; n*=utf-8'de'h%C3%A4", "a/b", {"n": "hä"}),
    (b"a/b; n*0=one; n*1=two", "a/b", {"n": "onetwo"}),
    (b"a/b; n*0*=utf-8''h%C3; n*1*=%A4; n*2=x", "a/b", {"n": "häx"}),
    (b"a/b; n*0=a; n*2=c", "a/b", {"n": "a"}),
    (b'a/b; name="=?utf-8?Q?h=C3=A4?="', "a/b", {"name": "hä"}),
    (b"a/b; n=x; n=y", "a/b", {"n": "x"}),
    (b"a/b;;; n = x ;", "a/b", {"n": "x"}),
    (b'a/b; n="open', "a/b", {"n": "open"}),
    (b"attachment", "attachment", {}),
]


@pytest.mark.parametrize(("octets", "main", "parameters"), PARAMETERS, ids=lambda c: repr(c)[:30])
def test_parameters(octets, main, parameters):
    assert parse_parameters(octets) == (main, parameters)


ODDS = (
    b"to",
    b"To",
    b"x",
    b":",
    b" ",
    b"\t",
    b"\r\n",
    b"\n",
    b"\r",
    b"=?utf-8?q?=41?=",
    b"\xe4",
    b"a",
)


@given(
    st.lists(st.sampled_from(ODDS), max_size=30).map(b"".join), st.sampled_from(["to", "x", "a b"])
)
def test_looking_for_one_name_finds_what_reading_all_finds(octets, name):
    octets = octets[: header_end(octets)[1]]
    assert field_texts(octets, name) == [field.text for field in parse_header(octets).all(name)]


def test_a_whole_header_as_text():
    plain = b"Subject: one\r\n\ttwo =?utf-8?q?h=C3=A4?=\r\nFrom: a@x.example\r\n\r\n"
    assert "one two h\xe4" in header_text(plain)
    assert "From: a@x.example" in header_text(plain)
    # One field in another charset does not spoil the rest.
    assert "h\xe4" in header_text(b"A: \xff\r\nB: h\xc3\xa4\r\n\r\n")


@given(st.lists(st.sampled_from(ODDS), max_size=20).map(b"".join))
def test_unfolding_takes_out_line_ends_before_space(octets):
    assert unfold(octets) == re.sub(rb"\r?\n(?=[ \t])", b"", octets)
