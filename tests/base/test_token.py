"""base/token.py: tokens and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base import token
from pillarbox.base.token import Marker

KEY = b"k" * token.KEY_OCTETS


def test_marks_depend_on_key_purpose_and_token():
    marks = {
        Marker(key).mark(purpose, text)
        for key in (KEY, b"l" * 32)
        for purpose in ("session", "link")
        for text in ("a", "b", "")
    }
    assert len(marks) == 12
    assert {len(mark) for mark in marks} == {token.MARK_OCTETS}
    assert Marker(KEY).mark("session", "a") == Marker(KEY).mark("session", "a")


@given(st.text())
def test_any_text_has_a_mark(text):
    assert len(Marker(KEY).mark("session", text)) == token.MARK_OCTETS


def test_surrogates_have_a_mark():
    assert len(Marker(KEY).mark("session", "\ud800")) == token.MARK_OCTETS


def test_what_is_made_is_recognised_however_it_is_typed():
    made = token.new_app_password()
    plain = token.app_password(made)
    assert plain == made.replace("-", "")
    for typed in (plain, made.upper(), made.replace("-", " "), f" {made}\n"):
        assert token.app_password(typed) == plain
    code = token.new_recovery_code()
    assert token.recovery_code(code.upper()) == code.replace("-", "")


@pytest.mark.parametrize("typed", ["", "secret", "a" * 25, "a" * 27, "l" * 26, "a" * 26 + " " * 99])
def test_what_is_no_app_password(typed):
    assert token.app_password(typed) is None


def test_nothing_comes_twice():
    assert len({token.new_token() for _ in range(100)}) == 100
    assert len({token.new_app_password() for _ in range(100)}) == 100
