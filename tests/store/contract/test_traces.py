"""Traces: saved whole, added to, found by who, what and when."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import traces
from pillarbox.store.traces import Query
from pillarbox.trace.step import Step, Trace

from .world import NOON, in_transaction


def trace(number, **fields):
    values = {
        "id": f"t{number}",
        "direction": "in",
        "started_at": NOON.timestamp() + number,
        "action": "delivered",
        "verdict": "proven",
        "client_ip": "192.0.2.1",
        "account": "",
        "sender": "Alice@example.org",
        "recipients": ["bob@example.net", "carol@example.net"],
        "header_from": "alice@example.org",
        "message_id": f"<{number}@x>",
        "subject": "Hello",
        "size_octets": 1000,
        "steps": [Step("spf.pass", NOON.timestamp(), {"domain": "example.org"})],
    }
    return Trace(**(values | fields))


def save(tx, *some):
    for one in some:
        traces.save(tx, traces.prepare(one))


def ids(tx, limit=50, before=None, **query):
    return [entry.trace_id for entry in traces.list_(tx, Query(**query), limit, before)]


@in_transaction
def test_what_was_saved_is_read(tx):
    saved = trace(1)
    prepared = traces.prepare(saved)
    tx.count()
    traces.save(tx, prepared)
    assert tx.count() == 2
    assert traces.get(tx, "t1") == saved
    with pytest.raises(NotFound):
        traces.get(tx, "t2")


@in_transaction
def test_steps_are_added_later(tx):
    save(tx, trace(1))
    assert traces.append(tx, "t1", [Step("queue.deferred", 1.0)])
    assert traces.append(tx, "t1", [Step("reply", 2.0), Step("sent", 3.0)], "relayed")
    assert traces.append(tx, "t1", [], verdict="via")
    assert not traces.append(tx, "t2", [Step("reply", 2.0)])
    read = traces.get(tx, "t1")
    assert [step.key for step in read.steps] == ["spf.pass", "queue.deferred", "reply", "sent"]
    assert (read.action, read.verdict) == ("relayed", "via")
    (entry,) = traces.list_(tx, Query())
    assert (entry.action, entry.verdict) == ("relayed", "via")


SEARCHES = [
    ({}, ["t3", "t2", "t1"]),
    ({"sender": "alice@EXAMPLE.org"}, ["t2", "t1"]),
    ({"recipient": "BOB@example.net"}, ["t2", "t1"]),
    ({"recipient": "carol@example.net", "sender": "alice@example.org"}, ["t1"]),
    ({"recipient": "alice@example.org"}, ["t3"]),
    ({"address": "alice@example.org"}, ["t3", "t2", "t1"]),
    ({"address": "bob@example.net"}, ["t3", "t2", "t1"]),
    ({"header_from": "bob@example.net"}, ["t3"]),
    ({"message_id": "<2@x>"}, ["t2"]),
    ({"client_ip": "192.0.2.7"}, ["t3"]),
    ({"action": "refused"}, ["t2"]),
    ({"verdict": "proven", "direction": "in"}, ["t1"]),
    ({"account": "bob@example.net"}, ["t3"]),
    ({"since": NOON + timedelta(seconds=2)}, ["t3", "t2"]),
    ({"until": NOON + timedelta(seconds=2)}, ["t1"]),
    ({"sender": "nobody@example.org"}, []),
    ({"sender": "é\0\ud800"}, []),
]


@pytest.mark.parametrize(("query", "found"), SEARCHES)
@in_transaction
def test_searching(tx, query, found):
    save(
        tx,
        trace(1),
        trace(2, action="refused", verdict="forged", recipients=["bob@example.net"]),
        trace(
            3,
            direction="submitted",
            sender="bob@example.net",
            header_from="Bob@example.net",
            account="bob@example.net",
            recipients=["alice@example.org"],
            client_ip="192.0.2.7",
        ),
    )
    assert ids(tx, **query) == found


@in_transaction
def test_pages(tx):
    save(tx, *(trace(number) for number in range(5)))
    for query in (Query(), Query(sender="alice@example.org")):
        seen, before = [], None
        while page := traces.list_(tx, query, 2, before):
            seen += [entry.trace_id for entry in page]
            before = page[-1].number
        assert seen == ["t4", "t3", "t2", "t1", "t0"]


@in_transaction
def test_hostile_values(tx):
    odd = trace(
        1,
        sender="\ud800\0",
        recipients=["a\nb@example.net"] * 500,
        subject="\0",
        header_from="",
        message_id="x" * 5000,
        steps=[Step("x", 0.0, evidence={"a": "b" * 100_000})],
    )
    odd.sender = "\0"
    save(tx, odd)
    (entry,) = traces.list_(tx, Query(message_id="x" * 5000))
    assert len(entry.recipients) == traces.MAX_RECIPIENTS
    assert traces.get(tx, "t1") == odd
    assert traces.purge(tx, tx.now + timedelta(days=1)) == 1


@in_transaction
def test_a_null_sender_is_no_term(tx):
    save(tx, trace(1, sender="", recipients=[]))
    (entry,) = traces.list_(tx, Query())
    assert entry.recipients == ()
    assert ids(tx, header_from="alice@example.org") == ["t1"]


@in_transaction
def test_purging(tx):
    save(tx, *(trace(number) for number in range(5)))
    traces.append(tx, "t0", [Step("x", 1.0)])
    until = NOON + timedelta(seconds=3)
    assert traces.purge(tx, until, limit=2) == 2
    assert traces.purge(tx, until) == 1
    assert traces.purge(tx, until) == 0
    assert ids(tx, sender="alice@example.org") == ["t4", "t3"]


@in_transaction
def test_any_text_may_be_asked_for(tx):
    with pytest.raises(NotFound):
        traces.get(tx, "\0\ud800")
    assert not traces.append(tx, "\0", [])
    assert ids(tx, action="\0", sender="\ud800", recipient="\0", client_ip="\0") == []


@in_transaction
def test_pages_in_order_of_time(tx):
    at = NOON.timestamp()
    for number, seconds in ((1, 5.0), (2, 1.0), (3, 1.0), (4, 9.0), (5, 3.0)):
        kept = Trace(id=f"p{number}", direction="in", started_at=at + seconds)
        traces.save(tx, traces.prepare(kept))
    traces.save(tx, traces.prepare(Trace(id="out", direction="submitted", started_at=at + 2)))
    place: traces.Place | None = (int(at + 1) * 1_000_000, 0)
    seen = []
    while place is not None:
        found, place = traces.page(tx, "in", place, NOON + timedelta(seconds=9), 2)
        assert len(found) <= 2
        seen += [trace.id for trace in found]
    assert seen == ["p2", "p3", "p5", "p1"]
