import base64
import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.dkim_canon import (
    MAX_HEADER_OCTETS,
    body_pieces,
    hash_body,
    relax_field,
    relax_lines,
    split_header,
)

# RFC 6376 §3.4.5.
EXAMPLE = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n"

BODIES = [
    # name, body, simple, relaxed
    ("empty", b"", b"\r\n", b""),
    ("one empty line", b"\r\n", b"\r\n", b""),
    ("many empty lines", b"\r\n" * 5, b"\r\n", b""),
    ("white space lines", b" \r\n\t\r\n", b" \r\n\t\r\n", b""),
    ("white space without end", b" \t", b" \t\r\n", b""),
    ("no line end", b"a", b"a\r\n", b"a\r\n"),
    ("no line end, space", b"a ", b"a \r\n", b"a\r\n"),
    ("trailing lines", b"a\r\n\r\n\r\n", b"a\r\n", b"a\r\n"),
    ("trailing space lines", b"a\r\n \r\n\t \r\n", b"a\r\n \r\n\t \r\n", b"a\r\n"),
    ("leading lines stay", b"\r\n\r\na\r\n", b"\r\n\r\na\r\n", b"\r\n\r\na\r\n"),
    ("runs", b"a \t  b\t\tc\r\n", b"a \t  b\t\tc\r\n", b"a b c\r\n"),
    ("leading run", b"   a\r\n", b"   a\r\n", b" a\r\n"),
    ("at the line end", b"a \t \r\nb\t\r\n", b"a \t \r\nb\t\r\n", b"a\r\nb\r\n"),
    ("bare LF is data", b"a \nb\r\n", b"a \nb\r\n", b"a \nb\r\n"),
    ("bare LF at the end", b"a\r\n\n\r\n", b"a\r\n\n\r\n", b"a\r\n\n\r\n"),
    ("bare LF last", b"a\n", b"a\n\r\n", b"a\n\r\n"),
    ("bare CR is data", b"a \rb\r\n", b"a \rb\r\n", b"a \rb\r\n"),
    ("bare CR at the end", b"a\r\n\r\r\n\r\n", b"a\r\n\r\r\n", b"a\r\n\r\r\n"),
    ("half a line end", b"a\r", b"a\r\r\n", b"a\r\r\n"),
    ("form feed is data", b"a\x0c b\x0b\r\n", b"a\x0c b\x0b\r\n", b"a\x0c b\x0b\r\n"),
    ("rfc", EXAMPLE[EXAMPLE.index(b" C") :], b" C \r\nD \t E\r\n", b" C\r\nD E\r\n"),
]


def canonical(body, *, relaxed, piece_octets=1 << 18, prefix=b"X: y\r\n\r\n"):
    pieces = body_pieces(prefix + body, len(prefix), relaxed=relaxed, piece_octets=piece_octets)
    return b"".join(pieces)


@pytest.mark.parametrize(("body", "simple", "relaxed"), [case[1:] for case in BODIES])
def test_bodies(body, simple, relaxed):
    assert canonical(body, relaxed=False) == simple
    assert canonical(body, relaxed=True) == relaxed


def test_empty_bodies_have_the_hashes_of_the_rfc():
    simple = hash_body(b"", 0, relaxed=False).by_limit[None]
    relaxed = hash_body(b"", 0, relaxed=True).by_limit[None]
    assert base64.b64encode(simple) == b"frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
    assert base64.b64encode(relaxed) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def reference_relaxed(body):
    """RFC 6376 §3.4.4, line by line."""
    lines = [re.sub(rb"[ \t]+", b" ", line) for line in body.split(b"\r\n")]
    lines = [line.removesuffix(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def reference_simple(body):
    lines = body.split(b"\r\n")
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines) or b"\r\n"


octets = st.lists(
    st.sampled_from([b"a", b"\xc3", b" ", b"\t", b"\r", b"\n", b"\r\n", b" \r\n", b"\x0b", b"  "])
).map(b"".join)


@given(octets)
def test_agrees_with_the_rules_line_by_line(body):
    assert canonical(body, relaxed=True) == reference_relaxed(body)
    assert canonical(body, relaxed=False) == reference_simple(body)


@given(octets, st.integers(1, 9))
def test_the_size_of_pieces_changes_nothing(body, piece_octets):
    whole = canonical(body, relaxed=True)
    assert canonical(body, relaxed=True, piece_octets=piece_octets) == whole


@given(octets)
def test_canonical_form_is_stable(body):
    for relaxed in (True, False):
        once = canonical(body, relaxed=relaxed)
        assert canonical(once, relaxed=relaxed) == once


@given(octets, st.lists(st.integers(0, 40), max_size=5), st.booleans())
def test_limits_hash_a_beginning(body, limits, relaxed):
    text = canonical(body, relaxed=relaxed)
    digests = hash_body(body, 0, relaxed=relaxed, limits=[None, *limits])
    assert digests.octets == len(text)
    expected = {limit: sha256(text[:limit]).digest() for limit in limits if limit <= len(text)}
    assert digests.by_limit == expected | {None: sha256(text).digest()}


def test_long_white_space_tails_and_lines():
    tail = b" \r\n" * 50_000
    assert canonical(b"a" + tail, relaxed=True) == b"a\r\n"
    assert canonical(b"\r\n" * 100_000, relaxed=False) == b"\r\n"
    assert canonical(b"a" + b" " * 600_000 + b"b\r\n", relaxed=True) == b"a b\r\n"
    long = b"x" * 600_000 + b"\r\n" + b"y\t\ty\r\n" * 60_000
    assert canonical(long, relaxed=True) == long.replace(b"\t\t", b" ")


FIELDS = [
    ("rfc a", b"A: X\r\n", b"a:X\r\n"),
    ("rfc b", b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
    ("empty", b"X:\r\n", b"x:\r\n"),
    ("white space only", b"X: \t\r\n", b"x:\r\n"),
    ("colons", b"X:a:b\r\n", b"x:a:b\r\n"),
    ("folded at once", b"X:\r\n a\r\n", b"x:a\r\n"),
    ("empty continuation", b"X: a\r\n \r\n b\r\n", b"x:a b\r\n"),
    ("form feed is no white space", b"X: a\x0c b\r\n", b"x:a\x0c b\r\n"),
    ("vertical tab at the ends", b"X:\x0ba\x0b\r\n", b"x:\x0ba\x0b\r\n"),
    ("bare CR is data", b"X: a\rb\r\n", b"x:a\rb\r\n"),
]


@pytest.mark.parametrize(("field", "expected"), [case[1:] for case in FIELDS])
def test_relaxed_fields(field, expected):
    assert relax_field(field) == expected
    header = split_header(field + b"\r\n")
    assert header.relaxed(0) == expected
    assert header.fields == [field]


@given(st.text("aB: \t", max_size=12), st.text("ab \t", max_size=12))
def test_the_quick_way_agrees(value, more):
    field = f"X:{value}\r\n\t{more}\r\n".encode()
    assert relax_field(field, plain=True) == relax_field(field)


def test_rfc_example_header():
    header = split_header(EXAMPLE)
    assert header.relaxed(0) + header.relaxed(1) == b"a:X\r\nb:Y Z\r\n"
    assert EXAMPLE[header.body_start :] == b" C \r\nD \t E\r\n\r\n\r\n"


SPLITS = [
    ("no body", b"A: b\r\n", [b"A: b\r\n"], 6),
    ("no line end", b"A: b", [b"A: b\r\n"], 4),
    ("nothing", b"", [], 0),
    ("no header", b"\r\nbody", [], 2),
    ("no header, bare LF", b"\nbody", [], 1),
    ("garbage line", b"From x y\r\nA: b\r\n\r\n", [b"From x y\r\n", b"A: b\r\n"], 18),
    ("bare LF ends a field", b"A: b\nC: d\r\n\r\n", [b"A: b\n", b"C: d\r\n"], 13),
    ("bare LF blank line", b"A: b\n\nC: d\r\n\r\n", [b"A: b\n"], 6),
    ("mixed blank line", b"A: b\n\r\nC: d\r\n\r\n", [b"A: b\n"], 7),
    ("only LF", b"A: b\n\nbody", [b"A: b\n"], 6),
    ("folded start", b" x\r\nA: b\r\n\r\n", [b" x\r\n", b"A: b\r\n"], 12),
]


@pytest.mark.parametrize(("message", "fields", "start"), [case[1:] for case in SPLITS])
def test_header_sections(message, fields, start):
    header = split_header(message)
    assert (header.fields, header.body_start) == (fields, start)


def test_the_caller_may_know_where_the_header_ends():
    message = b"A: b\r\n\r\nbody"
    assert split_header(message, 6) == split_header(message)


def test_fields_are_chosen_from_the_bottom():
    header = split_header(b"A: 1\r\nB: 2\r\na : 3\r\n\r\n")
    chosen = header.select([b"a", b"a", b"a", b"c", b"b"], relaxed=False)
    assert chosen.fields == [b"a : 3\r\n", b"A: 1\r\n", b"B: 2\r\n"]
    assert (chosen.absent, chosen.repeated) == ([b"a", b"c"], [])
    assert header.select([b"a"], relaxed=True).repeated == [b"a"]
    assert header.select([b"a"], relaxed=True, omit=2).fields == [b"a:1\r\n"]
    assert header.select([b"b"], relaxed=True, omit=1).absent == [b"b"]


@given(st.binary(max_size=80) | octets)
def test_any_octets_are_a_header_section(message):
    header = split_header(message)
    joined = b"".join(header.fields)
    assert joined in (message[: len(joined)], message[: header.body_start] + b"\r\n")
    for index, field in enumerate(header.fields):
        assert header.relaxed(index) == relax_field(field)


def test_relax_lines_keeps_what_is_clean():
    assert relax_lines(b"a b\r\nc\r\n") == b"a b\r\nc\r\n"


def test_only_so_much_is_a_header_section():
    header = split_header(b"A: b\r\n" * 400_000)
    assert header.too_large
    assert sum(map(len, header.fields)) <= MAX_HEADER_OCTETS + 2
    assert not split_header(b"A: b\r\n\r\n" + b"x" * 2_000_000).too_large
