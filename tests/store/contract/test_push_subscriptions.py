"""Push subscriptions: who made them, what they know, when they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound, TooMany
from pillarbox.store import accounts, push_subscriptions
from pillarbox.store.push_subscriptions import Subscription

from .world import ABSENT, account, in_transaction


def wanted(tx, account_id, **more):
    plain = Subscription(
        0, account_id, "session", 3, "phone", "https://push.example.org/x", "", "", "code", False,
        ("Email", "Mailbox"), "{}", tx.now + timedelta(days=1),
    )  # fmt: skip
    return replace(plain, **more)


@in_transaction
def test_what_is_added_is_listed_and_changed(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    number = push_subscriptions.add(tx, wanted(tx, anna))
    (found,) = push_subscriptions.list_(tx, anna)
    assert found == wanted(tx, anna, subscription_no=number)
    assert push_subscriptions.list_(tx, ben) == []
    changed = replace(found, verified=True, types=(), states='{"Email": "1"}')
    push_subscriptions.change(tx, changed)
    assert push_subscriptions.list_(tx, anna) == [changed]
    assert not push_subscriptions.remove(tx, ben, number)
    assert push_subscriptions.remove(tx, anna, number)
    assert not push_subscriptions.has_any(tx, anna)
    with pytest.raises(NotFound):
        push_subscriptions.add(tx, wanted(tx, ABSENT))


@in_transaction
def test_failures_wait_and_successes_clear_them(tx):
    anna = account(tx, "anna")
    number = push_subscriptions.add(tx, wanted(tx, anna))
    assert anna in push_subscriptions.accounts(tx)
    push_subscriptions.failed(tx, anna, number, tx.now + timedelta(minutes=1))
    assert push_subscriptions.list_(tx, anna)[0].failures == 1
    assert anna not in push_subscriptions.accounts(tx)
    tx.wait(minutes=2)
    assert anna in push_subscriptions.accounts(tx)
    push_subscriptions.sent(tx, anna, number, '{"Email": "2"}')
    (found,) = push_subscriptions.list_(tx, anna)
    assert (found.failures, found.retry_at, found.states) == (0, 0, '{"Email": "2"}')


@in_transaction
def test_they_end(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    push_subscriptions.add(tx, wanted(tx, anna))
    push_subscriptions.add(tx, wanted(tx, ben, expires_at=tx.now + timedelta(days=9)))
    tx.wait(days=2)
    push_subscriptions.purge(tx)
    assert not push_subscriptions.has_any(tx, anna)
    assert push_subscriptions.has_any(tx, ben)
    accounts.delete(tx, ben)
    while accounts.purge(tx):
        pass
    assert not push_subscriptions.has_any(tx, ben)


@in_transaction
def test_not_too_many(tx):
    anna = account(tx, "anna")
    for _ in range(push_subscriptions.MAX_SUBSCRIPTIONS):
        push_subscriptions.add(tx, wanted(tx, anna))
    with pytest.raises(TooMany):
        push_subscriptions.add(tx, wanted(tx, anna))
