"""What a full disk does to the store; run by test_disk_full.py on a small disk of its own.

    python -m tests.store.fill FOLDER [PAGES]

FOLDER is on a disk of some 24 MB, or PAGES limits the database instead, where nobody may mount
anything. Ends with status 0 when everything was as it should be.
"""

import asyncio
import hashlib
import itertools
import sys
from pathlib import Path

from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import StorageFull
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.packs import Packs
from pillarbox.store.sqlite import Sqlite


def noise(number: int, octets: int = 20_000) -> bytes:
    return hashlib.shake_128(number.to_bytes(4, "big")).digest(octets)


def make(tx: Transaction) -> None:
    tx.run("CREATE TABLE notes (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, text TEXT NOT NULL)")


def put(tx: Transaction, number: int) -> None:
    tx.run("INSERT INTO notes VALUES (?1, ?2, ?3)", number, str(tx.blobs[0]), "x" * 500)


def put_text(tx: Transaction, number: int) -> None:
    tx.run("INSERT INTO notes VALUES (?1, '', ?2)", number, "x" * 200_000)


def limit(tx: Transaction, pages: int) -> None:
    """Leave room for so many pages beside those that the empty tables need."""
    tx.value(f"PRAGMA max_page_count = {tx.value('PRAGMA page_count') + pages}")


async def until_full(db: Database, numbers: "itertools.count[int]") -> list[int]:
    """Put notes, ten at a time, until there is no room; return those that are durable."""
    kept = []
    while True:
        some = [next(numbers) for _ in range(10)]
        results = await asyncio.gather(
            *(db.write(put, number, blobs=(noise(number),)) for number in some),
            return_exceptions=True,
        )
        for number, result in zip(some, results, strict=True):
            if result is None:
                kept.append(number)
            else:
                assert isinstance(result, StorageFull), repr(result)
        if any(results):
            return kept


async def check(db: Database, kept: list[int]) -> None:
    rows = await db.read(lambda tx: tx.all("SELECT id, ref FROM notes WHERE ref <> ''"))
    assert {number for number, _ in rows} == set(kept)
    for number, ref in rows:
        assert await db.blob(BlobRef.parse(ref)) == noise(number)
    assert await db.scan(lambda tx: tx.value("PRAGMA integrity_check")) == "ok"


async def main(folder: Path, pages: int) -> None:
    packs = Packs(
        folder / "packs", reserve_octets=4_000_000, pack_octets=3_000_000, step_octets=300_000
    )
    clock = SystemClock()
    db = Database(Sqlite(folder, clock), packs, clock)
    await db.open()
    await db.write(make)
    if pages:
        await db.write(limit, pages)
    numbers = itertools.count(1)
    kept = await until_full(db, numbers)
    assert len(kept) > 50
    assert db.full
    await check(db, kept)

    # Mail can still be deleted: the reserve is for that.
    gone = kept[:20]
    for number in gone:
        await db.write(lambda tx, n: tx.run("DELETE FROM notes WHERE id = ?1", n), number)
    kept = kept[20:]
    await check(db, kept)

    # Not even the reserve is left.
    filler = folder / "filler"
    if not pages:
        fill_up(filler)
    for number in range(10**6, 10**6 + 40):
        try:
            await db.write(put_text, number)
        except StorageFull:
            break
    else:
        raise AssertionError("the disk takes anything")
    await check(db, kept)

    # There is room again.
    if pages:
        await db.write(limit, 10**6)
    filler.unlink(missing_ok=True)
    for old in itertools.islice(sorted(packs.folder.glob("*.pack")), 1 if not pages else 0):
        assert old.exists()
    await db.write(lambda tx: tx.run("DELETE FROM notes WHERE ref = ''"))
    packs._reserve_octets = 1_000_000
    number = next(numbers)
    await db.write(put, number, blobs=(noise(number),))
    kept.append(number)
    assert not db.full
    await check(db, kept)
    await db.close()


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for octets in (65536, 4096, 1):
            try:
                while file.write(b"x" * octets):
                    pass
            except OSError:
                continue


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
