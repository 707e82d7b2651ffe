"""A process that writes as fast as it can, and says what it was told is durable.

    python -m tests.store.hammer FOLDER URL WORKER CLIENTS

Each line on standard output is the key of a note that is durable. What a note must hold follows
from its key, so whoever reads the lines can check the database without asking this process.
"""

import asyncio
import hashlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pillarbox.base import log
from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import Conflict, Unavailable
from pillarbox.store.connect import connect
from pillarbox.store.database import Database, Transaction


def payload(key: str) -> bytes:
    """Return the octets of a note: 16 to 8,000 octets, one in a hundred 1.2 MB."""
    seed = hashlib.sha256(key.encode()).digest()
    size = 16 + int.from_bytes(seed[:2], "big") % 8000
    if seed[2] % 100 == 0:
        size = 1_200_000
    return (seed * (size // 32 + 1))[:size]


def make(tx: Transaction) -> None:
    tx.run(
        "CREATE TABLE IF NOT EXISTS notes (note TEXT PRIMARY KEY, ref TEXT NOT NULL,"
        " digest TEXT NOT NULL)"
    )
    tx.run("CREATE TABLE IF NOT EXISTS counts (worker TEXT PRIMARY KEY, count BIGINT NOT NULL)")


def put(tx: Transaction, key: str, worker: str) -> None:
    """Two rows that must agree: the note, and how many notes its writer has."""
    digest = hashlib.sha256(payload(key)).hexdigest()
    tx.run("INSERT INTO notes VALUES (?1, ?2, ?3)", key, str(tx.blobs[0]), digest)
    tx.run(
        "INSERT INTO counts VALUES (?1, 1)"
        " ON CONFLICT (worker) DO UPDATE SET count = counts.count + 1",
        worker,
    )


async def client(db: Database, worker: str, numbers: Iterator[int]) -> None:
    for number in numbers:
        key = f"{worker}-{number}"
        try:
            await db.write(put, key, worker, blobs=(payload(key),))
        except (Unavailable, Conflict):
            # A server that starts again; nothing is claimed for this note.
            await asyncio.sleep(0.01)
        else:
            os.write(1, key.encode() + b"\n")


async def main(folder: str, url: str, worker: str, clients: str) -> None:
    clock = SystemClock()
    # Standard output is for keys alone; a lost connection is no news here.
    log.configure(form="text", level="error", clock=clock)
    db = connect(Path(folder), url, clock)
    await db.open()
    numbers = itertools.count()
    async with asyncio.TaskGroup() as group:
        for _ in range(int(clients)):
            group.create_task(client(db, worker, numbers))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
