"""Dates as JMAP writes them (RFC 8620 §1.4): RFC 3339, upper case. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DATE: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?"
    r"(?:Z|([+-])(\d{2}):(\d{2}))",
    re.ASCII,
)


def parse_date(value: object) -> datetime | None:
    """Return an aware time in the zone that is written, None if it is no Date."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    *numbers, fraction, sign, hours, minutes = match.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    zone = UTC
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if int(hours) > 23 or int(minutes) > 59:
            return None
        zone = timezone(-offset if sign == "-" else offset) if offset else UTC
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        # A leap second is the last second before it: no clock of ours shows one.
        return datetime(year, month, day, hour, minute, min(second, 59) if second == 60 else second,
                        micros, tzinfo=zone)  # fmt: skip
    except ValueError:
        return None


def parse_utc_date(value: object) -> datetime | None:
    """Return the time of a UTCDate, None if it is none."""
    if not isinstance(value, str) or not value.endswith("Z"):
        return None
    return parse_date(value)


def format_date(moment: datetime) -> str:
    """Return a Date: no fraction that is zero, Z for UTC."""
    offset = moment.utcoffset() or timedelta()
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    written = moment.strftime(f"{moment.year:04}-%m-%dT%H:%M:%S") + fraction
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return written + "Z"
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return f"{written}{sign}{hours:02}:{minutes:02}"


def format_utc_date(moment: datetime) -> str:
    """Return a UTCDate."""
    return format_date(moment.astimezone(UTC))
