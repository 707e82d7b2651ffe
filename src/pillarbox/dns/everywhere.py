"""What every authoritative server of a zone says, asked one by one and past all caches.

A record that one server has and another lacks is not published yet: half of the world does
not find it. The zone that holds a name is found by its NS records, from the name upwards, so
it does not matter which names are delegated.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Protocol

from pillarbox.base.clock import Clock
from pillarbox.dns.resolver import Answer, Resolver, RType, Status
from pillarbox.dns.zone import Zones

MAX_SERVERS: Final = 13  # as many as the root has
MAX_ALIASES: Final = 5


class Asker(Protocol):
    """Asks one given server. Never raises for what it says or fails to say."""

    async def ask(self, address: str, name: str, rtype: RType) -> Answer:
        """Return the answer of the server at `address`, past any cache.

        FAILED also for a server that does not answer with authority for the name.
        """
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What one name server said. host: its name, or "zone file"."""

    host: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What all of them said about one name.

    name: where the record really is, after aliases. zone: the apex that holds it, "" if it
    was not found. said: one for each server, by name. problem: why nobody could be asked.
    """

    name: str
    zone: str
    said: tuple[Said, ...] = ()
    problem: str = ""


class ZoneAsker:
    """Implements `Asker` from zones in memory: an address without zones does not answer."""

    def __init__(self, zones: Mapping[str, Zones], clock: Clock) -> None:
        self._zones = dict(zones)
        self._clock = clock

    def replace(self, address: str, zones: Zones) -> None:
        """Let the server at `address` answer from other zones."""
        self._zones[address] = zones

    async def ask(self, address: str, name: str, rtype: RType) -> Answer:
        """Return the answer; see `Asker`."""
        zones = self._zones.get(address)
        if zones is None:
            now = self._clock.now()
            problem = f"{address} did not answer"
            return Answer(name, rtype, Status.FAILED, (), now, server=address, problem=problem)
        return zones.look_up(name, rtype)


async def look_everywhere(
    resolver: Resolver, asker: Asker | None, name: str, rtype: RType
) -> Everywhere:
    """Ask each name server of the zone that holds `name`, all at once.

    asker: None where `resolver` is itself the only source (a zone file). A server counts as
    failed when none of its addresses answers.
    """
    name = name.lower().removesuffix(".")
    if asker is None:
        return Everywhere(name, "", (Said("zone file", await resolver.resolve(name, rtype)),))
    for _ in range(MAX_ALIASES):
        alias = await resolver.resolve(name, RType.CNAME)
        if not alias.values:
            break
        name = str(alias.values[0])
    zone, hosts, problem = await _name_servers(resolver, name)
    if not hosts:
        return Everywhere(name, zone, problem=problem)
    answers = await asyncio.gather(*(_ask(resolver, asker, host, name, rtype) for host in hosts))
    said = tuple(Said(host, answer) for host, answer in zip(hosts, answers, strict=True))
    return Everywhere(name, zone, said)


async def _name_servers(resolver: Resolver, name: str) -> tuple[str, list[str], str]:
    """Return (apex, host names, problem) of the zone that holds `name`."""
    at = name
    while at:
        found = await resolver.resolve(at, RType.NS)
        if found.failed:
            return "", [], f"the name servers of {at} could not be asked: {found.problem}"
        # Behind an alias stand the name servers of another zone.
        if found.values and not found.aliases:
            return at, sorted({str(value) for value in found.values})[:MAX_SERVERS], ""
        at = at.partition(".")[2]
    return "", [], f"no zone holds {name}: it has no name servers"


async def _ask(resolver: Resolver, asker: Asker, host: str, name: str, rtype: RType) -> Answer:
    found = await asyncio.gather(*(resolver.resolve(host, t) for t in (RType.A, RType.AAAA)))
    addresses = [
        str(value)
        for answer in found
        for value in answer.values
        if isinstance(value, IPv4Address | IPv6Address)
    ]
    problem = f"the name server {host} has no address"
    answer = Answer(name, rtype, Status.FAILED, (), found[0].asked_at, problem=problem)
    for address in addresses:
        answer = await asker.ask(address, name, rtype)
        if not answer.failed:
            break
    return answer
