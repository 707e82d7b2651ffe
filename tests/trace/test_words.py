"""trace/words.py: every step has a sentence, and the reader's one has no acronym."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.trace import words
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step


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
    params = {"domain": "a.example", "why": "w"}
    told = words.sentence(Step(key=key, at=0, params=params))
    assert told == words.sentence(Step(key=entry, at=0, params=params))
    assert "no words" not in told


def test_phrases_are_told_in_the_language_of_the_reader():
    inner = phrase("nothing-proves", domain="a.example")
    because = phrase("failed", reason=inner, wish=phrase("wish-is-none", domain="a.example"))
    step = Step(key="decision.junk", at=0, params={"because": because})
    assert words.sentence(step) == (
        "We put it in Junk: nothing proves that this is from a.example; "
        "a.example publishes no wish to refuse such mail."
    )
    assert words.sentence(step, "de").startswith("Wir haben sie zum Spam gelegt: nichts beweist")
    assert "a.example" in words.phrase(because, "en", "detail")


def test_what_was_stored_before_there_were_codes_is_told_as_it_is():
    step = Step(key="decision.accept", at=0, params={"because": "its server proves the sender"})
    assert words.sentence(step) == "We accepted it: its server proves the sender."
    assert words.phrase("text", "en", "detail") == ""


def test_a_code_of_the_future_is_shown():
    assert words.phrase(phrase("odd")) == "odd"
    deep = phrase("failed")
    for _ in range(20):
        deep = phrase("failed", reason=deep, wish="w")
    assert "…" in words.phrase(deep)


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


@pytest.mark.parametrize(
    ("code", "told"),
    [(250, "that we took it"), (451, "come back later"), (550, "that we refused it")],
)
def test_what_was_answered_is_told_by_its_code(code, told):
    step = Step(key="reply", at=0, params={"code": code, "enhanced": "2.0.0", "text": "OK"})
    assert told in words.sentence(step)
