"""App passwords: what programs sign in with. Each has a name, scopes, and perhaps an end.

They are random and long, so one fast keyed hash (the mark) is enough; nobody can guess them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import Invalid, NotFound, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment
from pillarbox.store.signin_numbers import MARK_OCTETS, next_number, short

SCOPES: Final = ("imap", "jmap", "pop3", "smtp")
MAX_PASSWORDS: Final = 50
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class AppPassword:
    """One of them. expires_at, used_at: None for never. used_by: protocol and network."""

    account_id: AccountId
    password_no: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    used_by: str

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time is up."""
        return self.expires_at is not None and now >= self.expires_at


_FIELDS: Final = """
SELECT account_id, password_no, name, scopes, created_at, expires_at, used_at, used_by
FROM app_passwords
"""
_BY_MARK: Final = _FIELDS + " WHERE mark = ?1"
_FIND: Final = _FIELDS + " WHERE account_id = ?1 AND password_no = ?2"
_LIST: Final = _FIELDS + " WHERE account_id = ?1 ORDER BY password_no"
_LIST_SCRAM: Final = """
SELECT account_id, password_no, name, scopes, created_at, expires_at, used_at, used_by, scram
FROM app_passwords WHERE account_id = ?1 AND scram <> '' ORDER BY password_no
"""
_COUNT: Final = "SELECT COUNT(*) FROM app_passwords WHERE account_id = ?1"
_ADD: Final = """
INSERT INTO app_passwords (account_id, password_no, mark, name, scopes, created_at, expires_at,
    used_at, used_by, scram)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, '', ?8)
"""
_USED: Final = """
UPDATE app_passwords SET used_at = ?3, used_by = ?4
WHERE account_id = ?1 AND password_no = ?2 AND used_at < ?3
"""
_REVOKE: Final = """
DELETE FROM app_passwords WHERE account_id = ?1 AND password_no = ?2 RETURNING name
"""


def _app_password(row: tuple[Any, ...]) -> AppPassword:
    return AppPassword(
        AccountId(row[0]), row[1], row[2], frozenset(row[3].split()), moment(row[4]),
        moment(row[5]) if row[5] else None, moment(row[6]) if row[6] else None, row[7],
    )  # fmt: skip


def make(
    tx: Transaction,
    account_id: AccountId,
    mark: bytes,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    scram: str = "",
) -> int:
    """Keep an app password, and return its number.

    scram: its keys for mechanisms that do not show it, opaque here; "" for none.
    Raises Invalid for an empty or long name, unknown or no scopes, or an end in the past;
    TooMany; NotFound for the account.
    """
    assert len(mark) == MARK_OCTETS
    wanted = sorted(set(scopes))
    kept = short(name.strip(), MAX_NAME)
    if not kept or len(name.strip()) > MAX_NAME:
        raise Invalid(f"an app password has a name of 1 to {MAX_NAME} characters")
    if not wanted or not set(wanted) <= set(SCOPES):
        raise Invalid(f"scopes: some of {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= tx.now:
        raise Invalid("an end in the past")
    number = next_number(tx, account_id)
    if tx.value(_COUNT, account_id) >= MAX_PASSWORDS:
        raise TooMany(f"an account has at most {MAX_PASSWORDS} app passwords")
    ends = 0 if expires_at is None else micros(expires_at)
    tx.run(_ADD, account_id, number, mark, kept, " ".join(wanted), micros(tx.now), ends, scram)
    return number


def find_mark(tx: Transaction, mark: bytes) -> AppPassword | None:
    """Return the app password that has the mark, also one whose time is up."""
    row = tx.one(_BY_MARK, mark)
    return None if row is None else _app_password(row)


def find(tx: Transaction, account_id: AccountId, password_no: int) -> AppPassword | None:
    """Return an app password by its number, also one whose time is up."""
    row = tx.one(_FIND, account_id, password_no)
    return None if row is None else _app_password(row)


def list_scram(tx: Transaction, account_id: AccountId) -> list[tuple[AppPassword, str]]:
    """Return those of an account that have keys, with them."""
    return [(_app_password(row[:8]), row[8]) for row in tx.all(_LIST_SCRAM, account_id)]


def list_(tx: Transaction, account_id: AccountId) -> list[AppPassword]:
    """Return the app passwords of an account, oldest first, also those whose time is up."""
    return [_app_password(row) for row in tx.all(_LIST, account_id)]


def used(tx: Transaction, account_id: AccountId, password_no: int, by: str) -> None:
    """Note that it was used, and by what (protocol and network, for people)."""
    tx.run(_USED, account_id, password_no, micros(tx.now), short(by, MAX_NAME))


def revoke(tx: Transaction, account_id: AccountId, password_no: int) -> str:
    """Delete an app password, and return its name. Raises NotFound."""
    name: str | None = tx.value(_REVOKE, account_id, password_no)
    if name is None:
        raise NotFound(f"app password {password_no}")
    return name
