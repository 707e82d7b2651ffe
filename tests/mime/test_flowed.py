"""format=flowed, joined again (RFC 3676)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.flowed import join


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("one \ntwo", "one two"),
        ("one\ntwo", "one\ntwo"),
        ("one \n\ntwo", "one \ntwo"),
        (" >no quote", ">no quote"),
        (" From here", "From here"),
        ("> a \n> b\nc", "> a b\nc"),
        (">> a \n> b", ">> a \n> b"),
        (">a \n>> b", "> a \n>> b"),
        ("text \n-- \nAnn", "text \n-- \nAnn"),
        ("-- \nAnn \nB", "-- \nAnn B"),
        ("", ""),
    ],
)
def test_lines(text, joined):
    assert join(text) == joined


def test_spaces_that_were_added_are_deleted():
    assert join("日本 \n語", delete_space=True) == "日本語"
    assert join("one  \ntwo", delete_space=True) == "one two"


@given(st.text(st.sampled_from("ab >-\n")), st.booleans())
def test_nothing_else_is_lost(text, delete_space):
    kept = "".join(join(text, delete_space=delete_space).split())
    assert kept == "".join(text.split())
