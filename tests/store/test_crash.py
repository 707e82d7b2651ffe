"""Processes that write at the same time and are killed: what was acknowledged is there."""

import contextlib
import hashlib
import itertools
import os
import random
import selectors
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.store.blobs import BlobRef
from pillarbox.store.connect import connect

from .cluster import Cluster
from .conftest import memory
from .hammer import make, payload

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


class Hammers:
    """Hammer processes on one database, and what they were told is durable."""

    def __init__(self, folder, url, clients=8):
        self._arguments = [str(folder), url]
        self._clients = clients
        self._selector = selectors.DefaultSelector()
        self._names = itertools.count()
        self._heard = set()
        self.acknowledged = []
        self.running = {}

    def start(self, count):
        for _ in range(count):
            name = f"w{next(self._names)}"
            command = [sys.executable, "-m", "tests.store.hammer", *self._arguments, name]
            process = subprocess.Popen(
                [*command, str(self._clients)],
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            )
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, name)
            self.running[name] = process

    def listen(self, lines):
        """Take acknowledgements until there are so many more, and everybody has begun."""
        until = len(self.acknowledged) + lines
        while len(self.acknowledged) < until or not self._heard >= set(self.running):
            ready = self._selector.select(timeout=20)
            assert ready, "nobody writes any more"
            for key, _ in ready:
                self._take(key.fileobj, key.data)

    def _take(self, pipe, name):
        data = os.read(pipe.fileno(), 65536)
        assert data, f"{name} ended by itself"
        self._heard.add(name)
        self.acknowledged += data.decode().split()

    def kill(self, name):
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._selector.unregister(process.stdout)
        # What it managed to say counts; a line may be cut.
        os.set_blocking(process.stdout.fileno(), True)
        rest = process.stdout.read()
        self.acknowledged += rest[: rest.rfind(b"\n") + 1].decode().split()
        process.stdout.close()

    def kill_all(self):
        for name in list(self.running):
            self.kill(name)
        self._selector.close()


def notes(tx):
    return tx.all("SELECT note, ref, digest FROM notes")


def counts(tx):
    return dict(tx.all("SELECT worker, count FROM counts"))


async def check(folder, url, acknowledged):
    """Every acknowledged note is there, and every note that is there is whole."""
    async with opened(folder, url) as db:
        rows = await db.scan(notes)
        assert set(acknowledged) <= {key for key, _, _ in rows}
        assert len(acknowledged) == len(set(acknowledged))
        for key, ref, digest in rows:
            octets = await db.blob(BlobRef.parse(ref))
            assert octets == payload(key)
            assert hashlib.sha256(octets).hexdigest() == digest
        written = Counter(key.partition("-")[0] for key, _, _ in rows)
        assert await db.scan(counts) == dict(written)
        if not url:
            assert await db.scan(lambda tx: tx.value("PRAGMA integrity_check")) == "ok"
        # And it goes on.
        ref = (await db.write(lambda tx: tx.blobs, blobs=(b"after",)))[0]
        assert await db.blob(ref) == b"after"


@contextlib.asynccontextmanager
async def opened(folder, url):
    db = connect(folder, url, SystemClock())
    try:
        await db.open()
        yield db
    finally:
        await db.close()


async def prepare(folder, url):
    async with opened(folder, url) as db:
        await db.write(make)


async def test_killed_at_any_moment_nothing_acknowledged_is_lost(database_url, tmp_path):
    folder = tmp_path / "store"
    await prepare(folder, database_url)
    hammers = Hammers(folder, database_url)
    rng = random.Random(7)
    hammers.start(3)
    for _ in range(6):
        hammers.listen(rng.randint(20, 250))
        hammers.kill(rng.choice(list(hammers.running)))
        hammers.start(1)
    hammers.listen(200)
    hammers.kill_all()
    await check(folder, database_url, hammers.acknowledged)
    assert len(list((folder / "packs").glob("*.pack"))) <= 4, "packs of the dead are taken over"


async def test_processes_get_fair_shares(database_url, tmp_path):
    folder = tmp_path / "store"
    await prepare(folder, database_url)
    hammers = Hammers(folder, database_url)
    hammers.start(3)
    # Until all of them are at work.
    while len({key.partition("-")[0] for key in hammers.acknowledged}) < 3:
        hammers.listen(1)
    before = len(hammers.acknowledged)
    hammers.listen(1500)
    shares = Counter(key.partition("-")[0] for key in hammers.acknowledged[before:])
    hammers.kill_all()
    assert len(shares) == 3
    assert max(shares.values()) < 3 * min(shares.values()), shares


@pytest.mark.postgres
async def test_a_server_that_crashes_loses_nothing_acknowledged(tmp_path):
    folder = tmp_path / "store"
    base = Path(memory() or "/tmp") / f"pillarbox-crash-{os.getpid()}"
    base.mkdir(mode=0o711)
    cluster = Cluster(base / "server", durable=True)
    cluster.start()
    try:
        url = cluster.create("crash")
        await prepare(folder, url)
        hammers = Hammers(folder, url)
        hammers.start(2)
        for _ in range(3):
            hammers.listen(100)
            cluster.stop(signal.SIGQUIT)
            cluster.start()
        hammers.listen(100)
        hammers.kill_all()
        await check(folder, url, hammers.acknowledged)
    finally:
        cluster.stop()
        cluster.remove()
