"""What the store needs from whatever keeps the octets of messages.

A blob is immutable and lives outside the database, which holds only its `BlobRef`. The order
is always the same: octets durable, then the row that points at them. So a row never points at
nothing, and octets without a row are garbage that compaction may remove.
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol, Self

from pillarbox.base.errors import Corrupt

MAX_REF_LENGTH: Final = 200
_REF: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class BlobRef(str):
    """Where a blob is, as short text for a TEXT column. Equal refs are the same octets.

    Only the blob store that made it can tell what it says; for packs that is
    "name-of-pack/offset/stored-octets/octets" (see packs.py). A ref that was read from a row is
    good for an hour; then compaction may have moved the octets, and the row knows where.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the ref that `str(ref)` was. Raises Corrupt if it cannot be one."""
        if len(text) > MAX_REF_LENGTH or not _REF.fullmatch(text):
            raise Corrupt(f"not a reference to a blob: {text[:MAX_REF_LENGTH]!r}")
        return cls(text)


class Packed(bytes):
    """A blob in the form in which its blob store keeps it. octets: how long the blob is."""

    octets: int

    @classmethod
    def make(cls, form: bytes, octets: int) -> Self:
        """Return the packed form of a blob of so many octets."""
        packed = cls(form)
        packed.octets = octets
        return packed


class BlobStore(Protocol):
    """Keeps octets. Every method may be called from any thread, and blocks."""

    @property
    def full(self) -> bool:
        """Whether there is no room for more; asks the disk, in microseconds."""
        ...

    @property
    def broken(self) -> bool:
        """Whether nothing can be put any more, ever: a disk has failed."""
        ...

    def open(self) -> None:
        """Make ready to read and write. Raises Unavailable."""
        ...

    def close(self) -> None:
        """Give back files and connections. Nothing that was put is lost."""
        ...

    def pack(self, blob: bytes) -> Packed:
        """Return a blob as it will be kept: the part of `put` that needs no disk."""
        ...

    def put(self, blobs: Sequence[bytes | Packed]) -> list[BlobRef]:
        """Keep the blobs, and return where, when all of them are durable.

        Raises StorageFull (then none is kept, and a later call may succeed) or Unavailable.
        """
        ...

    def get(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes:
        """Return octets [start, stop) of a blob; less where it ends before `stop`.

        Raises Corrupt if the octets are not those that were put, NotFound if there are none.
        """
        ...

    def get_cached(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes | None:
        """Do the same if it takes no waiting for a disk or network and little work, else None."""
        ...

    def check(self, ref: BlobRef) -> int:
        """Read a blob, compare its digest, and return how many octets it has.

        Raises Corrupt or NotFound.
        """
        ...


class Keyring(Protocol):
    """The keys that protect blobs at rest. Every method may be called from any thread."""

    def current(self) -> tuple[int, bytes] | None:
        """Return number (1 to 2**32 - 1) and 32 octets of the key for new blobs, if any."""
        ...

    def get(self, number: int) -> bytes:
        """Return the 32 octets of a key by number. Raises NotFound."""
        ...
