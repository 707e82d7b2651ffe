"""Ids of JMAP are a letter and the number that the store gives (RFC 8620 §1.2).

The letter says the kind, so that an id of one kind is never taken for one of another; it also
keeps ids from beginning with a digit or a dash.
"""

import re
from typing import Final

ACCOUNT: Final = "a"
MAILBOX: Final = "m"
EMAIL: Final = "e"
THREAD: Final = "t"
CARD: Final = "c"
ADDRESS_BOOK: Final = "b"
IDENTITY: Final = "i"
SUBMISSION: Final = "s"

MAX_NUMBER: Final = 2**63 - 1
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}|0", re.ASCII)


def make(kind: str, number: int) -> str:
    """Return the id of a thing."""
    return f"{kind}{number}"


def number(kind: str, text: object) -> int | None:
    """Return the number of an id, None if it can be no id of this kind."""
    if not isinstance(text, str) or not text.startswith(kind):
        return None
    digits = text[len(kind) :]
    if not _NUMBER.fullmatch(digits):
        return None
    value = int(digits)
    return value if value <= MAX_NUMBER else None
