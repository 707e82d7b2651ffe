r"""IMAP flags and keywords: syntax and one spelling for each (RFC 9051 §2.3.2, RFC 5788).

Names are compared without case. System flags and well-known keywords have one spelling;
any other keyword keeps the one it came with. `\Recent` (RFC 3501) belongs to a session,
cannot be stored, and is no flag here; neither is `\*`.
"""

import re
from collections.abc import Iterable
from typing import Final

from pillarbox.base.errors import TooMany

MAX_KEYWORD_OCTETS: Final = 100
MAX_KEYWORDS: Final = 100
"""How many flags and keywords one message may have."""

SEEN: Final = "\\Seen"
ANSWERED: Final = "\\Answered"
FLAGGED: Final = "\\Flagged"
DELETED: Final = "\\Deleted"
DRAFT: Final = "\\Draft"
SYSTEM_FLAGS: Final = (ANSWERED, FLAGGED, DELETED, SEEN, DRAFT)

FORWARDED: Final = "$Forwarded"
MDN_SENT: Final = "$MDNSent"
JUNK: Final = "$Junk"
NOT_JUNK: Final = "$NotJunk"
PHISHING: Final = "$Phishing"
WELL_KNOWN: Final = (
    FORWARDED,
    MDN_SENT,
    JUNK,
    NOT_JUNK,
    PHISHING,
    "$Important",
    "$SubmitPending",
    "$Submitted",
    "$HasAttachment",
    "$HasNoAttachment",
)

_SPELLING: Final = {name.lower(): name for name in SYSTEM_FLAGS + WELL_KNOWN}
# flag-keyword is an atom: ATOM-CHAR without ( ) { SP CTL % * " \ ] (RFC 9051 §9).
_KEYWORD: Final = re.compile(r"[!#$&'+-Z\[^-z|}~]{1,100}")


class KeywordProblem(ValueError):
    """The text is no flag and no keyword. reason: one clause in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normalise(name: str) -> str:
    """Return a flag or keyword in its one spelling. Raises KeywordProblem."""
    known = _SPELLING.get(name.lower())
    if known is not None:
        return known
    if name[:1] == "\\":
        raise KeywordProblem("no such system flag")
    if not _KEYWORD.fullmatch(name):
        long = len(name) > MAX_KEYWORD_OCTETS
        raise KeywordProblem("keyword over 100 octets" if long else "not an atom")
    return name


def normalise_all(names: Iterable[str]) -> tuple[str, ...]:
    """Return the set of them: each once, in the order and spelling of its first use.

    Raises KeywordProblem, TooMany above MAX_KEYWORDS.
    """
    found: dict[str, str] = {}
    for name in names:
        spelled = normalise(name)
        found.setdefault(spelled.lower(), spelled)
        if len(found) > MAX_KEYWORDS:
            raise TooMany("keywords of one message")
    return tuple(found.values())


def is_system(name: str) -> bool:
    """Tell whether it is a system flag, in any case."""
    return name[:1] == "\\" and name.lower() in _SPELLING
