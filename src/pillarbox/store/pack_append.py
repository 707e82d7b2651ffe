"""The pack that this process writes: append, make durable, begin another when it is full.

A process locks its pack with flock(2) while it writes it. When it has none it goes on with one
that a stopped or dead process left, behind the last octet that is not zero: whatever a torn
write left there stays, and is garbage. So no octet of a pack is ever written twice, unless the
process knows that it was never durable.

Room is allocated in steps ahead of writing, so that a commit need not wait for the file
system's journal, and a full disk shows before octets are half written.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

import structlog

from pillarbox.base.errors import StorageFull, Unavailable

log = structlog.get_logger()

SUFFIX: Final = ".pack"
DEAD: Final = ".dead"
"""The mark beside a pack that is to be deleted."""
NAME: Final = re.compile(r"[a-z2-7]{13}")
PACK_OCTETS: Final = 128 * 1024 * 1024
STEP_OCTETS: Final = 8 * 1024 * 1024
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_BLOCK: Final = 1024 * 1024
_MAX_BUFFERS: Final = 512
_CREATE_TRIES: Final = 100
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ALLOCATION: Final = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.ENODEV})


class Appender:
    """Appends records to packs in a folder. One thread at a time.

    pack_octets: a pack takes no more records when it has reached this size.
    step_octets: how much is allocated at a time.
    sync: makes a file's octets durable; a test can give one that fails.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pack_octets: int = PACK_OCTETS,
        step_octets: int = STEP_OCTETS,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self._folder = folder
        self._pack_octets = pack_octets
        self._step_octets = step_octets
        self._sync = sync
        self._allocates = True
        self._name = ""
        self._file = -1
        self._end = 0
        self._allocated = 0
        self.broken: OSError | None = None
        """The disk's error after which nothing more is written."""

    def append(self, records: Sequence[bytes]) -> tuple[str, list[int]]:
        """Append the records to one pack; return its name and their offsets, all durable.

        Raises StorageFull (nothing was kept), or Unavailable, and then for good.
        """
        if self.broken is not None:
            raise Unavailable(f"no writing after a disk error: {self.broken}")
        total = sum(map(len, records))
        try:
            if self._end and self._end + total > self._pack_octets:
                self.close()
            if self._file < 0 and not self._adopt(total):
                self._create()
        except OSError as exc:
            # Too many open files, say, is no reason to give up for good.
            self._give_up(exc, for_good=exc.errno == errno.EIO)
        try:
            self._write(records, total)
        except OSError as exc:
            self._give_up(exc, for_good=True)
        offsets = []
        for rec in records:
            offsets.append(self._end)
            self._end += len(rec)
        return self._name, offsets

    def close(self) -> None:
        """Cut the pack to what is written, and leave it to whoever wants it."""
        if self._file < 0:
            return
        # Without the cut it only takes more room than it needs.
        with contextlib.suppress(OSError):
            if self.broken is None:
                os.ftruncate(self._file, self._end)
        os.close(self._file)
        self._file, self._end = -1, 0

    def _write(self, records: Sequence[bytes], total: int) -> None:
        if self._end + total > self._allocated:
            self._allocate(total)
        write_all(self._file, records, self._end)
        self._sync(self._file)

    def _allocate(self, total: int) -> None:
        """Allocate room for `total` octets, and if there is room for a whole step."""
        needed = self._end + total - self._allocated
        for octets in (max(needed, self._step_octets), needed):
            if not self._allocates:
                break
            try:
                os.posix_fallocate(self._file, self._allocated, octets)
            except OSError as exc:
                if exc.errno in _NO_ALLOCATION:
                    self._allocates = False
                elif exc.errno not in _FULL or octets == needed:
                    raise
            else:
                self._allocated += octets
                return
        self._allocated = self._end + total

    def _give_up(self, exc: OSError, *, for_good: bool) -> NoReturn:
        if exc.errno in _FULL:
            if self._file >= 0:
                # Give back what this batch took, so that there is room for better news.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._end)
                self._allocated = self._end
            raise StorageFull(f"no room in {self._folder}") from exc
        if for_good:
            self.broken = exc
            log.error("store.disk_failed", folder=str(self._folder), problem=str(exc))
        raise Unavailable(f"cannot write in {self._folder}: {exc.strerror}") from exc

    def _create(self) -> None:
        for _ in range(_CREATE_TRIES):
            name = "".join(secrets.choice(_LETTERS) for _ in range(13))
            path = self._folder / (name + SUFFIX)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                # Another process may have found the new file first: then it is that one's pack.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            except OSError:
                os.close(file)
                raise
            # And it may have written there and died.
            end = trim(file)
            try:
                sync_folder(self._folder)
            except OSError:
                if not end:
                    path.unlink(missing_ok=True)
                os.close(file)
                raise
            self._file, self._name, self._end, self._allocated = file, name, end, end
            return
        raise OSError(errno.EBUSY, "every new pack was taken by another process")

    def _adopt(self, total: int) -> bool:
        """Go on with a pack that nobody writes and that has room; False if there is none."""
        for name, path in pack_files(self._folder):
            try:
                if path.stat().st_size + total > self._pack_octets + self._step_octets:
                    continue
                file = lock_pack(path)
            except FileNotFoundError:
                continue
            if file is None:
                continue
            # Whoever marks a pack as dead holds its lock, so this is still true when we write.
            end = self._pack_octets if is_dead(path) else trim(file)
            if end + total <= self._pack_octets:
                # Whoever made it may have died before its name was durable.
                sync_folder(self._folder)
                self._file, self._name, self._end, self._allocated = file, name, end, end
                return True
            os.close(file)
        return False


def pack_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of each pack in the folder, smallest names first."""
    for path in sorted(folder.glob("*" + SUFFIX)):
        name = path.name.removesuffix(SUFFIX)
        if NAME.fullmatch(name):
            yield name, path


def is_dead(path: Path) -> bool:
    """Whether a pack is to be deleted, so that nothing may be written to it."""
    return path.with_suffix(DEAD).exists()


def lock_pack(path: Path) -> int | None:
    """Return a file that holds the lock of a pack, or None if another process writes it.

    Raises FileNotFoundError if it has been deleted, even while we waited.
    """
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_nlink == 0:
            raise FileNotFoundError(path)
    except BlockingIOError:
        os.close(file)
        return None
    except OSError:
        os.close(file)
        raise
    return file


def trim(file: int) -> int:
    """Cut the zeros off the end of a locked pack; return where it ends.

    Each record ends in an octet that is not zero, so no record loses anything.
    """
    size = end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        block = os.pread(file, end - start, start).rstrip(b"\0")
        end = start + len(block)
        if block:
            break
    if end < size:
        os.ftruncate(file, end)
    return end


def write_all(file: int, buffers: Sequence[bytes], offset: int) -> None:
    """Write all of the buffers from `offset` on, however many calls it takes."""
    waiting: list[bytes | memoryview] = list(buffers)
    place = 0
    while place < len(waiting):
        written = os.pwritev(file, waiting[place : place + _MAX_BUFFERS], offset)
        if written == 0:
            raise OSError(errno.EIO, "a write wrote nothing")
        offset += written
        while place < len(waiting) and written >= len(waiting[place]):
            written -= len(waiting[place])
            place += 1
        if written:
            waiting[place] = memoryview(waiting[place])[written:]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
