"""Which servers take mail for a domain (RFC 5321 §5.1, RFC 7505).

The answer is a list of addresses in the order in which they are to be tried, or the reason
why there is none. Hosts of equal preference come in random order, which shares the load.
Nothing is connected to here, and every DNS answer is kept as evidence.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from itertools import chain, zip_longest
from random import Random
from typing import Final

from pillarbox.delivery import evidence
from pillarbox.dns.resolver import Answer, Mx, Resolver, RType, Status
from pillarbox.trace.step import Step

MAX_ADDRESSES: Final = 20  # that are tried for one message
MAX_HOSTS: Final = 20  # whose addresses are asked for
MAX_MX: Final = 200  # records of one answer that are looked at
_IPV6_TAG: Final = "ipv6:"

IpAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Own:
    """What shows that a server is ourselves. hostnames: lower case, A-labels.

    source: the address that we send from; only its kind can be reached then.
    """

    hostnames: frozenset[str] = frozenset()
    addresses: frozenset[IpAddress] = frozenset()
    source: IpAddress | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of one server. host: A-labels, or an address literal in brackets."""

    host: str
    address: IpAddress


@dataclass(frozen=True, slots=True)
class Unroutable:
    """Why there is nobody to connect to. enhanced: RFC 3463; its first digit tells the class."""

    enhanced: str
    text: str

    @property
    def permanent(self) -> bool:
        """False if it may be otherwise later."""
        return self.enhanced.startswith("5")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where mail for a domain goes. endpoints: empty exactly when there is a problem.

    answers: what was asked to find out.
    """

    domain: str
    endpoints: tuple[Endpoint, ...]
    answers: tuple[Answer, ...] = ()
    problem: Unroutable | None = None

    def step(self, at: float) -> Step:
        """Return the step that tells it."""
        hosts = list(dict.fromkeys(endpoint.host for endpoint in self.endpoints))
        told = {
            "endpoints": [f"{e.host} [{e.address}]" for e in self.endpoints],
            "answers": evidence.answers(self.answers),
        }
        if self.problem is not None:
            told["problem"] = self.problem.text
        params = {"domain": self.domain, "hosts": hosts or "no server"}
        return Step(key="mx", at=at, params=params, evidence=told, rfc="RFC 5321 §5.1")


async def find(domain: str, resolver: Resolver, own: Own, random: Random) -> Destination:
    """Find the servers for a domain in A-labels, or for an address literal in brackets.

    Any string is answered.
    """
    if domain.startswith("["):
        return _literal(domain, own)
    answer = await resolver.resolve(domain, RType.MX)
    if answer.failed:
        return _nobody(domain, (answer,), "4.4.3", _asked_in_vain(domain, answer))
    if answer.status is Status.NXDOMAIN:
        return _nobody(domain, (answer,), "5.1.2", f"The domain {domain} does not exist")
    records = [value for value in answer.values[:MAX_MX] if isinstance(value, Mx)]
    if records and all(_is_null(record) for record in records):
        text = f"The domain {domain} takes no mail (null MX)"
        return _nobody(domain, (answer,), "5.1.10", text)
    # RFC 5321 §5.1: without MX records the domain itself is the server.
    hosts = _in_order(records, random) if records else [(0, domain)]
    cut = _ourselves(hosts, lambda host: host in own.hostnames)
    found = await _addresses(hosts[:cut][:MAX_HOSTS], resolver, random)
    answers = (answer, *chain.from_iterable(place.answers for place in found))
    names = [(place.preference, place.host) for place in found]
    by_name = {place.host: place for place in found}
    met = _ourselves(names, lambda host: not own.addresses.isdisjoint(by_name[host].addresses))
    if met < len(found) or cut < len(hosts):
        found = found[:met]
        if not found:
            text = f"Mail for {domain} leads back to this server, which has no such domain"
            return _nobody(domain, answers, "5.4.6", text)
    endpoints = tuple(
        Endpoint(place.host, address)
        for place in found
        for address in place.addresses
        if own.source is None or own.source.version == address.version
    )
    if endpoints:
        return Destination(domain, endpoints[:MAX_ADDRESSES], answers)
    return _no_address(domain, answers, found, listed=bool(records))


@dataclass(slots=True)
class _Place:
    preference: int
    host: str
    addresses: list[IpAddress]
    answers: tuple[Answer, ...]


def _is_null(record: Mx) -> bool:
    return record.host in {"", "."}


def _in_order(records: Sequence[Mx], random: Random) -> list[tuple[int, str]]:
    """Return (preference, host), each host once, the best first, equals in random order."""
    best: dict[str, int] = {}
    for record in records:
        # RFC 7505 §3: a null MX beside others means nothing.
        if not _is_null(record):
            host = record.host.lower().removesuffix(".")
            best[host] = min(record.preference, best.get(host, record.preference))
    pairs = [(preference, host) for host, preference in best.items()]
    random.shuffle(pairs)
    return sorted(pairs, key=lambda pair: pair[0])


def _ourselves(hosts: Sequence[tuple[int, str]], is_us: Callable[[str], bool]) -> int:
    """Return how many hosts are better than ourselves; all if we are not among them.

    RFC 5321 §5.1: a server in the list must not send to others of its own preference or
    worse, or two of them would hand the message to each other for ever.
    """
    ours = [preference for preference, host in hosts if is_us(host)]
    if not ours:
        return len(hosts)
    limit = min(ours)
    return sum(preference < limit for preference, _ in hosts)


async def _addresses(
    hosts: Sequence[tuple[int, str]], resolver: Resolver, random: Random
) -> list[_Place]:
    """Ask for the addresses of all hosts at once."""
    kinds = (RType.AAAA, RType.A)
    answers = await asyncio.gather(
        *(resolver.resolve(host, kind) for _, host in hosts for kind in kinds)
    )
    places = []
    for index, (preference, host) in enumerate(hosts):
        six, four = answers[2 * index], answers[2 * index + 1]
        lists = [_usable(six, random), _usable(four, random)]
        # In turn: a kind of address that leads nowhere costs one try, not all of them.
        mixed = [a for pair in zip_longest(*lists) for a in pair if a is not None]
        places.append(_Place(preference, host, mixed, (six, four)))
    return places


def _usable(answer: Answer, random: Random) -> list[IpAddress]:
    found: list[IpAddress] = [
        value
        for value in answer.values[:MAX_ADDRESSES]
        if isinstance(value, IPv4Address | IPv6Address)
        and not (value.is_unspecified or value.is_multicast)
    ]
    random.shuffle(found)
    return found


def _no_address(
    domain: str, answers: tuple[Answer, ...], places: Sequence[_Place], *, listed: bool
) -> Destination:
    """Say why none of the hosts has an address that we can use."""
    failed = next((a for place in places for a in place.answers if a.failed), None)
    if failed is not None:
        return _nobody(domain, answers, "4.4.3", _asked_in_vain(failed.name, failed))
    if any(place.addresses for place in places):
        text = f"The servers of {domain} have no address of the kind that we send from"
        return _nobody(domain, answers, "4.4.4", text)
    if listed:
        names = ", ".join(place.host for place in places[:5])
        text = f"None of the mail servers that {domain} names has an address ({names})"
    else:
        text = f"The domain {domain} exists, but has no mail server"
    return _nobody(domain, answers, "5.4.4", text)


def _literal(domain: str, own: Own) -> Destination:
    """Return the one endpoint of an address literal (RFC 5321 §4.1.3)."""
    inner = domain[1:-1] if domain.endswith("]") else ""
    if inner.lower().startswith(_IPV6_TAG):
        inner = inner[len(_IPV6_TAG) :]
    try:
        address = ip_address(inner)
    except (ValueError, AddressValueError):
        return _nobody(domain, (), "5.1.2", f"{domain[:80]} is not an IP address")
    if address in own.addresses:
        text = f"The address {address} is this server, which has no such domain"
        return _nobody(domain, (), "5.4.6", text)
    if own.source is not None and own.source.version != address.version:
        text = f"{address} is not of the kind of address that we send from"
        return _nobody(domain, (), "4.4.4", text)
    return Destination(domain, (Endpoint(domain, address),))


def _asked_in_vain(name: str, answer: Answer) -> str:
    problem = f" ({answer.problem[:200]})" if answer.problem else ""
    return f"The name servers of {name} could not be asked{problem}"


def _nobody(domain: str, answers: tuple[Answer, ...], enhanced: str, text: str) -> Destination:
    return Destination(domain, (), answers, Unroutable(enhanced, text))
