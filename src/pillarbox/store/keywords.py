r"""Keywords as the store keeps them: lower case, sorted, joined by spaces. Pure.

The names are JMAP's (RFC 8621 §4.1.1): `$seen` is IMAP's `\Seen`. `\Deleted` is none of
them: it belongs to a placement, not to the message.
"""

import re
from collections.abc import Iterable
from typing import Final

from pillarbox.base.errors import Invalid, TooMany

SEEN: Final = "$seen"
ANSWERED: Final = "$answered"
FLAGGED: Final = "$flagged"
DRAFT: Final = "$draft"
JUNK: Final = "$junk"
MUTED: Final = "$muted"  # ours: later messages of the thread go past the inbox

MAX_KEYWORD_OCTETS: Final = 255  # RFC 8621 §4.1.1
MAX_KEYWORDS: Final = 100
"""How many keywords one message may have."""

# RFC 8621 §4.1.1: printable ASCII without ( ) { ] % * " \ and space.
_VALID: Final = re.compile(r"[!#$&'+-Z\[^-z|}~]{1,255}")


def canonical(keywords: Iterable[str]) -> str:
    """Return the stored form of a set of keywords.

    Raises Invalid for a name that RFC 8621 §4.1.1 forbids, TooMany above MAX_KEYWORDS.
    """
    names = {keyword.lower() for keyword in keywords}
    if not names:
        return ""
    if len(names) > MAX_KEYWORDS:
        raise TooMany(f"{len(names)} keywords")
    for name in names:
        if not _VALID.fullmatch(name):
            raise Invalid(f"keyword {name[:40]!r}")
    return " ".join(sorted(names))


def names(stored: str) -> frozenset[str]:
    """Return the set that a stored form stands for."""
    return frozenset(stored.split())


def is_seen(stored: str) -> bool:
    """Tell whether a stored form contains `$seen`."""
    return SEEN in stored and SEEN in stored.split()


def is_muted(stored: str) -> bool:
    """Tell whether a stored form contains `$muted`."""
    return MUTED in stored and MUTED in stored.split()
