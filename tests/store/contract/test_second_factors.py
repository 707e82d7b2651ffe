"""store/second_factors.py and store/passkeys.py: what is asked for beside a password."""

import pytest

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.store import passkeys, second_factors
from pillarbox.store.passkeys import MAX_PASSKEYS, NewPasskey
from pillarbox.store.second_factors import NONE

from .world import ABSENT, NOON, account, in_transaction, known

MARKS = [bytes([n]) * 32 for n in range(3)]


@in_transaction
def test_codes_are_asked_for_once_one_was_shown(tx):
    alice = account(tx)
    assert second_factors.find(tx, alice) == NONE
    with pytest.raises(NotFound):
        second_factors.enable_totp(tx, alice, 5, MARKS)
    second_factors.begin_totp(tx, alice, b"first")
    second_factors.begin_totp(tx, alice, b"sealed")
    assert not second_factors.is_strong(tx, alice)
    second_factors.enable_totp(tx, alice, 5, MARKS)
    found = second_factors.find(tx, alice)
    assert (found.totp, found.totp_since, found.totp_step, found.codes) == (b"sealed", NOON, 5, 3)
    assert found.is_strong
    assert second_factors.is_strong(tx, alice)
    with pytest.raises(AlreadyExists):
        second_factors.begin_totp(tx, alice, b"third")
    assert second_factors.disable_totp(tx, alice)
    assert not second_factors.disable_totp(tx, alice)
    assert second_factors.find(tx, alice) == NONE


@in_transaction
def test_no_code_is_good_twice(tx):
    alice = account(tx)
    second_factors.begin_totp(tx, alice, b"sealed")
    second_factors.enable_totp(tx, alice, 5, MARKS)
    assert not second_factors.use_step(tx, alice, 5)
    assert second_factors.use_step(tx, alice, 6)
    assert not second_factors.use_step(tx, alice, 6)
    assert not second_factors.use_step(tx, alice, 4)


@in_transaction
def test_a_recovery_code_is_good_once(tx):
    alice = account(tx)
    second_factors.set_recovery_codes(tx, alice, MARKS)
    assert second_factors.use_recovery_code(tx, alice, MARKS[0])
    assert not second_factors.use_recovery_code(tx, alice, MARKS[0])
    assert not second_factors.use_recovery_code(tx, alice, bytes(32) + b"x")
    second_factors.set_recovery_codes(tx, alice, MARKS[:1])
    assert not second_factors.use_recovery_code(tx, alice, MARKS[1])


def new(number=1, name="Laptop"):
    return NewPasskey(bytes([number]) * 16, b"cose", 0, name, ("internal", "hybrid"), synced=True)


@in_transaction
def test_passkeys_are_kept(tx):
    alice, bob = account(tx), account(tx, "bob")
    number = passkeys.add(tx, alice, new())
    passkeys.add(tx, bob, new())
    with pytest.raises(AlreadyExists):
        passkeys.add(tx, alice, new())
    (found,) = passkeys.list_(tx, alice)
    assert passkeys.find(tx, alice, new().credential_id) == found
    assert passkeys.find(tx, alice, b"other") is None
    assert (found.passkey_no, found.public_key, found.name) == (number, b"cose", "Laptop")
    assert (found.transports, found.synced, found.used_at) == (("internal", "hybrid"), True, None)
    assert passkeys.used(tx, alice, found, 7, synced=False)
    assert not passkeys.used(tx, alice, found, 8, synced=False)
    after = known(passkeys.find(tx, alice, found.credential_id))
    assert (after.sign_count, after.used_at, after.synced) == (7, NOON, False)
    passkeys.rename(tx, alice, number, "Desk")
    assert passkeys.remove(tx, alice, number) == "Desk"
    with pytest.raises(NotFound):
        passkeys.remove(tx, alice, number)
    with pytest.raises(NotFound):
        passkeys.rename(tx, alice, number, "Desk")


@pytest.mark.parametrize(
    "wrong",
    [
        NewPasskey(b"", b"k", 0, "x"),
        NewPasskey(b"c" * 1024, b"k", 0, "x"),
        NewPasskey(b"c", b"", 0, "x"),
        NewPasskey(b"c", b"k" * 2049, 0, "x"),
        NewPasskey(b"c", b"k", 0, " "),
        NewPasskey(b"c", b"k", 0, "x" * 81),
    ],
)
@in_transaction
def test_passkeys_that_are_refused(tx, wrong):
    with pytest.raises(Invalid):
        passkeys.add(tx, account(tx), wrong)


@in_transaction
def test_the_number_of_passkeys_is_limited(tx):
    alice = account(tx)
    for number in range(MAX_PASSKEYS):
        passkeys.add(tx, alice, new(number))
    with pytest.raises(TooMany):
        passkeys.add(tx, alice, new(200))


@in_transaction
def test_passkeys_only_needs_one_and_ends_with_the_last(tx):
    alice = account(tx)
    with pytest.raises(NotFound):
        second_factors.set_passkeys_only(tx, alice, on=True)
    first, second = passkeys.add(tx, alice, new(1)), passkeys.add(tx, alice, new(2))
    second_factors.set_passkeys_only(tx, alice, on=True)
    assert second_factors.is_strong(tx, alice)
    passkeys.remove(tx, alice, first)
    assert second_factors.find(tx, alice).passkeys_only
    passkeys.remove(tx, alice, second)
    assert not second_factors.find(tx, alice).passkeys_only
    with pytest.raises(NotFound):
        second_factors.set_passkeys_only(tx, ABSENT, on=False)
