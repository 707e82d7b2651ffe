"""What may be typed: domains, addresses, sizes, times. What cannot be is a usage error.

Each function is the `type=` of an argument or option: text in, value out, or BadParameter.
"""

import datetime as dt
import re
from ipaddress import ip_address
from typing import Final

from click import BadParameter

from pillarbox.base.address import AddressProblem, ascii_domain, parse

_SIZE: Final = re.compile(r"(\d{1,15})\s*([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)
_AGO: Final = re.compile(r"(\d{1,6})\s*([smhdw])", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SPANS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def domain(text: str) -> str:
    """Return a domain name in A-labels and lower case."""
    try:
        return ascii_domain(text.removesuffix("."))
    except AddressProblem:
        raise BadParameter(f"{text!r} is not a domain name") from None


def address(text: str) -> str:
    """Return a mail address with its domain in A-labels."""
    try:
        found = parse(text)
    except AddressProblem as exc:
        raise BadParameter(f"{text!r} is not a mail address: {exc.reason}") from None
    if found.is_literal or not found.domain:
        raise BadParameter(f"{text!r} has no domain name")
    return f"{found.localpart}@{found.ascii_domain}"


def size(text: str) -> int:
    """Return octets: "500M", "2G", "1048576"; units are powers of 1024."""
    match = _SIZE.fullmatch(text.strip())
    count: int = int(match[1]) * 1024 ** _UNITS[match[2].lower()] if match else -1
    if not 0 <= count < 2**62:
        raise BadParameter(f"{text!r} is not a size such as 500M or 2G")
    return count


def when(text: str) -> dt.datetime | dt.timedelta:
    """Return a time: how long ago ("2h", "3d"), or ISO 8601 (UTC unless it says).

    A timedelta or an aware datetime: whoever knows the time makes one of both, `moment_of`.
    """
    if (match := _AGO.fullmatch(text.strip())) is not None:
        return dt.timedelta(seconds=int(match[1]) * _SPANS[match[2].lower()])
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        reason = f"{text!r} is neither like 2h or 3d nor a date like 2026-03-01"
        raise BadParameter(reason) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def ip(text: str) -> str:
    """Return an IP address in its shortest form."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise BadParameter(f"{text!r} is not an IP address") from None


def moment_of(value: dt.datetime | dt.timedelta | None, now: dt.datetime) -> dt.datetime | None:
    """Return what `when` gave as a time. A span that reaches before the year 1 is no limit."""
    if not isinstance(value, dt.timedelta):
        return value
    try:
        return now - value
    except OverflowError:
        return None
