"""Tokens that are an authority by themselves: for frames and images that no cookie reaches.

A frame without an origin sends no cookies, so what it may load is written into the address and
signed (HMAC-SHA-256, RFC 2104). A token names one account, one thing and a time until when; it
is no secret of the account and opens nothing else.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

MAX_TOKEN: Final = 8_000  # characters
MAC_OCTETS: Final = 16

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(list[int | str])


class BadToken(Exception):
    """A token is not ours, for something else, or too old."""


class Tokens:
    """Makes and reads tokens. key: at least 16 octets, the same in all workers."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, purpose: str, fields: Sequence[int | str], expires: int) -> str:
        """Return a token, of letters, digits, "-", "_" and one ".".

        expires: seconds since 1970, see `expiry`.
        """
        body = _encode(_ENCODER.encode([expires, *fields]))
        return f"{body}.{_encode(self._mac(purpose, body))}"

    def read(self, purpose: str, token: str, now: datetime) -> list[int | str]:
        """Return the fields of a token. Raises BadToken."""
        body, _, mac = token[:MAX_TOKEN].partition(".")
        if not token.isascii() or not hmac.compare_digest(mac, _encode(self._mac(purpose, body))):
            raise BadToken("not ours")
        try:
            padded = body + "=" * (-len(body) % 4)
            expires, *fields = _DECODER.decode(base64.urlsafe_b64decode(padded))
        except (binascii.Error, msgspec.DecodeError, ValueError):
            raise BadToken("malformed") from None
        if not isinstance(expires, int) or now.timestamp() >= expires:
            raise BadToken("too old")
        return fields

    def _mac(self, purpose: str, body: str) -> bytes:
        text = f"{purpose}\0{body}".encode()
        return hmac.digest(self._key, text, "sha256")[:MAC_OCTETS]


def _encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def expiry(now: datetime) -> int:
    """Return when tokens that are made now end, in seconds: the end of the next day (UTC).

    The same all day, so that an address stays the same and browsers keep what it gave.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight + timedelta(days=2)).timestamp())
