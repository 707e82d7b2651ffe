"""Opening the index of words: `search.db` beside the mail, or the mail's own PostgreSQL."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Corrupt, Invalid, NotFound
from pillarbox.store import search
from pillarbox.store.blobs import BlobRef, Packed
from pillarbox.store.database import Database
from pillarbox.store.sqlite import Sqlite

log = structlog.get_logger()

FILE: Final = "search.db"
LOCK: Final = "search.lock"


class SearchIndex:
    """The index of an installation, for one process and one event loop.

    db: what its functions (`search`) run in. bodies: whether it holds the words of texts. Not
    where messages are sealed: from words and their places a text could be written again.
    """

    def __init__(self, db: Database, path: Path | None, *, bodies: bool = True) -> None:
        """Take the database, and its file if it is not the mail's own."""
        self.db: Final = db
        self.bodies: Final = bodies
        self._path = path

    @classmethod
    def beside(
        cls, mail: Database, folder: Path, url: str, clock: Clock, *, bodies: bool = True
    ) -> "SearchIndex":
        """Return the index of a mail database, not yet open. Arguments as of `connect`."""
        if url:
            return cls(mail, None, bodies=bodies)
        # There is one version: another one is not migrated to but made anew.
        backend = Sqlite(folder, clock, file=FILE, lock=LOCK, steps=())
        return cls(Database(backend, _NoBlobs(), clock), folder / FILE, bodies=bodies)

    async def open(self) -> None:
        """Make ready; the mail database must be open.

        A damaged file is thrown away, for nothing in it is lost. Raises Unavailable.
        """
        if self._path is None:
            await self.db.write(search.prepare)
            return
        try:
            await self._open()
        except (Corrupt, Invalid) as exc:
            log.warning("search.made_anew", reason=str(exc))
            await self.db.close()
            for end in ("", "-wal", "-shm"):
                self._path.with_name(FILE + end).unlink(missing_ok=True)
            await self._open()

    async def _open(self) -> None:
        await self.db.open()
        await self.db.write(search.prepare)

    async def close(self) -> None:
        """Give back files and connections."""
        if self._path is not None:
            await self.db.close()


class _NoBlobs:
    """The blob store of a database that has no blobs."""

    full = False
    broken = False

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def pack(self, blob: bytes) -> Packed:  # noqa: ARG002 - there are none
        raise Invalid("no blobs here")

    def put(self, blobs: Sequence[bytes | Packed]) -> list[BlobRef]:
        if blobs:
            raise Invalid("no blobs here")
        return []

    def get(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes:  # noqa: ARG002 - there are none
        raise NotFound(ref)

    def get_cached(
        self,
        ref: BlobRef,  # noqa: ARG002
        start: int = 0,  # noqa: ARG002
        stop: int | None = None,  # noqa: ARG002
    ) -> bytes | None:
        return None

    def check(self, ref: BlobRef) -> int:
        raise NotFound(ref)
