"""The octets of blobs of every kind: messages, their parts, uploads (RFC 8620 §6).

They come in slices, so that what is large is never whole in memory. Only a part whose transfer
encoding must be undone is: for a moment, a few at a time, and then it lies in a temporary file.
"""

import asyncio
import os
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.jmap import blob_id, body_parts
from pillarbox.jmap.blob_id import MessageBlob, UploadBlob
from pillarbox.jmap.body_parts import BodyPart
from pillarbox.mime.tree import Part, decode_tree
from pillarbox.serve.jmap import mail_blobs
from pillarbox.serve.jmap.method import Context
from pillarbox.store import placements, uploads
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId, MessageId

SLICE_OCTETS: Final = 256 * 1024  # the frames of large messages in packs
IN_MEMORY: Final = 1024 * 1024
AT_ONCE: Final = 4  # parts that are decoded at the same time

Slices = Callable[[int, int], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob of an account. media_type: "" if unknown. slices: octets from start to stop."""

    octets: int
    media_type: str
    slices: Slices

    async def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return octets at once. Raises Corrupt, NotFound."""
        end = self.octets if stop is None else min(stop, self.octets)
        return b"".join([piece async for piece in self.slices(start, end)])


class Blobs:
    """Finds blobs. One for each worker."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._room = asyncio.Semaphore(AT_ONCE)

    async def find(self, account_id: AccountId, text: object) -> Blob | None:
        """Return a blob of the account by its id, or None."""
        match blob_id.parse(text):
            case UploadBlob(upload_id):
                found = await self._db.read(uploads.find, account_id, upload_id)
                return None if found is None else self._joined(found)
            case MessageBlob(message_id, path):
                try:
                    return await self._message(account_id, MessageId(message_id), path)
                except NotFound:
                    return None
            case None:
                return None

    async def exists(self, account_id: AccountId, text: object) -> bool:
        """Tell whether a blob of the account has this id, without reading it."""
        named = blob_id.parse(text)
        if isinstance(named, MessageBlob) and len(named.path) < 2:
            try:
                found = await self._db.read(
                    placements.locate_by_id, account_id, MessageId(named.message_id)
                )
            except NotFound:
                return False
            return not named.path or _part(found.tree, named.path[0]) is not None
        return await self.find(account_id, text) is not None

    async def fetch(self, context: Context, text: str) -> bytes | None:
        """Return the octets of a blob of the visitor at once (`mail_blobs.Fetch`)."""
        found = await self.find(context.visitor.account_id, text)
        return None if found is None else await found.read()

    def _joined(self, upload: uploads.Upload) -> Blob:
        async def slices(start: int, stop: int) -> AsyncIterator[bytes]:
            at = 0
            for ref, octets in upload.chunks:
                first, last = max(start - at, 0), min(stop - at, octets)
                if first < last:
                    yield await self._db.blob(ref, first, last)
                at += octets

        return Blob(upload.octets, upload.media_type, slices)

    async def _message(
        self, account_id: AccountId, message_id: MessageId, path: tuple[str, ...]
    ) -> Blob:
        found = await self._db.read(placements.locate_by_id, account_id, message_id)
        if not path:
            return self._ranged(found.blob, 0, found.octets, "message/rfc822")
        place = _part(found.tree, path[0])
        if place is None:
            raise NotFound(f"part {path[0]}")
        if len(path) == 1 and place.part.encoding in body_parts.IDENTITY:
            part = place.part
            return self._ranged(found.blob, part.body_start, part.end, place.type)
        async with self._room:
            octets = await self._decoded(found.blob, place.part)
            if len(path) > 1:
                inner = await asyncio.to_thread(mail_blobs.descend, octets, path[1:])
                if inner is None:
                    raise NotFound("part")
                return await _kept(inner, "")
            return await _kept(octets, place.type)

    async def _decoded(self, ref: BlobRef, part: Part) -> bytes:
        octets = await self._db.blob(ref, part.body_start, part.end)
        if len(octets) < IN_MEMORY:
            return body_parts.decoded_body(octets, part)
        return await asyncio.to_thread(body_parts.decoded_body, octets, part)

    def _ranged(self, ref: BlobRef, begin: int, end: int, media_type: str) -> Blob:
        async def slices(start: int, stop: int) -> AsyncIterator[bytes]:
            for at in range(begin + start, begin + stop, SLICE_OCTETS):
                yield await self._db.blob(ref, at, min(at + SLICE_OCTETS, begin + stop))

        return Blob(end - begin, media_type, slices)


def _part(tree: bytes, part_id: str) -> BodyPart | None:
    parts = body_parts.view(decode_tree(tree)).walk()
    return next((part for part in parts if part.part_id == part_id), None)


async def _kept(octets: bytes, media_type: str) -> Blob:
    """Return a blob of octets, which go to a file if they are many."""
    if len(octets) <= IN_MEMORY:

        async def slices(start: int, stop: int) -> AsyncIterator[bytes]:
            yield octets[start:stop]

        return Blob(len(octets), media_type, slices)
    file = await asyncio.to_thread(_Spilled, octets)

    async def from_file(start: int, stop: int) -> AsyncIterator[bytes]:
        for at in range(start, stop, SLICE_OCTETS):
            yield await asyncio.to_thread(file.read, at, min(SLICE_OCTETS, stop - at))

    return Blob(len(octets), media_type, from_file)


class _Spilled:
    """Octets in a file without a name, which is gone when nobody holds this any more."""

    def __init__(self, octets: bytes) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(octets)
            file.flush()
            self._fd = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._fd)

    def read(self, at: int, octets: int) -> bytes:
        return os.pread(self._fd, octets, at)
