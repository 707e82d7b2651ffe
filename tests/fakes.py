"""Fakes with the interfaces of the real things: clocks and loops of our own time, DNS from text."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta

from pillarbox.dns.resolver import Answer, RType
from pillarbox.dns.zone import Zones

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FakeClock:
    """A clock that moves only by `advance`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class FakeResolver:
    """Answers from zone text; other names do not exist. asked: the questions, in order."""

    def __init__(self, zone: str = "", clock: FakeClock | None = None) -> None:
        self._zones = Zones(zone, clock or FakeClock())
        self.asked: list[tuple[str, RType]] = []

    async def resolve(self, name: str, rtype: RType) -> Answer:
        self.asked.append((name.lower().rstrip("."), rtype))
        return self._zones.look_up(name, rtype)


class HastyLoop(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward: what waits for that time happens at once."""

    ahead = 0.0

    def time(self):
        return super().time() + self.ahead

    def advance(self, seconds):
        self.ahead += seconds
        self.call_soon(lambda: None)


class StillLoop(asyncio.SelectorEventLoop):
    """A loop whose time moves only by `advance`: no timeout comes because a machine is slow."""

    now = 1000.0

    def time(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds

    def advance_from_thread(self, seconds):
        self.call_soon_threadsafe(self.advance, seconds)


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still while anything happens, and leaps when all wait for it.

    However slow the machine is, a timeout comes only where nobody would have answered. Not for
    what waits for threads or other processes: the loop cannot see that they work.
    """

    def __init__(self):
        self._now = 1000.0
        super().__init__(_Leaping(self._leap))

    def time(self):
        return self._now

    def _leap(self, seconds):
        self._now += seconds


class _Leaping(selectors.DefaultSelector):
    SETTLE_SECONDS = 0.02  # how long loopback may take

    def __init__(self, leap):
        super().__init__()
        self._leap = leap

    def select(self, timeout=None):
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(self.SETTLE_SECONDS)
        if not found:
            self._leap(timeout)
        return found
