r"""Flags as IMAP writes them, keywords as the store keeps them.

`\Seen` is `$seen`, and so on (RFC 8621 §4.1.1). `\Deleted` belongs to the placement and is
kept apart. `\Recent` is not kept: RFC 9051 has given it up, and clients live without.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

SYSTEM: Final = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_TO_STORE: Final = {
    "\\seen": "$seen",
    "\\answered": "$answered",
    "\\flagged": "$flagged",
    "\\draft": "$draft",
}
_TO_WIRE: Final = {
    "$seen": "\\Seen",
    "$answered": "\\Answered",
    "$flagged": "\\Flagged",
    "$draft": "\\Draft",
    "$forwarded": "$Forwarded",
    "$junk": "$Junk",
    "$notjunk": "$NotJunk",
    "$mdnsent": "$MDNSent",
}


@lru_cache(4096)
def to_wire(stored: str, deleted: int) -> tuple[str, ...]:
    """Return the flags of a placement."""
    names = [_TO_WIRE.get(name, name) for name in stored.split()]
    if deleted:
        names.append("\\Deleted")
    return tuple(names)


@lru_cache(4096)
def item(stored: str, deleted: int) -> bytes:
    """Return the FETCH item FLAGS of a placement."""
    return b"FLAGS (" + " ".join(to_wire(stored, deleted)).encode() + b")"


def from_wire(names: Iterable[str]) -> tuple[frozenset[str], bool]:
    r"""Return (keywords as stored, whether `\Deleted` is among them); `\Recent` is dropped."""
    keywords: set[str] = set()
    deleted = False
    for name in names:
        lower = name.lower()
        if lower == "\\deleted":
            deleted = True
        elif lower in _TO_STORE:
            keywords.add(_TO_STORE[lower])
        elif not lower.startswith("\\"):
            keywords.add(lower)
    return frozenset(keywords), deleted
