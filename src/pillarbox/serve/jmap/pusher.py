"""Telling push services what changed (RFC 8620 §7.2): one worker does it for all.

What a client knows is kept with its subscription, so that what a lost hint or a service that
did not answer kept back is told later.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.serve.jmap.event_source import IsValid
from pillarbox.serve.jmap.news import News, changed, state_change
from pillarbox.serve.jmap.web_push import WebPush
from pillarbox.serve.notify import Hub
from pillarbox.serve.visitor import Visitor
from pillarbox.store import push_subscriptions
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId
from pillarbox.store.push_subscriptions import Subscription

log = structlog.get_logger()

GATHER_SECONDS: Final = 0.5  # what changes at once is told at once
RETRY_SECONDS: Final = 30.0  # after the first failure; doubled after each
MAX_RETRY_SECONDS: Final = 6 * 3600.0
MAX_FAILURES: Final = 20  # then the subscription ends
AGAIN_SECONDS: Final = 30.0  # between looks at what failed
LOOK_SECONDS: Final = 600.0  # how long a lost hint may keep news back
AT_ONCE: Final = 20  # accounts


class Pusher:
    """The job of the one worker. Run it beside the sessions."""

    def __init__(
        self, db: Database, hub: Hub, clock: Clock, news: News, sender: WebPush, is_valid: IsValid
    ) -> None:
        self._db = db
        self._hub = hub
        self._clock = clock
        self._news = news
        self._sender = sender
        self._is_valid = is_valid
        self._hinted: set[int] = set()
        self._woken = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Push until cancelled."""
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        with self._hub.watch(self._hint):
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_SECONDS):
                        await self._woken.wait()
                        await asyncio.sleep(GATHER_SECONDS)
                self._woken.clear()
                failed = loop.time() < look_at
                if not failed:
                    look_at = loop.time() + LOOK_SECONDS
                try:
                    await self.push_all(failed=failed)
                except MailError as exc:
                    log.error("push.trouble", reason=str(exc))  # noqa: TRY400 - no bug of ours

    def _hint(self, account_id: int) -> None:
        if account_id > 0:
            self._hinted.add(account_id)
            self._woken.set()

    async def push_all(self, *, failed: bool = True) -> None:
        """Tell what is new in accounts of which there were hints, and in others with trouble.

        failed: of those only where something failed. Raises what the store raises.
        """
        hinted, self._hinted = self._hinted, set()
        accounts = {AccountId(number) for number in hinted}
        accounts |= set(await self._db.scan(push_subscriptions.accounts, failed=failed))
        await self._gather(accounts)

    async def _gather(self, accounts: Iterable[AccountId]) -> None:
        async with asyncio.TaskGroup() as group:
            for account_id in accounts:
                await self._room.acquire()
                task = group.create_task(self._push(account_id))
                task.add_done_callback(lambda _: self._room.release())

    async def _push(self, account_id: AccountId) -> None:
        try:
            subscriptions = await self._db.read(push_subscriptions.list_, account_id)
            if not subscriptions:
                return
            states = await self._news.states(account_id)
            for one in subscriptions:
                await self._tell(one, states)
        except NotFound:
            pass  # the account is gone
        except MailError as exc:
            log.error("push.trouble", reason=str(exc))  # noqa: TRY400 - no bug of ours
        except Exception:
            # Our own bug: the others are told.
            log.exception("push.trouble", account=account_id)

    async def _tell(self, to: Subscription, states: dict[str, str]) -> None:
        now = self._clock.now()
        key = to.account_id, to.subscription_no
        if to.expires_at <= now or not await self._is_valid(_maker(to)):
            await self._db.write(push_subscriptions.remove, *key)
            return
        if not to.verified or to.retry_at > now.timestamp() * 1_000_000:
            return
        known = msgspec.json.decode(to.states, type=dict[str, str])
        found = changed(known, states, to.types or None)
        if not found:
            return
        outcome = await self._sender.send(to, state_change(to.account_id, found), now)
        if outcome == "sent":
            text = msgspec.json.encode({**known, **states}).decode()
            await self._db.write(push_subscriptions.sent, *key, text)
        elif outcome == "gone" or to.failures >= MAX_FAILURES:
            log.info("push.ended", account=to.account_id, reason=outcome)
            await self._db.write(push_subscriptions.remove, *key)
        else:
            seconds = min(RETRY_SECONDS * 2**to.failures, MAX_RETRY_SECONDS)
            await self._db.write(push_subscriptions.failed, *key, now + timedelta(seconds=seconds))


def _maker(to: Subscription) -> Visitor:
    """Return the credentials that made a subscription."""
    return Visitor(to.account_id, "", to.kind, to.number)  # type: ignore[arg-type]
