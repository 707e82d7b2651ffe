"""Tokens that are an authority by themselves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.serve.view_token import MAX_TOKEN, BadToken, Tokens, expiry
from tests.fakes import START

TOKENS = Tokens(b"k" * 32)


@given(st.lists(st.one_of(st.integers(0, 2**60), st.text(max_size=50)), max_size=5))
def test_what_goes_in_comes_out(fields):
    token = TOKENS.make("frame", fields, expiry(START))
    assert TOKENS.read("frame", token, START) == fields


@given(st.text(), st.text())
def test_nothing_else_is_ours(text, purpose):
    with pytest.raises(BadToken):
        TOKENS.read("frame", text, START)
    with pytest.raises(BadToken):
        TOKENS.read("frame", TOKENS.make("x" + purpose, [1], expiry(START)), START)


def test_each_character_counts():
    token = TOKENS.make("frame", [7, "b"], expiry(START))
    for at in range(len(token)):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(BadToken):
            TOKENS.read("frame", other, START)


def test_they_last_for_the_next_day_too():
    token = TOKENS.make("frame", [7], expiry(START))
    midnight = START.replace(hour=0, minute=0, second=0) + timedelta(days=2)
    assert TOKENS.read("frame", token, midnight - timedelta(seconds=1)) == [7]
    with pytest.raises(BadToken):
        TOKENS.read("frame", token, midnight)


def test_longer_ones_are_not_read():
    with pytest.raises(BadToken):
        TOKENS.read("frame", TOKENS.make("frame", ["x" * MAX_TOKEN], expiry(START)), START)
