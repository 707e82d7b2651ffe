"""Mail that waits for its time, released when that has come (RFC 4865, RFC 8621 §7).

Every worker has a releaser. It claims what is due under a short lease, signs it, and then one
transaction makes it final, files it, queues it, and adds to its trace: whichever of releasing
and cancelling commits first, the other does nothing, and a process that dies in between has
released nothing. So a message leaves once, whatever happens.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery import envelopes
from pillarbox.delivery.envelope import Envelope
from pillarbox.delivery.filing import Filed, file
from pillarbox.delivery.route import Routing, resolve
from pillarbox.delivery.submission import Ready, Submission
from pillarbox.store import mail_sent, messages, submissions, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.submissions import Submission as Waiting
from pillarbox.trace.step import Step

LEASE_SECONDS: Final = 20.0
RETRY: Final = timedelta(minutes=5)
BATCH: Final = 20
POLL_SECONDS: Final = 10.0

log = structlog.get_logger()


class _Nobody(Exception):
    """No recipient here has room, and there are no others."""


class Releaser:
    """Releases mail. changed: called after a commit with each account that changed, 0 the queue."""

    def __init__(
        self,
        db: Database,
        submission: Submission,
        clock: Clock,
        separator: str,
        changed: Callable[[int], None],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._db = db
        self._submission = submission
        self._clock = clock
        self._separator = separator
        self._changed = changed
        self._poll_seconds = poll_seconds
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Look at what waits now. Call on the event loop."""
        self._event.set()

    async def run(self) -> None:
        """Release until cancelled."""
        while True:
            self._event.clear()
            try:
                await self.sweep()
                seconds = await self._idle_seconds()
            except MailError as exc:
                log.warning("release.unavailable", problem=str(exc))
                seconds = self._poll_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._event.wait()

    async def sweep(self) -> int:
        """Release all whose time has come; return how many that were."""
        count = 0
        while await self._is_due():
            found = await self._db.write(submissions.claim, LEASE_SECONDS, BATCH)
            for waiting in found:
                count += await self._release(waiting)
            if not found:
                break
        return count

    async def _is_due(self) -> bool:
        due = await self._db.read(submissions.next_due)
        return due is not None and due <= self._clock.now()

    async def _idle_seconds(self) -> float:
        due = await self._db.read(submissions.next_due)
        if due is None:
            return self._poll_seconds
        wait = (due - self._clock.now()).total_seconds()
        return min(self._poll_seconds, max(wait, 0.0) + 0.01)

    async def _release(self, waiting: Waiting) -> bool:
        try:
            return await self._try(waiting)
        except (MailError, _Nobody) as exc:
            log.warning("release.deferred", trace=waiting.trace_id, problem=str(exc))
            await self._later(waiting)
        except Exception:  # the releaser must outlive one message
            log.exception("release.failed", trace=waiting.trace_id)
            await self._later(waiting)
        return False

    async def _later(self, waiting: Waiting) -> None:
        now = self._clock.now()
        if now + RETRY > waiting.expires_at:
            await self._db.write(_give_up, waiting)
            self._changed(waiting.account_id)
        else:
            await self._db.write(submissions.put_off, waiting, now + RETRY)

    async def _try(self, waiting: Waiting) -> bool:
        if waiting.blob is None:
            return False
        client = envelopes.read_client(waiting.client)
        envelope = envelopes.read(waiting.envelope)
        octets = await self._db.blob(waiting.blob)
        routings = await self._db.read(_routings, envelope, self._separator)
        ready = await self._submission.prepare(client, envelope, routings, octets, waiting.trace_id)
        assert isinstance(ready, Ready)
        filed = await self._db.write(_file, waiting, ready, blobs=(ready.octets,))
        if filed is None:
            return False
        for account_id in {waiting.account_id, *(d.account_id for d in filed.delivered)}:
            self._changed(account_id)
        if filed.queued:
            self._changed(0)
        MESSAGES_IN.add(ready.filing.trace.action)
        return True


def _routings(tx: Transaction, envelope: Envelope, separator: str) -> list[Routing]:
    return [resolve(tx, recipient.address, separator) for recipient in envelope.recipients]


def _file(tx: Transaction, waiting: Waiting, ready: Ready) -> Filed | None:
    """Make it final and file it; None if it is not pending any more. Raises _Nobody."""
    filing = ready.filing
    account_ids = {waiting.account_id, *(local.account_id for local in filing.local)}
    messages.lock(tx, account_ids)
    if not submissions.end(tx, waiting.account_id, waiting.submission_id, "final"):
        return None
    steps = list(filing.trace.steps)
    filed = file(tx, filing)
    filing.trace.steps = steps  # A transaction may run again.
    if not filed.delivered and not filed.queued:
        raise _Nobody(waiting.trace_id)
    mail_sent.leave_scheduled(tx, waiting.account_id, waiting.message_id)
    return filed


def _give_up(tx: Transaction, waiting: Waiting) -> None:
    """Send it never: its time is over, and nobody could take it."""
    account_id = AccountId(waiting.account_id)
    if not submissions.end(tx, account_id, waiting.submission_id, "final"):
        return
    params = {"code": 0, "enhanced": "5.4.7", "text": "Nobody could take it in time"}
    step = Step(key="reply", at=tx.now.timestamp(), params=params)
    traces.append(tx, waiting.trace_id, [step], "bounced")
