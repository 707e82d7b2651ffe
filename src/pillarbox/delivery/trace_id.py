"""Names of traces."""

import secrets
from typing import Final

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: they are misread


def new_id() -> str:
    """Return a short random name for a trace: 50 bits, easy to read aloud."""
    number = int.from_bytes(secrets.token_bytes(7), "big")
    return "".join([_LETTERS[number >> shift & 31] for shift in range(0, 50, 5)])
