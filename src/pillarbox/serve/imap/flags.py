r"""Flags as IMAP writes them, keywords as the store keeps them.

`\Seen` is `$seen`, and so on (RFC 8621 §4.1.1). `\Deleted` belongs to the placement and is
kept apart. `\Recent` belongs to the session that is told of a message first (RFC 3501 §2.3.2).
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
def to_wire(stored: str, deleted: int, recent: bool = False) -> tuple[str, ...]:  # noqa: FBT001, FBT002 - for the cache
    """Return the flags of a placement."""
    names = [_TO_WIRE.get(name, name) for name in stored.split()]
    if deleted:
        names.append("\\Deleted")
    if recent:
        names.append("\\Recent")
    return tuple(names)


@lru_cache(4096)
def item(stored: str, deleted: int, recent: bool = False) -> bytes:  # noqa: FBT001, FBT002 - for the cache
    """Return the FETCH item FLAGS of a placement."""
    return b"FLAGS (" + " ".join(to_wire(stored, deleted, recent)).encode() + b")"


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
