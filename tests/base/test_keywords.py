"""base/keywords.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import TooMany
from pillarbox.base.keywords import KeywordProblem, is_system, normalise, normalise_all

GOOD = [
    ("\\seen", "\\Seen"),
    ("\\DELETED", "\\Deleted"),
    ("$forwarded", "$Forwarded"),
    ("$NOTJUNK", "$NotJunk"),
    ("$mdnsent", "$MDNSent"),
    ("NonJunk", "NonJunk"),
    ("x" * 100, "x" * 100),
    ("!#$&'+,-./:;<=>?@[^_`|}~", "!#$&'+,-./:;<=>?@[^_`|}~"),
]
BAD = ["", "\\Recent", "\\*", "\\", "a b", "a(b", "a{", "a%", "a*", 'a"b', "a\\b", "a]", "ü", "a\r"]


@pytest.mark.parametrize(("name", "spelled"), GOOD)
def test_good(name, spelled):
    assert normalise(name) == spelled


@pytest.mark.parametrize("name", [*BAD, "x" * 101])
def test_bad(name):
    with pytest.raises(KeywordProblem) as caught:
        normalise(name)
    assert caught.value.reason


def test_each_once_in_the_first_spelling():
    assert normalise_all(["Work", "\\SEEN", "work", "\\Seen"]) == ("Work", "\\Seen")
    assert normalise_all([]) == ()


def test_too_many():
    names = [f"k{i}" for i in range(101)]
    assert len(normalise_all(names[:100] + names[:50])) == 100
    with pytest.raises(TooMany):
        normalise_all(names)


def test_is_system():
    assert is_system("\\seen")
    assert not is_system("$Junk")
    assert not is_system("\\Recent")


@given(st.text(max_size=8))
def test_any_text_is_a_keyword_or_the_problem(text):
    try:
        spelled = normalise(text)
    except KeywordProblem:
        return
    assert normalise(spelled) == spelled
    assert normalise(text.upper()).lower() == spelled.lower()
