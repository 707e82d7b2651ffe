"""Packs: the local blob store, append-only files `packs/<name>.pack`, each written by one process.

Writing is in pack_append.py, reading in pack_read.py, the form of a record in record.py, and
throwing away what no row needs in compaction.py. A ref is "name/offset/stored/octets": which
pack, where the record begins, how long its data is, how long the blob is.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pillarbox.base.errors import StorageFull, Unavailable
from pillarbox.store.blobs import BlobRef, Keyring, Packed
from pillarbox.store.pack_append import PACK_OCTETS, STEP_OCTETS, Appender, sync_folder
from pillarbox.store.pack_read import PackReader, Place
from pillarbox.store.record import OVERHEAD, Codec

RESERVE_OCTETS: Final = 64 * 1024 * 1024
"""Room that is left to the database, so that mail can still be read, moved and deleted."""


class Packs:
    """blobs.BlobStore on a folder of this machine."""

    def __init__(
        self,
        folder: Path,
        *,
        keyring: Keyring | None = None,
        reserve_octets: int = RESERVE_OCTETS,
        pack_octets: int = PACK_OCTETS,
        step_octets: int = STEP_OCTETS,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self.folder = folder
        self.pack_octets = pack_octets
        self._reserve_octets = reserve_octets
        self._appender = Appender(
            folder, pack_octets=pack_octets, step_octets=step_octets, sync=sync
        )
        self._codec = Codec(keyring)
        self._packing = threading.Lock()
        self._lock = threading.Lock()
        self.reader = PackReader(folder, keyring)
        self.get = self.reader.get
        self.get_cached = self.reader.get_cached
        self.check = self.reader.check

    @property
    def full(self) -> bool:
        """Whether less room is left than is kept for the database."""
        try:
            disk = os.statvfs(self.folder)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize < self._reserve_octets

    @property
    def broken(self) -> bool:
        """Whether the disk has failed, so that nothing more is written."""
        return self._appender.broken is not None

    def open(self) -> None:
        """Make the folder if it is not there. Raises Unavailable."""
        try:
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True)
                sync_folder(self.folder.parent)
        except OSError as exc:
            raise Unavailable(f"cannot make {self.folder}: {exc.strerror}") from exc

    def close(self) -> None:
        """Leave the pack to others, and close files."""
        with self._lock:
            self._appender.close()
        self.reader.close()

    def pack(self, blob: bytes) -> Packed:
        """Return the record of a blob."""
        with self._packing:
            return Packed.make(self._codec.encode(blob), len(blob))

    def put(self, blobs: Sequence[bytes | Packed]) -> list[BlobRef]:
        """Append the blobs; return their refs when they are durable."""
        if not blobs:
            return []
        if self.full:
            raise StorageFull(f"less than {self._reserve_octets} octets are free")
        packed = [blob if isinstance(blob, Packed) else self.pack(blob) for blob in blobs]
        with self._lock:
            name, offsets = self._appender.append(packed)
        return [
            Place(name, offset, len(record) - OVERHEAD, record.octets).ref
            for offset, record in zip(offsets, packed, strict=True)
        ]

    def put_records(self, records: Sequence[bytes]) -> tuple[str, list[int]]:
        """Append records that `reader.stored` gave; return the pack's name and their offsets."""
        with self._lock:
            return self._appender.append(records)
