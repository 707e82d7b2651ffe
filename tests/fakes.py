"""Fakes with the interfaces of the real things: a clock that stands still, DNS from text."""

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
