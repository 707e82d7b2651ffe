"""trace/catalogue.py: every text, in every language, and what no text may say."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery.reply_words import explain
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.spf_outcome import FAULTS
from pillarbox.mailauth.spf_syntax import REASONS
from pillarbox.trace import view
from pillarbox.trace.catalogue import LANGUAGES, Catalogue, catalogue, choose

SOURCE = Path(__file__).parents[2] / "src" / "pillarbox"
ENGLISH = catalogue("en")
KEYS = sorted(ENGLISH.keys)
ACRONYMS = re.compile(
    r"\b(SPF|DKIM|DMARC|ARC|TLS|DNS|MX|SMTP|IMAP|SRS|RFC|UID|TTL|IP|STARTTLS|HELO|MIME)\b"
)
NEVER = re.compile(
    r"\b(safe|safely|trusted|secure|sicher|sichere[nrs]?|vertrauenswürdig\w*)\b", re.IGNORECASE
)
# Clauses of level 2 alone.
TECHNICAL = (
    "phrase-spf-fault-",
    "phrase-certificate-",
    "phrase-local-",
    "phrase-how-",
    "unknown",
    "cause-",
    "reason-",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_complete(language):
    texts = catalogue(language)
    assert sorted(texts.keys) == KEYS
    different = {
        key: (names, texts.keys[key])
        for key, names in ENGLISH.keys.items()
        if names != texts.keys[key]
    }
    assert different == {}, "the same parameters in every language"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_no_text_promises_too_much_and_readers_meet_no_acronym(key, language):
    id_, attribute = key
    texts = catalogue(language)
    for value in ("x", ""):
        text = texts.text(id_, dict.fromkeys(ENGLISH.keys[key], value), attribute)
        assert text.strip() or value == ""
        assert not NEVER.search(text), text
        if attribute != "explanation" and not id_.startswith(TECHNICAL):
            assert not ACRONYMS.search(text.replace("ASCII", "")), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language):
    texts = catalogue(language)
    for id_, attribute in KEYS:
        if id_.startswith("step-") and not attribute:
            text = texts.text(id_, dict.fromkeys(ENGLISH.keys[id_, ""], "x"))
            assert len(text.split()) <= 30, text
            assert text.endswith((".", ": x")), text


@pytest.mark.parametrize("id_", [id_ for id_, attribute in KEYS if not attribute])
def test_each_step_has_both_levels(id_):
    assert id_.startswith("step-") <= ENGLISH.has(id_, "explanation")


def emitted():
    """Return the keys of steps and codes of phrases that stand in the source."""
    keys, codes = set(), set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", "")
            if name == "Step":
                keys |= {
                    k.value.value
                    for k in node.keywords
                    if k.arg == "key" and isinstance(k.value, ast.Constant)
                }
            if name == "phrase" and node.args and isinstance(node.args[0], ast.Constant):
                codes.add(node.args[0].value)
    return keys, codes


def test_every_step_and_phrase_in_the_source_has_a_text():
    keys, codes = emitted()
    assert len(keys) > 25
    assert len(codes) > 15
    assert [k for k in keys if not ENGLISH.has("step-" + k.replace(".", "-"))] == []
    assert [c for c in codes if not ENGLISH.has(f"phrase-{c}")] == []


def test_no_text_is_orphaned():
    keys, _ = emitted()
    source = "".join(path.read_text() for path in SOURCE.rglob("*.py"))

    def used(id_):
        kind, _, rest = id_.partition("-")
        if kind == "step":
            name = rest.replace("-", ".")
            family = name.partition(".")[0]
            return name in keys or f'"{name}"' in source or f"{family}." in source
        if kind == "phrase":
            parts = rest.split("-")
            heads = ["-".join(parts[:n]) + "-" for n in range(1, len(parts))]
            return f'"{rest}"' in source or any(f'"{head}{{' in source for head in heads)
        return True

    assert [id_ for id_, _ in KEYS if not used(id_)] == []


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_clause(reason):
    assert ENGLISH.has(f"reason-{reason.value}")


def test_every_fault_of_a_record_has_a_sentence():
    told = {id_ for id_, _ in KEYS if id_.startswith("phrase-spf-fault-")}
    assert told == {f"phrase-spf-fault-{fault}" for fault in FAULTS}


def test_every_way_to_write_a_record_wrong_has_a_clause():
    told = {id_ for id_, _ in KEYS if id_.startswith("phrase-spf-syntax-")}
    assert told == {f"phrase-spf-syntax-{code}" for code in REASONS}
    for code, reason in REASONS.items():
        names = {name for _, name, _, _ in Formatter().parse(reason) if name}
        assert ENGLISH.keys[f"phrase-spf-syntax-{code}", ""] == names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_and_action_has_words(language):
    texts = catalogue(language)
    for verdict in (*view.VERDICTS, "vouched", "internal", "signed-in", "ours"):
        assert texts.has(f"verdict-{verdict}")
    for action in view.ACTIONS:
        assert view.action(action, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_meaning_of_a_reply_has_words(language):
    replies = {id_ for id_, _ in KEYS if id_.startswith("reply-")}
    assert f"reply-{explain(550, '5.1.1', 'no such user').key}" in replies
    assert all(catalogue(language).has(id_) for id_ in replies)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ((), "en"),
        (("",), "en"),
        (("de_DE.UTF-8",), "de"),
        (("C.UTF-8", "de"), "de"),
        (("POSIX", "fr_FR", "en_GB"), "en"),
        (("de-AT,de;q=0.9,en;q=0.8",), "de"),
        (("fr,en;q=0.4,de;q=0.5",), "de"),
        (("de;q=0,en",), "en"),
        (("de;q=x,*",), "en"),
        (("DE",), "de"),
    ],
)
def test_the_language_people_ask_for(wanted, language):
    assert choose(*wanted) == language


@given(st.text(max_size=200))
def test_any_wish_is_answered(text):
    assert choose(text) in LANGUAGES


def test_what_is_missing_becomes_a_question_mark_and_plurals_are_right():
    assert "?" in ENGLISH.text("step-spf-pass", {"domain": "a.example"})
    assert "one hour" in ENGLISH.text("step-expired", {"recipient": "x", "hours": 1})
    assert "4711 Stunden" in catalogue("de").text("step-expired", {"recipient": "x", "hours": 4711})
    assert ENGLISH.text("nothing-of-that-name", {}) == ""


def test_what_a_peer_wrote_is_data():
    text = ENGLISH.text("step-envelope", {"recipients": "{ step-tls } { $sender }"})
    assert text == "It came for { step-tls } { $sender }."


@pytest.mark.parametrize("count", [1, 300, 5000])
def test_a_long_value_is_cut_and_never_spoils_the_text(count):
    recipients = ", ".join(f"person{n}@example.org" for n in range(count))
    params = {"recipients": recipients, "sender": recipients, "size": 1}
    for attribute in ("", "explanation"):
        text = ENGLISH.text("step-envelope", params, attribute)
        assert "person0@example.org" in text
        assert text.endswith(("org.", "….", "1 octets."))
        assert ("…" in text) is (count > 100)


def test_a_catalogue_is_read_once():
    assert catalogue("de") is catalogue("de")
    assert isinstance(catalogue("de"), Catalogue)
