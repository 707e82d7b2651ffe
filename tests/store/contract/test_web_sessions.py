"""store/web_sessions.py: browsers that are signed in."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import accounts, web_sessions
from pillarbox.store.security_events import Source
from pillarbox.store.web_sessions import MAX_SESSIONS, Lifetime

from .world import ABSENT, NOON, account, in_transaction, known

LIFETIME = Lifetime(timedelta(days=30), timedelta(days=7), stay=True)


def mark(number):
    return bytes([number % 256, number // 256]) + bytes(30)


def start(tx, account_id, number=1, **more):
    return web_sessions.start(tx, account_id, mark(number), LIFETIME, "password", **more)


@in_transaction
def test_a_session_is_kept_and_found(tx):
    alice = account(tx)
    number = start(tx, alice, source=Source("Firefox\n" + "x" * 500, "192.0.2.0/24"))
    found = known(web_sessions.find(tx, alice, number))
    assert (found.account_id, found.address, found.mark) == (alice, "alice@example.org", mark(1))
    assert (found.previous, found.seen_at, found.stay) == (b"", None, True)
    assert found.created_at == found.used_at == found.confirmed_at == NOON
    assert found.agent.startswith("Firefoxx")
    assert (len(found.agent), found.network) == (120, "192.0.2.0/24")
    assert web_sessions.find(tx, alice, ABSENT) is None
    assert web_sessions.find(tx, ABSENT, number) is None


@in_transaction
def test_there_is_no_session_without_an_account(tx):
    with pytest.raises(NotFound):
        start(tx, ABSENT)


@in_transaction
def test_who_may_not_sign_in_has_no_session(tx):
    alice = account(tx)
    number = start(tx, alice)
    accounts.set_disabled(tx, alice, disabled=True)
    assert web_sessions.find(tx, alice, number) is None
    assert web_sessions.list_(tx, alice) == []
    accounts.set_disabled(tx, alice, disabled=False)
    assert web_sessions.find(tx, alice, number) is not None
    accounts.delete(tx, alice)
    assert web_sessions.find(tx, alice, number) is None


@in_transaction
def test_time_is_up(tx):
    alice = account(tx)
    number = start(tx, alice)
    session = known(web_sessions.find(tx, alice, number))
    assert not session.is_over(NOON + timedelta(days=6))
    assert session.is_over(NOON + timedelta(days=7))
    for _ in range(6):
        tx.wait(days=5)
        web_sessions.touch(tx, alice, number, "198.51.100.0/24")
    session = known(web_sessions.find(tx, alice, number))
    assert session.network == "198.51.100.0/24"
    assert session.used_at == tx.now
    assert session.is_over(tx.now)
    assert web_sessions.list_(tx, alice) == []
    assert web_sessions.purge(tx, 10) == 1
    assert web_sessions.purge(tx, 10) == 0


@in_transaction
def test_a_new_token_leaves_the_one_before(tx):
    alice = account(tx)
    number = start(tx, alice, 1)
    tx.wait(hours=1)
    assert web_sessions.rotate(tx, alice, number, mark(1), mark(2))
    assert not web_sessions.rotate(tx, alice, number, mark(1), mark(3))
    session = known(web_sessions.find(tx, alice, number))
    assert (session.mark, session.previous, session.seen_at) == (mark(2), mark(1), None)
    assert session.rotated_at == tx.now


@in_transaction
def test_a_token_that_did_not_arrive_is_replaced_and_the_one_before_stays(tx):
    alice = account(tx)
    number = start(tx, alice, 1)
    web_sessions.rotate(tx, alice, number, mark(1), mark(2))
    web_sessions.rotate(tx, alice, number, mark(2), mark(3))
    session = known(web_sessions.find(tx, alice, number))
    assert (session.mark, session.previous) == (mark(3), mark(1))
    web_sessions.seen(tx, alice, number, mark(3))
    assert known(web_sessions.find(tx, alice, number)).seen_at == tx.now
    web_sessions.rotate(tx, alice, number, mark(3), mark(4))
    session = known(web_sessions.find(tx, alice, number))
    assert (session.mark, session.previous) == (mark(4), mark(3))


@in_transaction
def test_confirming(tx):
    alice = account(tx)
    number = start(tx, alice)
    tx.wait(hours=1)
    web_sessions.confirm(tx, alice, number)
    assert known(web_sessions.find(tx, alice, number)).confirmed_at == tx.now


@in_transaction
def test_ending(tx):
    alice, bob = account(tx), account(tx, "bob")
    first, second, third = (start(tx, alice, n) for n in (1, 2, 3))
    other = start(tx, bob, 4)
    assert web_sessions.end(tx, alice, first)
    assert not web_sessions.end(tx, alice, first)
    assert not web_sessions.end(tx, alice, ABSENT)
    assert web_sessions.end_others(tx, alice, third) == 1
    assert web_sessions.find(tx, alice, second) is None
    assert [s.session_no for s in web_sessions.list_(tx, alice)] == [third]
    assert web_sessions.end_others(tx, alice) == 1
    assert web_sessions.find(tx, bob, other) is not None


@in_transaction
def test_numbers_do_not_come_again(tx):
    alice = account(tx)
    first = start(tx, alice)
    web_sessions.end(tx, alice, first)
    assert start(tx, alice) != first


@in_transaction
def test_too_many_end_the_one_used_longest_ago(tx):
    alice = account(tx)
    first = start(tx, alice, 0)
    second = start(tx, alice, 1)
    tx.wait(minutes=1)
    web_sessions.touch(tx, alice, first, "")
    for number in range(2, MAX_SESSIONS + 1):
        start(tx, alice, number)
    assert len(web_sessions.list_(tx, alice)) == MAX_SESSIONS
    assert web_sessions.find(tx, alice, first) is not None
    assert web_sessions.find(tx, alice, second) is None
