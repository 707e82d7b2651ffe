"""Domain names as authentication compares them, and identifier alignment (RFC 9989 §4.4).

Whether two domains belong to one organisation is not decided here: the organisational
domains come in, found by the tree walk of `dmarc.py`.
"""

import enum
import re

import idna

_MAX_NAME_OCTETS = 253  # RFC 1035 §2.3.4, without the root label.
# Visible characters but "@", in labels of at most 63. Hosts use fewer; SPF names use all.
_NAME = re.compile(r"[!-\-/-?A-~]{1,63}(?:\.[!-\-/-?A-~]{1,63})*")


class Mode(enum.Enum):
    """How strictly an identifier must match the author's domain. value: the tag's value."""

    RELAXED = "r"
    STRICT = "s"


def normalise(domain: str) -> str:
    """Return `domain` as it is compared: lower case, A-labels, no trailing dot (RFC 5890 §2.3).

    "" for what cannot be a domain name: empty labels, labels over 63 octets, over 253 in
    all, address literals, spaces and control characters.
    """
    name = domain.removesuffix(".")
    if len(name) > _MAX_NAME_OCTETS:  # A-labels are longer still.
        return ""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    if len(name) > _MAX_NAME_OCTETS or name[:1] == "[" or not _NAME.fullmatch(name):
        return ""
    return name.lower()


def is_under(name: str, ancestor: str) -> bool:
    """Tell whether `name` is `ancestor` or one of its subdomains. Both normalised."""
    return name == ancestor or (bool(ancestor) and name.endswith("." + ancestor))


def is_aligned(
    mode: Mode, author: str, identifier: str, author_org: str, identifier_org: str
) -> bool:
    """Tell whether an authenticated identifier is aligned with the author domain.

    All names normalised. The organisational domains are looked at in relaxed mode only
    (RFC 9989 §4.4).
    """
    if not author or not identifier:
        return False
    if mode is Mode.STRICT:
        return author == identifier
    return author == identifier or (bool(author_org) and author_org == identifier_org)
