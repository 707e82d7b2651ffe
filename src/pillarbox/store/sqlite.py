"""SQLite: the built-in database, one file in WAL mode that several processes write in turn.

Writers take the fair lock of lock.py before they begin, so SQLite's own busy handler is only
for other programs (a shell, a backup) and for recovery after a crash. Readers never wait.
Commits are durable (`synchronous = FULL`). The file is never mapped into memory: that is not
safe when other processes truncate it.

A full disk fails the transaction and nothing else. An error of the disk itself ends all writing
in this process: after a failed fsync nobody knows what the disk holds, and trying again would
report success for pages that the kernel has thrown away.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import apsw
import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Conflict, Corrupt, Invalid, StorageFull, Unavailable
from pillarbox.store import migrate
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Param
from pillarbox.store.errand import run_on
from pillarbox.store.group import Job
from pillarbox.store.lock import FairLock
from pillarbox.store.pack_append import sync_folder

T = TypeVar("T")
log = structlog.get_logger()

OLDEST: Final = (3, 51, 3)  # Older ones can corrupt a WAL that two connections checkpoint.
FILE: Final = "index.db"
LOCK: Final = "index.lock"
BUSY_MILLISECONDS: Final = 2000
STATEMENTS: Final = 500
"""Prepared statements that each connection keeps."""
WRITER_CACHE_KIB: Final = 32 * 1024
READER_CACHE_KIB: Final = 16 * 1024
CHECKPOINT_PAGES: Final = 2000
MAX_WAL_OCTETS: Final = 64 * 1024 * 1024
"""The WAL file is cut to this size when it starts again from its beginning."""
_FULL_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def check_version(version: str) -> None:
    """Raise Unavailable if this SQLite is not fit for several processes."""
    if tuple(map(int, version.split("."))) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise Unavailable(f"SQLite {version} can lose data; {oldest} or newer is needed")


class Transaction:
    """database.Transaction on an apsw connection. failure: the last error that SQLite gave."""

    __slots__ = ("_connection", "_execute", "_hints", "blobs", "dialect", "failure", "now")

    def __init__(self, connection: apsw.Connection, now: datetime) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.now = now
        self.dialect = "sqlite"
        self.blobs: tuple[BlobRef, ...] = ()
        self.failure: apsw.Error | None = None
        self._hints: list[Callable[[], None]] = []

    def begin(self, job: Job) -> None:
        """Work for another job from now on."""
        self.blobs, self._hints, self.failure = job.refs, job.hints, None

    def all(self, sql: str, *params: Param) -> list[tuple[Any, ...]]:
        try:
            return self._execute(sql, params).fetchall()
        except apsw.Error as exc:
            self.fail(exc)

    def one(self, sql: str, *params: Param) -> tuple[Any, ...] | None:
        try:
            return self._execute(sql, params).fetchone()
        except apsw.Error as exc:
            self.fail(exc)

    def value(self, sql: str, *params: Param) -> Any:
        try:
            row = self._execute(sql, params).fetchone()
        except apsw.Error as exc:
            self.fail(exc)
        return None if row is None else row[0]

    def run(self, sql: str, *params: Param) -> int:
        try:
            self._execute(sql, params).fetchall()
        except apsw.Error as exc:
            self.fail(exc)
        return self._connection.changes()

    def many(self, sql: str, rows: Iterable[Sequence[Param]]) -> None:
        try:
            self._connection.executemany(sql, rows).fetchall()
        except apsw.Error as exc:
            self.fail(exc)

    def after_commit(self, fn: Callable[[], None]) -> None:
        self._hints.append(fn)

    def fail(self, exc: apsw.Error) -> NoReturn:
        """Raise what an error of SQLite means, or the error itself."""
        self.failure = exc
        meaning = _meaning(exc, self._connection)
        if meaning is None:
            raise exc
        raise meaning from exc


class Writer:
    """The connection of this process that writes."""

    def __init__(self, connection: apsw.Connection, lock: FairLock, clock: Clock) -> None:
        self._connection = connection
        self._lock = lock
        self._clock = clock
        self._broken: apsw.Error | None = None

    def commit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        if self._broken is not None:
            _fail(jobs, Unavailable(f"no writing after a disk error: {self._broken}"))
            return ()
        self._lock.acquire()
        try:
            self._commit(jobs)
        except apsw.Error as exc:
            _fail(jobs, _meaning(exc, self._connection) or exc)
            self._stop_if_broken(exc)
            # Not if SQLite has rolled back by itself, as it does when the disk is full.
            if self._connection.in_transaction:
                with contextlib.suppress(apsw.Error):
                    self._connection.execute("ROLLBACK")
        finally:
            self._lock.release()
        return ()

    def _commit(self, jobs: Sequence[Job]) -> None:
        execute = self._connection.execute
        failed: list[BaseException] = []

        def work() -> None:
            try:
                # Nobody else writes while we have the lock: it does not wait.
                execute("BEGIN IMMEDIATE")
                self._run(jobs)
            except BaseException as exc:  # noqa: BLE001 - raised below, in the writer's thread
                failed.append(exc)

        if all(job.brief for job in jobs):
            run_on(jobs[0].loop, work)
        else:
            work()
        if failed:
            raise failed[0]
        execute("COMMIT" if len(jobs) > 1 or jobs[0].error is None else "ROLLBACK")

    def _run(self, jobs: Sequence[Job]) -> None:
        """Run the jobs in the open transaction."""
        connection = self._connection
        execute = connection.execute
        tx = Transaction(connection, self._clock.now())
        # A lone job needs no savepoint: if it fails, there is nothing else to keep.
        apart = len(jobs) > 1
        for job in jobs:
            tx.begin(job)
            if apart:
                execute("SAVEPOINT job")
            try:
                job.result = job.fn(tx, *job.args, **job.kwargs)
                if tx.failure is not None:
                    # It caught the error and went on, which PostgreSQL does not allow.
                    tx.fail(tx.failure)
            except BaseException as exc:  # noqa: BLE001 - the caller gets it, whatever it is
                job.fail(exc)
                if tx.failure is not None:
                    self._stop_if_broken(tx.failure)
                    if self._broken is not None or not connection.in_transaction:
                        raise tx.failure from None
                if apart:
                    execute("ROLLBACK TO job")
            if apart:
                execute("RELEASE job")

    def _stop_if_broken(self, exc: apsw.Error) -> None:
        if isinstance(exc, apsw.CorruptError | apsw.NotADBError) or (
            isinstance(exc, apsw.IOError) and not _is_full(self._connection)
        ):
            self._broken = exc
            log.error("store.disk_failed", file=self._connection.filename, problem=str(exc))

    def close(self) -> None:
        self._connection.close()
        self._lock.close()


class Reader:
    """A connection that reads."""

    def __init__(self, connection: apsw.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._version = 0

    def run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        connection = self._connection
        tx = Transaction(connection, self._clock.now())
        connection.execute("BEGIN")
        try:
            return fn(tx, *args, **kwargs)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def changed(self) -> bool:
        before = self._version
        row = self._connection.execute("PRAGMA data_version").fetchone()
        self._version = row[0] if row else 0
        return self._version != before

    def close(self) -> None:
        self._connection.close()


class Sqlite:
    """The backend: a file and its lock in a folder.

    steps: the migrations of the file, ours unless others are given.
    """

    inline = True
    writers = 1

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        file: str = FILE,
        lock: str = LOCK,
        steps: Sequence[migrate.Migration] | None = None,
    ) -> None:
        self._path = folder / file
        self._lock_path = folder / lock
        self._clock = clock
        self._steps = steps

    def open(self) -> None:
        """Create or migrate the database.

        Raises Invalid if it is newer than this program or no database of ours, Unavailable.
        """
        check_version(apsw.sqlite_lib_version())
        try:
            if not self._path.parent.is_dir():
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(self._path.parent.parent)
            # SQLite gives its other files the mode of this one: mail is nobody else's business.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            lock = FairLock(self._lock_path)
        except OSError as exc:
            raise Unavailable(f"cannot open {self._path}: {exc.strerror}") from exc
        try:
            with lock.held():
                self._migrate()
        finally:
            lock.close()

    def _migrate(self) -> None:
        connection = self._connect()
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("BEGIN IMMEDIATE")
            tables = connection.execute(
                "SELECT COUNT(*), SUM(name = 'migrations') FROM sqlite_schema"
            ).fetchone()
            if tables and tables[0] and not tables[1]:
                raise Invalid(f"{self._path} is another program's database")
            connection.execute(migrate.CREATE)
            applied = connection.execute(migrate.APPLIED).fetchone()
            now = int(self._clock.now().timestamp() * 1_000_000)
            for step in migrate.missing(applied, self._steps):
                connection.execute(step.sql("sqlite")).fetchall()
                connection.execute(
                    migrate.APPLY, (step.version, step.compatible, step.name, now)
                ).fetchall()
            connection.execute("COMMIT")
        except apsw.Error as exc:
            said = _meaning(exc, connection)
            if said is None:
                raise
            raise said from exc
        finally:
            connection.close()

    def writer(self) -> Writer:
        """Open the connection that writes."""
        connection = self._connect()
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").fetchall()
        connection.execute(f"PRAGMA journal_size_limit = {MAX_WAL_OCTETS}").fetchall()
        return Writer(connection, FairLock(self._lock_path), self._clock)

    def reader(self) -> Reader:
        """Open a connection that reads."""
        connection = self._connect()
        connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
        connection.execute("PRAGMA query_only = ON")
        return Reader(connection, self._clock)

    def _connect(self) -> apsw.Connection:
        connection = None
        try:
            connection = apsw.Connection(
                str(self._path), apsw.SQLITE_OPEN_READWRITE, statementcachesize=STATEMENTS
            )
            connection.set_busy_timeout(BUSY_MILLISECONDS)
            connection.execute("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0").fetchall()
        except apsw.Error as exc:
            said = _meaning(exc, connection)
            if connection is not None:
                connection.close()
            if said is None:
                raise
            raise said from exc
        return connection


def _fail(jobs: Sequence[Job], error: Exception) -> None:
    for job in jobs:
        if job.error is None:
            job.fail(error)


def _is_full(connection: apsw.Connection | None) -> bool:
    return connection is not None and connection.system_errno in _FULL_ERRNOS


def _meaning(exc: apsw.Error, connection: apsw.Connection | None) -> Exception | None:
    """Return the error of ours that says the same, or None: then our SQL is wrong."""
    text = str(exc)
    match exc:
        case apsw.ConstraintError():
            return Conflict(text)
        case apsw.FullError():
            return StorageFull(text)
        case apsw.IOError():
            return StorageFull(text) if _is_full(connection) else Unavailable(text)
        case apsw.CorruptError() | apsw.NotADBError():
            return Corrupt(text)
        case apsw.BusyError() | apsw.LockedError() | apsw.CantOpenError() | apsw.NoMemError():
            return Unavailable(text)
        case _:
            return None
