"""Rosters: all messages of an account in few words, and what changed in them."""

from pillarbox.store import changes, copying, flags, mailboxes, rosters, vault
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, box, deliver, in_transaction, known

SEEN = flags.Change(flags.How.ADD, frozenset({"$seen"}))


@in_transaction
def test_a_reading_has_every_message_once(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    one, two, three = deliver(tx, alice, 3)
    copying.place(tx, alice, one.message_id, archive)
    vault.remove(tx, alice, inbox, [three.uid])
    tx.count()
    reading = rosters.read(tx, alice)
    assert tx.count() == 3
    assert {e.message_id: e.mailbox_ids for e in reading.entries} == {
        one.message_id: (inbox, archive),
        two.message_id: (inbox,),
    }
    assert reading.trash == box(tx, alice, Role.TRASH)
    assert reading.modseq == changes.state(tx, alice)


@in_transaction
def test_what_changed_since_a_reading(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    one, two, three = deliver(tx, alice, 3)
    before = rosters.read(tx, alice)
    tx.count()
    assert known(rosters.since(tx, alice, before.modseq, before.trash)).entries == []
    assert tx.count() == 1
    flags.store(tx, alice, inbox, [one.uid], SEEN)
    vault.remove(tx, alice, inbox, [two.uid])
    (four,) = deliver(tx, alice)
    tx.count()
    now = known(rosters.since(tx, alice, before.modseq, before.trash))
    assert tx.count() == 5
    assert {e.message_id for e in now.entries} == {one.message_id, four.message_id}
    assert now.gone == [two.message_id]
    assert three.message_id not in {e.message_id for e in now.entries}
    assert rosters.since(tx, alice, before.modseq, ABSENT) is None
    assert rosters.since(tx, alice, now.modseq + 1, before.trash) is None


@in_transaction
def test_threads_of_what_is_gone(tx):
    alice = account(tx)
    (one,) = deliver(tx, alice)
    since = changes.state(tx, alice)
    vault.remove(tx, alice, box(tx, alice), [one.uid])
    found = known(rosters.changed(tx, alice, since, 10))
    assert found.messages == {one.message_id}
    assert found.threads_of_gone == {one.message_id}
    deliver(tx, alice, 11)
    assert rosters.changed(tx, alice, since, 10) is None


@in_transaction
def test_states_move_with_what_they_are_of(tx):
    alice = account(tx)
    first = changes.states(tx, alice)
    made = mailboxes.create(tx, alice, "a", sort_order=3, subscribed=True)
    assert (made.sort_order, made.subscribed) == (3, True)
    assert int(made.modseq) == int(made.mailbox_id)
    mailboxes.set_sort_order(tx, alice, made.mailbox_id, 4)
    second = changes.states(tx, alice)
    assert second.mailboxes > first.mailboxes
    deliver(tx, alice)
    third = changes.states(tx, alice)
    assert third.emails > second.emails
    mailboxes.next_modseq(tx, alice)
    assert changes.states(tx, alice) == third


@in_transaction
def test_a_touch_is_an_update(tx):
    alice = account(tx)
    one, two = deliver(tx, alice, 2)
    since = changes.state(tx, alice)
    flags.touch(tx, alice, [one.message_id])
    found = known(changes.messages_since(tx, alice, since))
    assert found.updated == (one.message_id,)
    assert two.message_id not in found.updated
