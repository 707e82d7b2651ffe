"""Domain names: normal form, A-labels, and names for addresses."""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

import idna

from pillarbox.base.errors import Invalid

MAX_NAME: Final = 253  # octets, without the root's dot (RFC 1035 §2.3.4)
MAX_LABEL: Final = 63


def to_ascii(name: str) -> str:
    """Return the A-label form, lower case, no trailing dot (RFC 5891 §4). Raises Invalid."""
    name = name.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as exc:
            raise Invalid(f"not a domain name: {name[:80]!r}") from exc
    if problem(name):
        raise Invalid(f"not a domain name: {name[:80]!r}")
    return name.lower()


def to_unicode(name: str) -> str:
    """Return the form for people; labels that cannot be decoded stay as they are."""
    labels = []
    for label in name.split("."):
        try:
            labels.append(idna.decode(label) if label[:4].lower() == "xn--" else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return ".".join(labels)


def problem(name: str) -> str:
    """Return why `name` cannot be asked for, "" if it can. The root is ""."""
    if len(name) > MAX_NAME:
        return "longer than 253 octets"
    if not name.isascii():
        return "not in A-labels"
    for label in name.split(".") if name else ():
        if not label:
            return "an empty label"
        if len(label) > MAX_LABEL:
            return "a label longer than 63 octets"
    return ""


def reverse_name(ip: IPv4Address | IPv6Address) -> str:
    """Return the name under which the reverse name of an address is kept (RFC 1035 §3.5)."""
    return ip.reverse_pointer
