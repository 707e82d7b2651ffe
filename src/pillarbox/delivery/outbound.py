"""The queue runner: claims what is due, sends it, writes down what came of it.

Every worker has one. Attempts are claimed under a lease, sorted into a *lane* for each
destination, and each lane has a few connections at most, which are reused while there is
more to send. What came of an attempt is one transaction (`settle`). A runner that dies loses
time, not mail: its leases end, and others take over.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Conflict, MailError, StorageFull, TooMany, Unavailable
from pillarbox.base.metrics import ATTEMPTS
from pillarbox.delivery.destination import Own
from pillarbox.delivery.filing import Filing
from pillarbox.delivery.notice import Notices
from pillarbox.delivery.peer_certificate import Authorities
from pillarbox.delivery.remote import Remote, Timeouts
from pillarbox.delivery.result import Tried, found
from pillarbox.delivery.retry import Schedule
from pillarbox.delivery.settle import Return, Settlement, decide, settle
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.delivery.visit import Surroundings, Visit
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import srs
from pillarbox.store import attempts, queue
from pillarbox.store.attempts import Attempt, Report
from pillarbox.store.database import Database, Transaction

LEASE_SECONDS: Final = 600.0
HELD_PER_CONNECTION: Final = 4  # attempts claimed ahead for each connection allowed
_AGAIN_SECONDS: Final = (1.0, 5.0, 15.0, 60.0)  # when the store cannot write; the last repeats
_PASSING: Final = (Unavailable, StorageFull, TooMany, Conflict)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about mail to others.

    hostname: ours, in notices. helo: for EHLO, "" means hostname. source: our address, ""
    for any. own: what shows that a server is ourselves. authorities: PEM file, None for the
    system's. concurrency, per_destination: connections at once. poll_seconds: how often the
    queue is looked at when nobody tells of work. separator, rewriter: as for inbound mail.
    """

    hostname: str
    schedule: Schedule
    helo: str = ""
    port: int = 25
    source: str = ""
    own: Own = field(default_factory=Own)
    authorities: Path | None = None
    concurrency: int = 50
    per_destination: int = 5
    require_tls: bool = False
    poll_seconds: float = 10.0
    separator: str = "+"
    rewriter: srs.Rewriter | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(slots=True, eq=False)
class _Lane:
    """The attempts for one destination that we hold. running: its connections."""

    domain: str
    waiting: deque[Attempt] = field(default_factory=deque)
    running: int = 0


class Outbound:
    """Sends what is in the queue.

    changed: called after a commit with each account that got mail, 0 for the queue. policies:
    what other domains require of us.
    """

    def __init__(  # noqa: PLR0913 - app.py alone puts it together
        self,
        db: Database,
        resolver: Resolver,
        clock: Clock,
        policy: Policy,
        signer: Signer,
        changed: Callable[[int], None] | None = None,
        *,
        policies: TlsPolicies | None = None,
        random: Random | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._policy = policy
        self._notices = Notices(db, signer, clock, policy.hostname, policy.schedule.expire)
        self._changed = changed
        self._random = random or SystemRandom()
        self._owner = secrets.token_hex(8)
        self._way = Return(policy.separator, policy.rewriter)
        remote = Remote(
            policy.helo or policy.hostname,
            Authorities(policy.authorities),
            clock,
            policy.port,
            policy.source,
            policy.timeouts,
        )
        own = replace(
            policy.own,
            hostnames=policy.own.hostnames | {policy.hostname.lower()},
            source=ip_address(policy.source) if policy.source else policy.own.source,
        )
        self._around = Surroundings(
            db, resolver, clock, remote, own, self._random, policy.require_tls, policies
        )
        self._lanes: dict[str, _Lane] = {}
        self._held: dict[int, Attempt] = {}  # by identity
        self._running = 0
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Look at the queue now. Call on the event loop."""
        self._event.set()

    async def run(self) -> None:
        """Send until cancelled; gives back then what it had claimed."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_leases())
                while True:
                    self._event.clear()
                    try:
                        await self._take(group)
                        seconds = await self._idle_seconds()
                    except MailError as exc:
                        log.warning("queue.unavailable", problem=str(exc))
                        seconds = self._policy.poll_seconds
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(seconds):
                            await self._event.wait()
        finally:
            await self._give_back()

    async def sweep(self) -> None:
        """Send all that is due now, and return when it is done."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._event.clear()
                    await self._take(group)
                    if not self._held:
                        return
                    await self._event.wait()
        finally:
            await self._give_back()

    # Claiming.

    async def _take(self, group: asyncio.TaskGroup) -> None:
        """Claim what is due, as far as there is room, and start connections for it."""
        policy = self._policy
        most = policy.concurrency * HELD_PER_CONNECTION
        while (room := most - len(self._held)) > 0:
            busy = [lane.domain for lane in self._lanes.values() if self._is_busy(lane)]
            claimed = await self._db.write(
                attempts.claim, self._owner, LEASE_SECONDS, min(room, 100), busy
            )
            for attempt in claimed:
                self._held[id(attempt)] = attempt
                lane = self._lanes.setdefault(attempt.domain, _Lane(attempt.domain))
                lane.waiting.append(attempt)
            self._start(group)
            if not claimed:
                break
        self._start(group)

    def _is_busy(self, lane: _Lane) -> bool:
        return bool(lane.waiting) and lane.running >= self._policy.per_destination

    def _start(self, group: asyncio.TaskGroup) -> None:
        """Start connections where attempts wait and limits allow."""
        policy = self._policy
        for lane in list(self._lanes.values()):
            wanted = min(len(lane.waiting), policy.per_destination - lane.running)
            for _ in range(min(wanted, policy.concurrency - self._running)):
                lane.running += 1
                self._running += 1
                group.create_task(self._serve(lane))

    async def _idle_seconds(self) -> float:
        """Return how long there is nothing to do, if nobody tells of work."""
        poll = self._policy.poll_seconds
        due = await self._db.read(queue.next_due)
        if due is None:
            return poll
        wait = (due - self._clock.now()).total_seconds()
        # What is due already waits for room: a connection that ends tells of it.
        return poll if wait <= 0 else min(poll, wait + 0.01)

    async def _keep_leases(self) -> None:
        """Renew the leases of what we hold, for attempts that take long."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self._db.write(_renew, list(self._held.values()), self._owner)
            except MailError as exc:
                log.warning("queue.lease", problem=str(exc))

    async def _give_back(self) -> None:
        """Make what was claimed and not settled due again for others."""
        held = list(self._held.values())
        self._held.clear()
        self._lanes.clear()
        if held:
            with contextlib.suppress(MailError):
                await self._db.write(_release, held, self._owner)

    # Sending.

    async def _serve(self, lane: _Lane) -> None:
        """Be one connection of a lane."""
        visit = Visit(lane.domain, self._around)
        try:
            while lane.waiting:
                attempt = lane.waiting.popleft()
                if not lane.waiting:
                    self._event.set()  # There may be more, and the connection is open.
                await self._report(attempt, await self._try(visit, attempt))
                self._held.pop(id(attempt), None)
            await visit.close()
        finally:
            visit.abort()
            lane.running -= 1
            self._running -= 1
            if not lane.running and not lane.waiting:
                self._lanes.pop(lane.domain, None)
            self._event.set()

    async def _try(self, visit: Visit, attempt: Attempt) -> Tried:
        """Send one message. Whatever goes wrong here is temporary for the message."""
        try:
            return await visit.deliver(attempt)
        except MailError as exc:
            log.warning("queue.unreadable", trace=attempt.item.trace_id, problem=str(exc))
        except Exception:  # the queue runner must outlive one message
            log.exception("queue.attempt", trace=attempt.item.trace_id)
        visit.abort()
        text = "Our own server had a problem"
        return Tried([found(recipient, "4.3.0", text) for recipient in attempt.recipients])

    async def _report(self, attempt: Attempt, tried: Tried) -> None:
        """Write down what came of an attempt."""
        settlement = decide(
            attempt,
            self._owner,
            tried.results,
            self._policy.schedule,
            self._clock.now(),
            self._random.random(),
        )
        settlement.steps[:0] = tried.steps
        settlement.observed = tried.observed
        for result in tried.results:
            ATTEMPTS.add(result.fate.value)
        notice, blobs = await self._notices.make(settlement)
        changed = await self._insist(settlement, notice, blobs)
        log.info(
            "attempt",
            trace=attempt.item.trace_id,
            domain=attempt.domain,
            accepted=len(settlement.finished),
            deferred=sum(map(len, settlement.deferred.values())),
            refused=len(settlement.failed),
        )
        for account_id in changed:
            if self._changed is not None:
                self._changed(account_id)
            if account_id == 0:
                self._event.set()

    async def _insist(
        self, settlement: Settlement, notice: Filing | None, blobs: tuple[bytes, ...]
    ) -> set[int]:
        """Commit a settlement. What a peer has accepted must not be forgotten: never give up."""
        waits = iter(_AGAIN_SECONDS)
        seconds = next(waits)
        while True:
            try:
                return await self._db.write(settle, settlement, notice, self._way, blobs=blobs)
            except _PASSING as exc:
                log.warning("queue.unwritable", trace=settlement.item.trace_id, problem=str(exc))
                if notice is not None:
                    # It was changed by the transaction that failed.
                    notice.local, notice.outgoing = (), ()
                    del notice.trace.steps[settlement.notice_steps :]
            except Exception:
                log.exception("queue.settle", trace=settlement.item.trace_id)
                item_id = settlement.item.item_id
                with contextlib.suppress(MailError):
                    await self._db.write(attempts.finish, item_id, settlement.finished)
                return set()
            await asyncio.sleep(seconds)
            seconds = next(waits, seconds)


def _renew(tx: Transaction, held: list[Attempt], owner: str) -> None:
    for attempt in held:
        attempts.renew(tx, attempt, owner, LEASE_SECONDS)


def _release(tx: Transaction, held: list[Attempt], owner: str) -> None:
    """Give leases back: the last words stay as they were."""
    until = tx.now + timedelta(seconds=1)
    for attempt in held:
        reports = [
            Report(r.position, r.last_code, r.last_enhanced, r.last_text, r.last_peer)
            for r in attempt.recipients
        ]
        attempts.defer(tx, attempt.item.item_id, owner, reports, until)
