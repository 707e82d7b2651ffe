"""store/database.py and store/group.py: jobs that share a transaction, on each database."""

import asyncio
import contextlib

import pytest

from pillarbox.base.errors import Conflict, NotFound, TooLarge, TooMany
from pillarbox.store import group

from .notes import ADD, Gate, add, add_and_fail, all_writers_busy, behind, numbers


@pytest.mark.parametrize("error", [KeyError("ours"), StopIteration(), SystemExit(3)])
async def test_any_exception_reaches_the_caller(notes, error):
    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    try:
        await notes.write(add_and_fail, 1, error)
    except expected:
        pass
    else:
        pytest.fail("it raised nothing")
    assert await notes.write(add, 2) == 1
    assert await notes.read(numbers) == [2]


async def test_in_a_batch_only_the_job_that_fails_is_undone(notes):
    results = await behind(
        notes,
        (add, 1),
        (add_and_fail, 2, NotFound("no")),
        (add, 3),
        (add, 1),
        (add_and_fail, 4, KeyError("no")),
        (add, 5),
    )
    kinds = [result if isinstance(result, int) else type(result) for result in results]
    assert kinds == [1, NotFound, 1, Conflict, KeyError, 1]
    assert await notes.read(numbers) == [1, 3, 5]


async def test_a_batch_is_one_transaction_at_one_time(notes, clock):
    times = await behind(notes, *[(lambda tx: (tx.now, clock.advance(1)),) for _ in range(5)])
    assert len({now for now, _ in times}) == 1


async def test_a_job_that_goes_on_after_a_failed_statement_has_failed(notes):
    def careless(tx):
        add(tx, 2)
        with contextlib.suppress(Conflict):
            add(tx, 1)

    await notes.write(add, 1)
    with pytest.raises(Conflict):
        await notes.write(careless)
    results = await behind(notes, (add, 3), (careless,), (add, 4))
    assert [result if isinstance(result, int) else type(result) for result in results] == [
        1,
        Conflict,
        1,
    ]
    assert await notes.read(numbers) == [1, 3, 4]


async def test_wrong_sql_is_our_bug_and_hurts_nobody_else(notes):
    results = await behind(
        notes, (add, 1), (lambda tx: tx.run("INSERT INTO nothing VALUES (1)"),), (add, 2)
    )
    assert "nothing" in str(results[1])
    assert await notes.read(numbers) == [1, 2]


async def test_no_hint_from_a_job_that_failed(notes):
    seen = []

    def work(tx):
        tx.after_commit(lambda: seen.append(1))
        raise NotFound("no")

    await behind(notes, (work,), (add, 1))
    await asyncio.sleep(0)
    assert seen == []


async def test_a_hint_that_fails_holds_nobody_up(notes):
    told = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    def fail():
        raise IndexError

    def work(tx):
        tx.after_commit(fail)

    await behind(notes, (work,), (add, 1))
    await asyncio.sleep(0)
    assert [type(error) for error in told] == [IndexError]
    assert await notes.read(numbers) == [1]


async def test_a_job_nobody_waits_for_any_more_is_not_run(notes):
    async with all_writers_busy(notes):
        waiting = asyncio.create_task(notes.write(add, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await notes.write(add, 2)
    assert await notes.read(numbers) == [2]


async def test_cancelling_a_job_that_runs_does_not_stop_it(notes):
    gate = Gate()

    def work(tx):
        tx.run(ADD, 1, "x")
        gate(tx)

    running = asyncio.create_task(notes.write(work))
    await gate.entered()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    gate.open()
    await notes.write(add, 2)
    # PostgreSQL has several writers: the second may be done first.
    async with asyncio.timeout(10):
        while await notes.read(numbers) != [1, 2]:
            pass


async def test_each_job_of_a_batch_gets_its_own_blobs(db):
    async with all_writers_busy(db) as waiting:
        waiting += [
            asyncio.ensure_future(db.write(lambda tx: tx.blobs, blobs=[b"%d" % n] * (n % 3)))
            for n in range(10)
        ]
    for n, refs in enumerate(await asyncio.gather(*waiting)):
        assert [await db.blob(ref) for ref in refs] == [b"%d" % n] * (n % 3)


async def test_what_waits_has_a_limit(notes, monkeypatch):
    monkeypatch.setattr(group, "MAX_WAITING_JOBS", 3)
    monkeypatch.setattr(group, "MAX_JOB_OCTETS", 1000)
    with pytest.raises(TooLarge):
        await notes.write(add, 1, blobs=[b"x" * 600, b"x" * 600])
    results = await behind(notes, *[(add, number) for number in range(5)])
    assert [result if isinstance(result, int) else type(result) for result in results] == [
        1,
        1,
        1,
        TooMany,
        TooMany,
    ]
    assert await notes.write(add, 9) == 1


async def test_a_batch_has_a_limit(notes, monkeypatch, clock):
    monkeypatch.setattr(group, "MAX_JOBS", 2)
    times = await behind(notes, *[(lambda tx: (tx.now, clock.advance(1)),) for _ in range(6)])
    assert len({now for now, _ in times}) == 3
