"""Group commit: the threads that write, and the jobs that wait for them.

A writer thread takes every job that waits, makes their blobs durable with one call, runs them
in one transaction and wakes their callers. Jobs gather until their event loop has nothing else
to do, a few milliseconds at most: so batches grow under load, a lone job never waits for
company, and the writer mostly has the interpreter for itself (see `errand`).

A job that fails rolls back alone; how is the `Writer`'s business, as is everything about SQL.
"""

import asyncio
import contextlib
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, StorageFull, TooLarge, TooMany, Unavailable
from pillarbox.store.blobs import BlobRef, BlobStore, Packed

MAX_JOBS: Final = 200
"""Jobs in one transaction."""
MAX_BATCH_OCTETS: Final = 32 * 1024 * 1024
"""A batch takes no further job after so many octets of blobs."""
MAX_JOB_OCTETS: Final = 256 * 1024 * 1024
"""Blobs of one job."""
PACK_AT_ONCE_OCTETS: Final = 64 * 1024
"""Up to so many octets of blobs of a brief job are packed by whoever submits it."""
MAX_WAITING_JOBS: Final = 20_000
MAX_WAITING_OCTETS: Final = 512 * 1024 * 1024
"""What may wait for the writers; beyond that a new job is refused."""
FULL_SECONDS: Final = 5.0
"""How long a commit that found the disk full counts, if no other commit says otherwise."""

GATHER_SECONDS: Final = 0.004
"""How long a job may wait for others while its event loop is busy."""
GATHER_JOBS: Final = 50
GATHER_OCTETS: Final = 256 * 1024
"""A job with more octets of blobs waits for nobody."""
IDLE_SECONDS: Final = 0.00005
"""A turn of the event loop that took less time than this did nothing."""

SWITCH_SECONDS: Final = 0.0001
"""How soon a busy thread of this process lets another have the interpreter.

An event loop that is busy gives it up for a moment at every poll, and takes it back before
another thread is awake. With Python's 5 ms a writer, which needs it after every statement,
then waits for seconds, and with it everybody who waits for the lock that it holds.
"""


@dataclass(slots=True, eq=False)
class Job:
    """A function to run in a transaction, and who waits for what it returns.

    brief: it takes so little time that it may run on `loop`. refs: where `blobs` are, once
    durable. hints: to be called on `loop` after the commit. Either `result` or `error` holds
    when the writer is done with it.
    """

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    blobs: Sequence[bytes | Packed]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    brief: bool = False
    refs: tuple[BlobRef, ...] = ()
    octets: int = 0
    hints: list[Callable[[], None]] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """Note that nothing of the job was done, and why."""
        # A future takes no StopIteration.
        self.error = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
        self.result = None
        self.hints.clear()


class Writer(Protocol):
    """One connection that writes. Used by one thread only."""

    def commit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Run the jobs in one transaction, in order; each gets its result or its error.

        Never raises for what a job does. Returns jobs that were not run and should be tried
        again: the next batch begins with them.
        """
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class Group:
    """Writer threads that share one line of jobs."""

    def __init__(
        self, writers: Sequence[Callable[[], Writer]], blobs: BlobStore, clock: Clock
    ) -> None:
        """Take one function per thread; each is called in its thread to open a writer."""
        self._blobs = blobs
        self._clock = clock
        self._jobs: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._gathered: list[Job] = []
        self._gathering_since = 0.0
        self._waiting = 0
        self._waiting_octets = 0
        self._closed = False
        self._full_at: float | None = None
        self._threads = [
            threading.Thread(target=self._work, args=(open_,), name=f"writer-{i}", daemon=True)
            for i, open_ in enumerate(writers)
        ]

    @property
    def full(self) -> bool:
        """Whether the last commit, a moment ago, found the disk full."""
        at = self._full_at
        return at is not None and self._clock.monotonic() - at < FULL_SECONDS

    def start(self) -> None:
        """Start the threads."""
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_SECONDS))
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Put a job in line. Its future tells the outcome, on its loop.

        Raises TooLarge, TooMany if the line is too long, Unavailable after `close`.
        """
        job.octets = sum(map(len, job.blobs))
        if job.octets > MAX_JOB_OCTETS:
            raise TooLarge(f"{job.octets} octets of blobs in one transaction")
        if job.brief and job.octets <= PACK_AT_ONCE_OCTETS:
            job.blobs = [self._blobs.pack(blob) for blob in job.blobs]
        with self._lock:
            if self._closed:
                raise Unavailable("the database is closed")
            if (
                self._waiting >= MAX_WAITING_JOBS
                or self._waiting_octets + job.octets > MAX_WAITING_OCTETS
            ):
                raise TooMany(f"{self._waiting} jobs wait to be written")
            self._waiting += 1
            self._waiting_octets += job.octets
            apart = self._gathered and self._gathered[0].loop is not job.loop
            if apart or job.octets > GATHER_OCTETS:
                self._jobs.put([job])
                return
            self._gathered.append(job)
            if len(self._gathered) == 1:
                now = self._gathering_since = self._clock.monotonic()
                job.loop.call_soon(self._look, job.loop, now)
            if len(self._gathered) >= min(GATHER_JOBS, MAX_JOBS):
                self._hand_over()

    def _look(self, loop: asyncio.AbstractEventLoop, last: float) -> None:
        """Hand the gathered jobs over, unless the loop may be about to bring more.

        last: when the turn of the loop began that is over now.
        """
        now = self._clock.monotonic()
        busy = now - last > IDLE_SECONDS
        waited = now - self._gathering_since
        if self._gathered and busy and waited < GATHER_SECONDS:
            loop.call_soon(self._look, loop, now)
            return
        with self._lock:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._gathered:
            self._jobs.put(self._gathered)
            self._gathered = []

    def close(self) -> None:
        """Finish the jobs in line, then end the threads. Blocks."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._hand_over()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, open_: Callable[[], Writer]) -> None:
        writer: Writer | None = None
        again: list[Job] = []
        going = True
        try:
            while going or again:
                batch = again
                if going:
                    batch, going = self._take(again)
                if not batch:
                    continue
                try:
                    if writer is None:
                        writer = open_()
                    again = self._run(writer, batch)
                except BaseException as exc:  # noqa: BLE001 - whoever waits must hear of it
                    again = []
                    _fail(batch, exc)
                _tell([job for job in batch if job not in again] if again else batch)
        finally:
            if writer is not None:
                writer.close()

    def _take(self, batch: list[Job]) -> tuple[list[Job], bool]:
        """Return the next batch, beginning with `batch`, and whether there may be more.

        Waits only if `batch` is empty. Jobs that nobody waits for any more are left out.
        """
        jobs = self._jobs
        octets = sum(job.octets for job in batch)
        taken = taken_octets = 0
        going = True
        try:
            while len(batch) < MAX_JOBS and octets < MAX_BATCH_OCTETS:
                some = jobs.get() if not batch else jobs.get_nowait()
                if some is None:
                    going = False
                    break
                for job in some:
                    taken += 1
                    taken_octets += job.octets
                    if not job.future.cancelled():
                        batch.append(job)
                        octets += job.octets
        except queue.Empty:
            pass
        with self._lock:
            self._waiting -= taken
            self._waiting_octets -= taken_octets
        return batch, going

    def _run(self, writer: Writer, batch: list[Job]) -> list[Job]:
        """Store the batch's blobs, then commit it; return what is to be tried again."""
        ready = self._store(batch)
        again = list(writer.commit(ready)) if ready else []
        full = any(isinstance(job.error, StorageFull) for job in batch)
        self._full_at = self._clock.monotonic() if full else None
        return again

    def _store(self, batch: list[Job]) -> list[Job]:
        """Make the blobs durable, and return the jobs that can go on."""
        new = [job for job in batch if job.blobs and not job.refs]
        if not new:
            return batch
        try:
            refs = iter(self._blobs.put([blob for job in new for blob in job.blobs]))
        except MailError as exc:
            # A disk that failed once is not trusted with rows either.
            for job in batch if self._blobs.broken else new:
                job.fail(exc)
            return [job for job in batch if job.error is None]
        for job in new:
            job.refs = tuple(next(refs) for _ in job.blobs)
        return batch


def _fail(jobs: Sequence[Job], exc: BaseException) -> None:
    """Tell everybody who waits that nothing was done, as a failure they know."""
    if not isinstance(exc, MailError):
        cause, exc = exc, Unavailable(f"cannot write: {exc!r}")
        exc.__cause__ = cause
    for job in jobs:
        job.fail(exc)


def _tell(jobs: list[Job]) -> None:
    """Wake the callers: one call for each loop, however many jobs."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        loops.setdefault(job.loop, []).append(job)
    for loop, its_jobs in loops.items():
        # A loop that is closed has nobody who could hear it.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, its_jobs)


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        for hint in job.hints:
            # Before the caller goes on, and apart: one that fails must not hold up the others.
            job.loop.call_soon(hint)
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
