"""What may be typed: domains, addresses, sizes, times. What cannot be is a usage error."""

import datetime as dt
import re
from ipaddress import ip_address
from typing import Any, Final

import click

from pillarbox.base.address import AddressProblem, ascii_domain, parse

_SIZE: Final = re.compile(r"(\d{1,15})\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_AGO: Final = re.compile(r"(\d{1,6})\s*([smhdw])", re.IGNORECASE)
_UNITS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SPANS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Domain(click.ParamType):
    """A domain name, returned in A-labels and lower case."""

    name = "domain"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return ascii_domain(str(value).removesuffix("."))
        except AddressProblem:
            self.fail(f"{value!r} is not a domain name", param, ctx)


class MailAddress(click.ParamType):
    """A mail address, returned with its domain in A-labels."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            found = parse(str(value))
        except AddressProblem as exc:
            self.fail(f"{value!r} is not a mail address: {exc.reason}", param, ctx)
        if found.is_literal or not found.domain:
            self.fail(f"{value!r} has no domain name", param, ctx)
        return f"{found.localpart}@{found.ascii_domain}"


class Size(click.ParamType):
    """Octets: "500M", "2G", "1048576"; units are powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _SIZE.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not a size such as 500M or 2G", param, ctx)
        count: int = int(match[1]) * 1024 ** _UNITS[match[2].lower()]
        if count >= 2**62:
            self.fail(f"{value!r} is too much", param, ctx)
        return count


class Since(click.ParamType):
    """A time: how long ago ("2h", "3d") or a date or time of ISO 8601 (UTC unless it says).

    Returned as a timedelta or an aware datetime: whoever knows the time puts them together.
    """

    name = "when"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime | dt.timedelta:
        if (match := _AGO.fullmatch(str(value).strip())) is not None:
            return dt.timedelta(seconds=int(match[1]) * _SPANS[match[2].lower()])
        try:
            moment = dt.datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither like 2h or 3d nor a date like 2026-03-01", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


class Ip(click.ParamType):
    """An IP address in its shortest form."""

    name = "ip"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ip_address(str(value)))
        except ValueError:
            self.fail(f"{value!r} is not an IP address", param, ctx)


DOMAIN: Final = Domain()
ADDRESS: Final = MailAddress()
SIZE: Final = Size()
SINCE: Final = Since()
IP: Final = Ip()


def moment_of(value: dt.datetime | dt.timedelta | None, now: dt.datetime) -> dt.datetime | None:
    """Return what `SINCE` gave as a time."""
    return now - value if isinstance(value, dt.timedelta) else value
