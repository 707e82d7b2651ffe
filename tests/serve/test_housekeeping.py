"""serve/housekeeping.py: room is given back, mail stays, and one process does it."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.serve.housekeeping import Housekeeping
from pillarbox.store import compaction, leases, refcounts
from pillarbox.store.database import Database
from pillarbox.store.pack_append import pack_files
from pillarbox.store.packs import Packs
from pillarbox.store.sqlite import Sqlite
from tests.fakes import FakeClock

BLOBS = [random.Random(number).randbytes(10_000) for number in range(6)]
LATER = timedelta(seconds=compaction.QUIET_SECONDS + compaction.GRACE_SECONDS)


def keep(tx, octets):
    return refcounts.hold(tx, tx.blobs[0], 1, octets)


def room(folder):
    return sum(path.stat().st_size for _, path in pack_files(folder / "packs"))


@pytest.fixture
def clock():
    # It is compared with the times of files.
    return FakeClock(datetime.now(UTC))  # noqa: TID251


@pytest.fixture
async def db(tmp_path, clock):
    packs = Packs(tmp_path / "packs", pack_octets=32_000, step_octets=4000)
    db = Database(Sqlite(tmp_path, clock), packs, clock)
    await db.open()
    yield db
    await db.close()


async def compact_twice(housekeeping, clock):
    for _ in range(2):
        clock.advance(LATER.total_seconds())
        await housekeeping.compact()


async def test_room_of_what_is_gone_is_given_back(db, clock, tmp_path):
    ids = [await db.write(keep, len(blob), blobs=(blob,)) for blob in BLOBS]
    before = room(tmp_path)
    await db.write(refcounts.release, ids[1:])
    await compact_twice(Housekeeping(db, clock, trace_days=30, slot=0), clock)
    assert room(tmp_path) < before
    assert await db.blob(await db.read(refcounts.get, ids[0])) == BLOBS[0]
    assert await db.read(leases.find, compaction.LEASE) is None


async def test_not_while_another_process_does_it(db, clock, tmp_path):
    ids = [await db.write(keep, len(blob), blobs=(blob,)) for blob in BLOBS]
    before = room(tmp_path)
    await db.write(refcounts.release, ids[1:])
    week = 7 * 86400.0
    assert await db.write(leases.take, compaction.LEASE, "another", week)
    await compact_twice(Housekeeping(db, clock, trace_days=30, slot=0), clock)
    assert room(tmp_path) == before
    assert (await db.read(leases.find, compaction.LEASE))[0] == "another"
