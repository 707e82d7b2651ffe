"""Reading every blob that a row needs, to find damage before a person does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.store import refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database

_ROWS: Final = 200


async def scrub(db: Database) -> AsyncIterator[tuple[BlobRef, str]]:
    """Yield (ref, what is wrong) for each blob that is damaged or missing.

    Octets are checked against their digests, not only against what the disk checks.
    """
    after = 0
    while rows := await db.scan(refcounts.held, after, _ROWS):
        for after, ref, octets in rows:  # noqa: B007 - the last one is where to go on
            wrong = await asyncio.to_thread(_check, db, ref, octets)
            if wrong:
                yield ref, wrong


def _check(db: Database, ref: BlobRef, octets: int) -> str:
    try:
        found = db.blobs.check(ref)
    except (Corrupt, NotFound) as exc:
        return str(exc)
    return "" if found == octets else f"{found} octets, and not {octets}"
