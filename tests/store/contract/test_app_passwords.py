"""store/app_passwords.py: what programs sign in with."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import Invalid, NotFound, TooMany
from pillarbox.store import app_passwords
from pillarbox.store.app_passwords import MAX_PASSWORDS, SCOPES

from .world import ABSENT, NOON, account, in_transaction, known


def mark(number):
    return bytes([number]) + bytes(31)


@in_transaction
def test_kept_found_listed_used_revoked(tx):
    alice, bob = account(tx), account(tx, "bob")
    ends = NOON + timedelta(days=1)
    number = app_passwords.make(tx, alice, mark(1), " Phone ", ["smtp", "imap", "imap"], ends)
    app_passwords.make(tx, bob, mark(2), "Other", ["jmap"])
    found = known(app_passwords.find_mark(tx, mark(1)))
    assert found == app_passwords.find(tx, alice, number)
    assert (found.account_id, found.name, found.scopes) == (alice, "Phone", {"imap", "smtp"})
    assert (found.created_at, found.expires_at, found.used_at) == (NOON, ends, None)
    assert (found.is_over(NOON), found.is_over(ends)) == (False, True)
    assert app_passwords.find_mark(tx, mark(9)) is None
    assert app_passwords.find(tx, bob, ABSENT) is None
    app_passwords.used(tx, alice, number, "imap from 192.0.2.0/24")
    (found,) = app_passwords.list_(tx, alice)
    assert (found.used_at, found.used_by) == (NOON, "imap from 192.0.2.0/24")
    assert app_passwords.revoke(tx, alice, number) == "Phone"
    assert app_passwords.find_mark(tx, mark(1)) is None
    with pytest.raises(NotFound):
        app_passwords.revoke(tx, alice, number)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", SCOPES, 1),
        (" \n", SCOPES, 1),
        ("x" * 81, SCOPES, 1),
        ("x", [], 1),
        ("x", ["imap", "all"], 1),
        ("x", ["imap smtp"], 1),
        ("x", SCOPES, 0),
        ("x", SCOPES, -1),
    ],
)
@in_transaction
def test_what_is_refused(tx, name, scopes, days):
    alice = account(tx)
    with pytest.raises(Invalid):
        app_passwords.make(tx, alice, mark(1), name, scopes, NOON + timedelta(days=days))


@in_transaction
def test_nobody_has_none(tx):
    with pytest.raises(NotFound):
        app_passwords.make(tx, ABSENT, mark(1), "x", SCOPES)
    assert app_passwords.list_(tx, ABSENT) == []


@in_transaction
def test_their_number_is_limited(tx):
    alice = account(tx)
    for number in range(MAX_PASSWORDS):
        app_passwords.make(tx, alice, mark(number), "x", SCOPES)
    with pytest.raises(TooMany):
        app_passwords.make(tx, alice, mark(200), "x", SCOPES)
