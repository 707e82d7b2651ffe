"""What owners want done with mail on its way to the inbox: muted threads, blocked senders."""

import dataclasses
from typing import Any

import pytest

from pillarbox.base.errors import TooMany
from pillarbox.store import accounts, flags, messages, wishes
from pillarbox.store.flags import Change, How
from pillarbox.store.mailboxes import Role
from pillarbox.store.messages import Target
from pillarbox.store.wishes import Wish

from .world import ABSENT, account, box, in_transaction, incoming

FIRST = {"message_id": "1@x", "subject": "Plans"}
REPLY = {"message_id": "2@x", "references": ("1@x",), "subject": "Re: Plans"}


def arriving(author="eve@evil.example", **fields):
    return dataclasses.replace(incoming(**fields), author=author)


def deliver(tx, account_id, mailbox=Role.INBOX, keywords="", **fields):
    return messages.deliver(tx, account_id, mailbox, arriving(**fields), keywords)


def mute(tx, account_id, *message_ids, how=How.ADD):
    change = Change(how, frozenset({"$muted"}))
    flags.set_keywords(tx, account_id, message_ids, change)


def wished(tx, account_id):
    return tx.value("SELECT wishes FROM accounts WHERE account_id = ?1", account_id)


def keywords(tx, message_id):
    return tx.value("SELECT keywords FROM placements WHERE message_id = ?1", message_id)


@in_transaction
def test_who_wishes_nothing_pays_nothing(tx):
    anna = account(tx, "anna")
    deliver(tx, anna, **FIRST)
    tx.count()
    filed = deliver(tx, anna, **REPLY)
    plain = tx.count()
    assert (filed.wish, filed.mailbox_id) == (None, box(tx, anna))
    other = account(tx, "ben")
    wishes.set_blocked(tx, other, ["eve@evil.example"])
    deliver(tx, other, author="b@x", **FIRST)
    tx.count()
    deliver(tx, other, author="b@x", **REPLY)
    assert tx.count() == plain + 1


@in_transaction
def test_later_messages_of_a_muted_thread_go_to_the_archive_unread(tx):
    anna = account(tx, "anna")
    first = deliver(tx, anna, **FIRST)
    mute(tx, anna, first.message_id)
    filed = deliver(tx, anna, **REPLY)
    assert (filed.wish, filed.mailbox_id) == (Wish.MUTED, box(tx, anna, Role.ARCHIVE))
    assert keywords(tx, filed.message_id) == "$muted"
    assert deliver(tx, anna, message_id="9@x", subject="Plans").wish is None
    assert deliver(tx, anna, Role.JUNK, **REPLY).wish is None
    assert deliver(tx, anna, box(tx, anna), **REPLY).wish is None


@in_transaction
def test_a_thread_is_muted_until_the_last_message_lost_the_keyword(tx):
    anna = account(tx, "anna")
    first = deliver(tx, anna, **FIRST)
    mute(tx, anna, first.message_id)
    second = deliver(tx, anna, **REPLY)
    mute(tx, anna, first.message_id, how=How.REMOVE)
    assert deliver(tx, anna, **REPLY | {"message_id": "3@x"}).wish is Wish.MUTED
    inbox = box(tx, anna, Role.ARCHIVE)
    rows = tx.all("SELECT uid FROM placements WHERE mailbox_id = ?1", inbox)
    flags.store(tx, anna, inbox, [row[0] for row in rows], Change(How.REPLACE, frozenset()))
    assert keywords(tx, second.message_id) == ""
    assert wished(tx, anna) == 0
    assert deliver(tx, anna, **REPLY | {"message_id": "4@x"}).wish is None


@in_transaction
def test_what_is_put_there_muted_mutes_its_thread(tx):
    anna = account(tx, "anna")
    deliver(tx, anna, box(tx, anna, Role.SENT), "$muted $seen", **FIRST)
    assert deliver(tx, anna, **REPLY).wish is Wish.MUTED


@in_transaction
def test_moving_the_keyword_within_a_thread_keeps_it_muted(tx):
    anna = account(tx, "anna")
    first, second = deliver(tx, anna, **FIRST), deliver(tx, anna, **REPLY)
    mute(tx, anna, first.message_id, second.message_id)
    mute(tx, anna, second.message_id, how=How.REMOVE)
    assert wished(tx, anna) == 1
    mute(tx, anna, first.message_id, how=How.REPLACE)
    assert wished(tx, anna) == 1
    wishes.follow(tx, anna, [second.message_id], [first.message_id])
    assert wished(tx, anna) == 1


@in_transaction
def test_mail_of_blocked_senders_goes_to_junk(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    wishes.set_blocked(tx, anna, [" Eve@Evil.example ", "eve@evil.example", ""])
    assert wishes.blocked(tx, anna) == ["eve@evil.example"]
    filed = deliver(tx, anna, author="EVE@evil.example")
    assert (filed.wish, filed.mailbox_id) == (Wish.BLOCKED, box(tx, anna, Role.JUNK))
    assert deliver(tx, anna, author="other@evil.example").wish is None
    assert deliver(tx, anna, author="").wish is None
    assert deliver(tx, ben).wish is None
    wishes.set_blocked(tx, anna, [])
    assert wished(tx, anna) == 0
    assert deliver(tx, anna).wish is None
    with pytest.raises(TooMany):
        wishes.set_blocked(tx, anna, [f"{n}@x" for n in range(wishes.MAX_BLOCKED + 1)])


@in_transaction
def test_blocking_counts_before_muting(tx):
    anna = account(tx, "anna")
    mute(tx, anna, deliver(tx, anna, **FIRST).message_id)
    wishes.set_blocked(tx, anna, ["eve@evil.example"])
    assert wished(tx, anna) == 3
    assert deliver(tx, anna, **REPLY).wish is Wish.BLOCKED
    assert deliver(tx, anna, author="b@x", **REPLY).wish is Wish.MUTED


@in_transaction
def test_each_of_many_has_their_own_wishes(tx):
    anna, ben, carl, dora = (account(tx, name) for name in ("anna", "ben", "carl", "dora"))
    mute(tx, anna, deliver(tx, anna, **FIRST).message_id)
    wishes.set_blocked(tx, ben, ["eve@evil.example"])
    wishes.set_blocked(tx, dora, ["eve@evil.example"])
    tx.run("UPDATE mailboxes SET role = NULL WHERE role = 'junk' AND account_id = ?1", dora)
    targets = [Target(one) for one in (anna, ben, carl, dora)]
    found: Any = messages.deliver_many(tx, targets, arriving(**REPLY))
    assert [one.wish for one in found] == [Wish.MUTED, Wish.BLOCKED, None, None]
    assert [one.mailbox_id for one in found] == [
        box(tx, anna, Role.ARCHIVE), box(tx, ben, Role.JUNK), box(tx, carl), box(tx, dora),
    ]  # fmt: skip
    assert keywords(tx, found[0].message_id) == "$muted"
    alone: Any
    (alone,) = messages.deliver_many(tx, [Target(dora)], arriving(**REPLY))
    assert (alone.wish, alone.mailbox_id) == (None, box(tx, dora))


@in_transaction
def test_nothing_is_left_of_an_account(tx):
    anna = account(tx, "anna")
    mute(tx, anna, deliver(tx, anna, **FIRST).message_id)
    wishes.set_blocked(tx, anna, ["eve@evil.example"])
    mute(tx, anna, ABSENT, how=How.REMOVE)
    accounts.delete(tx, anna)
    while accounts.purge(tx):
        pass
    assert wishes.blocked(tx, anna) == []
    assert tx.value("SELECT COUNT(*) FROM muted_threads") == 0
