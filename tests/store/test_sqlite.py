"""store/sqlite.py: what only SQLite does."""

import asyncio
import errno

import apsw
import pytest

from pillarbox.base.errors import Conflict, Corrupt, Invalid, StorageFull, Unavailable
from pillarbox.store import migrate, sqlite
from pillarbox.store.database import Database
from pillarbox.store.group import Job
from pillarbox.store.lock import FairLock
from pillarbox.store.packs import Packs
from pillarbox.store.sqlite import Sqlite, Writer, check_version

CREATE = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"


def add(tx, number):
    return tx.run("INSERT INTO notes VALUES (?1, 'x')", number)


def numbers(tx):
    return [row[0] for row in tx.all("SELECT id FROM notes ORDER BY id")]


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0"])
def test_an_sqlite_that_can_lose_data_is_refused(version):
    with pytest.raises(Unavailable, match=r"3\.51\.3 or newer"):
        check_version(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "4.0.0"])
def test_one_that_cannot_is_not(version):
    check_version(version)


@pytest.fixture
async def db(tmp_path, clock):
    db = Database(Sqlite(tmp_path, clock), Packs(tmp_path / "packs"), clock)
    await db.open()
    await db.write(lambda tx: tx.run(CREATE))
    yield db
    await db.close()


PRAGMAS = [("journal_mode", "wal"), ("synchronous", 2), ("mmap_size", 0), ("temp_store", 2)]


@pytest.mark.parametrize(("name", "value"), PRAGMAS)
async def test_every_connection_is_set_up(db, name, value):
    sql = f"PRAGMA {name}"
    for run in (db.write, db.read, db.scan):
        assert await run(lambda tx: tx.value(sql)) == value


async def test_files_are_private(db, tmp_path):
    await db.write(add, 1)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"index.db", "index.db-wal", "index.lock"}
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


async def test_another_programs_database_is_refused(tmp_path, clock):
    connection = apsw.Connection(str(tmp_path / "index.db"))
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(Invalid, match="another program's"):
        Sqlite(tmp_path, clock).open()


async def test_a_file_that_is_no_database_is_corrupt(tmp_path, clock):
    (tmp_path / "index.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(Corrupt):
        Sqlite(tmp_path, clock).open()


async def test_a_folder_that_cannot_be_made(tmp_path, clock):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Sqlite(tmp_path / "file" / "store", clock).open()


async def test_several_processes_may_open_it_at_once(tmp_path, clock):
    backends = [Sqlite(tmp_path / "store", clock) for _ in range(8)]
    await asyncio.gather(*(asyncio.to_thread(backend.open) for backend in backends))
    connection = apsw.Connection(str(tmp_path / "store" / "index.db"))
    assert connection.execute("SELECT COUNT(*) FROM migrations").get == len(migrate.ours())
    connection.close()


async def test_a_shell_that_holds_the_write_lock_is_waited_for_then_not(db, tmp_path, monkeypatch):
    shell = apsw.Connection(str(tmp_path / "index.db"))
    shell.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(db.write(add, 1))
    await asyncio.sleep(0)
    assert await db.read(numbers) == [], "readers do not wait"
    shell.execute("COMMIT")
    assert await waiting == 1
    shell.close()


def job(fn, *args):
    loop = asyncio.get_running_loop()
    return Job(fn, args, {}, (), loop, loop.create_future())


class Faulty:
    """A connection that fails at one statement, as it would on a bad disk."""

    def __init__(self, connection):
        self._connection = connection
        self.fail_at = ""
        self.error = apsw.IOError("disk I/O error")
        self.system_errno = errno.EIO
        self.rolls_back = False

    def execute(self, sql, *args):
        if self.fail_at and sql.startswith(self.fail_at):
            if self.rolls_back:
                self._connection.execute("ROLLBACK")
            raise self.error
        return self._connection.execute(sql, *args)

    def __getattr__(self, name):
        return getattr(self._connection, name)


@pytest.fixture
def faulty(tmp_path, clock):
    connection = apsw.Connection(str(tmp_path / "faulty.db"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(CREATE)
    faulty = Faulty(connection)
    writer = Writer(faulty, FairLock(tmp_path / "lock"), clock)  # type: ignore[arg-type]
    yield faulty, writer
    writer.close()


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("fail_at", ["BEGIN", "INSERT", "COMMIT"])
async def test_a_disk_error_ends_all_writing(faulty, fail_at, jobs):
    connection, writer = faulty
    connection.fail_at = fail_at
    batch = [job(add, number) for number in range(jobs)]
    assert writer.commit(batch) == ()
    assert [type(one.error) for one in batch] == [Unavailable] * jobs
    connection.fail_at = ""
    later = job(add, 9)
    writer.commit([later])
    assert isinstance(later.error, Unavailable)
    assert connection.execute("SELECT COUNT(*) FROM notes").get == 0


FULL = [apsw.FullError("full"), apsw.IOError("quota")]


@pytest.mark.parametrize("rolls_back", [False, True])
@pytest.mark.parametrize("fail_at", ["INSERT", "COMMIT"])
@pytest.mark.parametrize("error", FULL, ids=["full", "quota"])
async def test_a_full_disk_passes(faulty, error, fail_at, rolls_back):
    connection, writer = faulty
    connection.fail_at, connection.error, connection.rolls_back = fail_at, error, rolls_back
    connection.system_errno = errno.EDQUOT
    batch = [job(add, number) for number in range(3)]
    writer.commit(batch)
    assert [type(one.error) for one in batch] == [StorageFull] * 3
    connection.fail_at = ""
    later = job(add, 9)
    writer.commit([later])
    assert later.result == 1
    assert connection.execute("SELECT id FROM notes").get == 9


MEANINGS = [
    (apsw.ConstraintError("x"), Conflict),
    (apsw.BusyError("x"), Unavailable),
    (apsw.CantOpenError("x"), Unavailable),
    (apsw.CorruptError("x"), Corrupt),
    (apsw.NotADBError("x"), Corrupt),
    (apsw.SQLError("x"), apsw.SQLError),
]


@pytest.mark.parametrize(("error", "expected"), MEANINGS)
async def test_what_the_errors_of_sqlite_mean(faulty, error, expected):
    connection, writer = faulty
    connection.fail_at, connection.error = "INSERT", error
    failing = job(add, 1)
    writer.commit([failing])
    assert type(failing.error) is expected


async def test_the_lock_is_free_after_every_failure(faulty, tmp_path):
    connection, writer = faulty
    other = FairLock(tmp_path / "lock")
    for fail_at in ("BEGIN", "INSERT", "COMMIT", ""):
        connection.fail_at, connection.error = fail_at, apsw.FullError("full")
        writer.commit([job(add, 1)])
        with other.held():
            pass
    other.close()


async def test_octets_are_durable_before_the_row(tmp_path, clock):
    synced: list[int] = []
    packs = Packs(tmp_path / "packs", sync=synced.append)
    db = Database(Sqlite(tmp_path, clock), packs, clock)
    await db.open()
    assert await db.write(lambda tx: len(synced) * len(tx.blobs), blobs=(b"x",)) == 1
    await db.close()


async def test_a_failed_sync_ends_writing_and_reading_goes_on(tmp_path, clock):
    results = [None, OSError(errno.EIO, "gone")]

    def sync(_):
        result = results.pop(0)
        if result:
            raise result

    db = Database(Sqlite(tmp_path, clock), Packs(tmp_path / "packs", sync=sync), clock)
    await db.open()
    [ref] = await db.write(lambda tx: tx.blobs, blobs=(b"kept",))
    for blobs in ((b"lost",), (b"lost",)):
        with pytest.raises(Unavailable):
            await db.write(lambda tx: tx.blobs, blobs=blobs)
    assert await db.blob(ref) == b"kept"
    assert await db.read(lambda tx: tx.value("SELECT 1")) == 1
    await db.close()


async def test_without_room_mail_is_refused_and_the_rest_goes_on(tmp_path, clock):
    packs = Packs(tmp_path / "packs", reserve_octets=10**18)
    db = Database(Sqlite(tmp_path, clock), packs, clock)
    await db.open()
    assert db.full
    with pytest.raises(StorageFull):
        await db.write(lambda tx: tx.blobs, blobs=(b"a message",))
    await db.write(lambda tx: tx.run(CREATE))
    assert await db.write(add, 1) == 1
    assert db.full
    await db.close()


async def test_changed_sees_commits_of_others_and_nothing_else(db, tmp_path, clock):
    other = Database(Sqlite(tmp_path, clock), Packs(tmp_path / "packs"), clock)
    await other.open()
    db.changed()
    assert not db.changed()
    await other.write(add, 1)
    assert db.changed()
    assert not db.changed()
    await db.write(add, 2)
    assert db.changed()
    await other.close()


async def test_the_log_is_folded_into_the_database(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 10)
    db = Database(Sqlite(tmp_path, clock), Packs(tmp_path / "packs"), clock)
    await db.open()
    await db.write(lambda tx: tx.run(CREATE))
    for number in range(50):
        await db.write(add, number)
    assert (tmp_path / "index.db-wal").stat().st_size < 50 * 4096
    await db.close()
    assert not (tmp_path / "index.db-wal").exists()
