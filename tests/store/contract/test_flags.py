"""STORE: keywords of messages, \\Deleted of placements, many at once."""

import pytest

from pillarbox.base.errors import Invalid, NotFound, TooMany
from pillarbox.store import copying, flags, mailboxes, placements
from pillarbox.store.flags import Change, How
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, box, deliver, in_transaction

SEEN = frozenset({"$seen"})


def state(tx, account_id, mailbox_id):
    return [
        (row.uid, row.keywords, row.deleted) for row in placements.rows(tx, account_id, mailbox_id)
    ]


CASES = [
    (Change(How.ADD, SEEN), ("$seen a", 0), ("$seen", 1)),
    (Change(How.ADD, frozenset({"A", "$Flagged"})), ("$flagged a", 0), ("$flagged a", 1)),
    (Change(How.REMOVE, frozenset({"a", "none"})), ("", 0), ("", 1)),
    (Change(How.REPLACE, SEEN), ("$seen", 0), ("$seen", 0)),
    (Change(How.REPLACE), ("", 0), ("", 0)),
    (Change(How.REPLACE, deleted=True), ("", 1), ("", 1)),
    (Change(How.ADD, deleted=True), ("a", 1), ("", 1)),
    (Change(How.REMOVE, deleted=True), ("a", 0), ("", 0)),
]


@pytest.mark.parametrize(("change", "first", "second"), CASES)
@in_transaction
def test_the_three_ways(tx, change, first, second):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, keywords="a")
    deliver(tx, alice)
    flags.store(tx, alice, inbox, [2], Change(How.ADD, deleted=True))
    before = state(tx, alice, inbox)
    stored = flags.store(tx, alice, inbox, [1, 2, 99], change)
    after = state(tx, alice, inbox)
    assert after == [(1, *first), (2, *second)]
    assert stored.changed == [row for row in after if row not in before]
    changed = {row[0] for row in stored.changed}
    for row in placements.rows(tx, alice, inbox):
        assert (row.modseq == stored.modseq) == (row.uid in changed)


@in_transaction
def test_counts_follow(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 5)
    flags.store(tx, alice, inbox, [1, 2, 3], Change(How.ADD, SEEN, deleted=True))
    counts = mailboxes.get(tx, alice, inbox)
    assert (counts.total, counts.unseen, counts.deleted) == (5, 2, 3)
    flags.store(tx, alice, inbox, [2, 4], Change(How.REPLACE))
    counts = mailboxes.get(tx, alice, inbox)
    assert (counts.total, counts.unseen, counts.deleted) == (5, 3, 2)


@in_transaction
def test_changing_many_takes_few_statements(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 50)
    tx.count()
    flags.store(tx, alice, inbox, range(1, 51), Change(How.ADD, SEEN))
    assert tx.count() == 5


@in_transaction
def test_a_change_tells_the_rows_as_they_are_now(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 2)
    before = mailboxes.get(tx, alice, inbox).highest_modseq
    first = flags.store(tx, alice, inbox, [1, 9], Change(How.ADD, SEEN))
    assert (first.before, first.rows) == (before, [(1, "$seen", 0, first.modseq)])
    second = flags.store(tx, alice, inbox, [1, 2], Change(How.ADD, SEEN))
    assert second.before == first.modseq
    assert second.rows == [(1, "$seen", 0, first.modseq), (2, "$seen", 0, second.modseq)]
    assert flags.store(tx, alice, inbox, [1], Change(How.REPLACE), 0).rows == []


@in_transaction
def test_what_changed_since_is_left_alone(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 3)
    at = mailboxes.get(tx, alice, inbox).highest_modseq
    flags.store(tx, alice, inbox, [2], Change(How.ADD, SEEN))
    stored = flags.store(tx, alice, inbox, [1, 2, 3], Change(How.ADD, frozenset({"a"})), at)
    assert stored.conflicts == [2]
    assert [row[0] for row in stored.changed] == [1, 3]
    assert state(tx, alice, inbox) == [(1, "a", 0), (2, "$seen", 0), (3, "a", 0)]
    # RFC 7162 §3.1.3: 0 matches no message that was ever changed.
    assert flags.store(tx, alice, inbox, [1], Change(How.REPLACE), 0).conflicts == [1]


@in_transaction
def test_a_change_that_changes_nothing_moves_no_modseq(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, keywords="$seen")
    before = mailboxes.get(tx, alice, inbox)
    stored = flags.store(tx, alice, inbox, [1, 9], Change(How.ADD, SEEN))
    assert stored.changed == []
    assert mailboxes.get(tx, alice, inbox) == before


@in_transaction
def test_keywords_belong_to_the_message_and_deleted_to_the_placement(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    (filed,) = deliver(tx, alice)
    copying.place(tx, alice, filed.message_id, archive)
    stored = flags.store(tx, alice, inbox, [1], Change(How.ADD, SEEN, deleted=True))
    assert state(tx, alice, inbox) == [(1, "$seen", 1)]
    assert state(tx, alice, archive) == [(1, "$seen", 0)]
    assert mailboxes.get(tx, alice, archive).highest_modseq == stored.modseq
    assert mailboxes.get(tx, alice, archive).unseen == 0


@in_transaction
def test_setting_by_message_id(tx):
    alice = account(tx)
    inbox, archive = box(tx, alice), box(tx, alice, Role.ARCHIVE)
    one, two = deliver(tx, alice, 2)
    copying.place(tx, alice, two.message_id, archive)
    ids = [one.message_id, two.message_id, ABSENT]
    modseq = flags.set_keywords(tx, alice, ids, Change(How.REPLACE, frozenset({"$seen", "b"})))
    assert state(tx, alice, inbox) == [(1, "$seen b", 0), (2, "$seen b", 0)]
    assert state(tx, alice, archive) == [(1, "$seen b", 0)]
    assert mailboxes.get(tx, alice, archive).highest_modseq == modseq
    assert mailboxes.get(tx, alice, inbox).unseen == 0


@in_transaction
def test_keywords_that_cannot_be(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice)
    with pytest.raises(Invalid):
        flags.store(tx, alice, inbox, [1], Change(How.ADD, frozenset({"a b"})))
    some = [f"k{n}" for n in range(150)]
    flags.store(tx, alice, inbox, [1], Change(How.ADD, frozenset(some[:75])))
    with pytest.raises(TooMany):
        flags.store(tx, alice, inbox, [1], Change(How.ADD, frozenset(some[75:])))
    with pytest.raises(NotFound):
        flags.store(tx, ABSENT, inbox, [1], Change(How.ADD, SEEN))
