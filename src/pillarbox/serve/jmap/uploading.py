"""Keeping octets as an upload, in chunks, within the limits (RFC 8620 §6.1)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from pillarbox.base.errors import TooLarge
from pillarbox.store import uploads
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId

UPLOAD_SECONDS: Final = 3600.0


class Uploading:
    """Makes uploads. max_octets: of one. quota: octets of all uploads of an account."""

    def __init__(self, db: Database, max_octets: int, quota: int) -> None:
        self._db = db
        self.max_octets: Final = max_octets
        self._quota = quota

    async def keep(
        self, account_id: AccountId, media_type: str, pieces: AsyncIterator[bytes]
    ) -> tuple[int, int]:
        """Return number and octets of a new upload. Nothing is left of one that fails.

        Raises TooLarge, OverQuota, TimeoutError, and what the pieces raise.
        """
        number = await self._db.write(uploads.begin, account_id, media_type)
        total = 0
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                async for chunk in _chunks(pieces):
                    total += len(chunk)
                    if total > self.max_octets:
                        raise TooLarge(f"upload of account {account_id}")  # noqa: TRY301
                    await self._db.write(
                        uploads.append, account_id, number, len(chunk), self._quota, blobs=(chunk,)
                    )
                await self._db.write(uploads.finish, account_id, number)
        except BaseException:
            await asyncio.shield(self._db.write(uploads.remove, account_id, number))
            raise
        return number, total


async def _chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield octets in chunks as they are kept."""
    found = bytearray()
    async for piece in pieces:
        found += piece
        while len(found) >= uploads.CHUNK_OCTETS:
            yield bytes(found[: uploads.CHUNK_OCTETS])
            del found[: uploads.CHUNK_OCTETS]
    if found:
        yield bytes(found)
