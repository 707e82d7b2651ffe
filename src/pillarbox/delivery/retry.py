"""When to try again, and when to give up (RFC 5321 §4.5.4.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Schedule:
    """waits: minutes after the first, second ... failure; the last repeats.

    expire: how long after the message came we give up. warn: when its sender is told
    of the delay, once.
    """

    waits: tuple[float, ...]
    expire: timedelta
    warn: timedelta

    def next_attempt(self, attempts: int, now: datetime, spread: float) -> datetime:
        """Return the time of the next try after `attempts` failures (at least 1).

        spread: 0..1, makes waits up to a tenth longer, so that messages that failed
        together do not come back together.
        """
        minutes = self.waits[min(max(attempts, 1), len(self.waits)) - 1]
        return now + timedelta(minutes=minutes * (1 + spread / 10))

    def is_expired(self, created_at: datetime, next_attempt: datetime) -> bool:
        """Say whether the next try would come too late: then the time to give up is now."""
        return next_attempt - created_at > self.expire

    def is_late(self, created_at: datetime, now: datetime) -> bool:
        """Say whether the sender should know by now that the message waits."""
        return now - created_at >= self.warn
