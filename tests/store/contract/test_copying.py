"""COPY, MOVE, and one message in several mailboxes."""

import pytest

from pillarbox.base.errors import AlreadyExists, NotFound, OverQuota
from pillarbox.store import changes, copying, flags, mailboxes, placements, quota, refcounts
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, box, deliver, in_transaction


def uids(tx, account_id, mailbox_id):
    return [row.uid for row in placements.rows(tx, account_id, mailbox_id)]


@in_transaction
def test_a_copy_is_a_new_message_on_the_same_octets(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    deliver(tx, alice, 3, keywords="$seen work")
    flags.store(tx, alice, inbox, [3], flags.Change(flags.How.ADD, deleted=True))
    tx.wait(hours=1)
    tx.count()
    copied = copying.copy(tx, alice, inbox, [3, 1, 77], archive)
    assert tx.count() <= 9
    assert (copied.source, copied.copies) == ([1, 3], [1, 2])
    assert copied.uidvalidity == mailboxes.get(tx, alice, archive).uidvalidity
    original = placements.rows_of(tx, alice, inbox, [1, 3])
    copies = placements.rows(tx, alice, archive)
    assert [row.keywords for row in copies] == ["$seen work"] * 2
    assert [row.deleted for row in copies] == [0, 1]
    assert [row.received_at for row in copies] == [row.received_at for row in original]
    assert all(row.saved_at > row.received_at for row in copies)
    assert not {row.message_id for row in copies} & {row.message_id for row in original}
    columns = ["blob", "thread_id", "subject", "envelope"]
    assert [row[1:] for row in placements.metadata(tx, alice, archive, [1, 2], columns)] == [
        row[1:] for row in placements.metadata(tx, alice, inbox, [1, 3], columns)
    ]
    assert quota.usage(tx, alice).messages == 5
    change = flags.Change(flags.How.REPLACE)
    flags.store(tx, alice, archive, [1], change)
    assert placements.rows_of(tx, alice, inbox, [1]) == original[:1]


@in_transaction
def test_copies_count_against_the_quota_all_or_none(tx):
    alice = account(tx, quota_octets=3500)
    deliver(tx, alice, 2)
    with pytest.raises(OverQuota):
        copying.copy(tx, alice, box(tx, alice), [1, 2], box(tx, alice, Role.ARCHIVE))
    assert uids(tx, alice, box(tx, alice, Role.ARCHIVE)) == []


@in_transaction
def test_copying_within_a_mailbox(tx):
    alice = account(tx)
    deliver(tx, alice, 2)
    copied = copying.copy(tx, alice, box(tx, alice), [1, 2], box(tx, alice))
    assert copied.copies == [3, 4]
    assert uids(tx, alice, box(tx, alice)) == [1, 2, 3, 4]


@pytest.mark.parametrize("transfer", [copying.copy, copying.move])
@in_transaction
def test_nothing_to_transfer_and_nowhere_to_go(tx, transfer):
    alice = account(tx)
    deliver(tx, alice)
    nothing = transfer(tx, alice, box(tx, alice), [9], box(tx, alice, Role.SENT))
    assert (nothing.source, nothing.copies) == ([], [])
    with pytest.raises(NotFound):
        transfer(tx, alice, box(tx, alice), [1], ABSENT)
    with pytest.raises(NotFound):
        transfer(tx, ABSENT, box(tx, alice), [1], box(tx, alice))


@in_transaction
def test_a_move_takes_the_placement(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    filed = deliver(tx, alice, 3, keywords="work")
    at = changes.state(tx, alice)
    tx.count()
    moved = copying.move(tx, alice, inbox, [1, 3], archive)
    assert tx.count() <= 9
    assert (moved.source, moved.copies) == ([1, 3], [1, 2])
    assert uids(tx, alice, inbox) == [2]
    there = placements.rows(tx, alice, archive)
    assert [row.message_id for row in there] == [filed[0].message_id, filed[2].message_id]
    assert {row.modseq for row in there} == {moved.modseq}
    assert changes.vanished(tx, alice, inbox, at) == [1, 3]
    assert quota.usage(tx, alice).messages == 3
    assert mailboxes.get(tx, alice, inbox).uidnext == 4


@in_transaction
def test_moving_within_a_mailbox_gives_new_uids(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 3)
    assert copying.move(tx, alice, inbox, [1, 2], inbox).copies == [4, 5]
    assert uids(tx, alice, inbox) == [3, 4, 5]


@in_transaction
def test_moving_to_where_the_message_is(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    one, two = deliver(tx, alice, 2)
    assert copying.place(tx, alice, one.message_id, archive) == 1
    moved = copying.move(tx, alice, inbox, [1, 2], archive)
    assert (moved.source, moved.copies) == ([1, 2], [1, 2])
    assert placements.where(tx, alice, [one.message_id, two.message_id]) == {
        one.message_id: [(archive, 1, "")],
        two.message_id: [(archive, 2, "")],
    }


@in_transaction
def test_one_message_in_two_mailboxes_counts_once(tx):
    alice = account(tx)
    archive = box(tx, alice, Role.ARCHIVE)
    (filed,) = deliver(tx, alice, keywords="$seen")
    copying.place(tx, alice, filed.message_id, archive)
    assert quota.usage(tx, alice).messages == 1
    assert mailboxes.get(tx, alice, archive).unseen == 0
    assert len(refcounts.held(tx)) == 1
    with pytest.raises(AlreadyExists):
        copying.place(tx, alice, filed.message_id, archive)
    with pytest.raises(NotFound):
        copying.place(tx, alice, ABSENT, archive)
    with pytest.raises(NotFound):
        copying.place(tx, alice, filed.message_id, ABSENT)
