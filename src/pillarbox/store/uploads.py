"""What JMAP clients uploaded and will use soon (RFC 8620 §6.1); kept for a while, then gone.

Octets come in chunks, each durable on its own, so that a large upload never lies in memory. An
upload that is not whole is nobody's to read, and goes with the old ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.store import refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, BlobId, listed, micros, moment, pack, text

CHUNK_OCTETS: Final = 1024 * 1024
"""The most one chunk has: what the packs keep in one piece."""
KEEP_AT_LEAST: Final = timedelta(hours=1)
"""RFC 8620 §6.1: before that nothing is removed for want of room."""
MAX_MEDIA_TYPE: Final = 255  # characters

_ACCOUNT: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 AND deleted_at IS NULL"
_BEGIN: Final = """
INSERT INTO uploads (account_id, media_type, octets, whole, created_at)
VALUES (?1, ?2, 0, 0, ?3) RETURNING upload_no
"""
_GROW: Final = """
UPDATE uploads SET octets = octets + ?3
WHERE upload_no = ?1 AND account_id = ?2 AND whole = 0
"""
_ADD: Final = """
INSERT INTO upload_chunks (upload_no, position, blob_id, octets) VALUES (?1,
    (SELECT COUNT(*) FROM upload_chunks WHERE upload_no = ?1), ?2, ?3)
"""
_FINISH: Final = """
UPDATE uploads SET whole = 1, created_at = ?3
WHERE upload_no = ?1 AND account_id = ?2 AND whole = 0
"""
_USED: Final = "SELECT COALESCE(SUM(octets), 0) FROM uploads WHERE account_id = ?1"
_OLDEST: Final = """
SELECT upload_no, octets FROM uploads
WHERE account_id = ?1 AND created_at < ?2 ORDER BY created_at, upload_no
"""
_FIND: Final = """
SELECT upload_no, media_type, octets, created_at FROM uploads
WHERE upload_no = ?1 AND account_id = ?2 AND whole = 1
"""
_CHUNKS: Final = """
SELECT b.ref, c.octets FROM upload_chunks c JOIN blobs b ON b.blob_id = c.blob_id
WHERE c.upload_no = ?1 ORDER BY c.position
"""
_OLD: Final = "SELECT upload_no FROM uploads WHERE created_at < ?1 ORDER BY created_at LIMIT ?2"
_OF: Final = "SELECT upload_no FROM uploads WHERE account_id = ?1"
_BLOBS: Final = "SELECT blob_id FROM upload_chunks WHERE upload_no IN LIST(?1)"
_DROP_CHUNKS: Final = "DELETE FROM upload_chunks WHERE upload_no IN LIST(?1)"
_DROP: Final = "DELETE FROM uploads WHERE upload_no IN LIST(?1)"


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that is whole. chunks: where the octets are, in order, each with its length."""

    upload_no: int
    media_type: str
    octets: int
    created_at: datetime
    chunks: tuple[tuple[BlobRef, int], ...]


def begin(tx: Transaction, account_id: AccountId, media_type: str) -> int:
    """Return the number of a new upload, still empty. Raises NotFound for the account."""
    if tx.value(_ACCOUNT, account_id) is None:
        raise NotFound(f"account {account_id}")
    kind = text(media_type[:MAX_MEDIA_TYPE])
    number: int = tx.value(_BEGIN, account_id, kind, micros(tx.now))
    return number


def append(tx: Transaction, account_id: AccountId, upload_no: int, octets: int, quota: int) -> None:
    """Add the blob of this transaction, of so many octets, to an upload that is not whole.

    quota: of all uploads of the account. To keep to it old ones go.

    Raises OverQuota, NotFound.
    """
    _make_room(tx, account_id, quota - octets)
    if not tx.run(_GROW, upload_no, account_id, octets):
        raise NotFound(f"upload {upload_no}")
    blob_id = refcounts.hold(tx, tx.blobs[0], 1, octets)
    tx.run(_ADD, upload_no, blob_id, octets)


def _make_room(tx: Transaction, account_id: AccountId, most: int) -> None:
    """Remove old uploads until at most `most` octets are used. Raises OverQuota."""
    used: int = tx.value(_USED, account_id)
    if used <= most:
        return
    gone = []
    for upload_no, octets in tx.all(_OLDEST, account_id, micros(tx.now - KEEP_AT_LEAST)):
        gone.append(upload_no)
        used -= octets
        if used <= most:
            _remove(tx, gone)
            return
    raise OverQuota(f"uploads of account {account_id}")


def finish(tx: Transaction, account_id: AccountId, upload_no: int) -> None:
    """Note that an upload is whole. Raises NotFound."""
    if not tx.run(_FINISH, upload_no, account_id, micros(tx.now)):
        raise NotFound(f"upload {upload_no}")


def find(tx: Transaction, account_id: AccountId, upload_no: int) -> Upload | None:
    """Return an upload of the account that is whole, or None."""
    row = tx.one(_FIND, upload_no, account_id)
    if row is None:
        return None
    chunks = tuple((BlobRef.parse(ref), octets) for ref, octets in tx.all(_CHUNKS, upload_no))
    return Upload(row[0], row[1], row[2], moment(row[3]), chunks)


def remove(tx: Transaction, account_id: AccountId, upload_no: int) -> None:
    """Remove an upload of the account, whole or not, if it is there."""
    if (upload_no,) in tx.all(_OF, account_id):
        _remove(tx, [upload_no])


def remove_all(tx: Transaction, account_id: AccountId) -> None:
    """Remove all uploads of an account."""
    _remove(tx, [row[0] for row in tx.all(_OF, account_id)])


def purge(tx: Transaction, before: datetime, limit: int = 500) -> bool:
    """Remove up to `limit` uploads that are older, and tell whether there may be more."""
    old = [row[0] for row in tx.all(_OLD, micros(before), limit)]
    _remove(tx, old)
    return len(old) == limit


def _remove(tx: Transaction, upload_nos: Iterable[int]) -> None:
    packed = pack(upload_nos)
    refcounts.release(tx, [BlobId(row[0]) for row in tx.all(listed(tx, _BLOBS), packed)])
    tx.run(listed(tx, _DROP_CHUNKS), packed)
    tx.run(listed(tx, _DROP), packed)
