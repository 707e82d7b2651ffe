"""Who a message says it is from: the addresses of From, and their domains (RFC 5322 §3.6.2)."""

from collections.abc import Iterable

from pillarbox.base.errors import Invalid
from pillarbox.dns.name import to_ascii
from pillarbox.mailauth.alignment import normalise
from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.header import Header


def authors(header: Header) -> list[Mailbox]:
    """Return the members of all From fields, those of groups too, in order."""
    return [
        member
        for field in header.all("from")
        for address in parse_addresses(field.value)
        for member in ([address] if isinstance(address, Mailbox) else address.members)
    ]


def author_domains(header: Header) -> tuple[str, ...]:
    """Return the distinct domains of all From fields; see `domains_of`."""
    return domains_of(authors(header))


def domains_of(found_authors: Iterable[Mailbox]) -> tuple[str, ...]:
    """Return the distinct domains of authors, A-labels, in order.

    An address whose domain cannot be one counts as "" , so that it is never overlooked.
    """
    found: dict[str, None] = {}
    for author in found_authors:
        try:
            found[normalise(to_ascii(author.domain))] = None
        except Invalid:
            found[""] = None
    return tuple(found)
