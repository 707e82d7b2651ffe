"""PostgreSQL: for installations that have outgrown one file, or one machine.

A writer runs the jobs that wait in one transaction, each in a savepoint, and the server shares
its flushes among all writers. Jobs of one batch hold the locks of those before them, so two
batches could wait for each other; deadlock detection would take a second. Therefore a job that
is not the first of its batch waits for a lock only briefly: then the batch is committed as far
as it is, and the job begins the next one, holding nothing.

A lost connection before COMMIT means that nothing happened: the batch is run again. Lost during
COMMIT, nobody knows: the jobs fail with Unavailable, the peer tries again, and delivery keys
keep a message from being filed twice.

No LISTEN and NOTIFY: a notification in a transaction makes all commits of the server wait in
one line.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Invalid, Unavailable
from pillarbox.store import migrate
from pillarbox.store.group import Job
from pillarbox.store.postgres_session import (
    RETRY_STATES,
    Failures,
    Session,
    Transaction,
    meaning,
)

T = TypeVar("T")
log = structlog.get_logger()

WRITERS: Final = 2
TRIES: Final = 4
_NEXT: Final = "RELEASE SAVEPOINT job; SAVEPOINT job"
_SECOND: Final = f"SET LOCAL lock_timeout = '3ms'; {_NEXT}"
_UNDO: Final = "ROLLBACK TO SAVEPOINT job"
_MIGRATING: Final = 0x70696C6C  # A number for an advisory lock; any will do.


class _Lost(Exception):
    """The connection is gone, and nothing was committed."""


class Writer:
    """A connection that writes."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._tries = 0

    def commit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        for _ in range(TRIES):
            try:
                self._session.connect()
                return self._commit(jobs)
            except _Lost as exc:
                log.warning("store.connection_lost", problem=str(exc.__cause__))
                self._session.drop()
            except Unavailable as exc:
                _fail(jobs, exc)
                return ()
        _fail(jobs, Unavailable("PostgreSQL closes every connection"))
        return ()

    def _commit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Run and commit jobs up to one that must wait; return the rest."""
        session = self._session
        tx = Transaction(session, self._clock.now())
        done = 0
        self._command("BEGIN; SAVEPOINT job" if len(jobs) > 1 else "BEGIN")
        for job in jobs:
            if done:
                self._command(_SECOND if done == 1 else _NEXT)
            if not self._run(tx, job, alone=len(jobs) == 1):
                break
            done += 1
        failed = len(jobs) == 1 and jobs[0].error is not None
        if done == 0 or failed:
            self._command("ROLLBACK")
        else:
            self._end(jobs[:done])
        return self._rest(jobs, done, tx)

    def _run(self, tx: Transaction, job: Job, *, alone: bool) -> bool:
        """Run one job; False if it should be tried again, in another transaction."""
        job.error = None
        tx.begin(job.refs, job.hints)
        try:
            job.result = job.fn(tx, *job.args, **job.kwargs)
            if tx.failure is not None:
                # It caught the error and went on; the server takes nothing more.
                tx.fail(tx.failure)
        except BaseException as exc:
            if self._session.lost:
                raise _Lost from exc
            if getattr(tx.failure, "sqlstate", None) in RETRY_STATES:
                if not alone:
                    self._command(_UNDO)
                return False
            job.fail(exc)
            if not alone:
                self._command(_UNDO)
        return True

    def _end(self, jobs: Sequence[Job]) -> None:
        try:
            tag = self._session.command("COMMIT")
        except Failures as exc:
            # Whether it was committed is written where we cannot look now.
            log.warning("store.commit_unknown", jobs=len(jobs), problem=str(exc))
            self._session.drop()
            _fail(jobs, meaning(exc) or Unavailable(str(exc)))
            return
        if tag != "COMMIT":
            _fail(jobs, Unavailable(f"PostgreSQL says {tag} to COMMIT"))

    def _rest(self, jobs: Sequence[Job], done: int, tx: Transaction) -> Sequence[Job]:
        if done:
            self._tries = 0
            return jobs[done:]
        self._tries += 1
        if self._tries < TRIES:
            return jobs
        self._tries = 0
        cause = tx.failure
        jobs[0].fail((meaning(cause) if cause else None) or Unavailable("a lock was not free"))
        return jobs[1:]

    def _command(self, sql: str) -> None:
        """Run a command of the transaction itself; if it fails the connection is not used on."""
        try:
            self._session.command(sql)
        except Failures as exc:
            raise _Lost from exc

    def close(self) -> None:
        self._session.close()


class Reader:
    """A connection that reads."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        for _ in range(TRIES):
            self._session.connect()
            with contextlib.suppress(_Lost):
                return self._run(fn, args, kwargs)
            self._session.drop()
        raise Unavailable("PostgreSQL closes every connection")

    def _run(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        session = self._session
        try:
            # One snapshot for all statements, as SQLite gives.
            session.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            tx = Transaction(session, self._clock.now())
            try:
                return fn(tx, *args, **kwargs)
            finally:
                if not session.lost:
                    session.command("ROLLBACK")
        except Exception as exc:
            if session.lost:
                raise _Lost from exc
            raise

    def changed(self) -> bool:
        return True

    def close(self) -> None:
        self._session.close()


class Postgres:
    """The backend: a database on a server."""

    inline = False
    writers = WRITERS

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock

    def open(self) -> None:
        """Migrate the database, which must exist and be empty or ours.

        Raises Invalid if it is newer than this program or not UTF-8, Unavailable.
        """
        session = Session(self._url)
        try:
            session.connect()
            self._migrate(session)
        except Failures as exc:
            said = meaning(exc)
            if said is None:
                raise
            raise said from exc
        finally:
            session.close()

    def _migrate(self, session: Session) -> None:
        tx = Transaction(session, self._clock.now())
        if tx.value("SELECT current_setting('server_encoding')") != "UTF8":
            raise Invalid("the PostgreSQL database must have the encoding UTF8")
        session.command("BEGIN")
        tx.value("SELECT pg_advisory_xact_lock(?1)", _MIGRATING)
        session.command(migrate.CREATE)
        now = int(tx.now.timestamp() * 1_000_000)
        for step in migrate.missing(tx.one(migrate.APPLIED)):
            session.command(step.sql("postgres"))
            tx.run(migrate.APPLY, step.version, step.compatible, step.name, now)
        session.command("COMMIT")

    def writer(self) -> Writer:
        """Return a writer; it connects when it has work."""
        return Writer(Session(self._url), self._clock)

    def reader(self) -> Reader:
        """Return a reader; it connects when it has work."""
        return Reader(Session(self._url), self._clock)


def _fail(jobs: Sequence[Job], error: Exception) -> None:
    for job in jobs:
        if job.error is None:
            job.fail(error)
