"""How one person wants to see their mail: one text for each account, opaque here."""

from typing import Final

from pillarbox.base.errors import TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, text

MAX_OCTETS: Final = 64 * 1024

_FIND: Final = "SELECT version, body FROM preferences WHERE account_id = ?1"
_VERSION: Final = "SELECT version FROM preferences WHERE account_id = ?1"
_LOCK: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 FOR UPDATE"
_PUT: Final = """
INSERT INTO preferences (account_id, version, body) VALUES (?1, 1, ?2)
ON CONFLICT (account_id) DO UPDATE SET version = preferences.version + 1, body = excluded.body
RETURNING version
"""


def find(tx: Transaction, account_id: AccountId) -> tuple[int, str]:
    """Return (version, text); (0, "") for who never said anything."""
    row = tx.one(_FIND, account_id)
    return (0, "") if row is None else (row[0], row[1])


def version(tx: Transaction, account_id: AccountId) -> int:
    """Return a number that grows with each change."""
    return tx.value(_VERSION, account_id) or 0


def find_to_change(tx: Transaction, account_id: AccountId) -> tuple[int, str]:
    """Do `find`, and keep others from changing it until the transaction ends."""
    if tx.dialect == "postgres":
        tx.one(_LOCK, account_id)
    return find(tx, account_id)


def put(tx: Transaction, account_id: AccountId, body: str) -> int:
    """Replace the text, and return its version. Raises TooMany above MAX_OCTETS."""
    body = text(body)
    if len(body.encode()) > MAX_OCTETS:
        raise TooMany("octets of preferences")
    kept: int = tx.value(_PUT, account_id, body)
    return kept
