"""Whom an account writes to: remembered, found by a few letters, and kept few."""

from datetime import timedelta

import pytest

from pillarbox.mime.addresses import Mailbox
from pillarbox.store import accounts, correspondents

from .world import NOON, account, in_transaction

ANNA = Mailbox("Änna Berg", "Anna.Berg", "Example.NET")
BEN = Mailbox("Ben Ölander", "ben", "bergwerk.example")
CLEO = Mailbox("", "cleo_100%", "example.com")
NEWS = Mailbox("News", "no-reply", "shop.example")

FOUND = [
    ("", ["anna.berg@example.net", "ben@bergwerk.example", "cleo_100%@example.com"]),
    ("anna", ["anna.berg@example.net"]),
    ("ÄNNA b", ["anna.berg@example.net"]),
    ("berg", ["anna.berg@example.net", "ben@bergwerk.example"]),
    ("olan", ["ben@bergwerk.example"]),
    ("werk", ["ben@bergwerk.example"]),
    ("_100", ["cleo_100%@example.com"]),
    ("0%", ["cleo_100%@example.com"]),
    ("%", ["cleo_100%@example.com"]),
    ("\\", []),
    ("news", []),
]


def fill(tx):
    anna = account(tx)
    for _ in range(3):
        correspondents.note_sent(
            tx, anna, [ANNA, ANNA, Mailbox("x", "", "y"), Mailbox("x", "", "")]
        )
    correspondents.note_sent(tx, anna, [BEN])
    correspondents.note_received(tx, [anna], CLEO)
    correspondents.note_received(tx, [anna], NEWS)
    return anna


@pytest.mark.parametrize(("text", "addresses"), FOUND)
@in_transaction
def test_a_few_letters_are_enough(tx, text, addresses):
    found = correspondents.query(tx, fill(tx), text, 10)
    assert [one.address for one in found] == addresses


@in_transaction
def test_names_are_those_that_the_owner_gave(tx):
    anna = fill(tx)
    correspondents.note_sent(tx, anna, [Mailbox("", "anna.berg", "example.net")])
    correspondents.note_received(tx, [anna], Mailbox("Winner!", "anna.berg", "example.net"))
    correspondents.note_received(tx, [anna], Mailbox("Cleo", "cleo_100%", "example.com"))
    found = {one.address: one for one in correspondents.query(tx, anna, "", 10)}
    assert found["anna.berg@example.net"].name == "Änna Berg"
    assert (found["anna.berg@example.net"].uses, found["cleo_100%@example.com"].uses) == (4, 0)
    assert found["cleo_100%@example.com"].name == "Cleo"


@in_transaction
def test_who_was_written_to_lately_comes_first(tx):
    anna = fill(tx)
    tx.wait(days=300)
    correspondents.note_sent(tx, anna, [BEN])
    found = [one.address for one in correspondents.query(tx, anna, "berg", 10)]
    assert found == ["ben@bergwerk.example", "anna.berg@example.net"]
    assert len(correspondents.query(tx, anna, "berg", 1)) == 1


@in_transaction
def test_few_are_kept(tx):
    anna = fill(tx)
    assert correspondents.forget(tx, anna, "BEN@bergwerk.example")
    assert not correspondents.forget(tx, anna, "ben@bergwerk.example")
    assert correspondents.prune(tx, anna, NOON) == 0
    assert correspondents.prune(tx, anna, NOON + timedelta(seconds=1)) == 1
    many = [Mailbox("", f"u{number:05d}", "example.net") for number in range(60)]
    for start in range(0, 60, 20):
        correspondents.note_sent(tx, anna, many[start : start + 20])
    correspondents.note_sent(tx, anna, [*many, *many])
    assert correspondents.query(tx, anna, "u00059", 1)[0].uses == 1
    assert correspondents.query(tx, anna, "u00001", 1)[0].uses == 2
    accounts.delete(tx, anna)
    while accounts.purge(tx):
        pass
    assert correspondents.query(tx, anna, "", 1) == []
