"""A resolver over a plain dict, with failures at will: enough to judge evaluation by."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

from pillarbox.dns.resolver import Answer, Mx, Record, RType, Status, Txt, Value

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

# Text for TXT, addresses, PTR and CNAME; bytes or several strings for TXT; (n, host) for MX.
Data = str | bytes | tuple[int, str] | list[bytes]
Records = list[tuple[str, Data]]
TIMEOUT = "TIMEOUT"


def _value(rtype: RType, data: Data) -> Value:
    match data:
        case int(preference), str(host):
            return Mx(preference, host.removesuffix("."))
        case list():
            return Txt(tuple(data))
        case bytes():
            return Txt((data,))
    if rtype is RType.TXT:
        return Txt((data.encode("utf-8"),))
    if rtype is RType.A:
        return IPv4Address(data)
    if rtype is RType.AAAA:
        return IPv6Address(data)
    return data.lower().removesuffix(".")


class ZoneResolver:
    """Answers from `zone`: name -> (type, data) pairs; ("TIMEOUT", "") fails the rest.

    asked: every question in order, "name TYPE".
    """

    def __init__(self, zone: Mapping[str, Records]) -> None:
        self.zone = {name.lower().removesuffix("."): list(data) for name, data in zone.items()}
        self.asked: list[str] = []

    async def resolve(self, name: str, rtype: RType) -> Answer:
        name = name.lower().removesuffix(".")
        self.asked.append(f"{name} {rtype.name}")
        labels = name.split(".")
        if len(name) > 253 or not all(0 < len(label) < 64 for label in labels):
            return Answer(name, rtype, Status.NXDOMAIN, (), NOW, problem="impossible name")
        aliases: list[str] = []
        here = name
        while (found := self._find(here)) and found[0][0] == "CNAME":
            aliases.append(here)
            here = str(found[0][1]).lower().removesuffix(".")
            if here in aliases:
                return Answer(name, rtype, Status.FAILED, (), NOW, problem="alias loop")
        if found is None:
            below = any(known.endswith("." + here) for known in self.zone)
            status = Status.NOERROR if below else Status.NXDOMAIN
            return Answer(name, rtype, status, (), NOW)
        values = [_value(rtype, data) for kind, data in found if kind == rtype.name]
        if not values and any(kind == TIMEOUT for kind, _ in found):
            return Answer(name, rtype, Status.FAILED, (), NOW, problem="timeout")
        records = tuple(Record(here, rtype, 300, value, _text(value)) for value in values)
        return Answer(
            name,
            rtype,
            Status.NOERROR,
            records,
            NOW,
            ttl=300,
            aliases=tuple(aliases),
            server="zone",
        )

    def _find(self, name: str) -> Records | None:
        return self.zone.get(name)


def _text(value: Value) -> str:
    if isinstance(value, Txt):
        return value.joined.decode("ascii", "backslashreplace")
    if isinstance(value, Mx):
        return f"{value.preference} {value.host or '.'}"
    return str(value)
