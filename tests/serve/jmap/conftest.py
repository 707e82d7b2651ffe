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


@pytest.fixture
async def client(db):  # noqa: F811
    """A client signed in to an account with the standard mailboxes."""
    return await MailClient.make(db)
