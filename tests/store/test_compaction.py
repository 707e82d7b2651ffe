"""store/compaction.py and store/scrub.py: garbage goes, mail stays, damage is told."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.store import refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.compaction import GRACE_SECONDS, compact
from pillarbox.store.database import Database
from pillarbox.store.pack_append import pack_files
from pillarbox.store.pack_read import Place
from pillarbox.store.packs import Packs
from pillarbox.store.scrub import scrub
from pillarbox.store.sqlite import Sqlite

from .test_record import pseudo_random

NOW = datetime.now(UTC)  # noqa: TID251 - it is compared with the times of files
LATER = NOW + timedelta(days=1)  # however long the tests before took
MUCH_LATER = LATER + timedelta(seconds=GRACE_SECONDS + 60)
BLOBS = [pseudo_random(3000 + number) for number in range(10)]


def keep(tx, octets):
    ref = tx.blobs[0]
    return refcounts.hold(tx, ref, 1, octets)


def ref_of(tx, blob_id):
    return refcounts.get(tx, blob_id)


async def put(db, *blobs):
    """Store blobs that one row each needs; return the rows' ids."""
    return [await db.write(keep, len(blob), blobs=(blob,)) for blob in blobs]


async def release(db, ids):
    await db.write(refcounts.release, ids)


async def get(db, blob_id):
    return await db.blob(await db.read(ref_of, blob_id))


def names(folder):
    return [name for name, _ in pack_files(folder / "packs")]


@pytest.fixture
async def db(tmp_path, clock):
    packs = Packs(tmp_path / "packs", pack_octets=16_000, step_octets=4000)
    db = Database(Sqlite(tmp_path, clock), packs, clock)
    await db.open()
    yield db
    await db.close()


async def test_nothing_to_do(db, tmp_path):
    ids = await put(db, *BLOBS)
    before = names(tmp_path)
    report = await compact(db, LATER)
    assert (report.rewritten, report.deleted, report.copied_octets) == (0, 0, 0)
    assert names(tmp_path) == before
    assert [await get(db, blob_id) for blob_id in ids] == BLOBS


async def test_a_pack_that_is_mostly_garbage_is_rewritten_then_deleted(db, tmp_path):
    ids = await put(db, *BLOBS)
    packs = {Place.of(await db.read(ref_of, blob_id)).pack for blob_id in ids}
    old = Place.of(await db.read(ref_of, ids[0])).pack
    in_old = [i for i in ids if Place.of(await db.read(ref_of, i)).pack == old]
    assert len(in_old) == 5
    before = await db.read(ref_of, in_old[4])
    await release(db, in_old[:4])
    report = await compact(db, LATER)
    assert (report.rewritten, report.deleted, report.damaged) == (1, 0, [])
    assert 3000 < report.copied_octets < 3500
    after = await db.read(ref_of, in_old[4])
    assert Place.of(after).pack != old
    assert await get(db, in_old[4]) == BLOBS[4]
    assert await db.blob(before) == BLOBS[4], "who has the old ref may still read"
    assert old in names(tmp_path)

    report = await compact(db, LATER)
    assert (report.rewritten, report.deleted) == (0, 0), "once is enough"
    report = await compact(db, MUCH_LATER)
    assert report.deleted == 1
    assert report.freed_octets > 15_000
    assert old not in names(tmp_path)
    assert packs - {old} <= set(names(tmp_path))
    with pytest.raises(NotFound):
        await db.blob(before)
    assert [await get(db, i) for i in ids[4:]] == BLOBS[4:]
    assert [problem async for problem in scrub(db)] == []
    assert list((tmp_path / "packs").glob("*.dead")) == []


async def test_rows_of_blobs_that_nothing_needs_go(db):
    ids = await put(db, *BLOBS[:3])
    await release(db, ids)
    await compact(db, NOW)
    assert await db.read(refcounts.unused) == []


async def test_what_is_being_written_or_was_lately_is_left_alone(db, tmp_path):
    ids = await put(db, *BLOBS)
    await release(db, ids)
    before = names(tmp_path)
    assert (await compact(db, NOW)).rewritten == 0, "written lately"
    await compact(db, LATER)
    await compact(db, MUCH_LATER)
    left = names(tmp_path)
    assert len(left) == 1, "the one that we write"
    assert set(left) < set(before)
    [blob_id] = await put(db, b"and we go on")
    assert await get(db, blob_id) == b"and we go on"


async def test_records_without_a_row_are_garbage(db, tmp_path):
    for number in range(10):
        with pytest.raises(NotFound):
            await db.write(_fail, blobs=(pseudo_random(3000 + number),))
    await compact(db, LATER)
    await compact(db, MUCH_LATER)
    assert len(names(tmp_path)) == 1


def _fail(_):
    raise NotFound("no such mailbox")


async def test_an_old_ref_written_into_a_row_saves_the_pack(db, tmp_path):
    ids = await put(db, *BLOBS)
    before = await db.read(ref_of, ids[0])
    await release(db, ids[:5])
    await compact(db, LATER)
    await db.write(refcounts.hold, before, 1, len(BLOBS[0]))
    await compact(db, MUCH_LATER)
    [(_, ref, _)] = [row for row in await db.read(refcounts.held) if row[2] == len(BLOBS[0])]
    assert await db.blob(ref) == BLOBS[0]
    even_later = MUCH_LATER + timedelta(seconds=GRACE_SECONDS + 60)
    await compact(db, even_later)
    [(_, ref, _)] = [row for row in await db.read(refcounts.held) if row[2] == len(BLOBS[0])]
    assert await db.blob(ref) == BLOBS[0]
    assert Place.of(before).pack not in names(tmp_path)


async def test_a_damaged_blob_keeps_its_pack_and_is_told(db, tmp_path):
    ids = await put(db, *BLOBS)
    places = [Place.of(await db.read(ref_of, i)) for i in ids[:5]]
    path = tmp_path / "packs" / f"{places[4].pack}.pack"
    with path.open("r+b") as file:
        file.seek(places[4].offset + 100)
        file.write(b"damage")
    os.utime(path, (0, 0))
    await release(db, ids[:3])
    report = await compact(db, LATER)
    assert report.damaged == [places[4].ref]
    assert list(path.parent.glob("*.dead")) == []
    assert Place.of(await db.read(ref_of, ids[3])).pack != places[4].pack
    report = await compact(db, MUCH_LATER)
    assert report.deleted == 0
    assert path.exists()
    assert await get(db, ids[3]) == BLOBS[3]
    [(ref, wrong)] = [problem async for problem in scrub(db)]
    assert ref == places[4].ref
    assert "not those that were written" in wrong


async def test_an_empty_pack_goes(db, tmp_path):
    path = tmp_path / "packs" / "aaaaaaaaaaaaa.pack"
    path.touch()
    os.utime(path, (0, 0))
    await compact(db, LATER)
    await compact(db, MUCH_LATER)
    assert not path.exists()


async def test_a_missing_blob_and_one_of_another_size_are_told(db):
    nowhere = BlobRef("aaaaaaaaaaaaa/0/10/10")
    await db.write(refcounts.hold, nowhere, 1, 10)
    [ref] = await db.write(lambda tx: tx.blobs, blobs=(b"five!",))
    await db.write(refcounts.hold, ref, 1, 6)
    problems = [problem async for problem in scrub(db)]
    assert problems == [
        (nowhere, "there is no pack aaaaaaaaaaaaa"),
        (ref, "5 octets, and not 6"),
    ]


async def test_large_packs_are_copied_in_portions(db, monkeypatch):
    monkeypatch.setattr("pillarbox.store.compaction._COPY_OCTETS", 1)
    ids = await put(db, *BLOBS)
    await release(db, ids[:3])
    report = await compact(db, LATER)
    assert report.rewritten == 1
    assert [await get(db, i) for i in ids[3:]] == BLOBS[3:]


class OtherStore:
    """A blob store that is not packs."""


async def test_what_is_not_in_packs_is_not_ours_to_compact(db, clock):
    other = Database(db._backend, OtherStore(), clock)  # type: ignore[arg-type]
    assert (await compact(other, LATER)).rewritten == 0
