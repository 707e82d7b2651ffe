"""Mailboxes: names, roles, subscriptions, renaming, deleting."""

import pytest

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, NotPermitted, TooMany
from pillarbox.store import mailboxes, placements, renaming, vault
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, box, deliver, in_transaction, known


@in_transaction
def test_creating_makes_what_is_missing_above(tx):
    alice = account(tx)
    made = mailboxes.create(tx, alice, "a/b/c")
    b = known(mailboxes.find(tx, alice, "a/b"))
    a = known(mailboxes.find(tx, alice, "a"))
    assert (made.parent_id, b.parent_id, a.parent_id) == (b.mailbox_id, a.mailbox_id, 0)
    assert not made.subscribed
    assert (made.uidnext, made.total) == (1, 0)
    validities = [mailbox.uidvalidity for mailbox in mailboxes.list_(tx, alice)]
    assert len(set(validities)) == len(validities) == 9


@in_transaction
def test_a_name_and_a_role_are_taken_once(tx):
    alice = account(tx)
    mailboxes.create(tx, alice, "a")
    for name in ("a", "a/", "INBOX", "inbox"):
        with pytest.raises(AlreadyExists):
            mailboxes.create(tx, alice, name)
    with pytest.raises(AlreadyExists):
        mailboxes.create(tx, alice, "Other", Role.TRASH)
    with pytest.raises(NotFound):
        mailboxes.create(tx, ABSENT, "a")


@in_transaction
def test_finding(tx):
    alice = account(tx)
    assert known(mailboxes.find(tx, alice, "inBOX")).role is Role.INBOX
    assert mailboxes.find(tx, alice, "a\0") is None
    assert mailboxes.find(tx, alice, "none") is None
    with pytest.raises(NotFound):
        mailboxes.get(tx, alice, ABSENT)
    tx.count()
    mailboxes.list_(tx, alice)
    assert tx.count() == 1


@in_transaction
def test_roles_move(tx):
    alice = account(tx)
    other = mailboxes.create(tx, alice, "Bin").mailbox_id
    with pytest.raises(AlreadyExists):
        mailboxes.set_role(tx, alice, other, Role.TRASH)
    mailboxes.set_role(tx, alice, box(tx, alice, Role.TRASH), None)
    mailboxes.set_role(tx, alice, other, Role.TRASH)
    assert box(tx, alice, Role.TRASH) == other
    for mailbox_id, role in ((other, Role.INBOX), (box(tx, alice), Role.ARCHIVE)):
        with pytest.raises(Invalid):
            mailboxes.set_role(tx, alice, mailbox_id, role)
    before = mailboxes.get(tx, alice, other).modseq
    mailboxes.set_role(tx, alice, other, Role.TRASH)
    assert mailboxes.get(tx, alice, other).modseq == before


@in_transaction
def test_subscriptions_are_names(tx):
    alice = account(tx)
    mailboxes.subscribe(tx, alice, "later")
    mailboxes.subscribe(tx, alice, "later")
    assert "later" in mailboxes.subscriptions(tx, alice)
    made = mailboxes.create(tx, alice, "later")
    assert made.subscribed
    mailboxes.unsubscribe(tx, alice, "later")
    after = mailboxes.get(tx, alice, made.mailbox_id)
    assert not after.subscribed
    assert after.modseq > made.modseq
    mailboxes.unsubscribe(tx, alice, "later")


@in_transaction
def test_there_is_an_end_to_mailboxes(tx, monkeypatch):
    alice = account(tx)
    monkeypatch.setattr(mailboxes, "MAX_MAILBOXES", 8)
    with pytest.raises(TooMany):
        mailboxes.create(tx, alice, "a/b/c")
    mailboxes.create(tx, alice, "a/b")
    with pytest.raises(TooMany):
        mailboxes.create(tx, alice, "c")
    mailboxes.subscribe(tx, alice, "x")
    mailboxes.subscribe(tx, alice, "y")
    with pytest.raises(TooMany):
        mailboxes.subscribe(tx, alice, "z")


@in_transaction
def test_renaming_takes_children_and_subscriptions_along(tx):
    alice = account(tx)
    c = mailboxes.create(tx, alice, "a/b/c")
    a = known(mailboxes.find(tx, alice, "a"))
    mailboxes.create(tx, alice, "ab")
    mailboxes.subscribe(tx, alice, "a/b/c")
    deliver(tx, alice, mailbox=c.mailbox_id)
    renamed = renaming.rename(tx, alice, a.mailbox_id, "x/y")
    assert (renamed.name, renamed.mailbox_id) == ("x/y", a.mailbox_id)
    names = {mailbox.name for mailbox in mailboxes.list_(tx, alice)} - {"Archive", "Drafts"}
    assert names == {"INBOX", "Junk", "Sent", "Trash", "ab", "x", "x/y", "x/y/b", "x/y/b/c"}
    moved = mailboxes.get(tx, alice, c.mailbox_id)
    assert (moved.uidvalidity, moved.total, moved.subscribed) == (c.uidvalidity, 1, True)
    assert moved.modseq > c.modseq


@in_transaction
def test_renaming_that_cannot_be(tx):
    alice = account(tx)
    a = mailboxes.create(tx, alice, "a").mailbox_id
    mailboxes.create(tx, alice, "/".join("abcdefghijklmnopqrst"))
    cases = [("Sent", AlreadyExists), ("a/x", Invalid), ("", Invalid), ("x/" * 5 + "a", Invalid)]
    for name, error in cases:
        with pytest.raises(error):
            renaming.rename(tx, alice, a, name)
    with pytest.raises(NotFound):
        renaming.rename(tx, alice, ABSENT, "b")
    assert renaming.rename(tx, alice, a, "a/").name == "a"


@in_transaction
def test_renaming_inbox_moves_its_messages(tx):
    alice = account(tx)
    mailboxes.create(tx, alice, "INBOX/child")
    deliver(tx, alice, 3)
    renamed = renaming.rename(tx, alice, box(tx, alice), "old/mail")
    inbox = known(mailboxes.find(tx, alice, "INBOX"))
    assert (renamed.name, renamed.total, inbox.total, inbox.uidnext) == ("old/mail", 3, 0, 4)
    assert renamed.mailbox_id != inbox.mailbox_id
    assert mailboxes.find(tx, alice, "INBOX/child") is not None


@in_transaction
def test_deleting(tx):
    alice = account(tx)
    b = mailboxes.create(tx, alice, "a/b")
    a = known(mailboxes.find(tx, alice, "a"))
    deliver(tx, alice, 2, mailbox=b.mailbox_id)
    with pytest.raises(NotPermitted):
        renaming.delete(tx, alice, a.mailbox_id)
    with pytest.raises(NotPermitted):
        renaming.delete(tx, alice, box(tx, alice))
    assert renaming.delete(tx, alice, a.mailbox_id, children=True) == 2
    assert mailboxes.find(tx, alice, "a/b") is None
    assert placements.rows(tx, alice, b.mailbox_id) == []
    assert {entry.mailbox_name for entry in vault.list_(tx, alice)} == {"a/b"}
    assert vault.restore(tx, alice, b.mailbox_id, 1) == (box(tx, alice), 1)
    again = mailboxes.create(tx, alice, "a/b")
    assert again.mailbox_id > b.mailbox_id
    assert again.uidvalidity > b.uidvalidity
    with pytest.raises(NotFound):
        renaming.delete(tx, alice, b.mailbox_id)


@in_transaction
def test_what_has_others_below_it(tx):
    alice = account(tx)
    below = mailboxes.create(tx, alice, "a/b")
    assert mailboxes.has_children(tx, alice, below.parent_id)
    assert not mailboxes.has_children(tx, alice, below.mailbox_id)


@in_transaction
def test_messages_are_recent_until_somebody_is_told(tx):
    alice = account(tx)
    inbox = box(tx, alice)
    deliver(tx, alice, 3)
    assert mailboxes.recents(tx, alice) == {inbox: 3}
    before = mailboxes.get(tx, alice, inbox)
    assert mailboxes.tell_recent(tx, alice, inbox, 3) == 1
    assert mailboxes.recents(tx, alice) == {inbox: 1}
    assert mailboxes.tell_recent(tx, alice, inbox, 4) == 3
    assert mailboxes.tell_recent(tx, alice, inbox, 4) == 4
    assert mailboxes.tell_recent(tx, alice, inbox, 2) == 2
    assert mailboxes.recents(tx, alice) == {}
    after = mailboxes.get(tx, alice, inbox)
    assert after.recent_uid == after.uidnext == 4
    assert (after.modseq, after.highest_modseq) == (before.modseq, before.highest_modseq)
    assert mailboxes.tell_recent(tx, alice, ABSENT, 9) == 9
