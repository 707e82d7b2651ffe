"""store/database.py: what every database does for store functions."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.base.errors import Conflict, Invalid, NotFound, Unavailable
from pillarbox.store.connect import connect

from .notes import ADD, add, add_and_fail, make, numbers


async def test_what_is_written_is_read(notes):
    assert await notes.write(add, 1, "one") == 1
    assert await notes.write(add, 2, text="two") == 1
    assert await notes.read(numbers) == [1, 2]
    assert await notes.scan(numbers) == [1, 2]


async def test_brief_work_is_written_too_and_fails_alone(notes):
    outcomes: list[object] = await asyncio.gather(
        notes.write_brief(add, 1, "one"),
        notes.write_brief(add_and_fail, 2, NotFound("no")),
        notes.write_brief(add, 3, "three"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, NotFound, int]
    assert await notes.read(numbers) == [1, 3]


async def test_brief_work_keeps_its_blobs(notes):
    refs = await notes.write_brief(lambda tx: tx.blobs, blobs=(b"one", b"x" * 100_000))
    assert [await notes.blob(ref) for ref in refs] == [b"one", b"x" * 100_000]


VALUES = [
    ("TEXT", "text"),
    ("TEXT", ""),
    ("TEXT", "Zażółć gęślą jaźń \U0001f4ec"),
    ("BIGINT", 2**63 - 1),
    ("BIGINT", -(2**63)),
    ("BIGINT", None),
    ("TEXT", None),
    ("DOUBLE PRECISION", 1.5),
    ("BYTES", b"\0\xff octets"),
    ("BYTES", b""),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
async def test_values_come_back_as_they_went(db, kind, value):
    def there_and_back(tx):
        blob = "BLOB" if tx.dialect == "sqlite" else "BYTEA"
        tx.run(f"CREATE TABLE kept (value {kind.replace('BYTES', blob)})")
        tx.run("INSERT INTO kept VALUES (?1)", value)
        return tx.value("SELECT value FROM kept")

    back = await db.write(there_and_back)
    assert back == value
    assert type(back) is type(value)


async def test_rows_are_tuples_and_sums_are_integers(notes):
    def work(tx):
        tx.many(ADD, [(number, str(number)) for number in (1, 2, 3)])
        assert tx.all("SELECT id, text FROM notes WHERE id < ?1 ORDER BY id", 3) == [
            (1, "1"),
            (2, "2"),
        ]
        assert tx.one("SELECT id, text FROM notes WHERE id = ?1", 9) is None
        assert tx.one("SELECT text, id FROM notes ORDER BY id") == ("1", 1)
        assert tx.value("SELECT text FROM notes WHERE id = ?1", 9) is None
        assert tx.value("SELECT SUM(id) FROM notes") == 6
        assert type(tx.value("SELECT SUM(id) FROM notes")) is int
        assert tx.value("SELECT AVG(id) FROM notes WHERE id < 3") == 1.5
        assert type(tx.all("SELECT id FROM notes")[0]) is tuple

    await notes.write(work)


async def test_run_counts_the_rows_that_changed(notes):
    def work(tx):
        tx.many(ADD, [(number, "x") for number in range(5)])
        assert tx.run("UPDATE notes SET text = ?1 WHERE id >= ?2", "y", 2) == 3
        assert tx.run("UPDATE notes SET text = ?1 WHERE id = ?2", "y", 99) == 0
        assert tx.run(ADD + " ON CONFLICT (id) DO NOTHING", 1, "again") == 0
        assert tx.run("DELETE FROM notes WHERE text = ?1 RETURNING id", "y") == 3

    await notes.write(work)


async def test_placeholders_have_numbers(notes):
    def work(tx):
        tx.run("INSERT INTO notes (text, id) VALUES (?2, ?1)", 7, "seven")
        return tx.all(
            "SELECT id, text FROM notes WHERE id = ?1 AND text = ?2 OR id = ?1 + 1", 7, "seven"
        )

    assert await notes.write(work) == [(7, "seven")]


async def test_returning_gives_what_the_database_chose(db):
    def work(tx):
        domain = "INSERT INTO domains (name, created_at) VALUES (?1, 0) RETURNING domain_id"
        first, second = tx.value(domain, "a.example"), tx.value(domain, "b.example")
        tx.run("DELETE FROM domains WHERE domain_id = ?1", second)
        third = tx.value(domain, "c.example")
        tx.run("DELETE FROM domains")
        return first, second, third

    first, second, third = await db.write(work)
    assert first < second < third, "a number is never given twice"


async def test_many_takes_any_number_of_rows(notes):
    def work(tx, count):
        tx.many(ADD, ((number, "x") for number in range(count)))
        return tx.value("SELECT COUNT(*) FROM notes")

    assert await notes.write(work, 0) == 0
    assert await notes.write(work, 1000) == 1000


async def test_a_job_that_raises_leaves_nothing(notes):
    with pytest.raises(NotFound, match="because"):
        await notes.write(add_and_fail, 1, NotFound("because"))
    assert await notes.read(numbers) == []


async def test_the_time_is_the_clocks_and_aware(db, clock):
    assert await db.write(lambda tx: tx.now) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock.advance(60)
    assert await db.read(lambda tx: tx.now) == clock.now()
    assert (await db.scan(lambda tx: tx.now)).utcoffset() == timedelta(0)


async def test_a_broken_constraint_is_a_conflict(notes):
    await notes.write(add, 1)
    with pytest.raises(Conflict):
        await notes.write(add, 1)
    with pytest.raises(Conflict):
        await notes.write(add, 2, None)
    assert await notes.write(add, 2) == 1


async def test_reads_cannot_write(notes):
    for read in (notes.read, notes.scan):
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            await read(add, 1)
    assert await notes.read(numbers) == []


async def test_a_read_that_raises_leaves_no_trace(notes):
    def fail(_):
        raise KeyError

    for read in (notes.read, notes.scan):
        with pytest.raises(KeyError):
            await read(fail)
        assert await read(numbers) == []


async def test_a_scan_sees_one_moment(notes):
    await notes.write(add, 1)
    begun, go = threading.Event(), threading.Event()

    def scan(tx):
        before = numbers(tx)
        begun.set()
        assert go.wait(10)
        return before, numbers(tx)

    scanning = asyncio.create_task(notes.scan(scan))
    assert await asyncio.to_thread(begun.wait, 10)
    await notes.write(add, 2)
    assert await notes.read(numbers) == [1, 2]
    go.set()
    assert await scanning == ([1], [1])


async def test_hints_come_after_the_commit_and_before_the_answer(notes):
    seen = []
    loop_thread = threading.get_ident()

    def work(tx):
        tx.run(ADD, 1, "x")
        tx.after_commit(lambda: seen.append(threading.get_ident()))
        tx.after_commit(lambda: seen.append(threading.get_ident()))
        assert seen == []
        return "done"

    assert await notes.write(work) == "done"
    assert seen == [loop_thread, loop_thread]


async def test_blobs_are_there_when_the_function_runs(db):
    small, large, empty = b"a small one", bytes(range(256)) * 8192, b""

    def work(tx):
        assert [db.blob_now(ref) for ref in tx.blobs] == [small, large, empty]
        return tx.blobs

    refs = await db.write(work, blobs=(small, large, empty))
    assert [await db.blob(ref) for ref in refs] == [small, large, empty]
    assert await db.blob(refs[0], 2, 7) == b"small"
    assert await db.blob(refs[1], 300_001, 300_005) == large[300_001:300_005]
    assert await db.blob(refs[0], 8) == b"one"
    assert await db.blob(refs[0], 100, 200) == b""


async def test_many_callers_at_once(notes):
    async def caller(number):
        await notes.write(add, number)
        assert number in await notes.read(numbers)

    await asyncio.gather(*(caller(number) for number in range(40)))
    assert await notes.read(numbers) == list(range(40))


async def test_changed_says_when_to_look_again(notes):
    notes.changed()
    await notes.write(add, 1)
    assert notes.changed()


async def test_close_finishes_what_is_in_line(database_url, tmp_path, clock):
    db = connect(tmp_path / "store", database_url, clock)
    await db.open()
    await db.write(make)
    waiting = [asyncio.ensure_future(db.write(add, number)) for number in range(20)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [1] * 20
    with pytest.raises(Unavailable):
        await db.write(add, 99)
    await db.open()
    assert await db.read(numbers) == list(range(20))
    await db.close()
    await db.close()


async def test_a_newer_database_is_refused(database_url, tmp_path, clock):
    db = connect(tmp_path / "store", database_url, clock)
    await db.open()
    await db.write(
        lambda tx: tx.run("INSERT INTO migrations VALUES (?1, ?2, 'future', 0)", 900, 900)
    )
    await db.close()
    with pytest.raises(Invalid, match="version 900"):
        await db.open()
    await db.close()


async def test_there_is_room(db):
    assert db.full is False
