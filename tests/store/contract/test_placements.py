"""Reading mailboxes: ranges, lists, pages, metadata; one query each."""

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import copying, flags, placements, vault
from pillarbox.store.mailboxes import Role

from .world import ABSENT, NOON, account, box, deliver, in_transaction, known


def uids(rows):
    return [row.uid for row in rows]


@in_transaction
def test_ranges_and_lists_of_uids(tx):
    alice = account(tx)
    deliver(tx, alice, 5)
    inbox = box(tx, alice)
    tx.count()
    assert uids(placements.rows(tx, alice, inbox)) == [1, 2, 3, 4, 5]
    assert uids(placements.rows(tx, alice, inbox, 2, 3)) == [2, 3]
    assert uids(placements.rows(tx, alice, inbox, 4)) == [4, 5]
    assert uids(placements.rows(tx, alice, inbox, 6)) == []
    assert uids(placements.rows_of(tx, alice, inbox, [5, 99, 1])) == [1, 5]
    assert uids(placements.rows_of(tx, alice, inbox, [])) == []
    assert placements.rows(tx, alice, ABSENT) == []
    assert tx.count() == 7


@in_transaction
def test_numbering_a_mailbox_with_its_keywords(tx):
    alice = account(tx)
    deliver(tx, alice, 3)
    inbox = box(tx, alice)
    flags.store(tx, alice, inbox, [2], flags.Change(flags.How.ADD, frozenset(("$seen", "x"))))
    assert placements.numbered(tx, alice, inbox) == [(1, ""), (2, "$seen x"), (3, "")]
    assert placements.numbered(tx, alice, ABSENT) == []


@in_transaction
def test_metadata_takes_one_query_whatever_the_number(tx):
    alice = account(tx)
    deliver(tx, alice, 30)
    inbox = box(tx, alice)
    tx.count()
    found = placements.metadata(tx, alice, inbox, range(1, 29), ["subject", "blob", "envelope"])
    assert tx.count() == 1
    assert [row[0] for row in found] == list(range(1, 29))
    assert {row[1] for row in found} == {"Hello"}
    assert len({row[2] for row in found}) == 28
    with pytest.raises(KeyError):
        placements.metadata(tx, alice, inbox, [1], ["credentials"])


@in_transaction
def test_pages_from_the_latest_back(tx):
    alice = account(tx)
    for hours in (3, 1, 2, 2, 2):
        deliver(tx, alice, received_at=NOON.replace(hour=hours))
    inbox = box(tx, alice)
    seen = []
    before = None
    while page := placements.newest(tx, alice, inbox, 2, before):
        seen += uids(page)
        before = (page[-1].received_at, page[-1].uid)
    assert seen == [1, 5, 4, 3, 2]


@in_transaction
def test_locating_octets(tx):
    alice = account(tx)
    (filed,) = deliver(tx, alice, size=77)
    located = known(placements.locate(tx, alice, box(tx, alice), 1))
    assert (located.octets, located.header_octets, located.tree) == (77, 200, b"\x00tree")
    assert placements.locate_by_id(tx, alice, filed.message_id) == located
    assert placements.locate(tx, alice, box(tx, alice), 2) is None
    vault.remove(tx, alice, box(tx, alice), [1])
    with pytest.raises(NotFound):
        placements.locate_by_id(tx, alice, filed.message_id)


@in_transaction
def test_where_messages_are(tx):
    alice = account(tx)
    one, two = deliver(tx, alice, 2)
    archive = box(tx, alice, Role.ARCHIVE)
    copying.place(tx, alice, two.message_id, archive)
    assert placements.where(tx, alice, [one.message_id, two.message_id, ABSENT]) == {
        one.message_id: [(box(tx, alice), 1, "")],
        two.message_id: [(box(tx, alice), 2, ""), (archive, 1, "")],
    }


@in_transaction
def test_changed_since(tx):
    alice = account(tx)
    deliver(tx, alice, 3)
    inbox = box(tx, alice)
    at = placements.rows(tx, alice, inbox)[-1].modseq
    change = flags.Change(flags.How.ADD, frozenset({"$seen"}))
    flags.store(tx, alice, inbox, [3, 1], change)
    assert uids(placements.changed_since(tx, alice, inbox, at)) == [1, 3]
    assert uids(placements.changed_since(tx, alice, inbox, 0)) == [1, 2, 3]


@in_transaction
def test_keywords_used(tx):
    alice = account(tx)
    deliver(tx, alice, keywords="$seen work")
    deliver(tx, alice, keywords="home")
    assert placements.keywords_used(tx, alice, box(tx, alice)) == ["$seen", "home", "work"]
