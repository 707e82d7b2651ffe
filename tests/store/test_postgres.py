"""store/postgres.py: locks between batches, lost connections, and commits nobody knows of."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pillarbox.base.errors import Conflict, Invalid, Unavailable
from pillarbox.store import migrate, postgres_session
from pillarbox.store.group import Job
from pillarbox.store.postgres import Postgres, Reader, Writer
from pillarbox.store.postgres_session import Session
from tests.fakes import StillLoop

pytestmark = pytest.mark.postgres

CREATE = "CREATE TABLE notes (id BIGINT PRIMARY KEY, count BIGINT NOT NULL)"
ADD = "INSERT INTO notes VALUES (?1, 0)"
IS_AT_WORK = """
SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'
    AND datname = current_database() AND wait_event = 'PgSleep'
"""
COUNT = "UPDATE notes SET count = count + 1 WHERE id = ?1"


def count(tx, number):
    return tx.run(COUNT, number)


def add(tx, number):
    return tx.run(ADD, number)


def rows(tx):
    return tx.all("SELECT id, count FROM notes ORDER BY id")


def job(fn, *args):
    """Return a job that nobody waits for: a writer only runs it."""
    return Job(fn, args, {}, (), None, None)  # type: ignore[arg-type]


def in_parallel(*functions):
    with ThreadPoolExecutor(len(functions)) as pool:
        for done in [pool.submit(function) for function in functions]:
            done.result()


@pytest.fixture
def server(postgres_url, clock):
    """Two writers and a reader on a table with rows 1 and 2."""
    backend = Postgres(postgres_url, clock)
    one, two, reader = backend.writer(), backend.writer(), backend.reader()
    one._session.connect()
    one._session.command(CREATE)
    one._session.command("INSERT INTO notes VALUES (1, 0), (2, 0)")
    yield one, two, reader
    for connection in (one, two, reader):
        connection.close()


def read(reader):
    return reader.run(rows, (), {})


def test_a_job_that_must_wait_ends_the_batch_and_begins_the_next(server):
    one, two, reader = server
    one._session.command("SET lock_timeout = 0")
    two._session.connect()
    two._session.command("BEGIN; UPDATE notes SET count = 10 WHERE id = 2")
    batch = [job(count, 1), job(count, 2), job(count, 1)]
    again = one.commit(batch)
    assert again == batch[1:]
    assert batch[0].result == 1
    assert read(reader) == [(1, 1), (2, 0)], "what came before it is committed"
    two._session.command("COMMIT")
    assert one.commit(again) == []
    assert read(reader) == [(1, 2), (2, 11)]


def test_batches_in_opposite_order_do_not_block_each_other(server):
    one, two, reader = server
    start = threading.Barrier(2)

    def work(writer, *order):
        waiting = [job(count, number) for _ in range(20) for number in order]
        start.wait()
        while waiting:
            waiting = list(writer.commit(waiting))

    in_parallel(lambda: work(one, 1, 2), lambda: work(two, 2, 1))
    assert read(reader) == [(1, 40), (2, 40)]


def test_a_lock_that_never_comes_free(server):
    one, two, _ = server
    two._session.connect()
    one._session.command("SET lock_timeout = '5ms'")
    two._session.command("BEGIN; UPDATE notes SET count = 10 WHERE id = 2")
    waiting = [job(count, 2), job(count, 1)]
    failed = waiting[0]
    tries = 0
    while waiting:
        waiting = list(one.commit(waiting))
        tries += 1
    assert isinstance(failed.error, Unavailable)
    assert tries < 10
    two._session.command("ROLLBACK")
    later = job(count, 2)
    assert one.commit([later]) == []
    assert later.result == 1


def cut(server, session):
    """Have the server end a session's connection."""
    pid = session.connection.get_server_pid()
    _, two, _ = server
    two._session.connect()
    two._session.command(f"SELECT pg_terminate_backend({pid}, 5000)")


def test_a_connection_lost_between_batches(server):
    one, _, reader = server
    cut(server, one._session)
    batch = [job(count, 1), job(count, 2)]
    assert one.commit(batch) == []
    assert [one_job.result for one_job in batch] == [1, 1]
    assert read(reader) == [(1, 1), (2, 1)]


def test_a_connection_lost_in_a_job_runs_the_batch_again(server):
    one, _, reader = server
    runs = []

    def count_and_cut(tx):
        tx.after_commit(lambda: None)
        runs.append(count(tx, 2))
        if len(runs) == 1:
            cut(server, one._session)
            count(tx, 2)

    batch = [job(count, 1), job(count_and_cut), job(count, 1)]
    assert one.commit(batch) == []
    assert [one_job.error for one_job in batch] == [None] * 3
    assert len(batch[1].hints) == 1, "hints of the first run do not count"
    assert read(reader) == [(1, 2), (2, 1)]


def test_a_connection_lost_at_commit_is_not_tried_again(server):
    one, _, reader = server

    def count_and_cut(tx):
        count(tx, 1)
        cut(server, one._session)

    lost = job(count_and_cut)
    assert one.commit([lost]) == []
    assert isinstance(lost.error, Unavailable)
    assert read(reader) == [(1, 0), (2, 0)]
    later = job(count, 1)
    one.commit([later])
    assert later.result == 1


def test_a_server_that_is_not_there(tmp_path, clock):
    writer = Writer(Session(f"postgresql://postgres@/x?host={tmp_path}"), clock)
    batch = [job(count, 1), job(count, 2)]
    assert writer.commit(batch) == ()
    assert [type(one_job.error) for one_job in batch] == [Unavailable] * 2
    writer.close()
    reader = Reader(Session(f"postgresql://postgres@/x?host={tmp_path}"), clock)
    with pytest.raises(Unavailable):
        reader.run(rows, (), {})
    reader.close()
    with pytest.raises(Unavailable):
        Postgres(f"postgresql://postgres@/x?host={tmp_path}", clock).open()


def test_a_server_that_closes_every_connection(server):
    one, _, _ = server

    def always_cut(tx):
        cut(server, one._session)
        count(tx, 1)

    failed = job(always_cut)
    one.commit([failed])
    assert isinstance(failed.error, Unavailable)


def test_a_reader_comes_back(server):
    _, _, reader = server
    assert read(reader) == [(1, 0), (2, 0)]
    cut(server, reader._session)
    assert read(reader) == [(1, 0), (2, 0)]


def test_a_statement_that_takes_too_long(server):
    """The time of the session's own loop is put forward when the server is at work on it."""
    one, two, reader = server
    one._session.drop()
    one._session._loop.close()
    loop = one._session._loop = StillLoop()
    two._session.connect()

    def wait_and_leap():
        while not two._session.wait(two._session.connection.fetchval(IS_AT_WORK)):
            pass
        loop.advance_from_thread(postgres_session.STATEMENT_SECONDS + 1)

    slow = job(lambda tx: tx.value("SELECT pg_sleep(600)"))
    in_parallel(lambda: one.commit([slow]), wait_and_leap)
    assert isinstance(slow.error, Unavailable)
    later = job(count, 1)
    one.commit([later])
    assert later.result == 1
    assert read(reader)[0] == (1, 1)


def test_a_constraint_in_a_batch(server):
    one, _, reader = server
    batch = [job(add, 3), job(add, 1), job(add, 4)]
    assert one.commit(batch) == []
    assert [type(one_job.error) for one_job in batch] == [type(None), Conflict, type(None)]
    assert [number for number, _ in read(reader)] == [1, 2, 3, 4]


def test_a_deferred_constraint_fails_at_commit(server):
    one, _, _ = server
    one._session.command(
        "CREATE TABLE parts (id BIGINT REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"
    )
    batch = [job(lambda tx: tx.run("INSERT INTO parts VALUES (99)")), job(count, 1)]
    one.commit(batch)
    assert [type(one_job.error) for one_job in batch] == [Conflict] * 2


def test_commits_are_durable_even_where_the_server_thinks_otherwise(server, cluster):
    one, _, _ = server
    name = one._session.wait(one._session.connection.fetchval("SELECT current_database()"))
    cluster.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    one._session.drop()
    asked = job(lambda tx: tx.value("SELECT current_setting('synchronous_commit')"))
    one.commit([asked])
    assert asked.result == "on"


def test_text_must_be_utf8(cluster, clock):
    cluster.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(Invalid, match="UTF8"):
        Postgres(cluster.url("latin"), clock).open()


def test_several_processes_may_migrate_at_once(cluster, clock):
    url = cluster.create("at_once")
    in_parallel(*(Postgres(url, clock).open for _ in range(4)))
    assert cluster.sql("SELECT COUNT(*) FROM migrations", "at_once") == str(len(migrate.ours()))
