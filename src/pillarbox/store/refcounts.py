"""How many rows need each blob, so that compaction knows what to throw away.

The octets are durable before a row names them, and are thrown away only after no row does:
a record without a row is garbage, a row never points at nothing.
"""

from collections.abc import Iterable
from typing import Final

from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import BlobId

_HOLD: Final = """
INSERT INTO blobs (ref, refcount, octets) VALUES (?1, ?2, ?3)
ON CONFLICT (ref) DO UPDATE SET refcount = blobs.refcount + excluded.refcount
RETURNING blob_id
"""
_ADD: Final = "UPDATE blobs SET refcount = refcount + ?2 WHERE blob_id = ?1"
_REF: Final = "SELECT ref FROM blobs WHERE blob_id = ?1"
_UNUSED: Final = "SELECT ref FROM blobs WHERE refcount = 0 ORDER BY blob_id LIMIT ?1"
_FORGET: Final = "DELETE FROM blobs WHERE ref = ?1 AND refcount = 0"
_MOVED: Final = "UPDATE blobs SET ref = ?2 WHERE ref = ?1"
_HELD: Final = """
SELECT blob_id, ref, octets FROM blobs
WHERE refcount > 0 AND blob_id > ?1 ORDER BY blob_id LIMIT ?2
"""


def hold(tx: Transaction, ref: BlobRef, count: int, octets: int) -> BlobId:
    """Note that `count` more rows need the blob, and return its id for those rows.

    octets: the size of what was put in, not of the stored record.
    """
    blob_id: BlobId = tx.value(_HOLD, str(ref), count, octets)
    return blob_id


def share(tx: Transaction, blob_id: BlobId) -> None:
    """Note that one more row needs a blob that some row needs already."""
    tx.run(_ADD, blob_id, 1)


def release(tx: Transaction, blob_ids: Iterable[BlobId]) -> None:
    """Note that rows are gone: one reference less for each blob named, as often as named."""
    counts: dict[BlobId, int] = {}
    for blob_id in blob_ids:
        counts[blob_id] = counts.get(blob_id, 0) - 1
    if counts:
        tx.many(_ADD, sorted(counts.items()))


def get(tx: Transaction, blob_id: BlobId) -> BlobRef:
    """Return where a blob is. The row must exist."""
    return BlobRef.parse(tx.value(_REF, blob_id))


def unused(tx: Transaction, limit: int = 1000) -> list[BlobRef]:
    """Return blobs that no row needs: throw the octets away, then `forget` them."""
    return [BlobRef.parse(row[0]) for row in tx.all(_UNUSED, limit)]


def forget(tx: Transaction, ref: BlobRef) -> bool:
    """Remove the row of a blob whose octets are gone; False if something needs it after all."""
    return tx.run(_FORGET, str(ref)) > 0


def held(tx: Transaction, after: int = 0, limit: int = 1000) -> list[tuple[int, BlobRef, int]]:
    """Return (id, ref, octets) of blobs that rows need, in order of id; `after` to go on."""
    rows = tx.all(_HELD, after, limit)
    return [(row[0], BlobRef.parse(row[1]), row[2]) for row in rows]


def moved(tx: Transaction, before: BlobRef, after: BlobRef) -> bool:
    """Note that compaction has put a blob elsewhere; False if no row knows it any more."""
    return tx.run(_MOVED, str(before), str(after)) > 0
