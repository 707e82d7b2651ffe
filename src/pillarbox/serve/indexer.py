"""Keeping the index of words up to date: one worker of all does it, by a lease.

Nothing is logged for it: an account's messages are numbered as they are filed, and the index
knows up to which number it goes. So it catches up after a crash, a hint that was lost, or a
day without it. Until a message is indexed, searches look at it itself (`store/indexing`).
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.mime.lexicon import Document
from pillarbox.serve.notify import QUEUE, Hub
from pillarbox.store import indexing, leases, search
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.indexing import Waiting
from pillarbox.store.search import Progress
from pillarbox.store.search_index import SearchIndex

log = structlog.get_logger()

EVERY_SECONDS: Final = 30.0
"""How often all accounts are looked at."""
GATHER_SECONDS: Final = 1.0
"""How long to wait after a hint: mail comes in batches."""
LEASE: Final = "search"
LEASE_SECONDS: Final = 120.0
BATCH: Final = 50
"""Messages read and written at once."""
SWEEP: Final = 1000

Step = Callable[[int], None]


class Indexer:
    """Indexes what was filed, and takes out what is gone for good. slot: the worker's number."""

    def __init__(self, db: Database, index: SearchIndex, clock: Clock, *, slot: int = 0) -> None:
        self._db = db
        self._index = index
        self._clock = clock
        self._owner = f"{slot}-{secrets.token_hex(8)}"
        self._dirty: set[int] = set()
        self._wake = asyncio.Event()

    def wake(self, account_id: int) -> None:
        """Note that something of an account changed. Call on the loop."""
        if account_id != QUEUE:
            self._dirty.add(account_id)
            self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        due = self._clock.monotonic()
        while True:
            # Before the work: what changes meanwhile is looked at next.
            self._wake.clear()
            try:
                if self._clock.monotonic() >= due:
                    due = self._clock.monotonic() + EVERY_SECONDS
                    self._dirty.clear()
                    await self.catch_up()
                elif self._dirty and await self._is_ours():
                    dirty, self._dirty = self._dirty, set()
                    for account_id in dirty:
                        await self.account(AccountId(account_id))
            except MailError as exc:
                log.error("search.failed", reason=str(exc))  # noqa: TRY400 - no bug of ours
                await self._give_up()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - self._clock.monotonic())):
                    await self._wake.wait()
                    await asyncio.sleep(GATHER_SECONDS)

    async def catch_up(self, step: Step | None = None) -> bool:
        """Index all that is not, unless another process is at it; tell whether this one was.

        step: is told of messages that were indexed, as they are.
        """
        if not await self._is_ours():
            return False
        known = await self._index.db.scan(search.progresses)
        accounts = await self._db.scan(indexing.accounts)
        for account_id, (modseq, horizon) in accounts.items():
            indexed, swept = known.get(account_id, Progress())
            if indexed < modseq or swept < horizon:
                await self.account(account_id, step)
        for account_id in known.keys() - accounts.keys():
            await self.account(account_id)
        return True

    async def account(self, account_id: AccountId, step: Step | None = None) -> None:
        """Index what is not of one account, and take out what is gone."""
        progress = await self._index.db.scan(search.progress, account_id)
        while batch := await self._db.scan(indexing.waiting, account_id, progress.indexed, BATCH):
            began = self._clock.monotonic()
            documents = await asyncio.to_thread(self._documents, batch)
            progress = progress._replace(indexed=batch[-1].message_id)
            await self._index.db.write(search.put, account_id, documents, progress)
            if step is not None:
                step(len(batch))
            if len(batch) == BATCH:
                await self._is_ours()
                # Mail comes first: a long run takes half a processor at most.
                await asyncio.sleep(self._clock.monotonic() - began if step is None else 0)
        state = await self._db.read(indexing.account, account_id)
        if state is None or state[1] > progress.horizon:
            await self._sweep(account_id)
            if state is None:
                await self._index.db.write(search.forget, account_id)
            else:
                progress = progress._replace(horizon=state[1])
                await self._index.db.write(search.advance, account_id, progress)

    async def _sweep(self, account_id: AccountId) -> None:
        """Take out the messages that are no more."""
        after = 0
        while some := await self._index.db.scan(search.indexed, account_id, after, SWEEP):
            after = some[-1]
            there = await self._db.scan(indexing.present, account_id, some)
            if gone := [number for number in some if number not in there]:
                await self._index.db.write(search.remove, account_id, gone)

    def _documents(self, batch: list[Waiting]) -> list[tuple[MessageId, Document]]:
        found = []
        for one in batch:
            tokens = indexing.lexicon(one, self._db.blob_now)
            if not self._index.bodies:
                tokens.pop("body", None)
            found.append((one.message_id, tokens))
        return found

    async def _is_ours(self) -> bool:
        """Take or keep the lease."""
        return await self._db.write(leases.take, LEASE, self._owner, LEASE_SECONDS)

    async def release(self) -> None:
        """Let another process do it at once."""
        await self._db.write(leases.release, LEASE, self._owner)

    async def _give_up(self) -> None:
        """Another worker may be luckier with its files."""
        with contextlib.suppress(MailError):
            await self.release()


def task(
    db: Database, index: SearchIndex, hub: Hub, clock: Clock, slot: int
) -> Callable[[], Awaitable[None]]:
    """Return what keeps the index up to date, woken by hints, until it is cancelled."""

    async def run() -> None:
        keeper = Indexer(db, index, clock, slot=slot)
        with hub.watch(keeper.wake):
            await keeper.run()

    return run
