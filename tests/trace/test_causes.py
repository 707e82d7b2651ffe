import pytest

from pillarbox.mailauth.forensics_finding import Cause
from pillarbox.trace import causes
from pillarbox.trace.catalogue import LANGUAGES, catalogue


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_cause_has_a_sentence_and_each_sentence_a_cause(language):
    known = {id_ for id_, _ in catalogue(language).keys if id_.startswith("cause-")}
    assert known == {f"cause-{cause.value}" for cause in Cause}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", Cause)
def test_sentences_are_sentences(cause, language):
    text = causes.explain(cause.value, {}, "", language)
    assert text[0].isupper()
    assert text.endswith(".")


def test_the_place_and_details_stand_in_brackets():
    told = causes.explain("footer_added", {"octets": 20}, "body, line 2")
    assert told.endswith("as mailing lists and virus scanners do. (body, line 2; octets 20)")
    assert causes.explain("none", {}, "") == "Nothing is wrong with it."


def test_a_cause_of_the_future_is_unknown():
    assert causes.explain("odd", {}, "") == causes.explain("unknown", {}, "")


def test_what_a_step_keeps_is_told_with_what_it_needs():
    second = {"cause": "subject_tagged", "confidence": 0.9, "where": "header subject"}
    kept = {"cause": "footer_added", "confidence": 0.95, "where": "body, line 9", "also": [second]}
    told = causes.tell(kept | {"details": {"lines": 2}})
    assert told.startswith("Certainly: Text was added at the end")
    assert "(body, line 9; lines 2) Certainly: Something was put before the subject" in told
    assert causes.tell(second | {"confidence": 0.6}).startswith("Perhaps: ")
    assert causes.tell(second, "de").startswith("Gewiss: Dem Betreff")


@pytest.mark.parametrize("kept", [{}, {"cause": "unknown"}, {"cause": "none", "where": ""}])
def test_nothing_is_told_where_nothing_is_known(kept):
    assert causes.tell(kept) == ""
