"""Making a `Database` from what the settings say."""

from pathlib import Path

from pillarbox.base.clock import Clock
from pillarbox.store.blobs import Keyring
from pillarbox.store.database import Backend, Database
from pillarbox.store.packs import Packs
from pillarbox.store.sqlite import Sqlite


def connect(folder: Path, url: str, clock: Clock, *, keyring: Keyring | None = None) -> Database:
    """Return the database of an installation, not yet open.

    folder: where packs, and the SQLite file, are kept; made if it does not exist.
    url: "" for SQLite, or postgresql://user@host/name. keyring: protects blobs at rest.
    """
    return Database(_backend(folder, url, clock), Packs(folder / "packs", keyring=keyring), clock)


def _backend(folder: Path, url: str, clock: Clock) -> Backend:
    if not url:
        return Sqlite(folder, clock)
    from pillarbox.store.postgres import Postgres  # noqa: PLC0415 - loaded where it is used

    return Postgres(url, clock)
