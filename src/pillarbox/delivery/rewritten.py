"""Mailing lists that put their own address in place of the author's. Pure.

Then the checks pass for the list, and the author stands in another field, as a claim.
"""

from typing import Final

from pillarbox.delivery.known import read_list_id
from pillarbox.mailauth.alignment import is_under, normalise
from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.header import Header
from pillarbox.trace.step import Step

_FIELDS: Final = ("x-original-from", "reply-to")
_NAMES: Final = {"x-original-from": "X-Original-From", "reply-to": "Reply-To"}
_MAX_OCTETS: Final = 2000


def rewritten(header: Header, domain: str, at: float) -> Step | None:
    """Return the step that says so, None for any other message. domain: in From."""
    value = header.value("list-id")
    if not value:
        return None
    list_id = read_list_id(value)
    if not list_id or not (is_under(list_id, domain) or is_under(domain, list_id)):
        return None
    for field in _FIELDS:
        for address in parse_addresses(header.value(field)[:_MAX_OCTETS]):
            if not isinstance(address, Mailbox) or not address.domain:
                continue
            other = normalise(address.domain)
            if is_under(other, domain) or is_under(list_id, other):
                continue
            params = {
                "list": list_id,
                "author": f"{address.localpart}@{address.domain}",
                "domain": domain,
                "field": _NAMES[field],
            }
            return Step(key="list.rewritten", at=at, params=params, rfc="RFC 2919 §3", claimed=True)
    return None
