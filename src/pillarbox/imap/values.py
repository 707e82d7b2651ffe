"""Small values of the IMAP grammar: sequence sets, dates, flags (RFC 9051 §9).

A `SequenceSet` is kept normalised: ranges ascend, never touch, never overlap. "*" is
the number `STAR`, greater than any real one; it stands for the highest number in use
when the set is resolved. An empty set is a value (it has no wire form).
"""

import enum
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

STAR: Final = 1 << 32
MAX_NUMBER: Final = STAR - 1  # nz-number, RFC 9051 §9
MAX_MODSEQ: Final = (1 << 63) - 1  # RFC 7162 §7

_SET: Final = re.compile(rb"(?:[1-9][0-9]{0,9}|\*)(?::(?:[1-9][0-9]{0,9}|\*))?")
_WHOLE_SET: Final = re.compile(rb"[0-9*][0-9*:,]*")

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER: Final = {name.upper().encode(): i for i, name in enumerate(MONTHS, 1)}
_DATE: Final = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")
_DATE_TIME: Final = re.compile(
    rb"([ 0-9][0-9])-([A-Za-z]{3})-([0-9]{4}) "
    rb"([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"
)

_KNOWN_FLAGS: Final = {
    name.upper(): name
    for name in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent")
}


class Saved(enum.Enum):
    """The result that SEARCH RETURN (SAVE) kept, written "$" (RFC 5182 §2.1)."""

    RESULT = "$"


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Message numbers or UIDs. ranges: (low, high) pairs, see the module docstring."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __str__(self) -> str:
        return self.format().decode()

    def format(self) -> bytes:
        """Return the wire form, b"" for an empty set."""
        return ",".join(
            [_number(a) if a == b else f"{_number(a)}:{_number(b)}" for a, b in self.ranges]
        ).encode()

    def resolve(self, highest: int) -> list[tuple[int, int]]:
        """Return ascending ranges within 1..highest, "*" meaning `highest`.

        "9:*" with a highest of 3 is 3:9, so it holds 3 (RFC 9051 §9, seq-range).
        highest: 0 for an empty mailbox, which gives an empty list.
        """
        if highest <= 0:
            return []
        found = [(a, min(b, highest)) for a, b in self.ranges if a <= highest]
        if self.ranges and self.ranges[-1][1] == STAR and (not found or found[-1][1] < highest):
            found.append((highest, highest))
        return found

    def contains(self, number: int, highest: int) -> bool:
        """Tell whether `number` is in the set, "*" meaning `highest`."""
        if not 1 <= number <= highest:
            return False
        at = bisect_right(self.ranges, (number, STAR)) - 1
        if at >= 0 and self.ranges[at][1] >= number:
            return True
        return number == highest and bool(self.ranges) and self.ranges[-1][1] == STAR

    def iter_numbers(self, highest: int) -> Iterator[int]:
        """Iterate over the numbers within 1..highest, ascending."""
        for low, high in self.resolve(highest):
            yield from range(low, high + 1)

    def count(self, highest: int) -> int:
        """Return how many numbers within 1..highest the set holds."""
        return sum(high - low + 1 for low, high in self.resolve(highest))

    def difference(self, other: "SequenceSet") -> "SequenceSet":
        """Return the numbers of this set that are not in `other`; both without "*"."""
        kept: list[tuple[int, int]] = []
        holes = iter((*other.ranges, (STAR, STAR)))
        start, stop = next(holes)
        for first, high in self.ranges:
            low = first
            while stop < low:
                start, stop = next(holes)
            while start <= high and low <= high:
                if low < start:
                    kept.append((low, start - 1))
                low = stop + 1
                if low <= high:
                    start, stop = next(holes)
            if low <= high:
                kept.append((low, high))
        return SequenceSet(tuple(kept))

    @property
    def is_static(self) -> bool:
        """True when "*" does not occur."""
        return not self.ranges or self.ranges[-1][1] != STAR


def sequence_set(numbers: Iterable[int]) -> SequenceSet:
    """Return the set of `numbers`, in any order, each 1..MAX_NUMBER."""
    ordered = sorted(set(numbers))
    if not ordered:
        return SequenceSet()
    if ordered[-1] - ordered[0] == len(ordered) - 1:
        return SequenceSet(((ordered[0], ordered[-1]),))
    ranges: list[tuple[int, int]] = []
    low = high = ordered[0]
    for number in ordered[1:]:
        if number != high + 1:
            ranges.append((low, high))
            low = number
        high = number
    ranges.append((low, high))
    return SequenceSet(tuple(ranges))


def from_ranges(ranges: Iterable[tuple[int, int]]) -> SequenceSet:
    """Return the set that covers `ranges`, whose ends may be in either order, or STAR."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted((b, a) if a > b else (a, b) for a, b in ranges):
        # STAR is not the neighbour of MAX_NUMBER: it is no number of its own.
        if merged and low <= merged[-1][1] + (low != STAR):
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return SequenceSet(tuple(merged))


def parse_sequence_set(data: bytes) -> SequenceSet | None:
    """Return the set written in `data`, or None when it is not one.

    sequence-set = (seq-number / seq-range) ["," sequence-set]
    """
    first, colon, last = data.partition(b":")
    if first.isdigit() and len(first) <= 10 and first[0] != 0x30:
        # The usual cases first: one number, "a:b", "a:*".
        low = high = int(first)
        if colon:
            usable = last.isdigit() and len(last) <= 10 and last[0] != 0x30
            high = int(last) if usable else STAR if last == b"*" else 0
        if high and low < STAR and (high < STAR or last == b"*"):
            return SequenceSet(((low, high) if low <= high else (high, low),))
    if not _WHOLE_SET.fullmatch(data):
        return None
    ranges = []
    for item in data.split(b","):
        if not _SET.fullmatch(item):
            return None
        ends = [STAR if end == b"*" else int(end) for end in item.split(b":")]
        if item.count(b"*") != sum(end >= STAR for end in ends):
            return None
        ranges.append((ends[0], ends[-1]))
    return from_ranges(ranges)


def parse_date(data: bytes) -> date | None:
    """Return the day of `date-text`, "1-Feb-1994", or None (RFC 9051 §9)."""
    match = _DATE.fullmatch(data)
    if match is None or (month := _MONTH_NUMBER.get(match[2].upper())) is None:
        return None
    try:
        return date(int(match[3]), month, int(match[1]))
    except ValueError:
        return None


def format_date(day: date) -> bytes:
    """Return `date-text` (RFC 9051 §9)."""
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year:04}".encode()


def parse_date_time(data: bytes) -> datetime | None:
    """Return the aware time of `date-time` without its quotes, or None (RFC 9051 §9).

    " 7-Feb-1994 21:52:25 -0800". A leap second becomes second 59.
    """
    match = _DATE_TIME.fullmatch(data)
    if match is None or (month := _MONTH_NUMBER.get(match[2].upper())) is None:
        return None
    day, year, hour, minute, second, hours, minutes = (int(match[i]) for i in (1, 3, 4, 5, 6, 8, 9))
    if minutes > 59 or second > 60:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    try:
        zone = timezone(-offset if match[7] == b"-" else offset)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except ValueError:
        return None


def format_date_time(at: datetime) -> bytes:
    """Return `date-time` with its quotes (RFC 9051 §9). at: aware; seconds of zone are cut."""
    offset = at.utcoffset()
    assert offset is not None, "needs an aware time"
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return (
        f'"{at.day:2}-{MONTHS[at.month - 1]}-{at.year:04} '
        f'{at.hour:02}:{at.minute:02}:{at.second:02} {sign}{hours:02}{minutes:02}"'
    ).encode()


def canonical_flag(name: str) -> str:
    r"""Return `name` with system flags in their usual spelling, "\\Seen" for "\\SEEN"."""
    return _KNOWN_FLAGS.get(name.upper(), name) if name.startswith("\\") else name


def _number(number: int) -> str:
    return "*" if number == STAR else str(number)
