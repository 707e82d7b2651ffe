"""What changed since: messages, mailboxes, threads, uids."""

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import changes, copying, flags, mailboxes, placements, renaming, vault
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, box, deliver, in_transaction, known

SEEN = flags.Change(flags.How.ADD, frozenset({"$seen"}))


@in_transaction
def test_created_updated_destroyed(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    one, two, three, four = deliver(tx, alice, 4)
    since = changes.state(tx, alice)
    flags.store(tx, alice, inbox, [1], SEEN)
    copying.move(tx, alice, inbox, [2], archive)
    vault.remove(tx, alice, inbox, [3])
    five, six = deliver(tx, alice, 2)
    vault.remove(tx, alice, inbox, [six.uid])
    tx.count()
    found = known(changes.messages_since(tx, alice, since))
    assert tx.count() == 4
    assert found.created == (five.message_id,)
    assert sorted(found.updated) == [one.message_id, two.message_id]
    assert found.destroyed == (three.message_id,)
    assert found.modseq == changes.state(tx, alice)
    assert not found.more
    assert four.message_id not in found.updated
    nothing = known(changes.messages_since(tx, alice, found.modseq))
    assert (nothing.created, nothing.updated, nothing.destroyed) == ((), (), ())


@in_transaction
def test_leaving_one_of_two_mailboxes_is_an_update(tx):
    alice = account(tx)
    (one,) = deliver(tx, alice)
    copying.place(tx, alice, one.message_id, box(tx, alice, Role.ARCHIVE))
    since = changes.state(tx, alice)
    vault.remove(tx, alice, box(tx, alice), [1])
    assert known(changes.messages_since(tx, alice, since)).updated == (one.message_id,)


@in_transaction
def test_steps_of_any_size_lead_to_the_same_end(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    start = changes.state(tx, alice)
    deliver(tx, alice, 10)
    for uid in (1, 4, 7):
        flags.store(tx, alice, inbox, [uid], SEEN)
        vault.remove(tx, alice, inbox, [uid + 1])
    whole = known(changes.messages_since(tx, alice, start))
    present = {row.message_id for row in placements.rows(tx, alice, inbox)}
    assert set(whole.created) == present
    for limit in (1, 2, 3, 5, 50):
        client: set[int] = set()
        since, steps = start, 0
        while True:
            step = known(changes.messages_since(tx, alice, since, limit))
            assert len(step.created + step.updated + step.destroyed) <= limit
            assert not client & set(step.created)
            client |= set(step.created)
            client -= set(step.destroyed)
            assert set(step.updated) <= client
            since, steps = step.modseq, steps + 1
            if not step.more:
                break
        assert client == present
        assert since == whole.modseq
        assert steps < 30


@in_transaction
def test_one_change_of_too_many_messages_cannot_be_told(tx):
    alice = account(tx)
    deliver(tx, alice, 5)
    since = changes.state(tx, alice)
    flags.store(tx, alice, box(tx, alice), range(1, 6), SEEN)
    assert changes.messages_since(tx, alice, since, 4) is None
    assert len(known(changes.messages_since(tx, alice, since, 5)).updated) == 5


@in_transaction
def test_history_ends_at_the_horizon_and_has_no_future(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice)
    start = changes.state(tx, alice)
    vault.remove(tx, alice, inbox, [1])
    end = changes.state(tx, alice)
    tx.wait(days=31)
    vault.purge(tx, alice, tx.now)
    for ask in (changes.messages_since, changes.mailboxes_since, changes.threads_since):
        assert ask(tx, alice, start) is None
        assert ask(tx, alice, end) is not None
        assert ask(tx, alice, end + 1) is None
        with pytest.raises(NotFound):
            ask(tx, ABSENT, 0)


@in_transaction
def test_mailboxes(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    old = mailboxes.create(tx, alice, "old").mailbox_id
    since = changes.state(tx, alice)
    deliver(tx, alice)
    assert changes.only_counts(tx, alice, since)
    found = known(changes.mailboxes_since(tx, alice, since))
    assert (found.created, found.updated, found.destroyed) == ((), (inbox,), ())
    new = mailboxes.create(tx, alice, "new").mailbox_id
    brief = mailboxes.create(tx, alice, "brief").mailbox_id
    renaming.delete(tx, alice, old)
    renaming.delete(tx, alice, brief)
    found = known(changes.mailboxes_since(tx, alice, since))
    assert (found.created, found.updated, found.destroyed) == ((new,), (inbox,), (old,))
    assert not changes.only_counts(tx, alice, since)


@in_transaction
def test_threads(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    one, two, three = (deliver(tx, alice, message_id=f"<{n}@x>")[0] for n in range(3))
    since = changes.state(tx, alice)
    deliver(tx, alice, message_id="<9@x>", references=("<0@x>",))
    (new,) = deliver(tx, alice)
    vault.remove(tx, alice, inbox, [two.uid])
    flags.store(tx, alice, inbox, [three.uid], SEEN)
    found = known(changes.threads_since(tx, alice, since))
    assert found.created == (new.message_id,)
    assert found.updated == (one.message_id,)
    assert found.destroyed == (two.message_id,)


@in_transaction
def test_vanished(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 5)
    since = changes.state(tx, alice)
    vault.remove(tx, alice, inbox, [4, 2])
    middle = changes.state(tx, alice)
    copying.move(tx, alice, inbox, [1], box(tx, alice, Role.SENT))
    assert changes.vanished(tx, alice, inbox, since) == [1, 2, 4]
    assert changes.vanished(tx, alice, inbox, middle) == [1]
    assert changes.vanished(tx, alice, box(tx, alice, Role.SENT), since) == []
    with pytest.raises(NotFound):
        changes.vanished(tx, ABSENT, inbox, 0)
