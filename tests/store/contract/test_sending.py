"""Submissions that wait, identities, and messages that come back."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import (
    accounts,
    copying,
    flags,
    identities,
    mailboxes,
    object_changes,
    placements,
    snoozes,
    submissions,
    verify,
)
from pillarbox.store.ids import micros
from pillarbox.store.mailboxes import Role
from pillarbox.store.snoozes import Snooze
from pillarbox.store.submissions import NewSubmission

from .world import ABSENT, NOON, account, consistent, deliver, in_transaction


def one(tx, account_id):
    """Deliver a message and return its id."""
    (delivered,) = deliver(tx, account_id)
    return delivered.message_id


def waiting(message_id, seconds=10, trace="t1"):
    return NewSubmission(
        send_at=NOON + timedelta(seconds=seconds),
        expires_at=NOON + timedelta(days=5),
        trace_id=trace,
        envelope="{}",
        client="{}",
        message_id=message_id,
        identity_id=1,
    )


@in_transaction
def test_what_waits_is_claimed_by_one_at_its_time(tx):
    alice = account(tx)
    message = one(tx, alice)
    number = submissions.add(tx, alice, waiting(message), "pending")
    assert submissions.next_due(tx) == NOON + timedelta(seconds=10)
    assert submissions.claim(tx, 20, 10) == []
    tx.wait(seconds=10)
    (claimed,) = submissions.claim(tx, 20, 10)
    assert (claimed.submission_id, claimed.state) == (number, "pending")
    assert claimed.blob is not None
    assert submissions.claim(tx, 20, 10) == []
    tx.wait(seconds=20)
    assert len(submissions.claim(tx, 20, 10)) == 1
    consistent(tx)


@pytest.mark.parametrize("state", ["final", "canceled"])
@in_transaction
def test_it_ends_once(tx, state):
    alice = account(tx)
    number = submissions.add(tx, alice, waiting(one(tx, alice)), "pending")
    assert submissions.end(tx, alice, number, state)
    assert not submissions.end(tx, alice, number, "canceled")
    assert not submissions.end(tx, alice, number, "final")
    tx.wait(hours=1)
    assert submissions.claim(tx, 20, 10) == []
    found = submissions.find(tx, alice, number)
    assert found is not None
    assert (found.state, found.blob) == (state, None)
    consistent(tx)


@in_transaction
def test_what_is_destroyed_while_it_waits_is_sent_all_the_same(tx):
    alice = account(tx)
    number = submissions.add(tx, alice, waiting(one(tx, alice)), "pending")
    state = submissions.state(tx, alice)
    submissions.destroy(tx, alice, number)
    assert submissions.list_(tx, alice) == []
    changes = submissions.since(tx, alice, state, 10)
    assert changes is not None
    assert changes.destroyed == (number,)
    with pytest.raises(NotFound):
        submissions.destroy(tx, alice, number)
    tx.wait(minutes=1)
    assert len(submissions.claim(tx, 20, 10)) == 1
    assert submissions.end(tx, alice, number, "final")
    assert submissions.find(tx, alice, number) is None
    consistent(tx)


@in_transaction
def test_news_of_a_trace_change_its_submission(tx):
    alice = account(tx)
    number = submissions.add(tx, alice, waiting(one(tx, alice)), "final")
    state = submissions.state(tx, alice)
    assert not submissions.touch(tx, alice, "t2")
    assert submissions.touch(tx, alice, "t1")
    changes = submissions.since(tx, alice, state, 10)
    assert changes is not None
    assert changes.updated == (number,)
    with pytest.raises(NotFound):
        submissions.add(tx, alice, waiting(ABSENT), "pending")
    tx.wait(days=100)
    assert not submissions.purge(tx, alice, tx.now)
    assert submissions.list_(tx, alice) == []


@in_transaction
def test_an_account_that_goes_takes_all_along(tx):
    alice = account(tx)
    submissions.add(tx, alice, waiting(one(tx, alice)), "pending")
    identities.keep_standard(tx, alice, ["alice@example.org"])
    snoozes.put(tx, alice, one(tx, alice), Snooze(NOON, 0))
    accounts.delete(tx, alice)
    while accounts.purge(tx):
        pass
    assert submissions.next_due(tx) is None
    assert snoozes.next_due(tx) is None
    assert verify.check(tx) == []


@in_transaction
def test_history_of_objects_is_whole_or_not_given(tx, monkeypatch):
    alice = account(tx)
    monkeypatch.setattr(object_changes, "KEPT", 3)
    identities.keep_standard(tx, alice, ["a@example.org"])
    states = []
    for number in range(6):
        states.append(identities.state(tx, alice))
        identities.keep_standard(tx, alice, [f"b{number}@example.org"])
    assert identities.since(tx, alice, states[0], 100) is None
    last = identities.since(tx, alice, states[-1], 100)
    assert last is not None
    assert (len(last.created), len(last.destroyed)) == (1, 1)
    assert identities.since(tx, alice, identities.state(tx, alice) + 1, 100) is None
    step = identities.since(tx, alice, states[-1], 1)
    assert step is not None
    assert step.more
    rest = identities.since(tx, alice, step.modseq, 1)
    assert rest is not None
    assert not rest.more
    assert {*step.created, *rest.created} == set(last.created)
    assert {*step.destroyed, *rest.destroyed} == set(last.destroyed)


def roles(tx, alice, message):
    where = placements.where(tx, alice, [message])[message]
    return [mailboxes.get(tx, alice, place[0]).role for place in where], where[0][2]


@in_transaction
def test_a_message_waits_and_comes_back_on_top(tx):
    alice = account(tx)
    message = one(tx, alice)
    later = one(tx, alice)
    until = NOON + timedelta(hours=1)
    snoozes.put(tx, alice, message, Snooze(until, 0))
    assert roles(tx, alice, message)[0] == [Role.SNOOZED]
    assert snoozes.find(tx, alice, [message, later]) == {message: Snooze(until, 0)}
    assert not snoozes.wake(tx, alice, message)
    tx.wait(hours=1)
    assert snoozes.due(tx, 10) == [(alice, message)]
    assert snoozes.wake(tx, alice, message)
    assert not snoozes.wake(tx, alice, message)
    assert roles(tx, alice, message) == ([Role.INBOX], "$new")
    inbox = mailboxes.find_role(tx, alice, Role.INBOX)
    assert inbox is not None
    (first, *_) = placements.newest(tx, alice, inbox.mailbox_id, 10)
    assert (first.message_id, first.received_at) == (message, micros(tx.now))
    consistent(tx)


@in_transaction
def test_what_was_moved_away_meanwhile_stays_there(tx):
    alice = account(tx)
    message = one(tx, alice)
    snoozes.put(tx, alice, message, Snooze(NOON, 0))
    box = mailboxes.find_role(tx, alice, Role.SNOOZED)
    trash = mailboxes.find_role(tx, alice, Role.TRASH)
    assert box is not None
    assert trash is not None
    (place,) = placements.where(tx, alice, [message])[message]
    copying.move(tx, alice, box.mailbox_id, [place[1]], trash.mailbox_id)
    assert snoozes.find(tx, alice, [message]) == {}
    assert not snoozes.wake(tx, alice, message)
    assert roles(tx, alice, message)[0] == [Role.TRASH]
    assert snoozes.next_due(tx) is None


@in_transaction
def test_a_snooze_ends_early_and_goes_where_it_was_to_go(tx):
    alice = account(tx)
    archive = mailboxes.find_role(tx, alice, Role.ARCHIVE)
    assert archive is not None
    message = one(tx, alice)
    snoozes.put(tx, alice, message, Snooze(NOON + timedelta(days=1), archive.mailbox_id))
    flags.touch(tx, alice, [message])
    assert snoozes.end(tx, alice, message)
    assert not snoozes.end(tx, alice, message)
    assert roles(tx, alice, message) == ([Role.ARCHIVE], "")
    assert mailboxes.find(tx, alice, "Snoozed") is not None
    consistent(tx)
