"""trace/words.py: every step has a sentence, and the reader's one has no acronym."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.trace import words
from pillarbox.trace.step import Step

ACRONYMS = re.compile(r"\b(SPF|DKIM|DMARC|ARC|TLS|DNS|MX|SMTP|IMAP|SRS|RFC|UID|TTL|IP)\b")
NEVER = re.compile(r"\b(safe|trusted|secure)\b", re.IGNORECASE)


@pytest.mark.parametrize("key", sorted(words.CATALOGUE))
def test_the_reader_meets_no_acronym_and_no_promise(key):
    sentence, explanation = words.CATALOGUE[key]
    assert not ACRONYMS.search(sentence), sentence
    assert not NEVER.search(sentence + explanation)
    assert sentence.endswith((".", "{meaning}", "{text}")), sentence
    assert len(sentence.split()) <= 25


@pytest.mark.parametrize("key", sorted(words.CATALOGUE))
def test_parameters_are_plain_names(key):
    for text in words.CATALOGUE[key]:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        assert all(name.isidentifier() for name in names)


def test_what_is_missing_becomes_a_question_mark():
    step = Step(key="spf.pass", at=0, params={"domain": "a.example"})
    assert words.sentence(step) == "The list that a.example publishes allows the server ?."


CASES = [
    ("dkim.fail.something_new", "dkim.fail"),
    ("spf.pass", "spf.pass"),
    ("attempt.refused.later", "attempt.refused"),
]


@pytest.mark.parametrize(("key", "entry"), CASES)
def test_the_most_specific_entry_counts(key, entry):
    assert words._entry(Step(key=key, at=0)) == words.CATALOGUE[entry]


def test_evidence_names_the_rule():
    step = Step(key="x", at=0, evidence={"ttl": 60}, rfc="RFC 7208 §4")
    assert words.evidence(step) == 'rule: RFC 7208 §4\n{\n  "ttl": 60\n}'


@given(
    st.text(max_size=30),
    st.dictionaries(
        st.text(max_size=8), st.text(max_size=20) | st.lists(st.integers()), max_size=4
    ),
)
def test_every_step_yields_a_printable_line(key, params):
    step = Step(key=key, at=0, params=params)
    assert words.sentence(step)
    assert words.explanation(step)
    shown = Step(key="envelope", at=0, params={"recipients": params.get("x", "\r\n\x1b[31m")})
    assert words.sentence(shown).isprintable()
