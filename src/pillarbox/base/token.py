"""Tokens that are random and long, and their marks: the keyed hashes that are kept of them.

A mark is quick to make, which is enough for what nobody can guess; and whoever reads the
database can neither use it nor, without the key, tell whether a token fits it.
"""

import hashlib
import hmac
import re
import secrets
from typing import Final

MARK_OCTETS: Final = 32
KEY_OCTETS: Final = 32

# The purposes of marks.
SESSION: Final = "session"
SECOND: Final = "second"  # a password that was right, and waits for a code
LINK: Final = "link"  # what signs in once, made on the server
APP: Final = "app"
RECOVERY: Final = "recovery"
HANDLE: Final = "user-handle"  # what names an account to passkeys

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: they are misread
_APP_GROUPS: Final = (5, 5, 5, 5, 6)  # 26 characters of 5 bits: 130 bits
_APP_PASSWORD: Final = re.compile(f"[{_ALPHABET}]{{26}}")
_CODE: Final = re.compile(f"[{_ALPHABET}]{{10}}")
_BETWEEN: Final = re.compile(r"[\s-]+")
_MAX_TYPED: Final = 100


class Marker:
    """Makes marks. key: KEY_OCTETS, the same wherever they are compared."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_OCTETS
        self._key = key

    def mark(self, purpose: str, token: str) -> bytes:
        """Return the mark of a token. purpose: at most 16 octets; no two purposes share marks."""
        data = token.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(
            data, digest_size=MARK_OCTETS, key=self._key, person=purpose.encode()
        ).digest()


def is_same(mark: bytes, other: bytes) -> bool:
    """Compare two marks in the same time wherever they differ."""
    return hmac.compare_digest(mark, other)


def new_token() -> str:
    """Return a token of 256 bits, as letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def new_app_password() -> str:
    """Return an app password of 130 bits, in groups that can be read aloud."""
    return "-".join(_letters(length) for length in _APP_GROUPS)


def app_password(typed: str) -> str | None:
    """Return an app password in its one form, however its groups were typed; None if it is none."""
    return _plain(typed, _APP_PASSWORD)


def new_recovery_code() -> str:
    """Return a recovery code of 50 bits, in two groups."""
    return f"{_letters(5)}-{_letters(5)}"


def recovery_code(typed: str) -> str | None:
    """Return a recovery code in its one form; None if it is none."""
    return _plain(typed, _CODE)


def _letters(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _plain(typed: str, form: re.Pattern[str]) -> str | None:
    if len(typed) > _MAX_TYPED:
        return None
    plain = _BETWEEN.sub("", typed).lower()
    return plain if form.fullmatch(plain) else None
