"""Comparing text: what a sort's `collation` means (RFC 8620 §5.5, RFC 4790 §9, RFC 5051). Pure."""

import re
import unicodedata
from typing import Any, Final

_DIGITS: Final = re.compile(r"[0-9]+")
_UPPER: Final = {number: number - 32 for number in range(ord("a"), ord("z") + 1)}


def collate(text: str, collation: str) -> Any:
    """Return a key by which text is sorted. "" is i;unicode-casemap."""
    if collation == "i;octet":
        return text.encode("utf-8", "replace")
    if collation == "i;ascii-casemap":
        return text.translate(_UPPER).encode("utf-8", "replace")
    if collation == "i;ascii-numeric":
        # RFC 4790 §9.1: what does not begin with a digit comes behind all numbers.
        match = _DIGITS.match(text)
        return (0, len(match[0].lstrip("0")), match[0].lstrip("0")) if match else (1, 0, "")
    return unicodedata.normalize("NFKD", text.casefold()).encode("utf-8", "replace")
