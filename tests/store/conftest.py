"""A fresh database for each test, once on SQLite and once on PostgreSQL."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pillarbox.store import verify
from pillarbox.store.connect import connect
from pillarbox.store.postgres import Postgres

from .cluster import Cluster, Databases
from .notes import make


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self._now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self._monotonic = 1000.0

    def now(self):
        return self._now

    def monotonic(self):
        return self._monotonic

    def advance(self, seconds):
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


@pytest.fixture
def clock():
    return FakeClock()


def memory() -> str | None:
    """Return a folder that is not on a disk, if there is one with room."""
    folder = Path("/dev/shm")
    if folder.is_dir() and os.access(folder, os.W_OK):
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize > 1024**3:
            return str(folder)
    return None


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server; started when the first test needs it."""
    # Not pytest's own folder: a unix socket's path has at most 107 octets.
    with tempfile.TemporaryDirectory(
        prefix="pillarbox-pg-", dir=memory(), ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)
        cluster = Cluster(Path(folder) / "server")
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def postgres_databases(cluster):
    """Databases with our schema."""
    Postgres(cluster.create("template"), FakeClock()).open()
    databases = Databases(cluster, "template")
    yield databases
    databases.close()


@pytest.fixture
def postgres_url(postgres_databases):
    """The URL of a fresh PostgreSQL database with our schema."""
    url = postgres_databases.take()
    yield url
    postgres_databases.give_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request):
    """The `database` setting of a fresh installation: "" for SQLite."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def db(database_url, tmp_path, clock):
    """An open database. After the test every invariant must hold."""
    db = connect(tmp_path / "store", database_url, clock)
    await db.open()
    try:
        yield db
        findings = await db.scan(verify.check)
        assert [str(finding) for finding in findings] == []
    finally:
        await db.close()


@pytest.fixture
async def notes(db):
    """The same with a table of notes; see notes.py."""
    await db.write(make)
    return db
