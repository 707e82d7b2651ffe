"""Jobs that one worker of all does now and then: old traces, the vault, closed accounts, room.

A lease row decides who does them, so that it does not matter how many workers there are or
which of them dies. Each job works in small transactions: mail never waits for it.
"""

import asyncio
import secrets
from datetime import timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.base.metrics import QUEUE
from pillarbox.store import (
    accounts,
    compaction,
    contacts,
    correspondents,
    leases,
    messages,
    push_subscriptions,
    queue_admin,
    submissions,
    traces,
    uploads,
    vacations,
    vault,
    web_sessions,
)
from pillarbox.store.database import Database, Transaction

log = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
LEASE_SECONDS: Final = 900.0
COMPACT_SECONDS: Final = 3600.0
GAUGE_SECONDS: Final = 15.0
VAULT_DAYS: Final = 30
GUARD_DAYS: Final = 7
SENT_DAYS: Final = 90
BATCH: Final = 500
_LEASE: Final = "housekeeping"


class Housekeeping:
    """The jobs. trace_days, upload_hours: how long those are kept. slot: the worker's number."""

    def __init__(
        self, db: Database, clock: Clock, *, trace_days: int, upload_hours: float = 24, slot: int
    ) -> None:
        self._db = db
        self._clock = clock
        self._trace_days = trace_days
        self._upload_hours = upload_hours
        self._slot = slot
        self._owner = f"{slot}-{secrets.token_hex(8)}"

    async def run(self) -> None:
        """Do the jobs until cancelled."""
        due = self._clock.monotonic() + GAUGE_SECONDS
        compact_due = self._clock.monotonic() + COMPACT_SECONDS
        while True:
            await asyncio.sleep(GAUGE_SECONDS)
            try:
                if self._slot == 0:
                    QUEUE.set(to=float(await self._db.scan(_waiting)))
                if self._clock.monotonic() >= due:
                    due = self._clock.monotonic() + EVERY_SECONDS
                    await self.tidy()
                if self._clock.monotonic() >= compact_due:
                    compact_due = self._clock.monotonic() + COMPACT_SECONDS
                    await self.compact()
            except MailError as exc:
                log.error("housekeeping.failed", reason=str(exc))  # noqa: TRY400 - no bug of ours

    async def tidy(self) -> None:
        """Delete what is older than it is kept, unless another worker is at it."""
        if not await self._db.write(leases.take, _LEASE, self._owner, LEASE_SECONDS):
            return
        now = self._clock.now()
        while await self._db.write(traces.purge, now - timedelta(days=self._trace_days), BATCH):
            pass
        while await self._db.write(uploads.purge, now - timedelta(hours=self._upload_hours)):
            pass
        await self._db.write(push_subscriptions.purge)
        await self._db.write(vacations.purge)
        for account in await self._db.scan(accounts.list_):
            old = now - timedelta(days=VAULT_DAYS)
            while await self._db.write(vault.purge, account.account_id, old, BATCH):
                pass
            guards = now - timedelta(days=GUARD_DAYS)
            await self._db.write(messages.forget_guards, account.account_id, guards)
            year = now - timedelta(days=correspondents.RECEIVED_DAYS)
            await self._db.write(correspondents.prune, account.account_id, year)
            await self._db.write(contacts.prune, account.account_id)
            sent = now - timedelta(days=SENT_DAYS)
            while await self._db.write(submissions.purge, account.account_id, sent, BATCH):
                pass
        while await self._db.write(web_sessions.purge, BATCH):
            pass
        while await self._db.write(accounts.purge, BATCH):
            pass
        await self._db.write(leases.release, _LEASE, self._owner)

    async def compact(self) -> None:
        """Give back the room of messages that are gone, unless another process is at it."""
        seconds = compaction.LEASE_SECONDS
        if not await self._db.write(leases.take, compaction.LEASE, self._owner, seconds):
            return
        try:
            report = await compaction.compact(self._db, self._clock.now())
        finally:
            await self._db.write(leases.release, compaction.LEASE, self._owner)
        if report.damaged:
            log.error("store.damaged", blobs=len(report.damaged), do="pillarbox store verify")
        if report.rewritten or report.deleted:
            log.info(
                "store.compacted",
                rewritten=report.rewritten,
                deleted=report.deleted,
                freed_octets=report.freed_octets,
            )


def _waiting(tx: Transaction) -> int:
    return sum(line.due + line.leased + line.held for line in queue_admin.summary(tx))
