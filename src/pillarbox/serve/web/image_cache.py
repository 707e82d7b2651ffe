"""Images from elsewhere, kept for some days so that opening a message twice is not told to anybody.

One file for each URL, named by its digest; written apart and renamed, so that any worker may
read at any time. Old ones go, and the oldest when there is too much. Losing all is harmless.
"""

import asyncio
import hashlib
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

KEPT: Final = timedelta(days=7)
MAX_OCTETS: Final = 256 * 1024 * 1024  # of all files
SWEEP_EVERY: Final = 50  # files that are written


class ImageCache:
    """Keeps octets by URL. folder: made when it is needed."""

    def __init__(self, folder: Path, max_octets: int = MAX_OCTETS) -> None:
        self._folder = folder
        self._max_octets = max_octets
        self._written = 0

    async def find(self, url: str, now: datetime) -> bytes | None:
        """Return what was kept for a URL, None if there is nothing or it is too old."""
        return await asyncio.to_thread(self._find, url, now)

    async def keep(self, url: str, octets: bytes, now: datetime) -> None:
        """Keep octets; a disk that is full or broken is no reason to fail."""
        with suppress(OSError):
            await asyncio.to_thread(self._keep, url, octets, now)

    def _find(self, url: str, now: datetime) -> bytes | None:
        path = self._path(url)
        try:
            if path.stat().st_mtime < (now - KEPT).timestamp():
                return None
            return path.read_bytes()
        except OSError:
            return None

    def _keep(self, url: str, octets: bytes, now: datetime) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(url)
        fresh = path.with_name(f".{secrets.token_hex(8)}")
        try:
            fresh.write_bytes(octets)
            os.utime(fresh, (now.timestamp(), now.timestamp()))
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
        if self._written % SWEEP_EVERY == 0:
            self._sweep(now)
        self._written += 1

    def _sweep(self, now: datetime) -> None:
        """Remove what is too old, and the oldest of what is too much."""
        found = []
        for entry in os.scandir(self._folder):
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_mtime, status.st_size, entry.path))
        room = self._max_octets
        for written_at, octets, path in sorted(found, reverse=True):
            room -= octets
            if room < 0 or written_at < (now - KEPT).timestamp():
                Path(path).unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        name = hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=24).hexdigest()
        return self._folder / name
