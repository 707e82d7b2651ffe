"""store/group.py: batches, with a writer and a blob store that do as they are told."""

import asyncio
import threading

import pytest

from pillarbox.base.errors import Conflict, MailError, NotFound, StorageFull, Unavailable
from pillarbox.store.blobs import BlobRef, Packed
from pillarbox.store.group import FULL_SECONDS, PACK_AT_ONCE_OCTETS, Group, Job


class Blobs:
    """A blob store that numbers what it is given, or raises."""

    def __init__(self):
        self.put_calls = []
        self.error = None
        self.broken = False

    def pack(self, blob):
        return Packed.make(blob, len(blob))

    def put(self, blobs):
        if self.error:
            raise self.error
        self.put_calls.append(list(blobs))
        return [BlobRef(f"test/{blob.decode()}") for blob in blobs]


class Writer:
    """Runs jobs without a database, in batches that a test may hold back."""

    def __init__(self):
        self.batches = []
        self.again = []
        self.error = None
        self.entered = threading.Event()
        self.go = threading.Event()
        self.go.set()
        self.closed = False

    def commit(self, jobs):
        self.entered.set()
        assert self.go.wait(10)
        self.batches.append([job.args for job in jobs])
        if self.error:
            raise self.error
        again = []
        for job in jobs:
            if job.args in self.again:
                self.again.remove(job.args)
                again.append(job)
                continue
            try:
                job.result = job.fn(job, *job.args)
            except MailError as exc:
                job.fail(exc)
        return again

    def close(self):
        self.closed = True


class World:
    def __init__(self, clock):
        self.blobs, self.writer = Blobs(), Writer()
        self.open_errors = []
        self.group = Group([self.open_writer], self.blobs, clock)  # type: ignore[arg-type]
        self.group.start()

    def open_writer(self):
        if self.open_errors:
            raise self.open_errors.pop()
        return self.writer

    def submit(self, *args, fn=None, blobs=(), brief=False):
        fn = fn or (lambda _, *args: args)
        loop = asyncio.get_running_loop()
        job = Job(fn, args, {}, blobs, loop, loop.create_future(), brief)
        self.group.submit(job)
        return job.future

    async def taken(self):
        """Wait until the writer is in a batch."""
        assert await asyncio.to_thread(self.writer.entered.wait, 10)

    async def close(self):
        self.writer.go.set()
        await asyncio.to_thread(self.group.close)


@pytest.fixture
async def world(clock):
    world = World(clock)
    yield world
    await world.close()


async def outcome(future):
    try:
        return await future
    except MailError as exc:
        return type(exc)


async def test_a_lone_job_does_not_wait(world):
    assert await world.submit(1) == (1,)
    assert world.writer.batches == [[(1,)]]


async def test_jobs_gather_while_the_loop_brings_more(world):
    assert await asyncio.gather(*map(world.submit, range(5))) == [(n,) for n in range(5)]
    assert world.writer.batches == [[(n,) for n in range(5)]]


async def test_blobs_of_brief_jobs_are_packed_at_once_unless_they_are_large(world):
    large = b"1" * (PACK_AT_ONCE_OCTETS + 1)
    jobs = [(b"1", False), (b"2", True), (large, True)]
    await asyncio.gather(*(world.submit(blobs=[blob], brief=brief) for blob, brief in jobs))
    (blobs,) = world.blobs.put_calls
    assert [isinstance(blob, Packed) for blob in blobs] == [False, True, False]


async def test_while_one_batch_commits_the_next_gathers(world):
    world.writer.go.clear()
    first = world.submit(0)
    await world.taken()
    rest = [world.submit(number) for number in range(1, 6)]
    world.writer.go.set()
    await asyncio.gather(first, *rest)
    assert world.writer.batches == [[(0,)], [(n,) for n in range(1, 6)]]


async def test_blobs_of_a_batch_are_put_with_one_call(world):
    world.writer.go.clear()
    first = world.submit(0)
    await world.taken()
    rest = [world.submit(fn=lambda job: job.refs, blobs=[b"%d" % n] * n) for n in (1, 0, 2)]
    world.writer.go.set()
    await first
    assert await asyncio.gather(*rest) == [("test/1",), (), ("test/2", "test/2")]
    assert world.blobs.put_calls == [[b"1", b"2", b"2"]]


async def test_jobs_to_try_again_come_first_and_keep_their_blobs(world):
    world.writer.go.clear()
    first = world.submit(0)
    await world.taken()
    world.writer.again = [(2,)]
    rest = [world.submit(n, fn=lambda job, *_: job.refs, blobs=[b"x"]) for n in (1, 2, 3)]
    world.writer.go.set()
    await first
    assert await asyncio.gather(*rest) == [("test/x",)] * 3
    assert world.writer.batches == [[(0,)], [(1,), (2,), (3,)], [(2,)]]
    assert len(world.blobs.put_calls) == 1


async def test_without_room_for_blobs_jobs_without_blobs_go_on(world):
    world.blobs.error = StorageFull("full")
    world.writer.go.clear()
    first = world.submit(0)
    await world.taken()
    rest = [world.submit(1, blobs=[b"x"]), world.submit(2)]
    world.writer.go.set()
    await first
    assert [await outcome(future) for future in rest] == [StorageFull, (2,)]


async def test_after_a_disk_error_no_row_is_written_either(world):
    world.blobs.error, world.blobs.broken = Unavailable("disk"), True
    world.writer.go.clear()
    first = world.submit(0)
    await world.taken()
    rest = [world.submit(1, blobs=[b"x"]), world.submit(2)]
    world.writer.go.set()
    await first
    assert [await outcome(future) for future in rest] == [Unavailable] * 2


async def test_full_is_told_for_some_seconds_or_until_there_is_room(world, clock):
    def full(_):
        raise StorageFull("full")

    assert not world.group.full
    assert await outcome(world.submit(fn=full)) is StorageFull
    assert world.group.full
    clock.advance(FULL_SECONDS)
    assert not world.group.full
    assert await outcome(world.submit(fn=full)) is StorageFull
    await world.submit(1)
    assert not world.group.full


@pytest.mark.parametrize("error", [Conflict("ours"), OSError("the system's"), MemoryError()])
async def test_a_writer_that_breaks_its_promise_fails_the_batch_and_no_more(world, error):
    world.writer.error = error
    expected = Conflict if isinstance(error, Conflict) else Unavailable
    assert await outcome(world.submit(1)) is expected
    world.writer.error = None
    assert await world.submit(2) == (2,)


async def test_a_writer_that_does_not_open_is_tried_again(world):
    world.open_errors = [NotFound("not yet")]
    assert await outcome(world.submit(1)) is NotFound
    assert await world.submit(2) == (2,)


async def test_close_ends_with_the_last_job(world):
    world.writer.go.clear()
    waiting = [world.submit(number) for number in range(5)]
    world.writer.again = [(4,)]
    await world.close()
    assert await asyncio.gather(*waiting) == [(n,) for n in range(5)]
    assert world.writer.closed
    with pytest.raises(Unavailable):
        world.submit(1)


def test_callers_of_several_loops_and_one_that_is_gone(clock):
    async def one(group, number):
        loop = asyncio.get_running_loop()
        job = Job(lambda _, n: n, (number,), {}, (), loop, loop.create_future())
        group.submit(job)
        return await job.future

    async def leave(group):
        loop = asyncio.get_running_loop()
        group.submit(Job(lambda _: None, (), {}, (), loop, loop.create_future()))

    writer = Writer()
    group = Group([lambda: writer], Blobs(), clock)  # type: ignore[arg-type]
    group.start()
    results = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(asyncio.run(one(group, n))))
        for n in range(4)
    ]
    writer.go.clear()
    asyncio.run(leave(group))
    writer.go.set()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    group.close()
    assert sorted(results) == [0, 1, 2, 3]
