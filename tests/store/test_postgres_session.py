"""store/postgres_session.py: placeholders, and what the errors mean."""

import asyncpg
import pytest

from pillarbox.base.errors import Conflict, Corrupt, StorageFull, Unavailable
from pillarbox.store.postgres_session import Session, dollars, meaning
from tests.fakes import StillLoop

PLACEHOLDERS = [
    ("SELECT 1", "SELECT 1"),
    ("SELECT ?1, ?2 + ?1", "SELECT $1, $2 + $1"),
    ("VALUES (?10, ?1)", "VALUES ($10, $1)"),
    ("SELECT '?' || ?1", "SELECT '?' || $1"),
]


@pytest.mark.parametrize(("ours", "theirs"), PLACEHOLDERS)
def test_placeholders(ours, theirs):
    assert dollars(ours) == theirs


def error(state):
    return asyncpg.PostgresError.new({"C": state, "M": "message"})


MEANINGS = [
    (error("23505"), Conflict),
    (error("23502"), Conflict),
    (error("53100"), StorageFull),
    (error("53300"), Unavailable),
    (error("40001"), Unavailable),
    (error("40P01"), Unavailable),
    (error("55P03"), Unavailable),
    (error("57P01"), Unavailable),
    (error("58030"), Unavailable),
    (error("08006"), Unavailable),
    (error("25006"), Unavailable),
    (error("XX001"), Corrupt),
    (error("42601"), type(None)),
    (error("42P01"), type(None)),
    (asyncpg.InterfaceError("connection is closed"), Unavailable),
    (asyncpg.DataError("a text for a number"), type(None)),
    (OSError(111, "refused"), Unavailable),
    (TimeoutError(), Unavailable),
]


@pytest.mark.parametrize(("exc", "expected"), MEANINGS)
def test_what_errors_mean(exc, expected):
    assert type(meaning(exc)) is expected


def test_a_session_that_was_never_used_closes():
    session = Session("postgresql://nobody@/nowhere")
    assert session.lost
    session.drop()
    session.close()


@pytest.mark.postgres
def test_a_session_connects_again_after_a_drop(postgres_url):
    session = Session(postgres_url)
    session._loop.close()
    session._loop = StillLoop()
    session.connect()
    first = session.connection.get_server_pid()
    session.connect()
    assert session.connection.get_server_pid() == first
    session.drop()
    assert session.lost
    session.connect()
    assert session.command("SELECT 1") == "SELECT 1"
    session.close()
    assert session.lost
