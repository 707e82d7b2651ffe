"""trace/page.py: headings, questions with answers, who vouches for which name."""

import pytest

from pillarbox.trace import page
from pillarbox.trace.catalogue import LANGUAGES, catalogue
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

QUESTIONS = [
    ("spf.pass", "May this server send for a.example?", "yes", "Yes", "SPF"),
    ("spf.fail.forwarded", "May this server send for a.example?", "no", "No", "SPF"),
    ("spf.softfail", "May this server send for a.example?", "probably-not", "Probably not", "SPF"),
    ("dkim.pass", "Is the signature of a.example whole?", "yes", "Yes", "DKIM"),
    ("dkim.fail.body_hash", "Is the signature of a.example whole?", "no", "No", "DKIM"),
    ("dmarc.none", "Does one of them match the address you see?", "nothing",
     "Nothing is published", "DMARC"),
    ("arc.fail", "Was it passed on by someone who says how it came?", "yes-broken",
     "Yes, but a seal does not fit", "ARC"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "question", "answer", "says", "term"), QUESTIONS)
def test_a_check_is_a_question_with_an_answer(key, question, answer, says, term):
    found = page.question(Step(key, 0.0, {"domain": "a.example"}))
    assert found == page.Question(question, answer, says, term)


def test_no_signature_is_asked_for_without_a_name():
    found = page.question(Step("dkim.none", 0.0))
    assert found is not None
    assert (found.question, found.says) == ("Is there a signature?", "There is none")


@pytest.mark.parametrize("key", ["connect", "decision.accept", "spf", "spf.odd", ""])
def test_what_is_no_check_asks_nothing(key):
    assert page.question(Step(key, 0.0)) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_has_a_heading_and_each_answer_words(language):
    texts = catalogue(language)
    keys = [id_[5:].replace("-", ".") for id_, _ in texts.keys if id_.startswith("step-")]
    assert [key for key in keys if page.part(key) == "other"] == []
    assert page.part("something.new") == "other"
    for answers in page._ANSWERS.values():
        assert all(texts.has(f"answer-{answer}") for answer in answers.values())


def asked(**answer):
    return page.asked(Step("spf.pass", 0.0, {}, {"answers": [answer]}))


def test_what_dns_was_asked_and_answered():
    known = {"name": "a.example", "type": "TXT", "status": "noerror", "ttl": 60, "dnssec": True}
    assert asked(**known, records=["v=spf1 -all"]) == [
        "We asked for a.example TXT and got: v=spf1 -all (kept 60 s, signed: yes)."
    ]
    assert asked(**known, records=[])[0].endswith("there is nothing of that kind.")
    assert asked(**known | {"status": "failed"})[0].endswith("got no answer.")
    assert page.asked(Step("connect", 0.0)) == []
    assert page.asked(Step("connect", 0.0, {}, {"answers": ["x", 1]})) == []


def told(verdict="", code="", direction="in", sender="b@mail.a.example", spf="spf.pass"):
    trace = Trace(
        id="t", direction=direction, started_at=0.0, verdict=verdict, sender=sender,
        header_from="news@a.example",
        steps=[Step(spf, 0.0), Step("decision.accept", 0.0, {"because": phrase(code)})],
    )  # fmt: skip
    return {claim.kind: (claim.says, claim.proven) for claim in page.claims(trace)}


CLAIMS = [
    ("proven", "proven-both", "Proven by signature and by server.", True),
    ("proven", "proven-server", "Proven by server.", True),
    ("proven", "proven-signature", "Proven by signature.", True),
    ("via", "forwarded", "Proven by signature.", True),
    ("unproven", "spf-none", "Nothing proves it.", False),
    ("forged", "dmarc-reject", "Nothing proves it.", False),
    ("", "", "It was not checked.", False),
]


@pytest.mark.parametrize(("verdict", "code", "says", "proven"), CLAIMS)
def test_who_vouches_for_the_address(verdict, code, says, proven):
    found = told(verdict, code)
    assert found["address"] == (says, proven)
    assert found["name"] == ("Anyone may write any name.", None)


def test_who_vouches_for_the_return_address():
    assert told()["returnPath"] == ("Its server may send for mail.a.example.", True)
    assert told(spf="spf.fail")["returnPath"][1] is False
    assert told(spf="spf.none")["returnPath"] == ("Nothing proves it.", False)
    assert told(sender="")["returnPath"] == ("There is none, as with notices.", None)


def test_who_is_signed_in_may_use_the_address():
    found = told(direction="submitted")
    assert found["address"][1] is True
    assert "returnPath" not in found


def test_the_sender_of_refused_mail_can_be_told_what_to_mend():
    reply = Step("reply", 0.0, {"code": 550, "enhanced": "5.7.26", "text": "sign it (trace t)"})
    trace = Trace(
        id="t", direction="in", started_at=0.0, action="refused", subject="Hello",
        recipients=["me@x.example"], steps=[reply],
    )  # fmt: skip
    assert page.for_sender(trace) == (
        "Your message “Hello” of 1970-01-01 00:00 UTC to me@x.example was refused by our server,"
        " which said: 550 5.7.26 sign it (trace t)"
    )
    trace.action = "delivered"
    assert page.for_sender(trace) == ""


def test_where_answers_go_is_told_and_never_alarms():
    trace = Trace(id="t", direction="in", started_at=0.0, header_from="a@a.example")
    for relation, says in (
        ("same", "The same address."),
        ("organisation", "At the same organisation."),
        ("other", "Another address; nobody checked it."),
    ):
        shown = page.Shown("Ann", "b@b.example", relation)  # type: ignore[arg-type]
        first, *_, last = page.claims(trace, "en", shown)
        assert (first.value, last.kind, last.value, last.says) == (
            "Ann", "replyTo", "b@b.example", says,
        )  # fmt: skip
        assert last.proven is None
