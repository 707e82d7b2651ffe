import asyncio

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.store.connect import connect


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def shared_db(request, tmp_path_factory):
    """An open, empty database for tests that take back all they did."""
    databases = None
    url = ""
    if request.param == "postgres":
        databases = request.getfixturevalue("postgres_databases")
        url = databases.take()
    db = connect(tmp_path_factory.mktemp("store"), url, SystemClock())
    asyncio.run(db.open())
    yield db
    asyncio.run(db.close())
    if databases is not None:
        databases.give_back(url)
