"""Expunging, restoring, purging, and the history that remains."""

import pytest

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.store import (
    changes,
    copying,
    flags,
    mailboxes,
    messages,
    placements,
    quota,
    refcounts,
    renaming,
    vault,
)
from pillarbox.store.mailboxes import Role

from .world import ABSENT, NOON, account, box, consistent, deliver, in_transaction, incoming

DELETED = flags.Change(flags.How.ADD, deleted=True)


@in_transaction
def test_only_what_is_deleted_is_expunged(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 5)
    flags.store(tx, alice, inbox, [2, 3, 5], DELETED)
    modseq, gone = vault.expunge(tx, alice, inbox, [1, 2, 3, 99])
    assert gone == [2, 3]
    assert modseq == changes.state(tx, alice)
    assert vault.expunge(tx, alice, inbox)[1] == [5]
    assert vault.expunge(tx, alice, inbox) == (0, [])
    left = mailboxes.get(tx, alice, inbox)
    assert (left.total, left.deleted, left.uidnext) == (2, 0, 6)
    assert quota.usage(tx, alice).octets == 2000


@in_transaction
def test_expunging_many_takes_few_statements(tx):
    alice = account(tx)
    deliver(tx, alice, 40)
    tx.count()
    vault.remove(tx, alice, box(tx, alice), range(1, 41))
    assert tx.count() <= 7
    assert vault.remove(tx, alice, box(tx, alice), [1]) == (0, [])


@in_transaction
def test_what_was_expunged_comes_back_under_new_numbers(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    (filed,) = deliver(tx, alice, keywords="$seen work", subject="Lost")
    flags.store(tx, alice, inbox, [1], DELETED)
    vault.expunge(tx, alice, inbox)
    (entry,) = vault.list_(tx, alice)
    assert (entry.mailbox_name, entry.uid, entry.subject) == ("INBOX", 1, "Lost")
    assert entry.received_at == NOON
    assert quota.usage(tx, alice).messages == 0
    assert vault.restore(tx, alice, inbox, 1) == (inbox, 2)
    (row,) = placements.rows(tx, alice, inbox)
    assert (row.keywords, row.deleted) == ("$seen work", 0)
    assert row.message_id > filed.message_id
    assert vault.list_(tx, alice) == []
    assert quota.usage(tx, alice).octets == 1000
    with pytest.raises(NotFound):
        vault.restore(tx, alice, inbox, 1)


@in_transaction
def test_restoring_counts_against_the_quota(tx):
    alice = account(tx, quota_octets=1500)
    inbox = box(tx, alice)
    deliver(tx, alice)
    vault.remove(tx, alice, inbox, [1])
    deliver(tx, alice)
    with pytest.raises(OverQuota):
        vault.restore(tx, alice, inbox, 1)
    assert len(vault.list_(tx, alice)) == 1


@in_transaction
def test_leaving_one_of_two_mailboxes(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    (filed,) = deliver(tx, alice)
    copying.place(tx, alice, filed.message_id, archive)
    vault.remove(tx, alice, inbox, [1])
    assert quota.usage(tx, alice).messages == 1
    flags.store(tx, alice, archive, [1], flags.Change(flags.How.ADD, frozenset({"$seen"})))
    assert vault.restore(tx, alice, inbox, 1) == (inbox, 2)
    (row,) = placements.rows(tx, alice, inbox)
    assert (row.message_id, row.keywords) == (filed.message_id, "$seen")
    assert quota.usage(tx, alice).messages == 1


@in_transaction
def test_restoring_what_came_back_otherwise(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    (filed,) = deliver(tx, alice)
    copying.place(tx, alice, filed.message_id, archive)
    vault.remove(tx, alice, inbox, [1])
    copying.place(tx, alice, filed.message_id, inbox)
    assert vault.restore(tx, alice, inbox, 1) == (inbox, 2)
    assert len(placements.rows(tx, alice, inbox)) == 1


@in_transaction
def test_leaving_both_mailboxes_and_coming_back_once(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    (filed,) = deliver(tx, alice)
    copying.place(tx, alice, filed.message_id, archive)
    vault.remove(tx, alice, inbox, [1])
    vault.remove(tx, alice, archive, [1])
    assert quota.usage(tx, alice).messages == 0
    assert [entry.mailbox_name for entry in vault.list_(tx, alice)] == ["Archive", "INBOX"]
    vault.restore(tx, alice, archive, 1)
    assert vault.list_(tx, alice) == []


@in_transaction
def test_purging_takes_old_messages_for_good(tx):
    alice, bob = account(tx), account(tx, "bob")
    inbox = box(tx, alice)
    shared = incoming()
    messages.deliver_many(tx, [messages.Target(alice), messages.Target(bob)], shared)
    deliver(tx, alice, 3, message_id="<1@x>")
    start = changes.state(tx, alice)
    vault.remove(tx, alice, inbox, [1, 2])
    early = changes.state(tx, alice)
    tx.wait(days=20)
    vault.remove(tx, alice, inbox, [3])
    tx.wait(days=11)
    before = tx.now - (tx.now - NOON) * 30 / 31
    assert vault.purge(tx, alice, before, limit=1) == 1
    consistent(tx)
    assert vault.purge(tx, alice, before) == 1
    assert vault.purge(tx, alice, before) == 0
    assert [entry.uid for entry in vault.list_(tx, alice)] == [3]
    assert len(refcounts.unused(tx)) == 1
    assert shared.blob in [ref for _, ref, _ in refcounts.held(tx)]
    assert changes.vanished(tx, alice, inbox, start) is None
    assert changes.vanished(tx, alice, inbox, early) == [3]
    assert vault.purge(tx, ABSENT, before) == 0


@in_transaction
def test_purging_forgets_moves_but_not_what_moved(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    deliver(tx, alice, message_id="<1@x>")
    copying.move(tx, alice, inbox, [1], archive)
    tx.wait(days=31)
    assert vault.purge(tx, alice, tx.now) == 1
    assert len(placements.rows(tx, alice, archive)) == 1


@in_transaction
def test_links_of_threads_go_with_their_last_message(tx):
    alice = account(tx)
    (first,) = deliver(tx, alice, message_id="<1@x>")
    vault.remove(tx, alice, box(tx, alice), [1])
    tx.wait(days=31)
    vault.purge(tx, alice, tx.now)
    (reply,) = deliver(tx, alice, message_id="<2@x>", references=("<1@x>",))
    ((_, thread_id),) = placements.metadata_by_id(tx, alice, [reply.message_id], ["thread_id"])
    assert thread_id == reply.message_id > first.message_id


@in_transaction
def test_purging_forgets_destroyed_mailboxes(tx):
    alice = account(tx)
    made = mailboxes.create(tx, alice, "a")
    renaming.delete(tx, alice, made.mailbox_id)
    tx.wait(days=31)
    vault.purge(tx, alice, tx.now)
    assert changes.mailboxes_since(tx, alice, made.modseq) is None


@in_transaction
def test_the_vault_is_paged(tx):
    alice = account(tx)
    deliver(tx, alice, 4)
    for uid in (1, 2, 3, 4):
        vault.remove(tx, alice, box(tx, alice), [uid])
    page = vault.list_(tx, alice, 3)
    assert [entry.uid for entry in page] == [4, 3, 2]
    modseqs = changes.state(tx, alice)
    assert [entry.uid for entry in vault.list_(tx, alice, 3, modseqs - 2)] == [1]
