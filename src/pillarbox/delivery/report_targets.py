"""Where a DMARC report may go: to whom the record names, if they want it (RFC 9990 §4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pillarbox.delivery.dmarc_rows import Tally
from pillarbox.dns.resolver import Resolver, RType, Txt
from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.alignment import is_under, normalise
from pillarbox.mailauth.dmarc_record import NotDmarc, ReportUri

MAX_TARGETS: Final = 5  # of one domain


@dataclass(frozen=True, slots=True)
class Targets:
    """addresses: where it goes. refused: URIs with the reason why it does not go there.

    later: a name server could not be asked; try again.
    """

    addresses: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()
    later: bool = False


async def find(resolver: Resolver, tally: Tally, octets: int) -> Targets:
    """Return who gets the report of a domain. octets: its size, compressed."""
    addresses: dict[str, None] = {}
    refused: list[tuple[str, str]] = []
    later = False
    for uri in tally.record.rua:
        if not uri.address:
            refused.append((uri.uri, "only mailto: is known"))
        elif uri.max_octets and octets > uri.max_octets:
            refused.append((uri.uri, f"it takes {uri.max_octets} octets, the report has {octets}"))
        elif len(addresses) >= MAX_TARGETS:
            refused.append((uri.uri, f"the record names more than {MAX_TARGETS} addresses"))
        else:
            found = await _agreed(resolver, tally, uri)
            if found is None:
                later = True
                refused.append((uri.uri, "its name servers could not be asked"))
            elif not found:
                domain = _domain(uri.address)
                refused.append((uri.uri, f"{domain} does not say that it wants them"))
            addresses |= dict.fromkeys(found or ())
    return Targets(tuple(addresses), tuple(refused), later)


def _domain(address: str) -> str:
    return normalise(address.rpartition("@")[2])


async def _agreed(resolver: Resolver, tally: Tally, uri: ReportUri) -> list[str] | None:
    """Return where a report for one URI goes: [] for nowhere, None if that is unknown now."""
    host = _domain(uri.address)
    if not host:
        return []
    if is_under(host, tally.org) or is_under(host, tally.domain):
        return [uri.address]
    # RFC 9990 §4: another organisation must say that it takes reports for this domain.
    answer = await resolver.resolve(f"{tally.domain}._report._dmarc.{host}", RType.TXT)
    if answer.failed:
        return None
    for value in answer.values:
        if not isinstance(value, Txt) or not dmarc_record.is_dmarc(value.joined):
            continue
        try:
            record = dmarc_record.parse(value.joined)
        except NotDmarc:
            continue
        return _instead(record.rua, host) or [uri.address]
    return []


def _instead(uris: Iterable[ReportUri], host: str) -> list[str]:
    """Return the addresses that replace the one asked for; only at the same host."""
    return [uri.address for uri in uris if uri.address and _domain(uri.address) == host][:1]
