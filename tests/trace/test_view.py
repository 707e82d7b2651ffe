"""trace/view.py and trace/step.py: one story, and what is stored of it."""

import datetime as dt

import msgspec
import pytest

from pillarbox.trace import step, view
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace


def trace(verdict, **params):
    decision = Step(key="decision.accept", at=60, params={"because": "b", **params})
    return Trace(
        id="abc", direction="in", started_at=60.0, action="delivered", verdict=verdict,
        sender="a@one.example", recipients=["b@two.example"], header_from="a@one.example",
        steps=[Step(key="connect", at=60.0, params={"ip": "192.0.2.1"}), decision],
    )  # fmt: skip


CASES = [
    ("proven", {}, "This really comes from one.example."),
    (
        "via",
        {"via": "fwd.example"},
        "This really comes from one.example, passed on by fwd.example.",
    ),
    ("unproven", {}, "We cannot tell whether this comes from one.example."),
    ("misfit", {"reason": "it changed"}, "Something does not fit: it changed."),
    ("forged", {"domain": "bank.example"}, "This does not come from bank.example."),
    ("", {}, ""),
]


@pytest.mark.parametrize(
    ("verdict", "params", "begins"), CASES, ids=[c[0] or "none" for c in CASES]
)
def test_the_verdict_in_a_sentence(verdict, params, begins):
    told = view.story(trace(verdict, **params))
    assert told.verdict_sentence.startswith(begins)
    assert told.action == "Delivered"
    assert told.title == "a@one.example → b@two.example"
    assert [line.key for line in told.lines] == ["connect", "decision.accept"]
    assert told.lines[0].at.isoformat() == "1970-01-01T00:01:00+00:00"


LINES = [
    # verdict, reason, because -> under the sender's name, what can be done
    ("proven", None, phrase("proven-both", domain="a.example"), "", ""),
    ("via", None, phrase("forwarded", domain="a.example"), "passed on by fwd.example",
     "If this is your own forwarding"),
    ("misfit", phrase("altered-body", domain="a.example"), phrase("failed"),
     "changed after it was signed", "If you did not expect it"),
    ("forged", None, phrase("dmarc-reject", domain="a.example"), "", "You need not do anything."),
    ("unproven", None, "as earlier versions stored it", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "reason", "because", "line", "advice"), LINES)
def test_the_line_under_the_sender_and_what_can_be_done(verdict, reason, because, line, advice):
    params = {"because": because, "via": "fwd.example"} | ({"reason": reason} if reason else {})
    told = view.story(trace(verdict, **params))
    assert told.header_line == line
    assert told.advice.startswith(advice)
    assert bool(told.advice) is bool(advice)
    assert view.as_json(trace(verdict, **params))["advice"] == told.advice


def test_json_has_words_and_evidence():
    shown = view.as_json(trace("proven"))
    assert shown["verdict"] == "proven"
    assert shown["steps"][0]["sentence"].startswith("A server with the address 192.0.2.1")
    assert msgspec.json.encode(shown)


def test_what_is_stored_comes_back():
    first = trace("via", via="x")
    assert step.decode(step.encode(first)) == first
    with pytest.raises(msgspec.DecodeError):
        step.decode(b"{")


SINCE = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        (None, ""),
        (view.Earlier(0, None), "This is the first message from this address"),
        (view.Earlier(1, SINCE), "One message from this address came before, on 2026-05-04."),
        (view.Earlier(14, SINCE), "14 messages from this address came before, since 2026-05-04."),
        (view.Earlier(200, SINCE, more=True), "More than 200 messages"),
    ],
)
def test_what_came_before(earlier, told):
    shown = view.story(trace("proven"), "en", earlier).earlier
    assert shown.startswith(told)
    assert bool(shown) is bool(told)


def test_mail_that_never_left_this_server():
    own = trace("")
    own.direction, own.account = "submitted", "a@one.example"
    assert view.story(own).headline == (
        "This is from a@one.example, signed in here. It never left this server."
    )
