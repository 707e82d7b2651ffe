"""From messages to traces, for lists."""

import dataclasses

from pillarbox.store import message_traces, messages, traces
from pillarbox.store.mailboxes import Role
from pillarbox.trace.step import Step, Trace

from .world import ABSENT, NOON, account, in_transaction, incoming


def save(tx, number, **fields):
    steps = [
        Step("spf.pass", 1.0, {"domain": "a.example"}, {"answers": ["much"]}),
        Step("decision.accept", 1.0, {"because": {"code": "proven-both", "domain": "a.example"}}),
    ]
    values = {"direction": "in", "verdict": "proven", "action": "delivered", "steps": steps}
    trace = Trace(id=f"t{number}", started_at=NOON.timestamp(), **values | fields)
    traces.save(tx, traces.prepare(trace))


def file(tx, account_id, trace_id="", **fields):
    message = dataclasses.replace(incoming(**fields), trace_id=trace_id)
    return messages.deliver(tx, account_id, Role.INBOX, message).message_id


@in_transaction
def test_a_list_is_one_query(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    save(tx, 1, header_from="x@a.example")
    save(tx, 2, verdict="forged")
    first, second, purged, none = (file(tx, anna, name) for name in ("t1", "t2", "t9", ""))
    other = file(tx, ben, "t1")
    tx.count()
    found = message_traces.verdicts(tx, anna, [first, second, purged, none, other, ABSENT])
    assert tx.count() == 1
    assert set(found) == {first, second}
    assert (found[first].verdict, found[first].header_from) == ("proven", "x@a.example")
    assert found[second].open().verdict == "forged"
    assert [(step.key, step.evidence) for step in found[first].open().steps] == [
        ("decision.accept", {})
    ]
    assert message_traces.verdicts(tx, anna, []) == {}


@in_transaction
def test_the_names_of_messages(tx):
    anna = account(tx, "anna")
    one = file(tx, anna, "t1", message_id="1@x")
    named = message_traces.Named("t1", "1@x", b"(envelope)")
    assert message_traces.names(tx, anna, [one, ABSENT]) == {one: named}


@in_transaction
def test_what_was_sent_is_found_by_its_message_id(tx):
    sent = {"direction": "submitted", "account": "anna@example.org", "message_id": "1@x"}
    save(tx, 1, **sent)
    save(tx, 2, **sent)
    save(tx, 3, **sent | {"direction": "in"})
    save(tx, 4, **sent | {"account": "ben@example.org"})
    assert message_traces.sent(tx, "anna@example.org", "1@x") == "t2"
    assert message_traces.sent(tx, "carl@example.org", "1@x") == ""
    assert message_traces.sent(tx, "anna@example.org", "2@x") == ""
    assert message_traces.sent(tx, "anna@example.org", "") == ""
