"""Answers kept until they expire. Pure: the time comes in.

Positive answers live as long as their TTL says, at most a day; negative ones as the SOA
says, at most three hours (RFC 2308 §5); failures for a few seconds, so that a dead server
is not asked for each message (RFC 9520 §3.2). The number of entries is bounded: the one
that was used longest ago goes first.
"""

import dataclasses
from collections import OrderedDict
from typing import Final

from pillarbox.dns.resolver import Answer, RType

MAX_ENTRIES: Final = 20_000
MAX_TTL: Final = 86_400
MAX_NEGATIVE_TTL: Final = 10_800
DEFAULT_NEGATIVE_TTL: Final = 60
FAILURE_TTL: Final = 10

Key = tuple[str, RType]


class Cache:
    """Answers by (name, type)."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: OrderedDict[Key, tuple[float, Answer]] = OrderedDict()
        self._max = max_entries

    def get(self, key: Key, now: float) -> Answer | None:
        """Return the answer if it still holds. now: monotonic seconds."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= now:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: Key, answer: Answer, now: float) -> Answer:
        """Keep an answer; return it with the TTL that it really has here."""
        if answer.failed:
            seconds = FAILURE_TTL
        elif answer.records:
            seconds = min(answer.ttl, MAX_TTL)
        else:
            seconds = min(answer.ttl, MAX_NEGATIVE_TTL)
        if not answer.failed and seconds != answer.ttl:
            answer = dataclasses.replace(answer, ttl=seconds)
        if seconds > 0:
            self._entries[key] = (now + seconds, answer)
            self._entries.move_to_end(key)
            if len(self._entries) > self._max:
                self._entries.popitem(last=False)
        return answer

    def __len__(self) -> int:
        return len(self._entries)
