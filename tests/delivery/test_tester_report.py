"""delivery/tester_report.py: the report in words."""

import email
import email.policy
import json
from datetime import UTC, datetime

import pytest

from pillarbox.delivery.tester_report import MAX_EVIDENCE, Advice, Author, compose
from pillarbox.delivery.verdict import Action, Judgement
from pillarbox.doctor.finding import make
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

BY = Author(
    "mx.example.org", "test-a@example.org", "r@mx.example.org", datetime(2026, 1, 2, tzinfo=UTC)
)


def trace(**changes):
    steps = [
        Step(key="connect", at=1.0, params={"ip": "192.0.2.1"}),
        Step(key="spf.none", at=1.0, params={"domain": "a.example"}, rfc="RFC 7208 §8.1"),
    ]
    values = {"sender": "ann@a.example", "subject": "Grüße", "message_id": "1@a.example"} | changes
    return Trace(id="t1", direction="in", started_at=1.0, verdict="unproven", steps=steps, **values)


def report(judgement=None, advice=(), **changes):
    judgement = judgement or Judgement("unproven", Action.ACCEPT, phrase("spf-none"))
    octets = compose(trace(**changes), judgement, b"Authentication-Results: x\r\n", advice, BY)
    assert b"\n" not in octets.replace(b"\r\n", b"")
    return email.message_from_bytes(octets, policy=email.policy.default)


def text(*args, **kwargs):
    return report(*args, **kwargs).get_body().get_content().replace("\r\n", "\n")


def test_three_levels():
    whole = report()
    said = whole.get_body().get_content()
    assert "publishes no list" in said
    assert "SPF for a.example: none" in said
    assert "[RFC 7208 §8.1]" in said
    assert "It would go to the inbox." in said
    (file,) = whole.iter_attachments()
    assert json.loads(file.get_content())["steps"][1]["key"] == "spf.none"
    assert whole["Subject"] == "Unproven: Grüße"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            Action.JUNK,
            "It would go to Junk, because a.example never sends mail, it says so\nitself.",
        ),
        (Action.REFUSE, "It would be refused: 550 5.7.1 no"),
        (Action.DEFER, "asked to come back later: no"),
    ],
)
def test_what_would_be_done(action, said):
    judgement = Judgement(
        "misfit",
        action,
        phrase("never-sends", domain="a.example"),
        code=550,
        enhanced="5.7.1",
        text="no",
    )
    assert said in text(judgement)


def test_advice():
    found = make("spf.missing", "a.example TXT", publish="v=spf1 mx -all")
    said = text(advice=[Advice("a.example", [found]), Advice("b.example", problem="timed out")])
    assert "    v=spf1 mx -all\n" in said
    assert "b.example: timed out" in said
    assert "in order" in text(advice=[Advice("a.example")])


def test_a_huge_trace_is_left_out_not_cut():
    assert list(report(header_from="x" * MAX_EVIDENCE).iter_attachments()) == []


@pytest.mark.parametrize("message_id", ["", "ü@a.example"])
def test_an_answer_to_what_has_no_identifier(message_id):
    assert report(message_id=message_id)["In-Reply-To"] is None


def test_a_sender_cannot_write_fields():
    whole = report(subject="a\r\nBcc: b@b.example", sender="ann@a.example")
    assert whole["Bcc"] is None
