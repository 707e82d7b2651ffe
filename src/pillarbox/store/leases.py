"""Leases: work that only one process at a time should do (reports, ACME, compaction).

A lease is a promise for some seconds, not a lock: its holder renews it in time, and work
that outlives it must bear being done twice.
"""

from datetime import datetime, timedelta
from typing import Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros, moment

_TAKE: Final = """
INSERT INTO leases (name, owner, until) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE leases.until <= ?4 OR leases.owner = excluded.owner
"""
_RELEASE: Final = "DELETE FROM leases WHERE name = ?1 AND owner = ?2"
_FIND: Final = "SELECT owner, until FROM leases WHERE name = ?1"


def take(tx: Transaction, name: str, owner: str, seconds: float) -> bool:
    """Take a lease that is free or expired, or renew our own, and tell whether we have it.

    owner: unique among processes, such as host, process id and start time.
    """
    until = micros(tx.now + timedelta(seconds=seconds))
    return tx.run(_TAKE, name, owner, until, micros(tx.now)) > 0


def release(tx: Transaction, name: str, owner: str) -> None:
    """Give a lease back; nothing happens if it is another's."""
    tx.run(_RELEASE, name, owner)


def find(tx: Transaction, name: str) -> tuple[str, datetime] | None:
    """Return owner and end of a lease, which may be past, or None."""
    row = tx.one(_FIND, name)
    return None if row is None else (row[0], moment(row[1]))
