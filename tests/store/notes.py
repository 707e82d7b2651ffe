"""A small table that tests write, and jobs that stand in each other's way."""

import asyncio
import contextlib
import threading

from pillarbox.store.database import Transaction

TABLE = "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL, data {blob})"
ADD = "INSERT INTO notes (id, text) VALUES (?1, ?2)"


def make(tx: Transaction) -> None:
    tx.run(TABLE.replace("{blob}", "BLOB" if tx.dialect == "sqlite" else "BYTEA"))


def add(tx: Transaction, number: int, text: str = "x") -> int:
    return tx.run(ADD, number, text)


def add_and_fail(tx: Transaction, number: int, error: BaseException) -> None:
    add(tx, number)
    raise error


def numbers(tx: Transaction) -> list[int]:
    return [row[0] for row in tx.all("SELECT id FROM notes ORDER BY id")]


class Gate:
    """A job that holds its writer until it is let go."""

    def __init__(self):
        self._entered = threading.Event()
        self._go = threading.Event()

    def __call__(self, _):
        self._entered.set()
        assert self._go.wait(10)

    async def entered(self):
        assert await asyncio.to_thread(self._entered.wait, 10)

    def open(self):
        self._go.set()


@contextlib.asynccontextmanager
async def all_writers_busy(db):
    """Hold every writer while inside, so that jobs gather; on leaving one takes them all."""
    gates = []
    held = []
    for _ in range(db._backend.writers):
        gates.append(Gate())
        held.append(asyncio.create_task(db.write(gates[-1])))
        await gates[-1].entered()
    waiting: list[asyncio.Future[object]] = []
    yield waiting
    await asyncio.sleep(0)
    gates[0].open()
    await asyncio.gather(*waiting, return_exceptions=True)
    for gate in gates:
        gate.open()
    await asyncio.gather(*held)


async def behind(db, *jobs):
    """Return what jobs give that are taken in one batch, exceptions included."""
    async with all_writers_busy(db) as waiting:
        waiting += [asyncio.ensure_future(db.write(*job)) for job in jobs]
    return await asyncio.gather(*waiting, return_exceptions=True)
