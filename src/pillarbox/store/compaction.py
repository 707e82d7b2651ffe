"""Giving back the room of blobs that no row needs any more.

A pack of which less than half is needed is rewritten: its live records are copied, made durable,
and the rows are moved to the copies. Then the pack is marked dead, and deleted an hour later:
somebody may still read by a ref that was in a row a moment ago. Before it is deleted the rows
are asked again, so whoever wrote an old ref into a row in the meantime loses nothing.

A pack that a process writes, or wrote lately, is left alone: its newest records may belong to
transactions that are not committed yet. One process at a time should do this (leases.py).
"""

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.store import refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.pack_append import (
    DEAD,
    SUFFIX,
    is_dead,
    lock_pack,
    pack_files,
    sync_folder,
    trim,
)
from pillarbox.store.pack_read import Place
from pillarbox.store.packs import Packs
from pillarbox.store.record import OVERHEAD

LEASE: Final = "compaction"
"""Who holds this lease may compact."""
LEASE_SECONDS: Final = 3600.0
LIVE_PERCENT: Final = 50
QUIET_SECONDS: Final = 3600.0
"""How long nobody must have written a pack."""
GRACE_SECONDS: Final = 3600.0
"""How long a dead pack is kept for readers."""
_ROWS: Final = 5000
_COPY_OCTETS: Final = 8 * 1024 * 1024


@dataclass(slots=True)
class Report:
    """What was done. Octets are of pack files. damaged: blobs that could not be copied."""

    rewritten: int = 0
    deleted: int = 0
    copied_octets: int = 0
    freed_octets: int = 0
    damaged: list[BlobRef] = field(default_factory=list)


async def compact(
    db: Database,
    now: datetime,
    *,
    live_percent: int = LIVE_PERCENT,
    quiet_seconds: float = QUIET_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
) -> Report:
    """Forget blobs that nothing needs, rewrite packs that are mostly garbage, delete dead ones.

    now: compared with the times of files. Does nothing where blobs are not in packs.

    Raises StorageFull if there is no room for a copy; what was done stays done.
    """
    report = Report()
    packs = db.blobs
    if not isinstance(packs, Packs):
        return report
    while await db.write(_forget_unused, _ROWS):
        pass
    live = await db.scan(_live_octets)
    seconds = now.timestamp()
    await asyncio.to_thread(_delete, packs, live, seconds - grace_seconds, report)
    for name, path in await asyncio.to_thread(_quiet, packs.folder, seconds - quiet_seconds):
        file = lock_pack(path)
        if file is None:
            continue
        try:
            size = await asyncio.to_thread(trim, file)
            if live.get(name, 0) * 100 < size * live_percent or not size:
                await _rewrite(db, packs, name, report)
                if not await db.scan(_refs_in, name):
                    _mark_dead(path, seconds)
        finally:
            os.close(file)
    return report


async def _rewrite(db: Database, packs: Packs, name: str, report: Report) -> None:
    for refs in _portions(await db.scan(_refs_in, name)):
        pairs = await asyncio.to_thread(_copy, packs, refs, report)
        await db.write(_move, pairs)
    report.rewritten += 1


def _copy(packs: Packs, refs: Sequence[BlobRef], report: Report) -> list[tuple[BlobRef, BlobRef]]:
    """Copy records as they are, durably; return (old, new) of those that are whole."""
    records = []
    whole = []
    for ref in refs:
        try:
            records.append(packs.reader.stored(ref))
        except (Corrupt, NotFound):
            report.damaged.append(ref)
        else:
            whole.append(ref)
    if not records:
        return []
    report.copied_octets += sum(map(len, records))
    name, offsets = packs.put_records(records)
    places = map(Place.of, whole)
    return [
        (ref, Place(name, offset, place.stored, place.octets).ref)
        for ref, offset, place in zip(whole, offsets, places, strict=True)
    ]


def _delete(packs: Packs, live: dict[str, int], before: float, report: Report) -> None:
    """Delete packs that have been dead since `before` and that no row names."""
    for mark in packs.folder.glob("*" + DEAD):
        name = mark.name.removesuffix(DEAD)
        path = packs.folder / (name + SUFFIX)
        if live.get(name):
            mark.unlink(missing_ok=True)
        elif mark.stat().st_mtime <= before:
            with suppress(FileNotFoundError):
                report.freed_octets += path.stat().st_size
                path.unlink()
            packs.reader.forget(name)
            # The mark goes last: without it the pack would be taken for one to write on.
            sync_folder(packs.folder)
            mark.unlink(missing_ok=True)
            report.deleted += 1


def _quiet(folder: Path, before: float) -> list[tuple[str, Path]]:
    """Return packs that nobody has written since `before`."""
    found = []
    for name, path in pack_files(folder):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= before and not is_dead(path):
                found.append((name, path))
    return found


def _mark_dead(path: Path, seconds: float) -> None:
    mark = path.with_suffix(DEAD)
    mark.touch(mode=0o600)
    os.utime(mark, (seconds, seconds))


def _portions(refs: Iterable[BlobRef]) -> Iterator[list[BlobRef]]:
    portion: list[BlobRef] = []
    octets = 0
    for ref in refs:
        portion.append(ref)
        octets += Place.of(ref).stored
        if octets >= _COPY_OCTETS:
            yield portion
            portion, octets = [], 0
    if portion:
        yield portion


def _forget_unused(tx: Transaction, limit: int) -> int:
    """Remove rows of blobs that nothing needs; return how many."""
    return sum(refcounts.forget(tx, ref) for ref in refcounts.unused(tx, limit))


def _move(tx: Transaction, pairs: Iterable[tuple[BlobRef, BlobRef]]) -> None:
    for before, after in pairs:
        refcounts.moved(tx, before, after)


def _held(tx: Transaction) -> Iterator[Place]:
    after = 0
    while rows := refcounts.held(tx, after, _ROWS):
        for after, ref, _ in rows:  # noqa: B007 - the last one is where to go on
            yield Place.of(ref)


def _live_octets(tx: Transaction) -> dict[str, int]:
    """Return how many octets of each pack are records that rows need."""
    live: dict[str, int] = {}
    for place in _held(tx):
        live[place.pack] = live.get(place.pack, 0) + place.stored + OVERHEAD
    return live


def _refs_in(tx: Transaction, pack: str) -> list[BlobRef]:
    return [place.ref for place in _held(tx) if place.pack == pack]
