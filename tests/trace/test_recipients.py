"""trace/recipients.py: what became of a message for each recipient."""

import datetime as dt

import pytest

from pillarbox.trace.catalogue import LANGUAGES
from pillarbox.trace.phrase import phrase
from pillarbox.trace.recipients import fates
from pillarbox.trace.step import Step, Trace

TO = "bob@beta.test"
TLS = Step("attempt.tls", 61.0, {"host": "mx.beta.test", "version": "TLSv1.3"})
PLAIN = Step("attempt.plain", 61.0, {"host": "mx.beta.test"})


def about(key, at=62.0, **params):
    return Step(key, at, {"recipient": TO, "host": "mx.beta.test", **params})


ACCEPTED = about("attempt.accepted", reply="250 OK")
LATER = about("attempt.deferred", reply="451 later", next="2026-01-02 10:42 UTC")
QUEUED = Step("queued", 60.0, {"recipients": [TO]})
# name, steps, state, words, tls, next
CASES = [
    ("waiting", [QUEUED], "queued", "Waiting to be sent.", "", None),
    ("accepted", [QUEUED, TLS, ACCEPTED], "accepted",
     "Accepted by mx.beta.test, over an encrypted connection.", "TLS 1.3", None),
    ("accepted in the clear", [QUEUED, PLAIN, ACCEPTED], "accepted",
     "Accepted by mx.beta.test, over a connection that was not encrypted.", "", None),
    ("put off", [QUEUED, TLS, LATER], "queued", "Not taken yet; we try again.", "TLS 1.3",
     "2026-01-02T10:42:00+00:00"),
    ("put off, then accepted", [QUEUED, TLS, LATER, TLS, ACCEPTED], "accepted",
     "Accepted by mx.beta.test, over an encrypted connection.", "TLS 1.3", None),
    ("no server", [QUEUED, about("attempt.failed", next="")], "failed",
     "Not taken, and the time for trying is over.", "", None),
    ("given up", [QUEUED, about("attempt.failed", next=""), about("expired", hours=120)], "failed",
     "Nobody took it, and the time for trying is over.", "", None),
    ("refused", [QUEUED, TLS, about("attempt.refused", meaning=phrase("no-mailbox", address=TO))],
     "failed", "Refused: there is no mailbox bob@beta.test here", "TLS 1.3", None),
    ("held", [Step("held", 60.0, {"recipients": [TO]})], "held",
     "Held back until you say otherwise.", "", None),
    ("here", [Step("route.account", 60.0, {"recipient": TO, "account": "b@beta.test"}),
              Step("filed", 61.0, {"account": "b@beta.test"})],
     "delivered", "Delivered here.", "", None),
    ("here, and no room", [Step("route.account", 60.0, {"recipient": TO, "account": "b@x.test"})],
     "failed", "It was not accepted.", "", None),
    ("passed on", [Step("route.alias", 60.0, {"recipient": TO, "targets": ["c@far.test"]}),
                   Step("queued", 60.0, {"recipients": ["c@far.test"]}),
                   about("attempt.accepted", recipient="c@far.test", host="mx.far.test")],
     "accepted", "Passed on, and accepted there.", "", None),
    ("passed on in vain", [Step("route.alias", 60.0, {"recipient": TO, "targets": ["i@x.test"]}),
                   Step("route.alias", 60.0, {"recipient": "i@x.test", "targets": ["c@far.test"]}),
                   about("attempt.refused", recipient="c@far.test", meaning="")],
     "failed", "It could not be passed on.", "", None),
    ("nothing", [], "", "Nothing is known of it.", "", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "state", "words", "tls", "next_at"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_where_a_recipient_stands(steps, state, words, tls, next_at):
    trace = Trace(id="t", direction="submitted", started_at=60.0, recipients=[TO], steps=steps)
    (fate,) = fates(trace)
    assert (fate.address, fate.state, fate.sentence, fate.tls) == (TO, state, words, tls)
    assert (fate.next_at.isoformat() if fate.next_at else None) == next_at
    if steps:
        assert fate.at is not None
    if words.startswith("Passed on"):
        assert fate.host == ""
    for language in LANGUAGES:
        assert fates(trace, language)[0].sentence


def test_what_was_refused_here_was_not_accepted():
    trace = Trace(id="t", direction="in", started_at=60.0, action="refused", recipients=[TO])
    (fate,) = fates(trace, "de")
    assert (fate.state, fate.sentence) == ("failed", "Sie wurde nicht angenommen.")
    assert fate.at == dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC)


def test_circles_end():
    steps = [
        Step("route.alias", 60.0, {"recipient": TO, "targets": ["a@x.test"]}),
        Step("route.alias", 60.0, {"recipient": "a@x.test", "targets": [TO, "a@x.test"]}),
    ]
    trace = Trace(id="t", direction="in", started_at=60.0, recipients=[TO], steps=steps)
    assert fates(trace)[0].state == ""
