"""One transaction, and the database that runs functions in it.

Store functions are synchronous, take a `Transaction` first and never commit. `Database` runs
them: `write` in a transaction that is durable when it returns, `read` and `scan` on a snapshot.
So SQL is written once, without async twins, for SQLite (sqlite.py) and PostgreSQL (postgres.py).

SQL has numbered placeholders: `?1`. Integers are 64 bits, times are microseconds since 1970
UTC, booleans are 0 and 1. After an SQL statement has failed a function must let the error go
through: PostgreSQL accepts nothing more in that transaction. What SQL failures become:
Conflict for a broken constraint, StorageFull, Unavailable, Corrupt; the driver's own exception
for a statement that is wrong.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import (
    Any,
    Concatenate,
    Final,
    ParamSpec,
    Protocol,
    TypeVar,
    TypeVarTuple,
    overload,
)

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Unavailable
from pillarbox.store.blobs import BlobRef, BlobStore
from pillarbox.store.group import Group, Job, Writer

Param = int | float | str | bytes | None
"""What may be given for a placeholder."""

T = TypeVar("T")
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")

SCAN_THREADS: Final = 2
READ_THREADS: Final = 4


class Transaction(Protocol):
    """What store functions get. Good only while the function runs, and in its thread.

    now: the time of the transaction, aware UTC; all jobs of one commit may share it.
    dialect: "sqlite" or "postgres". blobs: where the blobs are that were given to `write`.
    """

    @property
    def now(self) -> datetime: ...
    @property
    def dialect(self) -> str: ...
    @property
    def blobs(self) -> tuple[BlobRef, ...]: ...

    def all(self, sql: str, *params: Param) -> list[tuple[Any, ...]]:
        """Return all rows."""
        ...

    def one(self, sql: str, *params: Param) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        ...

    def value(self, sql: str, *params: Param) -> Any:
        """Return the first column of the first row, or None."""
        ...

    def run(self, sql: str, *params: Param) -> int:
        """Run a statement that changes rows, and return how many."""
        ...

    def many(self, sql: str, rows: Iterable[Sequence[Param]]) -> None:
        """Run one statement for each row of parameters."""
        ...

    def after_commit(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the caller's event loop when this is durable, before `write` returns.

        It is not called if the function fails. It must not block or raise. Once only, whatever
        happens, but a process that dies after the commit does not call it.
        """
        ...


class Reader(Protocol):
    """One connection that reads. Used by one thread only."""

    def run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        """Return `fn(tx, *args, **kwargs)`, all of it on one snapshot."""
        ...

    def changed(self) -> bool:
        """Whether somebody may have committed something since the last call."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class Backend(Protocol):
    """A kind of database. `inline`: reads are so quick that they may run on the event loop."""

    @property
    def inline(self) -> bool: ...

    @property
    def writers(self) -> int:
        """How many threads should write."""
        ...

    def open(self) -> None:
        """Create or migrate the database. Blocks. Raises Invalid or Unavailable."""
        ...

    def writer(self) -> Writer:
        """Open a connection that writes, for the calling thread."""
        ...

    def reader(self) -> Reader:
        """Open a connection that reads, for the calling thread."""
        ...


class Database:
    """Accounts, mail and queue of one installation, for one process and one event loop.

    Several processes may have the same database open. `connect.py` makes one.
    """

    def __init__(self, backend: Backend, blobs: BlobStore, clock: Clock) -> None:
        self._backend = backend
        self._clock = clock
        self.blobs: Final = blobs
        """Where the octets of messages are."""
        self._group: Group | None = None
        self._inline: Reader | None = None
        self._scans = _Readers(backend, SCAN_THREADS, "scan")
        self._reads = self._scans if backend.inline else _Readers(backend, READ_THREADS, "read")

    async def open(self) -> None:
        """Create or migrate the database, and be ready.

        Raises Invalid if the database is newer than this program or not ours, Unavailable.
        """
        await asyncio.to_thread(self._backend.open)
        await asyncio.to_thread(self.blobs.open)
        if self._backend.inline:
            # apsw's connections may be used by any thread; this one stays on the loop's.
            self._inline = self._backend.reader()
        writers = [self._backend.writer] * self._backend.writers
        self._group = Group(writers, self.blobs, self._clock)
        self._group.start()

    async def close(self) -> None:
        """Finish what was asked for, and give back files and connections."""
        group, self._group = self._group, None
        if group is not None:
            await asyncio.to_thread(group.close)
        if self._inline is not None:
            self._inline.close()
            self._inline = None
        await asyncio.to_thread(self._close_rest)

    def _close_rest(self) -> None:
        self._scans.close()
        self._reads.close()
        self.blobs.close()

    @overload
    async def write(
        self, fn: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...
    @overload
    async def write(
        self,
        fn: Callable[[Transaction, *Ts], T],
        /,
        *args: *Ts,
        blobs: Sequence[bytes],
    ) -> T: ...
    async def write(  # type: ignore[misc]  # mypy cannot match *Ts with *args
        self, fn: Any, /, *args: Any, blobs: Sequence[bytes] = (), **kwargs: Any
    ) -> Any:
        """Return `fn(tx, *args)` when everything it did, and `blobs`, is durable.

        If it raises, nothing of it has happened, and the exception is raised here.
        If the caller is cancelled while the job waits in line it is not run; later it is.

        Raises StorageFull, TooMany (the line is too long), or Unavailable; after Unavailable
        it is, rarely, unknown whether it happened.
        """
        return await self._submit(fn, args, kwargs, blobs, brief=False)

    async def write_brief(
        self, fn: Callable[[Transaction, *Ts], T], /, *args: *Ts, blobs: Sequence[bytes] = ()
    ) -> T:
        """Do the same for a function of few statements: it may run on the event loop.

        On SQLite that takes half the CPU under load: see `errand`.
        """
        result: T = await self._submit(fn, args, {}, blobs, brief=True)
        return result

    def _submit(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        blobs: Sequence[bytes],
        *,
        brief: bool,
    ) -> "asyncio.Future[Any]":
        group = self._group
        if group is None:
            raise Unavailable("the database is not open")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        group.submit(Job(fn, args, kwargs, blobs, loop, future, brief))
        return future

    async def read(
        self, fn: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `fn(tx, *args)`: few statements that use indexes. On SQLite it runs at once."""
        if self._inline is not None:
            return self._inline.run(fn, args, kwargs)
        return await self._reads.run(fn, args, kwargs)

    async def scan(
        self, fn: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `fn(tx, *args)`: statements that may take long, run in a thread."""
        return await self._scans.run(fn, args, kwargs)

    async def blob(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes:
        """Return octets [start, stop) of a blob; less where it ends before `stop`.

        Raises Corrupt, NotFound or Unavailable.
        """
        data = self.blobs.get_cached(ref, start, stop)
        if data is not None:
            return data
        return await asyncio.to_thread(self.blobs.get, ref, start, stop)

    def blob_now(self, ref: BlobRef, start: int = 0, stop: int | None = None) -> bytes:
        """Do the same, blocking: for threads and for functions in a transaction."""
        return self.blobs.get(ref, start, stop)

    def changed(self) -> bool:
        """Whether anybody may have committed anything since the last call. 5 us on SQLite."""
        return True if self._inline is None else self._inline.changed()

    @property
    def full(self) -> bool:
        """Whether new mail should be refused for want of room. Asks the disk: 2 us."""
        return self.blobs.full or (self._group is not None and self._group.full)


class _Readers:
    """Threads that read, each with a connection of its own."""

    def __init__(self, backend: Backend, threads: int, name: str) -> None:
        self._backend = backend
        self._threads, self._name = threads, name
        self._pool = ThreadPoolExecutor(threads, name)
        self._local = threading.local()
        self._open: list[Reader] = []

    async def run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._run, fn, args, kwargs)

    def _run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._backend.reader()
            self._open.append(reader)
        return reader.run(fn, args, kwargs)

    def close(self) -> None:
        self._pool.shutdown()
        self._pool = ThreadPoolExecutor(self._threads, self._name)
        while self._open:
            self._open.pop().close()
