"""trace/reader.py: each person's part of a story, and nobody else's."""

import json

import msgspec
import pytest

from pillarbox.trace import reader
from pillarbox.trace.catalogue import catalogue
from pillarbox.trace.step import Step, Trace, encode


def step(key, **params):
    return Step(key=key, at=60.0, params=params)


ENVELOPE = step(
    "envelope",
    sender="anna@example.org",
    size=1,
    recipients=["team@example.org", "Carl@example.org", "bcc@secret.example"],
)
# Anna writes to team@ (Ben, and Dora who forwards), to Carl, and blind to another server.
SUBMITTED = Trace(
    id="t1",
    direction="submitted",
    started_at=60.0,
    action="deferred",
    account="anna@example.org",
    client_ip="198.51.100.7",
    helo="laptop",
    sender="anna@example.org",
    recipients=["team@example.org", "Carl@example.org", "bcc@secret.example"],
    header_from="anna@example.org",
    subject="Plans",
    steps=[
        step("signin", account="anna@example.org", ip="198.51.100.7", mechanism="PLAIN"),
        step("tls", version="TLSv1.3", cipher="AES"),
        ENVELOPE,
        step("signed", domain="example.org", selector="s", algorithm="rsa"),
        step(
            "route.alias",
            recipient="team@example.org",
            targets=["ben@example.org", "dora@private.example", "ed@example.org"],
        ),
        step("route.account", recipient="team@example.org", account="ben@example.org", detail=""),
        step("route.account", recipient="team@example.org", account="ed@example.org", detail=""),
        step("route.account", recipient="Carl@example.org", account="carl@example.org", detail=""),
        step("own.blocked", account="carl@example.org", sender="anna@example.org", mailbox="Junk"),
        step("filed", account="ben@example.org", mailbox="INBOX", uid=4),
        step("filed", account="ed@example.org", mailbox="INBOX", uid=9),
        step("filed", account="carl@example.org", mailbox="Junk", uid=5),
        step("queued", recipients=["dora@private.example", "bcc@secret.example"]),
        step("mx", domain="private.example", hosts=["mx.private.example"]),
        step("attempt.tls", host="mx.private.example", ip="192.0.2.1", version="TLSv1.3"),
        step("attempt.policy.kept", host="mx.private.example", policy="DANE"),
        step("attempt.accepted", host="mx.private.example", recipient="dora@private.example"),
        step("mx", domain="secret.example", hosts=["mx.secret.example"]),
        step("attempt.sts", domain="secret.example", mode="enforce", mx="*", id="1"),
        step("attempt.plain", host="mx.secret.example", ip="192.0.2.2", problem=""),
        step(
            "attempt.deferred",
            host="mx.secret.example",
            recipient="bcc@secret.example",
            reply="451 wait",
            next="2026-01-02 03:20 UTC",
        ),
        step("attempt.rewritten", host="mx.private.example", ip="192.0.2.1"),
        step("expired", recipient="dora@private.example", hours=120, reply=""),
        step("notice", sender="anna@example.org", action=[], trace="t2"),
        step("invented.tomorrow", everything="bcc@secret.example"),
    ],
)
SHOP = "ben+shop@example.org"
IN = Trace(
    id="t3",
    direction="in",
    started_at=60.0,
    action="delivered",
    verdict="unproven",
    client_ip="203.0.113.5",
    sender="x@far.example",
    recipients=["ben+shop@example.org", "carl@example.org"],
    header_from="x@far.example",
    steps=[
        step("claimed.hop", **{"from": "a", "by": "b", "with": "SMTP"}),
        step("connect", ip="203.0.113.5"),
        step("envelope", sender="x@far.example", recipients=[SHOP, "carl@example.org"]),
        step("spf.none", domain="far.example"),
        Step(
            "override.list",
            60.0,
            {"by": "dev.far.example"},
            {"entry": "dev.far.example", "account": "carl@example.org", "since": "2026"},
        ),
        step("decision.accept", because={"code": "vouched-list"}),
        step("route.account", recipient=SHOP, account="ben@example.org", detail="shop"),
        step("route.account", recipient="carl@example.org", account="carl@example.org", detail=""),
        step("route.catchall", recipient="carl@example.org", targets=["carl@example.org"]),
        step("route.forward", target="carl@phone.example", sender="SRS0=x"),
        step("sealed", domain="example.org"),
        step("reply", code=250, enhanced="2.0.0", text="Accepted"),
        step("own.muted", account="carl@example.org", mailbox="Archive"),
        step("filed", account="carl@example.org", mailbox="Archive", uid=1),
        step("filed", account="ben@example.org", mailbox="INBOX", uid=1),
        step("queued", recipients=["carl@phone.example"]),
        step("attempt.accepted", host="mx.phone.example", recipient="carl@phone.example"),
    ],
)  # fmt: skip

BEN, CARL, ED = "ben@example.org", "carl@example.org", "ed@example.org"
# whose view, of what: the recipients that are shown, the action, the keys; what must not be there
SEES = [
    (
        "ben", SUBMITTED, BEN, ["team@example.org"], "delivered",
        ["signin.other", "tls", "envelope", "route.alias", "route.account", "filed"],
        ["carl", "ed@", "dora", "secret", "198.51.100.7", "laptop", "PLAIN"],
    ),
    (
        "carl", SUBMITTED, CARL, ["Carl@example.org"], "junked",
        ["signin.other", "tls", "envelope", "route.account", "own.blocked", "filed"],
        ["team", "ben@", "ed@", "dora", "secret", "198.51.100.7"],
    ),
    (
        "ben of what came", IN, BEN, ["ben+shop@example.org"], "delivered",
        ["claimed.hop", "connect", "envelope", "spf.none", "override.list", "decision.accept",
         "route.account", "reply", "filed"],
        ["carl", "phone", "SRS0", "muted"],
    ),
    (
        "carl of what came", IN, CARL, ["carl@example.org"], "delivered",
        ["claimed.hop", "connect", "envelope", "spf.none", "override.list", "decision.accept",
         "route.account", "route.catchall", "reply", "own.muted", "filed"],
        ["ben", "phone", "SRS0"],
    ),
    (
        "a stranger", IN, "eve@example.org", [], "",
        ["claimed.hop", "connect", "envelope", "spf.none", "override.list", "decision.accept",
         "reply"],
        ["ben", "carl", "phone"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("trace", "account", "recipients", "action", "keys", "hidden"),
    [case[1:] for case in SEES],
    ids=[case[0] for case in SEES],
)
def test_who_got_it_sees_their_own_part(trace, account, recipients, action, keys, hidden):
    assert list(reader.recipients_of(trace, account)) == recipients
    assert reader.is_filed_for(trace, account) is (account != "eve@example.org")
    part = reader.as_recipient(trace, account, recipients)
    assert part.recipients == recipients
    assert part.action == action
    assert [step.key for step in part.steps] == keys
    text = encode(part).decode().lower()
    assert [word for word in hidden if word.lower() in text] == []


def test_who_sent_it_sees_the_recipients_they_named_and_nobody_behind_them():
    part = reader.as_sender(SUBMITTED)
    assert part.recipients == SUBMITTED.recipients
    assert [step.key for step in part.steps] == [
        "signin", "tls", "envelope", "signed", "queued", "mx", "attempt.sts", "attempt.plain",
        "attempt.deferred", "notice",
    ]  # fmt: skip
    text = json.dumps([step.params for step in part.steps])
    assert [word for word in ("dora", "private", "ben@", "ed@", "Junk") if word in text] == []
    assert "bcc@secret.example" in text


BOOKS = "x@bücher.example"


def test_who_sent_it_does_not_learn_that_somebody_put_it_into_junk():
    assert (
        reader.as_sender(msgspec.structs.replace(SUBMITTED, action="junked")).action == "delivered"
    )


def test_names_of_domains_beyond_ascii_are_compared_as_dns_has_them():
    trace = Trace(
        id="t", direction="submitted", started_at=0.0, account="a@example.org",
        recipients=[BOOKS],
        steps=[step("mx", domain="xn--bcher-kva.example", hosts="no server"),
               step("attempt.failed", domain="xn--bcher-kva.example", recipient=BOOKS)],
    )  # fmt: skip
    assert len(reader.as_sender(trace).steps) == 2


NOT_SHOWN = {
    "route.forward", "route.forward.unchanged", "route.forward.junk", "route.return",
    "route.unknown", "sealed", "sealed.not", "tested", "tested.refused",
}  # fmt: skip


def test_each_step_was_thought_about():
    """Every step that has a text is shown to somebody, or stands in the list above."""
    keys = {id_[5:].replace("-", ".") for id_, _ in catalogue("en").keys if id_.startswith("step-")}
    full = {"recipient": "me@x.example", "account": "me@x.example", "sender": "me@x.example",
            "recipients": ["me@x.example"], "domain": "x.example"}  # fmt: skip
    shown = set()
    for key in keys:
        trace = Trace(
            id="t", direction="in", started_at=0.0, account="me@x.example",
            recipients=["me@x.example"], steps=[step(key, **full)],
        )  # fmt: skip
        parts = (
            reader.as_recipient(trace, "me@x.example", ["me@x.example"]),
            reader.as_sender(trace),
        )
        if any(part.steps for part in parts):
            shown.add(key)
    assert keys - shown == NOT_SHOWN
