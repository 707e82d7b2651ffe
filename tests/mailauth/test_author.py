"""mailauth/author.py: whose domains stand in From."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.author import author_domains
from pillarbox.mime.header import parse_header

AUTHORS = [
    # the From fields -> the author domains
    ("one", b"From: Ann <ann@a.example>", ("a.example",)),
    ("bare", b"From: ann@A.Example", ("a.example",)),
    ("trailing dot in the domain", b"From: <ann@a.example.>", ("a.example",)),
    ("two of one domain", b"From: ann@a.example, bea@a.example", ("a.example",)),
    ("two of two domains", b"From: ann@a.example, bea@b.example", ("a.example", "b.example")),
    ("two fields", b"From: ann@a.example\r\nFrom: bea@b.example", ("a.example", "b.example")),
    ("group", b"From: Us: ann@a.example, bea@b.example;", ("a.example", "b.example")),
    ("group of one", b"From: Us: Ann <ann@a.example>;", ("a.example",)),
    ("empty group", b"From: undisclosed:;", ()),
    ("empty", b"From: ", ()),
    ("none", b"To: x@y.example", ()),
    ("an address as name", b'From: "boss@b.example" <ann@a.example>', ("a.example",)),
    ("an address as comment", b"From: ann@a.example (bea@b.example)", ("a.example",)),
    ("encoded name", b"From: =?utf-8?q?bea=40b=2Eexample?= <ann@a.example>", ("a.example",)),
    ("U-label", "From: ann@b\u00fccher.example".encode(), ("xn--bcher-kva.example",)),
    ("A-label", b"From: ann@xn--bcher-kva.example", ("xn--bcher-kva.example",)),
    ("both labels", "From: a@b\u00fccher.example, b@XN--bcher-kva.example".encode(),
     ("xn--bcher-kva.example",)),
    ("folded", b"From: Ann\r\n <ann@a.example>", ("a.example",)),
    ("quoted local part", b'From: "a@b.example"@a.example', ("a.example",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "domains"), [case[1:] for case in AUTHORS], ids=[case[0] for case in AUTHORS]
)
def test_author_domains(fields, domains):
    assert author_domains(parse_header(fields + b"\r\n\r\nText")) == domains


@given(st.binary(max_size=200))
def test_any_from_field_has_author_domains(value):
    found = author_domains(parse_header(b"From: " + value + b"\r\n\r\n"))
    assert all(domain == domain.lower() for domain in found)
