"""Answers from records in memory: tests, the lab, and messages judged from a zone file.

The text form is that of master files (RFC 1035 §5), and more tolerant: SOA and NS are not
needed, names may be absolute without a trailing dot where no $ORIGIN is set. Two lines
of our own: `$AUTHENTIC on` makes the records after it count as DNSSEC-signed, `$FAIL name
[type]` makes questions fail as if no server answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Invalid
from pillarbox.dns import wire
from pillarbox.dns.name import problem
from pillarbox.dns.resolver import Answer, Record, RType, Status

DEFAULT_TTL: Final = 300
MAX_CHAIN: Final = 12
_TYPES: Final = {rtype.name: rtype for rtype in RType}


@dataclass(slots=True)
class Zone:
    """Records by owner and type. names: owners and the empty names above them.

    signed: owners whose answers count as signed. failing: (owner, type or None for all).
    negative_ttl: from the SOA.
    """

    records: dict[tuple[str, RType], list[Record]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    failing: set[tuple[str, RType | None]] = field(default_factory=set)
    apexes: set[str] = field(default_factory=set)
    signed_apexes: set[str] = field(default_factory=set)
    negative_ttl: int = 60


class Zones:
    """Implements `Resolver` over zones; every other name is NXDOMAIN."""

    def __init__(self, texts: Mapping[str, str] | str, clock: Clock) -> None:
        self._clock = clock
        self._zone = Zone()
        named = {"zone": texts} if isinstance(texts, str) else texts
        for name, text in named.items():
            parse(text, self._zone, name)

    @classmethod
    def load(cls, path: Path, clock: Clock) -> "Zones":
        """Read a zone file. Raises Invalid with file and line."""
        try:
            text = path.read_text("utf-8", "surrogateescape")
        except OSError as exc:
            raise Invalid(f"{path}: {exc.strerror}") from exc
        return cls({str(path): text}, clock)

    def serves(self, name: str) -> bool:
        """Say whether a name is in or below a zone that has a SOA record."""
        apexes = self._zone.apexes
        return "" in apexes or any(name == apex or name.endswith("." + apex) for apex in apexes)

    async def resolve(self, name: str, rtype: RType) -> Answer:
        """Return the answer; see `Resolver`."""
        return self.look_up(name, rtype)

    def look_up(self, name: str, rtype: RType) -> Answer:
        """Do the same without waiting."""
        name = name.lower().removesuffix(".")
        now = self._clock.now()
        if reason := problem(name):
            return Answer(name, rtype, Status.NXDOMAIN, (), now, problem=reason)
        zone = self._zone
        aliases: list[str] = []
        at = name
        signed = True
        while True:
            if (at, rtype) in zone.failing or (at, None) in zone.failing:
                return Answer(
                    name, rtype, Status.FAILED, (), now, server="zone", problem="no answer"
                )
            owner = self._owner(at)
            signed = signed and self._is_signed(at, owner)
            found = zone.records.get((owner, rtype)) if owner is not None else None
            alias = zone.records.get((owner, RType.CNAME)) if owner is not None else None
            if found or not alias or len(aliases) >= MAX_CHAIN:
                break
            aliases.append(at)
            at = str(alias[0].value)
        exists = owner is not None or at in zone.names
        records = tuple(
            record
            if record.name == at
            else Record(at, rtype, record.ttl, record.value, record.text)
            for record in found or ()
        )
        return Answer(
            name,
            rtype,
            Status.NOERROR if exists else Status.NXDOMAIN,
            records,
            now,
            ttl=min((r.ttl for r in records), default=zone.negative_ttl),
            authentic=signed,
            aliases=tuple(aliases),
            server="zone",
        )

    def _is_signed(self, at: str, owner: str | None) -> bool:
        zone = self._zone
        if owner in zone.signed:
            return True
        return any(at == apex or at.endswith("." + apex) for apex in zone.signed_apexes)

    def _owner(self, name: str) -> str | None:
        """Return the owner that answers for `name`: itself or a wildcard (RFC 4592 §3.3)."""
        zone = self._zone
        if name in zone.names:
            return name
        parent = name
        while "." in parent:
            parent = parent.partition(".")[2]
            if f"*.{parent}" in zone.names:
                return f"*.{parent}"
            if parent in zone.names:
                return None
        return None


def parse(text: str, zone: Zone, source: str) -> None:
    """Add the records of a text to a zone. Raises Invalid with source and line."""
    origin, ttl, signed, owner = "", DEFAULT_TTL, False, ""
    for number, line in _lines(text):
        where = f"{source}:{number}"
        if line.startswith("$"):
            words = line.split()
            match [words[0].upper(), *words[1:]]:
                case ["$ORIGIN", name]:
                    origin = _absolute(name, "")
                case ["$TTL", seconds] if seconds.isdecimal():
                    ttl = int(seconds)
                case ["$AUTHENTIC", state]:
                    signed = state.lower() == "on"
                case ["$FAIL", name, *rest] if all(t.upper() in _TYPES for t in rest):
                    failing = _absolute(name, origin)
                    zone.failing |= {(failing, _TYPES[t.upper()]) for t in rest}
                    if not rest:
                        zone.failing.add((failing, None))
                case _:
                    raise Invalid(f"{where}: {line[:60]!r} is no directive")
            continue
        owner = _record(line, zone, (origin, ttl, owner), where, signed=signed)


def _record(
    line: str, zone: Zone, context: tuple[str, int, str], where: str, *, signed: bool
) -> str:
    """Add one record; return its owner."""
    origin, ttl, owner = context
    rest = line
    if not line[0].isspace():
        name = line.split(None, 1)[0]
        rest = line[len(name) :]
        owner = _absolute(name, origin)
    words = rest.split(None, 3)
    while words and (words[0].isdecimal() or words[0].upper() == "IN"):
        if words[0].isdecimal():
            ttl = int(words[0])
        rest = rest.strip()[len(words[0]) :]
        words = rest.split(None, 3)
    if not words:
        raise Invalid(f"{where}: a record needs a type")
    kind = _TYPES.get(words[0].upper())
    if kind is None:
        raise Invalid(f"{where}: {words[0][:20]!r} is no record type that we know")
    data = rest.strip()[len(words[0]) :].strip()
    try:
        parsed = dns.rdata.from_text(
            dns.rdataclass.IN,
            dns.rdatatype.RdataType(kind.value),
            data,
            origin=dns.name.from_text(origin + "." if origin else "."),
            relativize=False,
        )
    except (dns.exception.DNSException, ValueError) as exc:
        raise Invalid(f"{where}: {kind.name} {data[:60]!r}: {exc}") from exc
    if kind is RType.SOA:
        zone.apexes.add(owner)
        if signed:
            zone.signed_apexes.add(owner)
        zone.negative_ttl = int(getattr(parsed, "minimum", DEFAULT_TTL))
    record = Record(owner, kind, ttl, wire.value_of(parsed, kind), parsed.to_text())
    zone.records.setdefault((owner, kind), []).append(record)
    parent = owner
    while parent and parent not in zone.names:
        zone.names.add(parent)
        parent = parent.partition(".")[2]
    if signed:
        zone.signed.add(owner)
    return owner


def _lines(text: str) -> list[tuple[int, str]]:
    """Return (number, line) without comments; parentheses join lines."""
    found: list[tuple[int, str]] = []
    joined, start, depth = "", 0, 0
    for number, raw in enumerate(text.splitlines(), 1):
        line, depth_change = _strip(raw)
        if not depth:
            start, joined = number, line
        else:
            joined += " " + line
        depth += depth_change
        if depth <= 0:
            depth = 0
            if joined.strip():
                found.append((start, joined.rstrip()))
    if depth and joined.strip():
        found.append((start, joined.rstrip()))
    return found


def _strip(raw: str) -> tuple[str, int]:
    """Take out the comment and the parentheses that stand outside of quotes."""
    quoted = escaped = False
    depth = 0
    kept: list[str] = []
    for char in raw:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif not quoted and char == ";":
            break
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
            kept.append(" ")
            continue
        kept.append(char)
    return "".join(kept), depth


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    if name.endswith(".") or not origin:
        return name.removesuffix(".").lower()
    return f"{name}.{origin}".lower()
