"""mailauth/alignment.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.alignment import Mode, is_aligned, is_under, normalise

LONG_LABEL = "a" * 63

NAMES = [
    ("Example.COM", "example.com"),
    ("example.com.", "example.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("_spf.example.com", "_spf.example.com"),
    ("foo:bar/baz.example", "foo:bar/baz.example"),
    (f"{LONG_LABEL}.example", f"{LONG_LABEL}.example"),
    (f"a{LONG_LABEL}.example", ""),
    ("a." * 126 + "a", "a." * 126 + "a"),
    ("a." * 127 + "a", ""),
    ("", ""),
    (".", ""),
    ("a..example", ""),
    (".example", ""),
    ("example..", ""),
    ("[192.0.2.1]", ""),
    ("a b.example", ""),
    ("a\tb.example", ""),
    ("a@b.example", ""),
    ("\u2028.example", ""),
    ("-ü-.example", ""),
]


@pytest.mark.parametrize(("given_name", "expected"), NAMES)
def test_normalise(given_name, expected):
    assert normalise(given_name) == expected


@given(st.text(max_size=300))
def test_normalise_takes_anything_and_is_stable(text):
    name = normalise(text)
    assert normalise(name) == name
    assert len(name) <= 253
    assert name.isascii()


@pytest.mark.parametrize(
    ("name", "ancestor", "expected"),
    [
        ("example.com", "example.com", True),
        ("a.example.com", "example.com", True),
        ("aexample.com", "example.com", False),
        ("example.com", "a.example.com", False),
        ("example.com", "", False),
        ("", "", True),
    ],
)
def test_is_under(name, ancestor, expected):
    assert is_under(name, ancestor) is expected


@pytest.mark.parametrize(
    ("mode", "author", "identifier", "author_org", "identifier_org", "expected"),
    [
        # The table of RFC 9989 §4.4.
        ("r", "news.example.com", "foo.example.com", "example.com", "example.com", True),
        ("s", "news.example.com", "news.example.com", "", "", True),
        ("r", "news.example.com", "foo.example.net", "example.com", "example.net", False),
        ("s", "news.example.com", "foo.example.com", "example.com", "example.com", False),
        ("r", "a.example", "a.example", "", "", True),
        ("r", "a.example", "b.example", "", "", False),
        ("r", "a.example", "", "", "", False),
        ("s", "", "", "", "", False),
    ],
)
def test_is_aligned(mode, author, identifier, author_org, identifier_org, expected):
    assert is_aligned(Mode(mode), author, identifier, author_org, identifier_org) is expected
