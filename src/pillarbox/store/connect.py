"""Making a `Database` from what the settings say."""

from pathlib import Path

from pillarbox.base.clock import Clock
from pillarbox.store.blobs import Keyring
from pillarbox.store.database import Backend, Database
from pillarbox.store.packs import Packs
from pillarbox.store.postgres import Postgres
from pillarbox.store.sqlite import Sqlite


def connect(folder: Path, url: str, clock: Clock, *, keyring: Keyring | None = None) -> Database:
    """Return the database of an installation, not yet open.

    folder: where packs, and the SQLite file, are kept; made if it does not exist.
    url: "" for SQLite, or postgresql://user@host/name. keyring: protects blobs at rest.
    """
    backend: Backend = Postgres(url, clock) if url else Sqlite(folder, clock)
    return Database(backend, Packs(folder / "packs", keyring=keyring), clock)
