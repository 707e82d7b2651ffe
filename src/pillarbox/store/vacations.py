"""Answers while an account's owner is away: what they say, who got one, which are still owed.

That an answer is owed is written in the transaction that files the message; it is owed no more
in the one that queues the answer. So each is sent once, whatever dies in between.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pillarbox.base.errors import TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, listed, micros, moment, pack, text

MAX_OCTETS: Final = 256 * 1024
AGAIN: Final = timedelta(days=7)
"""How long nobody is answered again (RFC 5230 §4.2)."""
MOST: Final = 500
"""Senders that one account answers within AGAIN: who invents addresses gets no more out of it."""


@dataclass(frozen=True, slots=True)
class Vacation:
    """since, until: None for no limit. body: opaque here; "" if nothing was ever said."""

    enabled: bool = False
    since: datetime | None = None
    until: datetime | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """An answer that is owed. address: to whom. about: as it was given to `owe`."""

    account_id: AccountId
    address: str
    about: str


_FIND: Final = "SELECT version, enabled, since, until, body FROM vacations WHERE account_id = ?1"
_LOCK: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 FOR UPDATE"
_PUT: Final = """
INSERT INTO vacations (account_id, version, enabled, since, until, body)
VALUES (?1, 1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id) DO UPDATE SET version = vacations.version + 1,
    enabled = excluded.enabled, since = excluded.since, until = excluded.until,
    body = excluded.body
RETURNING version
"""
_FORGET: Final = "DELETE FROM vacation_answers WHERE account_id = ?1"
_AWAY: Final = """
SELECT account_id FROM vacations
WHERE account_id IN LIST(?1) AND enabled = 1 AND since <= ?2 AND (until = 0 OR until > ?2)
"""
_COUNT: Final = """
SELECT COUNT(*) FROM vacation_answers WHERE account_id = ?1 AND answered_at > ?2
"""
_OWE: Final = """
INSERT INTO vacation_answers (account_id, address, answered_at, due) VALUES (?1, ?2, ?3, ?5)
ON CONFLICT (account_id, address) DO UPDATE SET answered_at = excluded.answered_at,
    due = excluded.due
WHERE vacation_answers.answered_at <= ?4
RETURNING 1
"""
_DUE: Final = """
SELECT account_id, address, due FROM vacation_answers WHERE due <> ''
ORDER BY answered_at LIMIT ?1
"""
_SETTLE: Final = """
UPDATE vacation_answers SET due = '' WHERE account_id = ?1 AND address = ?2 AND due = ?3
"""
_PURGE: Final = "DELETE FROM vacation_answers WHERE due = '' AND answered_at <= ?1"


def find(tx: Transaction, account_id: AccountId) -> tuple[int, Vacation]:
    """Return (version, what was said); version 0 for who never said anything."""
    row = tx.one(_FIND, account_id)
    if row is None:
        return 0, Vacation()
    since, until = (moment(at) if at else None for at in row[2:4])
    return row[0], Vacation(bool(row[1]), since, until, row[4])


def find_to_change(tx: Transaction, account_id: AccountId) -> tuple[int, Vacation]:
    """Do `find`, and keep others from changing it until the transaction ends."""
    if tx.dialect == "postgres":
        tx.one(_LOCK, account_id)
    return find(tx, account_id)


def version(tx: Transaction, account_id: AccountId) -> int:
    """Return a number that grows with each change."""
    return find(tx, account_id)[0]


def put(tx: Transaction, account_id: AccountId, vacation: Vacation) -> int:
    """Replace it, and return its version. Everybody may be answered anew; nothing is owed.

    Raises TooMany above MAX_OCTETS.
    """
    body = text(vacation.body)
    if len(body.encode()) > MAX_OCTETS:
        raise TooMany("octets of the answer")
    limits = [micros(at) if at else 0 for at in (vacation.since, vacation.until)]
    tx.run(_FORGET, account_id)
    kept: int = tx.value(_PUT, account_id, int(vacation.enabled), *limits, body)
    return kept


def away(tx: Transaction, account_ids: Collection[AccountId]) -> set[AccountId]:
    """Return those accounts whose owners are away now."""
    rows = tx.all(listed(tx, _AWAY), pack(account_ids), micros(tx.now))
    return {AccountId(row[0]) for row in rows}


def owe(tx: Transaction, account_id: AccountId, address: str, about: str) -> bool:
    """Note that an answer is to be sent to an address; False if it had one not long ago.

    Raises TooMany if the account answered MOST senders lately.
    """
    since = micros(tx.now - AGAIN)
    if tx.value(_COUNT, account_id, since) >= MOST:
        raise TooMany("answers")
    key = text(address.lower())
    return bool(tx.all(_OWE, account_id, key, micros(tx.now), since, text(about)))


def due(tx: Transaction, limit: int) -> list[Due]:
    """Return answers that are owed, the oldest first."""
    return [Due(AccountId(row[0]), row[1], row[2]) for row in tx.all(_DUE, limit)]


def settle(tx: Transaction, owed: Due) -> bool:
    """Owe it no more; False if somebody else was first."""
    return bool(tx.run(_SETTLE, owed.account_id, owed.address, owed.about))


def purge(tx: Transaction) -> None:
    """Forget who was answered so long ago that they may be answered again."""
    tx.run(_PURGE, micros(tx.now - AGAIN))
