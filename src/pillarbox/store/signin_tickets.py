"""What lives for minutes between two steps of signing in, and is good once.

A password that was right and waits for its code; a challenge for a passkey; a link that signs in.
Whoever holds the token may go on; kept is its mark alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pillarbox.base.errors import TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros
from pillarbox.store.signin_numbers import MARK_OCTETS

NOBODY: Final = AccountId(0)
MAX_DATA: Final = 4096
MAX_NOBODYS: Final = 10_000
"""How many there are at once that belong to no account: anybody can ask for them."""
MAX_OF_ACCOUNT: Final = 50
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class Ticket:
    """kind: what it is for. account_id: NOBODY while it is not known. tries: made before."""

    kind: str
    account_id: AccountId
    data: str
    tries: int


_ADD: Final = """
INSERT INTO signin_tickets (mark, kind, account_id, data, tries, expires_at)
VALUES (?1, ?2, ?3, ?4, 0, ?5)
"""
_PURGE: Final = """
DELETE FROM signin_tickets WHERE mark IN (
    SELECT mark FROM signin_tickets WHERE expires_at <= ?1 LIMIT ?2)
"""
_COUNT: Final = "SELECT COUNT(*) FROM signin_tickets WHERE account_id = ?1"
_TRIM: Final = """
DELETE FROM signin_tickets WHERE account_id = ?1 AND mark IN (
    SELECT mark FROM signin_tickets WHERE account_id = ?1
    ORDER BY expires_at DESC LIMIT 1000 OFFSET ?2)
"""
_FIND: Final = """
SELECT kind, account_id, data, tries FROM signin_tickets
WHERE mark = ?1 AND kind = ?2 AND expires_at > ?3
"""
_TRY: Final = """
UPDATE signin_tickets SET tries = tries + 1
WHERE mark = ?1 AND kind = ?2 AND expires_at > ?3 AND tries < ?4
RETURNING kind, account_id, data, tries - 1
"""
_TAKE: Final = """
DELETE FROM signin_tickets WHERE mark = ?1 AND kind = ?2 AND expires_at > ?3
RETURNING kind, account_id, data, tries
"""
_DROP: Final = "DELETE FROM signin_tickets WHERE account_id = ?1"


def make(
    tx: Transaction,
    mark: bytes,
    kind: str,
    account_id: AccountId,
    lifetime: timedelta,
    data: str = "",
) -> None:
    """Keep a ticket. Raises TooMany if strangers have asked for too many."""
    assert len(mark) == MARK_OCTETS
    assert len(data) <= MAX_DATA
    tx.run(_PURGE, micros(tx.now), _BATCH)
    if account_id == NOBODY and tx.value(_COUNT, NOBODY) >= MAX_NOBODYS:
        raise TooMany("tickets of nobody")
    tx.run(_ADD, mark, kind, account_id, data, micros(tx.now + lifetime))
    if account_id != NOBODY:
        tx.run(_TRIM, account_id, MAX_OF_ACCOUNT)


def find(tx: Transaction, mark: bytes, kind: str) -> Ticket | None:
    """Return a ticket and leave it as it is; None if it is not good."""
    row = tx.one(_FIND, mark, kind, micros(tx.now))
    return None if row is None else Ticket(*row)


def attempt(tx: Transaction, mark: bytes, kind: str, most: int) -> Ticket | None:
    """Count a try with a ticket, and return it; None if it is not good for one more."""
    row = tx.one(_TRY, mark, kind, micros(tx.now), most)
    return None if row is None else Ticket(*row)


def take(tx: Transaction, mark: bytes, kind: str) -> Ticket | None:
    """Use a ticket up, and return it; None if it is not good."""
    row = tx.one(_TAKE, mark, kind, micros(tx.now))
    return None if row is None else Ticket(*row)


def drop(tx: Transaction, account_id: AccountId) -> None:
    """Forget the tickets of an account."""
    tx.run(_DROP, account_id)
