"""Which addresses belong to others: where a server may be sent by strangers, and where not.

Whoever can name a URL that we fetch must not reach what only we can reach (CWE-918). So an
address counts as public only where it is unicast, allotted, and not a way to another address.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from pillarbox.base.errors import Invalid

Address = IPv4Address | IPv6Address

# What Python calls global, and nobody's server has: relays of tunnels (RFC 7526).
_NOT_V4: Final = (IPv4Network("192.88.99.0/24"),)
# RFC 4291 §2.4: all unicast that has been given out. Outside of it are, among others, IPv4 in
# IPv6 (RFC 4291 §2.5.5), translation (RFC 6052) and what was once local to a site.
_UNICAST: Final = IPv6Network("2000::/3")
_NOT_V6: Final = (
    IPv6Network("2001::/23"),  # Teredo and other protocols
    IPv6Network("2002::/16"),  # 6to4 carries an IPv4 address
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)


def is_public(address: Address) -> bool:
    """Tell whether an address is one that strangers may send us to."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_V4)
    return address in _UNICAST and not any(address in network for network in _NOT_V6)


def literal(host: str) -> Address | None:
    """Return the address that a host of a URL is, None for a name.

    host: lower case; IPv6 in brackets. Raises Invalid for what other programs might take for an
    address though it is not written as one: "127.1", "0x7f000001", "2130706433" (WHATWG URL §3.5).
    """
    last = host.rstrip(".").rpartition(".")[2]
    try:
        if host.startswith("["):
            return IPv6Address(host[1:-1].replace("%", "/") if host.endswith("]") else "")
        return IPv4Address(host) if last.isdecimal() or last.startswith("0x") else None
    except ValueError:
        raise Invalid(f"{host} is neither a name nor an address") from None
