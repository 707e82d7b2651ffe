"""Where a domain's mail goes: MX, addresses, reverse names, DANE."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from pillarbox.dns.resolver import Answer, Mx, Resolver, RType, Tlsa
from pillarbox.doctor.asking import problem_of
from pillarbox.doctor.finding import Finding, make

MAX_HOSTS: Final = 10
MAX_ADDRESSES: Final = 4  # of one host
_DIGEST_OCTETS: Final = {1: 32, 2: 64}  # RFC 6698 §2.1.3: SHA-256, SHA-512

Address = IPv4Address | IPv6Address


async def check(resolver: Resolver, domain: str) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with the MX records, and the hosts that take mail."""
    where = f"{domain} MX"
    answer = await resolver.resolve(domain, RType.MX)
    if answer.failed:
        return [make("mx.unknown", where, name=domain, problem=problem_of(answer))], []
    records = sorted(
        (value for value in answer.values if isinstance(value, Mx)), key=lambda mx: mx.preference
    )
    if not records:
        return await _implicit(resolver, domain, where)
    shown = ", ".join(f"{mx.preference} {mx.host or '.'}" for mx in records)
    if any(not mx.host for mx in records):
        if len(records) == 1:
            return [make("mx.null", where, found=shown)], []
        return [make("mx.null-and-others", where, found=shown)], []
    hosts = list(dict.fromkeys(mx.host.lower() for mx in records))[:MAX_HOSTS]
    found: list[Finding] = []
    for host in hosts:
        found += await _host(resolver, host, where, shown)
    if not any(one.severity.value in {"error", "unknown"} for one in found):
        found.insert(0, make("mx.ok", where, found=shown, hosts=", ".join(hosts)))
    return found, hosts


async def _implicit(resolver: Resolver, domain: str, where: str) -> tuple[list[Finding], list[str]]:
    publish = f"10 {domain}."
    addresses, failed = await _addresses(resolver, domain)
    if failed is not None:
        return [make("mx.unknown", where, name=domain, problem=problem_of(failed))], []
    if not addresses:
        return [make("mx.missing", where)], []
    return [make("mx.implicit", where, publish=publish)], [domain]


async def _host(resolver: Resolver, host: str, where: str, shown: str) -> list[Finding]:
    if _is_address(host):
        return [make("mx.address-literal", where, found=shown, host=host)]
    addresses, failed = await _addresses(resolver, host)
    if failed is not None:
        return [make("mx.unknown", f"{host} A", name=host, problem=problem_of(failed))]
    alias = await resolver.resolve(host, RType.A)
    if alias.aliases:
        return [make("mx.alias", where, found=shown, host=host)]
    if not addresses:
        return [make("mx.no-address", f"{host} A", host=host)]
    found = [
        make("mx.private-address", f"{host} A", host=host, address=address)
        for address in addresses
        if _is_private(address)
    ]
    for address in addresses[:MAX_ADDRESSES]:
        if not _is_private(address):
            found += await _reverse(resolver, host, address)
    return found


async def _reverse(resolver: Resolver, host: str, address: Address) -> list[Finding]:
    name = address.reverse_pointer
    answer = await resolver.resolve(name, RType.PTR)
    where = f"{name} PTR"
    if answer.failed:
        return [make("tls.unknown", where, name=name, problem=problem_of(answer))]
    names = [str(value) for value in answer.values][:MAX_ADDRESSES]
    if not names:
        return [make("reverse.missing", where, publish=f"{host}.", address=address, host=host)]
    for claimed in names:
        back, _ = await _addresses(resolver, claimed)
        if address in back:
            return []
    return [
        make("reverse.mismatch", where, found=names[0], publish=f"{host}.", address=address,
             host=host, name=names[0])
    ]  # fmt: skip


async def _addresses(resolver: Resolver, name: str) -> tuple[list[Address], Answer | None]:
    """Return the addresses of a host, or the answer that failed if there are none."""
    answers = [await resolver.resolve(name, rtype) for rtype in (RType.A, RType.AAAA)]
    found = [
        value
        for answer in answers
        for value in answer.values
        if isinstance(value, IPv4Address | IPv6Address)
    ]
    failed = next((answer for answer in answers if answer.failed), None)
    return found, None if found else failed


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_private(address: Address) -> bool:
    """Tell whether nobody outside reaches it. Addresses for documentation pass: examples."""
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_private and not _is_documentation(address))
    )


def _is_documentation(address: Address) -> bool:
    text = address.exploded
    nets = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:0db8:")
    return text.startswith(nets)


async def check_dane(resolver: Resolver, hosts: list[str]) -> list[Finding]:
    """Judge the TLSA records of each host (RFC 7672 §3)."""
    found: list[Finding] = []
    for host in hosts:
        name = f"_25._tcp.{host}"
        where = f"{name} TLSA"
        answer = await resolver.resolve(name, RType.TLSA)
        if answer.failed:
            found.append(make("tls.unknown", where, name=name, problem=problem_of(answer)))
            continue
        records = [value for value in answer.values if isinstance(value, Tlsa)]
        if not records:
            found.append(make("dane.missing", where, host=host))
            continue
        faults = [fault for record in records for fault in _tlsa(record, host, where)]
        if not answer.authentic:
            faults.append(make("dane.unsigned", where, host=host))
        found += faults or [make("dane.ok", where, host=host)]
    return found


def _tlsa(record: Tlsa, host: str, where: str) -> Iterator[Finding]:
    shown = f"{record.usage} {record.selector} {record.matching} {record.data.hex()}"
    if record.usage not in {2, 3}:
        yield make("dane.usage", where, found=shown, host=host, usage=record.usage)
    problem = ""
    if record.selector not in {0, 1}:
        problem = f"selector {record.selector} is unknown"
    elif record.matching not in {0, 1, 2}:
        problem = f"matching type {record.matching} is unknown"
    elif len(record.data) != _DIGEST_OCTETS.get(record.matching, len(record.data)):
        problem = f"its data has {len(record.data)} octets, which is no digest of that type"
    elif not record.data:
        problem = "it has no data"
    if problem:
        yield make("dane.broken", where, found=shown, host=host, problem=problem)
