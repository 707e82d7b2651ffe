"""An account on a real store, on SQLite and PostgreSQL, and a client that calls methods."""

import pytest

from tests.store.conftest import (  # noqa: F401 - fixtures
    clock,
    cluster,
    database_url,
    db,
    postgres_databases,
    postgres_url,
)

from .mail_client import MailClient
from .site import open_site


@pytest.fixture
async def client(db):  # noqa: F811
    """A client signed in to an account with the standard mailboxes."""
    return await MailClient.make(db)


@pytest.fixture
async def site(tmp_path):
    """A whole website on a socket."""
    async with open_site(tmp_path) as site:
        yield site
