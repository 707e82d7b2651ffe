"""The queue: leases, reports, and what people do to it."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import Invalid, NotFound, TooMany
from pillarbox.store import attempts, queue, queue_admin, refcounts
from pillarbox.store.attempts import Report
from pillarbox.store.ids import AccountId
from pillarbox.store.queue import NewItem, NewRecipient, State

from .world import ABSENT, in_transaction, ref


def enqueue(tx, *addresses, sender="alice@example.org", **fields):
    """Put an item with these recipients into the queue; return its id."""
    item = NewItem(ref(), 500, sender, tx.now + timedelta(days=5), **fields)
    return queue.enqueue(
        tx, item, [NewRecipient(address, address.rpartition("@")[2]) for address in addresses]
    )


def claim(tx, owner="one", limit=10, **options):
    return attempts.claim(tx, owner, 60, limit, **options)


def reports(attempt, code=250):
    return [Report(one.position, code, f"{code // 100}.0.0", "said") for one in attempt.recipients]


def addresses(claimed):
    return [[one.address for one in attempt.recipients] for attempt in claimed]


@in_transaction
def test_what_was_put_in_comes_out(tx):
    blob = ref()
    item = NewItem(
        blob,
        500,
        "",
        tx.now + timedelta(days=2),
        account_id=AccountId(7),
        trace_id="t",
        envid="e+20",
        ret="HDRS",
        body_type="7BIT",
        smtputf8=True,
        require_tls=True,
    )
    recipient = NewRecipient("Zoë@b.example", "B.Example", "FAILURE,DELAY", "rfc822;z@b.example")
    tx.count()
    item_id = queue.enqueue(tx, item, [recipient])
    assert tx.count() == 3
    (attempt,) = claim(tx)
    assert tx.count() == 3
    assert attempt.domain == "b.example"
    assert attempt.item == queue.Item(
        item_id,
        blob,
        500,
        "",
        "e+20",
        "HDRS",
        "7BIT",
        True,
        True,
        AccountId(7),
        "t",
        tx.now,
        tx.now + timedelta(days=2),
    )
    (one,) = attempt.recipients
    assert (one.address, one.notify, one.orcpt) == (
        "Zoë@b.example",
        "FAILURE,DELAY",
        "rfc822;z@b.example",
    )
    assert (one.state, one.attempts, one.last_code, one.delay_told) == (State.LEASED, 0, 0, False)
    assert one.act_at == tx.now + timedelta(seconds=60)


@in_transaction
def test_an_item_needs_recipients_and_not_too_many(tx):
    with pytest.raises(Invalid):
        enqueue(tx)
    with pytest.raises(TooMany):
        enqueue(tx, *["a@b.example"] * (queue.MAX_RECIPIENTS + 1))
    assert queue.next_due(tx) is None


@in_transaction
def test_attempts_are_grouped_by_domain_and_of_bounded_size(tx):
    enqueue(tx, *[f"u{n}@b.example" for n in range(150)], "x@c.example")
    enqueue(tx, "y@b.example")
    claimed = claim(tx)
    assert [(attempt.domain, len(attempt.recipients)) for attempt in claimed] == [
        ("b.example", 100),
        ("b.example", 50),
        ("c.example", 1),
        ("b.example", 1),
    ]
    assert claim(tx, "two") == []


@in_transaction
def test_the_longest_waiting_come_first_and_the_limit_holds(tx):
    enqueue(tx, "late@b.example")
    tx.wait(seconds=-10)
    enqueue(tx, "early@c.example")
    tx.wait(seconds=20)
    assert addresses(claim(tx, limit=1)) == [["early@c.example"]]
    assert addresses(claim(tx, limit=1)) == [["late@b.example"]]
    assert claim(tx, limit=1) == []


@in_transaction
def test_busy_domains_wait(tx):
    enqueue(tx, "a@b.example", "a@c.example")
    assert addresses(claim(tx, busy_domains=["b.example", '"\\ odd'])) == [["a@c.example"]]
    assert addresses(claim(tx, busy_domains=())) == [["a@b.example"]]


@in_transaction
def test_recipients_may_be_due_later(tx):
    due = tx.now + timedelta(hours=1)
    item = NewItem(ref(), 1, "a@example.org", tx.now + timedelta(days=5))
    queue.enqueue(tx, item, [NewRecipient("a@b.example", "b.example", due_at=due)])
    assert claim(tx) == []
    assert queue.next_due(tx) == due
    tx.wait(hours=1)
    assert len(claim(tx)) == 1


@in_transaction
def test_the_item_goes_with_its_last_recipient(tx):
    item_id = enqueue(tx, "a@b.example", "b@b.example", "c@c.example")
    first, second = claim(tx)
    assert attempts.finish(tx, item_id, reports(first)[:1]) == 1
    _, recipients = queue_admin.get(tx, item_id)
    assert [one.state for one in recipients] == [State.DONE, State.LEASED, State.LEASED]
    assert attempts.fail(tx, item_id, "one", reports(first, 550)[1:]) == 1
    assert refcounts.unused(tx) == []
    attempts.finish(tx, item_id, reports(second))
    with pytest.raises(NotFound):
        queue_admin.get(tx, item_id)
    assert refcounts.unused(tx) == [first.item.blob]
    assert queue.next_due(tx) is None


@in_transaction
def test_deferred_recipients_come_again_with_what_was_said(tx):
    item_id = enqueue(tx, "a@b.example")
    claim(tx)
    until = tx.now + timedelta(minutes=15)
    said = Report(0, 451, "4.7.1", "greylisted\0 " + "x" * 5000, "mx.b.example [192.0.2.1]")
    assert attempts.defer(tx, item_id, "one", [said], until) == 1
    assert claim(tx) == []
    assert queue.next_due(tx) == until
    attempts.tell_delay(tx, item_id, [0])
    tx.wait(minutes=15)
    ((one,),) = [attempt.recipients for attempt in claim(tx)]
    assert (one.attempts, one.last_code, one.last_enhanced) == (1, 451, "4.7.1")
    assert one.last_text.startswith("greylisted\ufffd x")
    assert len(one.last_text) == attempts.MAX_REPLY
    assert one.last_peer == "mx.b.example [192.0.2.1]"
    assert one.attempted_at == tx.now - timedelta(minutes=15)
    assert one.delay_told


@in_transaction
def test_a_lease_that_ended_is_claimed_by_another(tx):
    item_id = enqueue(tx, "a@b.example")
    (attempt,) = claim(tx, "one")
    assert queue.next_due(tx) == tx.now + timedelta(seconds=60)
    tx.wait(seconds=60)
    assert len(claim(tx, "two")) == 1
    # What the first runner has to say counts no more ...
    assert attempts.defer(tx, item_id, "one", reports(attempt, 450), tx.now) == 0
    assert attempts.fail(tx, item_id, "one", reports(attempt, 550)) == 0
    assert not attempts.renew(tx, attempt, "one", 60)
    # ... but that the peer has the message.
    assert attempts.finish(tx, item_id, reports(attempt)) == 1
    assert attempts.finish(tx, item_id, reports(attempt)) == 0
    assert queue_admin.list_(tx) == []


@in_transaction
def test_leases_can_be_renewed(tx):
    enqueue(tx, "a@b.example")
    (attempt,) = claim(tx, "one")
    tx.wait(seconds=50)
    assert attempts.renew(tx, attempt, "one", 60)
    tx.wait(seconds=50)
    assert claim(tx, "two") == []


@in_transaction
def test_holding_releasing_and_trying_now(tx):
    item_id = enqueue(tx, "a@b.example", "b@c.example")
    (attempt, _) = claim(tx)
    later = tx.now + timedelta(hours=1)
    attempts.defer(tx, item_id, "one", reports(attempt, 450), later)
    assert queue_admin.hold(tx, item_id) == 2
    assert queue.next_due(tx) is None
    tx.wait(hours=2)
    assert claim(tx) == []
    assert queue_admin.release(tx, item_id) == 2
    claimed = claim(tx)
    assert len(claimed) == 2
    for attempt in claimed:
        attempts.defer(tx, item_id, "one", reports(attempt, 450), tx.now + timedelta(hours=1))
    assert queue_admin.try_domain_now(tx, "C.example") == 1
    assert addresses(claim(tx)) == [["b@c.example"]]
    assert queue_admin.try_now(tx, item_id) == 1
    assert addresses(claim(tx)) == [["a@b.example"]]
    for act in (queue_admin.hold, queue_admin.release, queue_admin.try_now, queue_admin.remove):
        with pytest.raises(NotFound):
            act(tx, ABSENT)


@in_transaction
def test_a_delivery_that_was_under_way_when_held_still_counts(tx):
    item_id = enqueue(tx, "a@b.example")
    (attempt,) = claim(tx)
    queue_admin.hold(tx, item_id)
    assert attempts.finish(tx, item_id, reports(attempt)) == 1


@in_transaction
def test_removing(tx):
    item_id = enqueue(tx, "a@b.example", "b@b.example", "c@c.example")
    (attempt, _) = claim(tx)
    attempts.finish(tx, item_id, reports(attempt)[:1])
    assert queue_admin.remove(tx, item_id) == 2
    assert attempts.finish(tx, item_id, reports(attempt)) == 0
    assert len(refcounts.unused(tx)) == 1


@in_transaction
def test_lists_and_sums(tx):
    ids = [enqueue(tx, "a@b.example", f"u{n}@c.example") for n in range(3)]
    queue_admin.hold(tx, ids[0])
    claim(tx, limit=1)
    listed = queue_admin.list_(tx, limit=2)
    assert [(item.item_id, len(recipients)) for item, recipients in listed] == [
        (ids[0], 2),
        (ids[1], 2),
    ]
    assert [item.item_id for item, _ in queue_admin.list_(tx, after=ids[1])] == ids[2:]
    assert [(one.domain, one.due, one.leased, one.held) for one in queue_admin.summary(tx)] == [
        ("b.example", 1, 1, 1),
        ("c.example", 2, 0, 1),
    ]
    assert queue_admin.summary(tx)[0].next_at == tx.now
