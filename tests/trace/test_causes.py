from pillarbox.mailauth.forensics_finding import Cause
from pillarbox.trace import causes


def test_each_cause_has_a_sentence_and_each_sentence_a_cause():
    assert set(causes.CAUSES) == {cause.value for cause in Cause}


def test_sentences_are_sentences():
    for text in causes.CAUSES.values():
        assert text[0].isupper()
        assert text.endswith(".")
        assert "safe" not in text.lower()
        assert "trusted" not in text.lower()


def test_the_place_and_details_stand_in_brackets():
    told = causes.explain("footer_added", {"octets": 20}, "body, line 2")
    assert told.endswith("as mailing lists and virus scanners do. (body, line 2; octets 20)")
    assert causes.explain("none", {}, "") == "Nothing is wrong with it."


def test_a_cause_of_the_future_is_unknown():
    assert causes.explain("odd", {}, "") == causes.CAUSES["unknown"]
