"""The forwarders and lists that this installation knows, from the settings and the store.

Those of the store are added and removed with `pillarbox forward known`; a server that runs
takes notice within a minute.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from pillarbox.base.clock import Clock
from pillarbox.base.errors import AlreadyExists, NotFound, TooMany
from pillarbox.delivery.known import Known
from pillarbox.store import settings
from pillarbox.store.database import Database, Transaction

MAX_KNOWN: Final = 1000
KEEP_SECONDS: Final = 60.0
_NAME: Final = "known_forwarders"
_ENTRIES: Final = msgspec.json.Decoder(list[Known])


def list_(tx: Transaction) -> list[Known]:
    """Return the entries of the store, in the order in which they were added."""
    text = settings.find(tx, _NAME)
    return _ENTRIES.decode(text) if text else []


def add(tx: Transaction, entry: Known, now: datetime) -> Known:
    """Add an entry, and return it with its time. Raises AlreadyExists, TooMany."""
    entries = list_(tx)
    if any(_same(one, entry) for one in entries):
        raise AlreadyExists(f"known {entry.kind.value} {entry.value}")
    if len(entries) >= MAX_KNOWN:
        raise TooMany(f"{MAX_KNOWN} known forwarders")
    added = msgspec.structs.replace(entry, since=now.timestamp())
    _save(tx, [*entries, added])
    return added


def remove(tx: Transaction, kind: str, value: str, account: str = "") -> None:
    """Remove an entry. Raises NotFound."""
    entries = list_(tx)
    name = value.lower()
    left = [e for e in entries if (e.kind, e.value, e.account) != (kind, name, account.lower())]
    if len(left) == len(entries):
        raise NotFound(f"known {kind} {value}")
    _save(tx, left)


def _same(one: Known, other: Known) -> bool:
    return (one.kind, one.value, one.account) == (other.kind, other.value, other.account)


def _save(tx: Transaction, entries: list[Known]) -> None:
    settings.set_(tx, _NAME, msgspec.json.encode(entries).decode())


class Acquaintances:
    """The entries of settings and store together; the store is asked once a minute."""

    def __init__(self, db: Database, clock: Clock, configured: Sequence[Known] = ()) -> None:
        self._db = db
        self._clock = clock
        self._configured = tuple(configured)
        self._kept: tuple[Known, ...] = ()
        self._read_at: float | None = None

    async def find(self, accounts: Sequence[str]) -> tuple[Known, ...]:
        """Return what counts for a message to these accounts: for each of them alike."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= KEEP_SECONDS:
            self._kept = self._configured + tuple(await self._db.read(list_))
            self._read_at = now
        only = {address.lower() for address in accounts}
        return tuple(k for k in self._kept if not k.account or only == {k.account})
