"""Dates in headers (RFC 5322 §3.3, and the obsolete forms of §4.3)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_NUMBERS: Final = {name.lower().encode(): i for i, name in enumerate(_MONTHS, 1)}
_ZONES: Final = {
    b"UT": 0, b"GMT": 0, b"UTC": 0, b"Z": 0, b"EST": -5, b"EDT": -4, b"CST": -6, b"CDT": -5,
    b"MST": -7, b"MDT": -6, b"PST": -8, b"PDT": -7,
}  # fmt: skip
_DATE: Final = re.compile(
    rb"(?:[A-Za-z]{3,9}\s*\.?\s*,?\s*)?(\d{1,2})[\s.-]+([A-Za-z]{3})[A-Za-z]*[\s.-]+(\d{2,4})"
    rb"[\s,]+(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2})(?:\.\d+)?)?"
    rb"\s*(?:(?:GMT|UTC?)?([+-]\d{2}:?\d{2})|([A-Za-z]{1,5}))?",
    re.IGNORECASE,
)
_ASCTIME: Final = re.compile(
    rb"[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{1,2}):(\d{1,2})"
    rb"\s+(?:([A-Za-z]{1,5}|[+-]\d{4})\s+)?(\d{4})"
)
_COMMENT: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
MAX_OCTETS: Final = 200  # of a date that are looked at


def parse_date(value: bytes) -> datetime | None:
    """Return the aware time of a Date field's value, None if there is none.

    Weekdays are not checked. A missing or unknown zone counts as UTC (RFC 5322 §4.3).
    """
    text = value[:MAX_OCTETS].strip()
    while b"(" in text and (shorter := _COMMENT.sub(b" ", text).strip()) != text:
        text = shorter
    match = _DATE.match(text)
    if match is None:
        other = _ASCTIME.match(text)
        if other is None:
            return None
        month, day, hour, minute, second, zone, year = other.groups()
        return _make(year, month, day, (hour, minute, second), zone)
    day, month, year, hour, minute, second, offset, zone = match.groups()
    return _make(year, month, day, (hour, minute, second), offset or zone)


def _make(
    year: bytes,
    month: bytes,
    day: bytes,
    clock: tuple[bytes, bytes, bytes | None],
    zone: bytes | None,
) -> datetime | None:
    number = _NUMBERS.get(month.lower())
    if number is None:
        return None
    full = int(year)
    if len(year) == 2:
        full += 2000 if full < 50 else 1900  # RFC 5322 §4.3
    elif len(year) == 3:
        full += 1900
    try:
        return datetime(
            full, number, int(day), int(clock[0]), int(clock[1]), min(int(clock[2] or 0), 59),
            tzinfo=_zone(zone),
        )  # fmt: skip
    except (ValueError, OverflowError):
        return None


def _zone(text: bytes | None) -> timezone:
    if not text:
        return UTC
    if text[:1] in b"+-":
        minutes = int(text[1:3]) * 60 + int(text[-2:])
        if minutes >= 24 * 60 or int(text[-2:]) > 59:
            return UTC
        offset = timedelta(minutes=-minutes if text[:1] == b"-" else minutes)
        return timezone(offset) if offset else UTC
    hours = _ZONES.get(text.upper(), 0)
    return timezone(timedelta(hours=hours)) if hours else UTC


def format_date(moment: datetime) -> str:
    """Return a Date field's value (RFC 5322 §3.3). moment: aware."""
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year:04} "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} {sign}{hours:02}{minutes:02}"
    )
