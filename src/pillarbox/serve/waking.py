"""Brings back at their time messages that wait in the mailbox of role "snoozed".

Every worker does it; one transaction for each message, and the first one has done it. Who snoozes
hints the worker; besides, the store is asked when the next is due, and every POLL_SECONDS.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.serve.notify import Hub
from pillarbox.store import snoozes
from pillarbox.store.database import Database

POLL_SECONDS: Final = 10.0
LEAST_SECONDS: Final = 0.2  # between two looks, however many hints there are
BATCH: Final = 100

log = structlog.get_logger()


class Waking:
    """Wakes messages. changed: called after a commit with the account."""

    def __init__(self, db: Database, clock: Clock, changed: Callable[[int], None]) -> None:
        self._db = db
        self._clock = clock
        self._changed = changed
        self._event = asyncio.Event()

    def wake(self, _: int = 0) -> None:
        """Look at what waits now. Call on the loop."""
        self._event.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._event.clear()
            seconds = POLL_SECONDS
            try:
                await self.sweep()
                due = await self._db.read(snoozes.next_due)
                if due is not None:
                    seconds = min(seconds, (due - self._clock.now()).total_seconds() + 0.01)
            except MailError as exc:
                log.warning("snooze.unavailable", problem=str(exc))
            await asyncio.sleep(LEAST_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(seconds - LEAST_SECONDS, 0.0)):
                    await self._event.wait()

    async def sweep(self) -> int:
        """Wake all whose time has come, and return how many."""
        count = 0
        due = await self._db.read(snoozes.next_due)
        while due is not None and due <= self._clock.now():
            found = await self._db.read(snoozes.due, BATCH)
            if not found:
                break
            for account_id, message_id in found:
                try:
                    count += await self._db.write(snoozes.wake, account_id, message_id)
                except NotFound:
                    await self._db.write(snoozes.forget, account_id, message_id)
                self._changed(account_id)
            due = await self._db.read(snoozes.next_due)
        return count


def task(db: Database, hub: Hub, clock: Clock) -> Callable[[], Awaitable[None]]:
    """Return what wakes messages until it is cancelled."""

    async def run() -> None:
        waking = Waking(db, clock, hub.changed)
        with hub.watch(waking.wake):
            await waking.run()

    return run
