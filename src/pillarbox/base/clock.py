"""The time, as an argument: the only module that asks the machine for it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two clocks in one: civil time for records, monotonic time for durations."""

    def now(self) -> datetime:
        """Return the time as an aware UTC datetime."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251

    def monotonic(self) -> float:
        return time.monotonic()
