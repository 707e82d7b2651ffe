"""Passkeys: credentials of WebAuthn, as octets. What they mean is settled above."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment
from pillarbox.store.signin_numbers import next_number, short

MAX_PASSKEYS: Final = 20
MAX_NAME: Final = 80
MAX_CREDENTIAL_ID: Final = 1023  # WebAuthn level 2, §4
MAX_PUBLIC_KEY: Final = 2048


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a registration. public_key: COSE. transports: words of WebAuthn."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...] = ()
    synced: bool = False


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey. used_at: None for never. synced: it has copies in other devices."""

    passkey_no: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    transports: tuple[str, ...]
    synced: bool
    created_at: datetime
    used_at: datetime | None


_FIELDS: Final = """
SELECT passkey_no, credential_id, public_key, sign_count, name, transports, synced, created_at,
    used_at
FROM passkeys
"""
_LIST: Final = _FIELDS + " WHERE account_id = ?1 ORDER BY passkey_no"
_FIND: Final = _FIELDS + " WHERE account_id = ?1 AND credential_id = ?2"
_ADD: Final = """
INSERT INTO passkeys (account_id, passkey_no, credential_id, public_key, sign_count, name,
    transports, synced, created_at, used_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)
"""
_COUNT: Final = "SELECT COUNT(*) FROM passkeys WHERE account_id = ?1"
_USED: Final = """
UPDATE passkeys SET sign_count = ?4, used_at = ?5, synced = ?6
WHERE account_id = ?1 AND passkey_no = ?2 AND sign_count = ?3
"""
_RENAME: Final = "UPDATE passkeys SET name = ?3 WHERE account_id = ?1 AND passkey_no = ?2"
_REMOVE: Final = """
DELETE FROM passkeys WHERE account_id = ?1 AND passkey_no = ?2 RETURNING name
"""
_NOT_ONLY: Final = """
UPDATE second_factors SET passkeys_only = 0 WHERE account_id = ?1 AND NOT EXISTS (
    SELECT 1 FROM passkeys p WHERE p.account_id = second_factors.account_id)
"""


def _passkey(row: tuple[Any, ...]) -> Passkey:
    return Passkey(
        row[0], bytes(row[1]), bytes(row[2]), row[3], row[4], tuple(row[5].split()), bool(row[6]),
        moment(row[7]), moment(row[8]) if row[8] else None,
    )  # fmt: skip


def add(tx: Transaction, account_id: AccountId, new: NewPasskey) -> int:
    """Keep a passkey, and return its number.

    Raises Invalid for what is too long or has no name, AlreadyExists, TooMany, NotFound.
    """
    name = _name(new.name)
    if not 0 < len(new.credential_id) <= MAX_CREDENTIAL_ID:
        raise Invalid(f"a credential id of {len(new.credential_id)} octets")
    if not 0 < len(new.public_key) <= MAX_PUBLIC_KEY:
        raise Invalid(f"a public key of {len(new.public_key)} octets")
    number = next_number(tx, account_id)
    if tx.value(_COUNT, account_id) >= MAX_PASSKEYS:
        raise TooMany(f"an account has at most {MAX_PASSKEYS} passkeys")
    if find(tx, account_id, new.credential_id) is not None:
        raise AlreadyExists("this passkey")
    tx.run(
        _ADD, account_id, number, new.credential_id, new.public_key, new.sign_count, name,
        short(" ".join(new.transports), 100), int(new.synced), micros(tx.now),
    )  # fmt: skip
    return number


def list_(tx: Transaction, account_id: AccountId) -> list[Passkey]:
    """Return the passkeys of an account, oldest first."""
    return [_passkey(row) for row in tx.all(_LIST, account_id)]


def find(tx: Transaction, account_id: AccountId, credential_id: bytes) -> Passkey | None:
    """Return a passkey by the id that its authenticator gave it."""
    row = tx.one(_FIND, account_id, credential_id)
    return None if row is None else _passkey(row)


def used(
    tx: Transaction, account_id: AccountId, passkey: Passkey, sign_count: int, *, synced: bool
) -> bool:
    """Note that it was used; False if it was used somewhere else at the same time."""
    row = (account_id, passkey.passkey_no, passkey.sign_count, sign_count, micros(tx.now))
    return bool(tx.run(_USED, *row, int(synced)))


def rename(tx: Transaction, account_id: AccountId, passkey_no: int, name: str) -> None:
    """Give a passkey another name. Raises Invalid, NotFound."""
    if not tx.run(_RENAME, account_id, passkey_no, _name(name)):
        raise NotFound(f"passkey {passkey_no}")


def remove(tx: Transaction, account_id: AccountId, passkey_no: int) -> str:
    """Forget a passkey, and return its name. Raises NotFound.

    Without passkeys the password signs in again, even if it was not to.
    """
    name: str | None = tx.value(_REMOVE, account_id, passkey_no)
    if name is None:
        raise NotFound(f"passkey {passkey_no}")
    tx.run(_NOT_ONLY, account_id)
    return name


def _name(name: str) -> str:
    kept = short(name.strip(), MAX_NAME)
    if not kept or len(name.strip()) > MAX_NAME:
        raise Invalid(f"a passkey has a name of 1 to {MAX_NAME} characters")
    return kept
