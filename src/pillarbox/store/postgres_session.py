"""One connection to PostgreSQL, used by one thread as if it were synchronous.

asyncpg wants an event loop; each connection has one of its own, which turns only while its
thread waits for an answer. So there is no hop between threads, and store functions stay
synchronous. (psycopg has a synchronous interface, but a licence we cannot use.)
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeVar

import asyncpg

from pillarbox.base.errors import Conflict, Corrupt, StorageFull, Unavailable
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Param

T = TypeVar("T")

CONNECT_SECONDS: Final = 5.0
STATEMENT_SECONDS: Final = 60.0
STATEMENTS: Final = 500
"""Prepared statements that each connection keeps."""
RETRY_STATES: Final = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock timeout: it may work the next time."""

_PLACEHOLDER: Final = re.compile(r"\?(\d+)")
_SETTINGS: Final = {
    "application_name": "pillarbox",
    "timezone": "UTC",
    "jit": "off",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}
_DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') = 'off'
"""

Failures: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""Whatever asyncpg raises that is about the database or the way to it."""


class Session:
    """A connection that is made when it is needed, and again when it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._loop.set_debug(False)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    @property
    def connection(self) -> Any:
        """The open connection."""
        assert self._connection is not None
        return self._connection

    @property
    def lost(self) -> bool:
        """Whether there is no connection any more."""
        return self._connection is None or self._connection.is_closed()

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until the answer is there."""
        return self._loop.run_until_complete(coroutine)

    def connect(self) -> None:
        """Connect, if not connected. Raises Unavailable."""
        if not self.lost:
            return
        try:
            self._connection = self.wait(self._open())
        except Failures as exc:
            raise Unavailable(f"no connection to PostgreSQL: {exc}") from exc

    async def _open(self) -> Any:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            command_timeout=STATEMENT_SECONDS,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings=_SETTINGS,
        )
        try:
            await connection.execute(_DURABLE)
            # SUM of BIGINT is NUMERIC here; SQLite gives an integer, and so do we.
            await connection.set_type_codec(
                "numeric", schema="pg_catalog", encoder=str, decoder=_number, format="text"
            )
        except BaseException:
            connection.terminate()
            raise
        return connection

    def command(self, sql: str) -> str:
        """Run statements without parameters in one round trip; return the last one's tag."""
        tag: str = self.wait(self.connection.execute(sql))
        return tag

    def drop(self) -> None:
        """Throw the connection away, whatever state it is in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
            self.wait(asyncio.sleep(0))

    def close(self) -> None:
        """Say goodbye, and end the loop."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with contextlib.suppress(*Failures):
                self.wait(connection.close(timeout=CONNECT_SECONDS))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class Transaction:
    """database.Transaction on a session. failure: what the database last complained of."""

    __slots__ = ("_connection", "_hints", "_wait", "blobs", "dialect", "failure", "now")

    def __init__(self, session: Session, now: datetime) -> None:
        self._connection = session.connection
        self._wait = session.wait
        self.now = now
        self.dialect = "postgres"
        self.blobs: tuple[BlobRef, ...] = ()
        self.failure: Exception | None = None
        self._hints: list[Callable[[], None]] = []

    def begin(self, blobs: tuple[BlobRef, ...], hints: list[Callable[[], None]]) -> None:
        """Work for another job from now on."""
        self.blobs, self._hints, self.failure = blobs, hints, None
        hints.clear()

    def all(self, sql: str, *params: Param) -> list[tuple[Any, ...]]:
        try:
            rows = self._wait(self._connection.fetch(dollars(sql), *params))
        except Failures as exc:
            self.fail(exc)
        return list(map(tuple, rows))

    def one(self, sql: str, *params: Param) -> tuple[Any, ...] | None:
        try:
            row = self._wait(self._connection.fetchrow(dollars(sql), *params))
        except Failures as exc:
            self.fail(exc)
        return None if row is None else tuple(row)

    def value(self, sql: str, *params: Param) -> Any:
        try:
            return self._wait(self._connection.fetchval(dollars(sql), *params))
        except Failures as exc:
            self.fail(exc)

    def run(self, sql: str, *params: Param) -> int:
        try:
            tag = self._wait(self._connection.execute(dollars(sql), *params))
        except Failures as exc:
            self.fail(exc)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    def many(self, sql: str, rows: Iterable[Sequence[Param]]) -> None:
        try:
            self._wait(self._connection.executemany(dollars(sql), rows))
        except Failures as exc:
            self.fail(exc)

    def after_commit(self, fn: Callable[[], None]) -> None:
        self._hints.append(fn)

    def fail(self, exc: Exception) -> NoReturn:
        """Raise what an error of PostgreSQL means, or the error itself."""
        self.failure = exc
        said = meaning(exc)
        if said is None:
            raise exc
        raise said from exc


@lru_cache(maxsize=4096)
def dollars(sql: str) -> str:
    """Return SQL with $1 for ?1."""
    return _PLACEHOLDER.sub(r"$\1", sql)


def meaning(exc: Exception) -> Exception | None:
    """Return the error of ours that says the same, or None: then our SQL is wrong."""
    text = str(exc)
    if not isinstance(exc, asyncpg.PostgresError):
        # A value that does not fit its column comes as an InterfaceError too.
        return None if isinstance(exc, ValueError) else Unavailable(text)
    state = exc.sqlstate or ""
    found: Exception | None = None
    if state.startswith("23"):
        found = Conflict(text)
    elif state == "53100":
        found = StorageFull(text)
    elif state in {"XX001", "XX002"}:
        found = Corrupt(text)
    elif state in RETRY_STATES or state[:2] in {"08", "53", "57", "58"} or state == "25006":
        found = Unavailable(text)
    return found


def _number(text: str) -> int | float:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)
