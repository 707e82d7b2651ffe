"""What of the mail is still to be indexed, and reading it."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.mime.lexicon import Document, document
from pillarbox.mime.tree import decode_tree
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId, listed, pack

Read = Callable[[BlobRef, int, int | None], bytes]
"""Returns octets [start, stop) of a blob, blocking: `Database.blob_now`."""


class Waiting(NamedTuple):
    """A message that is not indexed yet."""

    message_id: MessageId
    blob: str
    octets: int
    tree: bytes


_ACCOUNTS: Final = "SELECT account_id, modseq, horizon FROM accounts WHERE deleted_at IS NULL"
_ACCOUNT: Final = _ACCOUNTS + " AND account_id = ?1"
_NEXT: Final = """
SELECT m.message_id, b.ref, m.octets, m.tree FROM messages m
JOIN blobs b ON b.blob_id = m.blob_id
WHERE m.account_id = ?1 AND m.message_id > ?2 ORDER BY m.message_id {} LIMIT ?3
"""
_OLDEST: Final = _NEXT.format("")
_NEWEST: Final = _NEXT.format("DESC")
_PRESENT: Final = "SELECT message_id FROM messages WHERE account_id = ?1 AND message_id IN LIST(?2)"
_COUNT: Final = "SELECT COUNT(*) FROM messages"


def accounts(tx: Transaction) -> dict[AccountId, tuple[int, int]]:
    """Return (modseq, horizon) of every account."""
    return {row[0]: (row[1], row[2]) for row in tx.all(_ACCOUNTS)}


def account(tx: Transaction, account_id: AccountId) -> tuple[int, int] | None:
    """Return (modseq, horizon) of an account, None if it is gone."""
    row = tx.one(_ACCOUNT, account_id)
    return None if row is None else (row[1], row[2])


def waiting(
    tx: Transaction, account_id: AccountId, after: int, limit: int, *, newest: bool = False
) -> list[Waiting]:
    """Return messages filed after an id; the oldest of them, or the newest first."""
    rows = tx.all(_NEWEST if newest else _OLDEST, account_id, after, limit)
    return [Waiting(row[0], row[1], row[2], bytes(row[3])) for row in rows]


def present(
    tx: Transaction, account_id: AccountId, message_ids: Iterable[MessageId]
) -> set[MessageId]:
    """Return which messages exist still, those in the vault too."""
    return {row[0] for row in tx.all(listed(tx, _PRESENT), account_id, pack(message_ids))}


def count(tx: Transaction) -> int:
    """Return how many messages there are."""
    found: int = tx.value(_COUNT)
    return found


def lexicon(message: Waiting, read: Read) -> Document:
    """Return the tokens of a message. One that cannot be read has none."""
    try:
        ref = BlobRef.parse(message.blob)
        tree = decode_tree(message.tree)
        return document(message.octets, tree, lambda start, stop: read(ref, start, stop))
    except (NotFound, Corrupt, msgspec.DecodeError):
        return {}
