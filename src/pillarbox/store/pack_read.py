"""Reading packs: a few open files, one read for a small blob, only its frames for a large one."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pillarbox.base.errors import Corrupt, NotFound, Unavailable
from pillarbox.store import record
from pillarbox.store.blobs import BlobRef, Keyring
from pillarbox.store.pack_append import NAME, SUFFIX

OPEN_FILES: Final = 32
_CACHED_OCTETS: Final = 64 * 1024
_CHUNK: Final = 4 * 1024 * 1024


class Place:
    """What a ref of a pack says: pack, offset of the record, octets of its data, of the blob."""

    __slots__ = ("octets", "offset", "pack", "stored")

    def __init__(self, pack: str, offset: int, stored: int, octets: int) -> None:
        self.pack, self.offset, self.stored, self.octets = pack, offset, stored, octets

    @classmethod
    def of(cls, ref: BlobRef) -> "Place":
        """Read a ref. Raises Corrupt if it is not of this store."""
        try:
            pack, offset, stored, octets = ref.split("/")
            place = cls(pack, int(offset), int(stored), int(octets))
        except ValueError:
            raise Corrupt(f"not a reference to a pack: {ref!r}") from None
        if not NAME.fullmatch(pack) or place.offset < 0 or place.stored < 0 or place.octets < 0:
            raise Corrupt(f"not a reference to a pack: {ref!r}")
        return place

    @property
    def ref(self) -> BlobRef:
        """The ref that says this."""
        return BlobRef(f"{self.pack}/{self.offset}/{self.stored}/{self.octets}")


class _File:
    """An open pack; closed when the last thread that reads it lets go of it."""

    __slots__ = ("number",)

    def __init__(self, path: Path) -> None:
        self.number = -1
        self.number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __del__(self) -> None:
        if self.number >= 0:
            os.close(self.number)


class PackReader:
    """Reads blobs out of the packs in a folder. Any thread may call any method."""

    def __init__(self, folder: Path, keyring: Keyring | None = None) -> None:
        self._folder = folder
        self._keyring = keyring
        self._lock = threading.Lock()
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._local = threading.local()
        self._can_ask_cache = True

    def get(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes:
        """Return octets [start, stop) of a blob. Raises Corrupt, NotFound or Unavailable."""
        place = Place.of(ref)
        start, stop = _range(place, start, stop)
        if start >= stop and place.octets:
            return b""
        file = self._file(place.pack)
        if place.octets <= record.WHOLE_OCTETS:
            octets = _pread(file, place.stored + record.OVERHEAD, place.offset)
            return self._whole(place, octets, stop)[start:stop]
        # The header and the index in one read, whatever the size of the frames.
        head = _pread(file, record.HEADER_OCTETS + 64 * 1024, place.offset)
        header = _header(place, head)
        if header.codec != record.FRAMES:
            data = _pread(file, header.stored, place.offset + record.HEADER_OCTETS)
            return self._codec().decode(header, data)[start:stop]
        base = place.offset + record.HEADER_OCTETS
        index = head[record.HEADER_OCTETS : record.HEADER_OCTETS + header.index_octets]
        if len(index) < header.index_octets:
            index = _pread(file, header.index_octets, base)
        first = start >> header.frame_bits
        last = min(header.frames, -(-stop >> header.frame_bits))
        data = self._codec().decode_frames(
            header, index, first, last, lambda a, b: _pread(file, b - a, base + a)
        )
        skip = first << header.frame_bits
        return data[start - skip : stop - skip]

    def get_cached(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes | None:
        """Return the same if the kernel has it in memory and it is small, else None."""
        place = Place.of(ref)
        if place.octets > record.WHOLE_OCTETS or place.stored > _CACHED_OCTETS:
            return None
        if not self._can_ask_cache:
            return None
        file = self._file(place.pack)
        octets = bytearray(place.stored + record.OVERHEAD)
        try:
            got = os.preadv(file.number, [octets], place.offset, os.RWF_NOWAIT)
        except BlockingIOError:
            return None
        except OSError:
            self._can_ask_cache = False  # This file system cannot tell.
            return None
        if got < len(octets):
            return None
        start, stop = _range(place, start, stop)
        return self._whole(place, bytes(octets), stop)[start:stop]

    def stored(self, ref: BlobRef) -> bytes:
        """Return the record as it is in the pack, for copying. Raises Corrupt or NotFound."""
        place = Place.of(ref)
        octets = _pread(self._file(place.pack), place.stored + record.OVERHEAD, place.offset)
        header = _header(place, octets)
        self._codec().check(header, octets[record.HEADER_OCTETS : -len(record.END)])
        return octets

    def check(self, ref: BlobRef) -> int:
        """Read all of a record, compare its digest, and return the octets of its blob.

        Raises Corrupt or NotFound.
        """
        self.stored(ref)
        return Place.of(ref).octets

    def iter_refs(self, pack: str) -> Iterator[BlobRef]:
        """Yield a ref for each record in a pack, also those that no row knows.

        What is not a record (a torn write, damage) is passed over to the next that is.
        """
        file = self._file(pack)
        size = os.fstat(file.number).st_size
        at = 0
        while at + record.OVERHEAD <= size:
            header = record.parse_header(_pread(file, record.HEADER_OCTETS, at))
            # Not by its header alone: behind a torn record its place may hold another. Nor without
            # its last octet: then the next record begins where that would be.
            rest = b""
            if header is not None:
                rest = _pread(file, header.stored + len(record.END), at + record.HEADER_OCTETS)
            if (
                header is not None
                and rest.endswith(record.END)
                and record.is_whole(header, rest[: -len(record.END)])
            ):
                yield Place(pack, at, header.stored, header.octets).ref
                at += header.total
            else:
                at = _find_magic(file, at + 1, size)

    def forget(self, pack: str) -> None:
        """Close a pack that is to be deleted."""
        with self._lock:
            self._files.pop(pack, None)

    def close(self) -> None:
        """Close all files; they are opened again when asked for."""
        with self._lock:
            self._files.clear()

    def _file(self, pack: str) -> _File:
        with self._lock:
            file = self._files.get(pack)
            if file is not None:
                self._files.move_to_end(pack)
                return file
            try:
                file = _File(self._folder / (pack + SUFFIX))
            except FileNotFoundError:
                raise NotFound(f"there is no pack {pack}") from None
            except OSError as exc:
                raise Unavailable(f"cannot open pack {pack}: {exc.strerror}") from exc
            self._drop()
            self._files[pack] = file
            return file

    def _drop(self) -> None:
        """Close the file not used for longest, and all that were deleted: they hold room."""
        for name, file in list(self._files.items()):
            if len(self._files) >= OPEN_FILES or os.fstat(file.number).st_nlink == 0:
                del self._files[name]

    def _codec(self) -> record.Codec:
        codec: record.Codec | None = getattr(self._local, "codec", None)
        if codec is None:
            codec = self._local.codec = record.Codec(self._keyring)
        return codec

    def _whole(self, place: Place, octets: bytes, stop: int) -> bytes:
        """Return at least the first `stop` octets of a blob: a header need not cost the rest."""
        header = _header(place, octets)
        data = octets[record.HEADER_OCTETS : -len(record.END)]
        return self._codec().decode(header, data, stop)


def _range(place: Place, start: int, stop: int | None) -> tuple[int, int]:
    stop = place.octets if stop is None else min(stop, place.octets)
    return max(start, 0), max(stop, 0)


def _header(place: Place, octets: bytes) -> record.Header:
    header = record.parse_header(octets)
    if header is None or header.stored != place.stored or header.octets != place.octets:
        raise Corrupt(f"there is no record at {place.ref}")
    return header


def _pread(file: _File, octets: int, offset: int) -> bytes:
    """Read that many octets, or as many as there are."""
    try:
        data = os.pread(file.number, octets, offset)
        while data and len(data) < octets:
            more = os.pread(file.number, octets - len(data), offset + len(data))
            if not more:
                break
            data += more
    except (OSError, OverflowError) as exc:
        raise Unavailable(f"cannot read a pack: {exc}") from exc
    return data


def _find_magic(file: _File, at: int, size: int) -> int:
    while at < size:
        found = _pread(file, _CHUNK, at).find(record.MAGIC)
        if found >= 0:
            return at + found
        at += _CHUNK - len(record.MAGIC) + 1
    return size
