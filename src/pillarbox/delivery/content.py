"""The octets of a queued message, on their way to a connection."""

import re
from collections.abc import AsyncIterator
from typing import Final

from pillarbox.mime.header import MAX_HEADER, header_end
from pillarbox.mime.seven_bit import to_seven_bit
from pillarbox.smtp.data import BodyScan
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database

_WAIVED: Final = re.compile(rb"^TLS-Required:[ \t]*No[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
CHUNK_OCTETS: Final = 4 * 1024 * 1024  # that are held in memory of one message


class Content:
    """One message. Small ones are read once, large ones in pieces each time.

    Every method raises NotFound, Corrupt or Unavailable, as `Database.blob` does.
    """

    def __init__(
        self, db: Database, ref: BlobRef, octets: int, rewritten: bytes | None = None
    ) -> None:
        self._db = db
        self._ref = ref
        self._octets = octets if rewritten is None else 0
        self._first = rewritten

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the message in order."""
        yield await self._head()
        for start in range(CHUNK_OCTETS, self._octets, CHUNK_OCTETS):
            yield await self._db.blob(self._ref, start, start + CHUNK_OCTETS)

    async def header(self) -> bytes:
        """Return the header section, with the empty line where there is one."""
        head = await self._head()
        return head[: header_end(head, 0, min(len(head), MAX_HEADER))[1]]

    async def waives_tls(self) -> bool:
        """Tell whether the sender prefers delivery to proven encryption (RFC 8689 §5)."""
        head = await self._head()
        return b"tls-required" in head[:MAX_HEADER].lower() and bool(
            _WAIVED.search(await self.header())
        )

    async def scan(self) -> BodyScan:
        """Read all of it, and return what it needs from a server."""
        scan = BodyScan(newlines=True)
        async for chunk in self.chunks():
            scan.feed(chunk)
        scan.end()
        return scan

    async def body(self, declared: str) -> str:
        """Return the BODY that is true as far as that costs little to know.

        Clients declare 8BITMIME for everything: a message that needs less reaches more.
        """
        head = await self._head()
        if declared == "BINARYMIME" or self._octets > CHUNK_OCTETS:
            return declared
        return "7BIT" if head.isascii() else "8BITMIME"

    async def seven_bit(self) -> "tuple[Content, int] | None":
        """Return it in 7-bit octets and how many, None where that cannot be (RFC 6152 §3).

        Only what fits into memory, up to CHUNK_OCTETS, is rewritten.
        """
        if self._octets > CHUNK_OCTETS:
            return None
        rewritten = to_seven_bit(await self._head())
        if rewritten is None:
            return None
        return Content(self._db, self._ref, 0, rewritten), len(rewritten)

    async def _head(self) -> bytes:
        if self._first is None:
            self._first = await self._db.blob(self._ref, 0, CHUNK_OCTETS)
        return self._first
