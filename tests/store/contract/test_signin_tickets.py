"""Tickets of signing in, security events; and all of signing in ends with the account."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound, TooMany
from pillarbox.store import (
    accounts,
    app_passwords,
    passkeys,
    second_factors,
    security_events,
    signin_tickets,
    verify,
    web_sessions,
)
from pillarbox.store.passkeys import NewPasskey
from pillarbox.store.security_events import MAX_EVENTS, Source
from pillarbox.store.signin_tickets import NOBODY, Ticket
from pillarbox.store.web_sessions import Lifetime

from .world import ABSENT, account, in_transaction

MARK = b"m" * 32
MINUTE = timedelta(minutes=1)


@in_transaction
def test_a_ticket_is_good_once(tx):
    alice = account(tx)
    signin_tickets.make(tx, MARK, "link", alice, MINUTE, "data")
    assert signin_tickets.find(tx, MARK, "second") is None
    assert signin_tickets.take(tx, MARK, "second") is None
    assert signin_tickets.find(tx, MARK, "link") == Ticket("link", alice, "data", 0)
    assert signin_tickets.take(tx, MARK, "link") == Ticket("link", alice, "data", 0)
    assert signin_tickets.take(tx, MARK, "link") is None


@in_transaction
def test_a_ticket_runs_out(tx):
    signin_tickets.make(tx, MARK, "link", account(tx), MINUTE)
    tx.wait(minutes=1)
    assert signin_tickets.find(tx, MARK, "link") is None
    assert signin_tickets.attempt(tx, MARK, "link", 5) is None
    assert signin_tickets.take(tx, MARK, "link") is None


@in_transaction
def test_tries_are_counted(tx):
    signin_tickets.make(tx, MARK, "second", account(tx), MINUTE)
    tried = [signin_tickets.attempt(tx, MARK, "second", 2) for _ in range(3)]
    assert [ticket and ticket.tries for ticket in tried] == [0, 1, None]


@in_transaction
def test_strangers_get_so_many(tx, monkeypatch):
    monkeypatch.setattr(signin_tickets, "MAX_NOBODYS", 2)
    for number in range(2):
        signin_tickets.make(tx, bytes([number]) * 32, "passkey", NOBODY, MINUTE)
    with pytest.raises(TooMany):
        signin_tickets.make(tx, MARK, "passkey", NOBODY, MINUTE)
    signin_tickets.make(tx, MARK, "second", account(tx), MINUTE)
    tx.wait(minutes=1)
    signin_tickets.make(tx, b"n" * 32, "passkey", NOBODY, MINUTE)


@in_transaction
def test_an_account_keeps_its_latest(tx, monkeypatch):
    monkeypatch.setattr(signin_tickets, "MAX_OF_ACCOUNT", 2)
    alice = account(tx)
    for number in range(3):
        tx.wait(seconds=1)
        signin_tickets.make(tx, bytes([number]) * 32, "second", alice, MINUTE)
    found = [signin_tickets.find(tx, bytes([n]) * 32, "second") is not None for n in range(3)]
    assert found == [False, True, True]
    signin_tickets.drop(tx, alice)
    assert signin_tickets.find(tx, bytes([2]) * 32, "second") is None


@in_transaction
def test_events_are_kept_newest_first(tx):
    alice = account(tx)
    security_events.add(tx, alice, "totp_on")
    source = Source("Firefox", "192.0.2.0/24")
    security_events.add(tx, alice, "app_password_made", "Phone\r\n", source)
    first, second = security_events.list_(tx, alice)
    assert (first.kind, first.detail, first.agent) == ("app_password_made", "Phone", "Firefox")
    assert (second.kind, second.network, second.at) == ("totp_on", "", tx.now)
    assert security_events.list_(tx, alice, 1) == [first]
    with pytest.raises(NotFound):
        security_events.add(tx, ABSENT, "totp_on")


@in_transaction
def test_old_events_go(tx):
    alice = account(tx)
    for number in range(MAX_EVENTS + 5):
        security_events.add(tx, alice, "signed_in", str(number))
    found = security_events.list_(tx, alice, 1000)
    assert [found[0].detail, found[-1].detail] == [str(MAX_EVENTS + 4), "5"]


def fill(tx, account_id, number):
    one = bytes([number]) * 32
    lifetime = Lifetime(MINUTE, MINUTE, stay=False)
    web_sessions.start(tx, account_id, one, lifetime, "password")
    app_passwords.make(tx, account_id, one, "x", ["imap"])
    passkeys.add(tx, account_id, NewPasskey(one, b"k", 0, "x"))
    second_factors.begin_totp(tx, account_id, b"sealed")
    second_factors.enable_totp(tx, account_id, 1, [one])
    signin_tickets.make(tx, one, "link", account_id, MINUTE)
    security_events.add(tx, account_id, "totp_on")


TABLES = (
    "web_sessions",
    "app_passwords",
    "passkeys",
    "second_factors",
    "recovery_codes",
    "signin_tickets",
    "security_events",
)


def counted(tx):
    return [tx.value(f"SELECT COUNT(*) FROM {table}") for table in TABLES]


@in_transaction
def test_all_of_it_goes_with_the_account(tx):
    alice, bob = account(tx), account(tx, "bob")
    fill(tx, alice, 1)
    fill(tx, bob, 2)
    assert counted(tx) == [2] * 7
    accounts.delete(tx, alice)
    assert counted(tx) == [1] * 7
    while accounts.purge(tx):
        pass
    assert counted(tx) == [1] * 7


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("S1 number", "UPDATE accounts SET last_signin = 1"),
        ("S2 session", "UPDATE web_sessions SET used_at = 1"),
        ("S3 app password", "UPDATE app_passwords SET scopes = ''"),
        ("S4 second factor", "UPDATE second_factors SET passkeys_only = 1, account_id = {id}"),
    ],
)
async def test_damage_is_found(shared_db, rule, damage):
    def harm(tx):
        alice = account(tx)
        fill(tx, alice, 1)
        tx.run("DELETE FROM passkeys WHERE account_id = ?1", alice)
        tx.run(damage.format(id=alice))
        raise Told([finding.rule for finding in verify.check(tx)])

    with pytest.raises(Told) as told:
        await shared_db.write(harm)
    assert rule in told.value.args[0]


class Told(Exception):
    """Takes a transaction back, and says what was found in it."""
