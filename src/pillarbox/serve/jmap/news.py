"""What changed in an account, for those who wait: EventSource, WebSocket, push (RFC 8620 §7).

A hint wakes who waits; the states of all types then say what is new. Hints may be lost, so whoever
waits looks again after a while.
"""

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import msgspec

from pillarbox.jmap import ids
from pillarbox.jmap.request import RequestError
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.notify import Hub
from pillarbox.serve.visitor import Visitor
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId

LOOK_SECONDS: Final = 60.0
"""How long a lost hint may keep news back."""
PAUSE_SECONDS: Final = 0.2
"""Between two looks: what changes at once is told at once."""
MAX_PUSH_STATE: Final = 8000  # characters

States = Mapping[str, str]


class News:
    """The news of all accounts. One for each worker.

    stopping: set when nobody should wait any longer. connections: that wait, of one account.
    """

    def __init__(
        self,
        db: Database,
        hub: Hub,
        capabilities: Sequence[Capability],
        stopping: asyncio.Event,
        connections: int,
    ) -> None:
        self._db = db
        self._hub = hub
        self._states = [one.states for one in capabilities]
        self._stopping = stopping
        self._connections = connections
        self._waiting: Counter[int] = Counter()

    async def states(self, account_id: AccountId) -> dict[str, str]:
        """Return the state of each type. Raises NotFound."""
        return await self._db.read(self.read, account_id)

    def read(self, tx: Transaction, account_id: AccountId) -> dict[str, str]:
        """Do the same in a transaction."""
        found: dict[str, str] = {}
        for states in self._states:
            found.update(states(tx, account_id))
        return found

    @contextmanager
    def watch(self, visitor: Visitor) -> Iterator["Watch"]:
        """Yield a watch over the visitor's account. Raises RequestError if there are too many."""
        number = visitor.account_id
        self.check_room(visitor)
        watch = Watch(self, visitor.account_id, self._stopping)
        self._waiting[number] += 1
        try:
            with self._hub.subscribe(number, watch.wake):
                yield watch
        finally:
            self._waiting[number] -= 1
            if not self._waiting[number]:
                del self._waiting[number]

    def check_room(self, visitor: Visitor) -> None:
        """Raise RequestError if too many connections of the account wait already."""
        if self._waiting[visitor.account_id] >= self._connections:
            raise RequestError("limit", "too many connections", limit="connections", status=429)


class Watch:
    """Waits for changes of one account. known: what the other side has been told."""

    def __init__(self, news: News, account_id: AccountId, stopping: asyncio.Event) -> None:
        self._news = news
        self._account_id = account_id
        self._stopping = stopping
        self._woken = asyncio.Event()
        self.known: States = {}

    @property
    def over(self) -> bool:
        """Whether the server wants to stop."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """Look again."""
        self._woken.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a hint; False if none came in time."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._woken, self._stopping)]
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waiting:
                task.cancel()
        self._woken.clear()
        return bool(done)

    async def pause(self, seconds: float) -> None:
        """Wait for the end of the server alone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def begin(self, push_state: str | None) -> None:
        """Take as known what a client knew with a push state, or else all there is now."""
        now = await self._news.states(self._account_id)
        known = None if push_state is None else parse_push_state(push_state)
        self.known = now if push_state is None else known or {}

    async def news(self, types: Collection[str] | None) -> dict[str, str]:
        """Return the states that are new, of these types or of all, and take them as known."""
        now = await self._news.states(self._account_id)
        found = changed(self.known, now, types)
        self.known = now
        return found

    @property
    def push_state(self) -> str:
        """What stands for all that is known (RFC 8887 §4.3.5.1)."""
        return format_push_state(self.known)


def changed(known: States, now: States, types: Collection[str] | None) -> dict[str, str]:
    """Return the states that differ from those known. types: None for all."""
    return {
        name: state
        for name, state in now.items()
        if known.get(name) != state and (types is None or name in types)
    }


def state_change(account_id: AccountId, states: States) -> dict[str, Any]:
    """Return a StateChange object (RFC 8620 §7.1)."""
    return {"@type": "StateChange", "changed": {ids.make(ids.ACCOUNT, account_id): states}}


def format_push_state(states: States) -> str:
    """Return one word for the states of all types."""
    return base64.urlsafe_b64encode(msgspec.json.encode(states)).decode().rstrip("=")


def parse_push_state(text: str) -> dict[str, str] | None:
    """Return the states that a word stood for; None if it is none of ours."""
    if len(text) > MAX_PUSH_STATE or not text.isascii():
        return None
    with suppress(binascii.Error, msgspec.MsgspecError, ValueError):
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(octets, type=dict[str, str])
    return None
