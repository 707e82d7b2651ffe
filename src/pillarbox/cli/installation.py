"""The database of an installation, opened for one command.

A command is one short asyncio run. When root runs it and the settings name a user, the
process becomes that user first: files that root makes beside the database would lock the
server out.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from pillarbox import foundation
from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import NotFound
from pillarbox.base.token import Marker
from pillarbox.config import Settings
from pillarbox.serve import notify
from pillarbox.serve.privilege import become
from pillarbox.store.database import Database, Transaction

if TYPE_CHECKING:
    from pillarbox.delivery.signing import Sealer

T = TypeVar("T")
P = ParamSpec("P")


class Installation:
    """What the settings describe: database, keys, clock. Opens the database for each call."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        if settings.user and os.geteuid() == 0:
            try:
                become(settings.user)
            except KeyError as exc:
                raise NotFound(f"system user {settings.user} (user, in the settings)") from exc

    @property
    def now(self) -> datetime:
        """The time, aware UTC."""
        return self.clock.now()

    @cached_property
    def sealer(self) -> "Sealer":
        """What opens the private keys."""
        return foundation.sealer(self.settings)

    @cached_property
    def marker(self) -> Marker:
        """What makes the marks of tokens."""
        return foundation.marker(self.settings)

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Return what `work` gives for the open database. Raises what it raises."""
        return asyncio.run(self._run(work))

    async def _run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        db = foundation.open_database(self.settings, self.clock)
        await db.open()
        try:
            return await work(db)
        finally:
            await db.close()

    def hint(self, changed: Iterable[int]) -> None:
        """Tell a running server at once which accounts (or QUEUE) changed."""
        notify.hint(self.settings.path(foundation.LEASE_FOLDER), changed)

    def read(
        self, fn: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `fn(tx, *args)` on a snapshot, however long it takes."""

        async def work(db: Database) -> T:
            return await db.scan(fn, *args, **kwargs)

        return self.run(work)

    def write(
        self, fn: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return `fn(tx, *args)` when what it did is durable."""

        async def work(db: Database) -> T:
            given: Any = db.write
            result: T = await given(fn, *args, **kwargs)
            return result

        return self.run(work)
