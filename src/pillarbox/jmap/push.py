"""PushSubscription objects, read and checked (RFC 8620 §7.2). Pure."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from pillarbox.jmap.dates import parse_utc_date
from pillarbox.jmap.error import SetError

PROPERTIES: Final = frozenset(
    {"id", "deviceClientId", "url", "keys", "verificationCode", "expires", "types"}
)
SECRET: Final = frozenset({"url", "keys"})  # §7.2.1: never told
MAX_URL: Final = 2000  # characters
MAX_DEVICE: Final = 255
MAX_TYPES: Final = 50
LIFETIME: Final = timedelta(days=30)
"""The longest; who wants more gets this."""
NO_TYPES: Final = ("-",)
"""What is kept for an empty list: no type has this name."""

_TYPE: Final = re.compile(r"[A-Za-z0-9:_.-]{1,60}", re.ASCII)
_POINT_OCTETS: Final = 65
_AUTH_OCTETS: Final = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription as a client wants it. keys: base64url, "" for none. types: empty for all."""

    device_client_id: str
    url: str
    p256dh: str
    auth: str
    types: tuple[str, ...]
    expires: datetime


def read_create(given: Mapping[str, Any], now: datetime) -> Wanted:
    """Return what a client wants. Raises SetError invalidProperties."""
    if unknown := sorted(set(given) - (PROPERTIES - {"id"})):
        raise _wrong(unknown, "unknown, or set by the server")
    if given.get("verificationCode") is not None:
        raise _wrong(["verificationCode"], "null when it is created")
    device = given.get("deviceClientId")
    if not isinstance(device, str) or not 0 < len(device) <= MAX_DEVICE:
        raise _wrong(["deviceClientId"], "a string that is not empty")
    p256dh, auth = _keys(given.get("keys"))
    return Wanted(
        device,
        _url(given.get("url")),
        p256dh,
        auth,
        read_types(given.get("types")),
        read_expires(given.get("expires"), now),
    )


def read_types(value: Any) -> tuple[str, ...]:
    """Return which types are wanted: empty for all. Raises SetError."""
    if value is None:
        return ()
    good = isinstance(value, list) and len(value) <= MAX_TYPES
    if not good or not all(isinstance(one, str) and _TYPE.fullmatch(one) for one in value):
        raise _wrong(["types"], "a list of names of types")
    return tuple(dict.fromkeys(value)) or NO_TYPES


def format_types(types: Sequence[str]) -> list[str] | None:
    """Return the property."""
    if tuple(types) == NO_TYPES:
        return []
    return list(types) or None


def read_expires(value: Any, now: datetime) -> datetime:
    """Return when a subscription ends, no later than LIFETIME allows. Raises SetError."""
    if value is None:
        return now + LIFETIME
    found = parse_utc_date(value)
    if found is None or found <= now:
        raise _wrong(["expires"], "a UTCDate in the future")
    return min(found, now + LIFETIME)


def _url(value: Any) -> str:
    if isinstance(value, str) and len(value) <= MAX_URL and value.isascii() and value.isprintable():
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme == "https" and parts.hostname and " " not in value:
            return value
    raise _wrong(["url"], "an https URL")


def _keys(value: Any) -> tuple[str, str]:
    """Return p256dh and auth (RFC 8291 §2)."""
    if value is None:
        return "", ""
    if not isinstance(value, dict) or set(value) != {"p256dh", "auth"}:
        raise _wrong(["keys"], "p256dh and auth")
    point, auth = (from_base64url(value[name]) for name in ("p256dh", "auth"))
    if point is None or len(point) != _POINT_OCTETS or point[0] != 4:
        raise _wrong(["keys"], "p256dh is no uncompressed point of P-256")
    if auth is None or len(auth) != _AUTH_OCTETS:
        raise _wrong(["keys"], f"auth has {_AUTH_OCTETS} octets")
    return to_base64url(point), to_base64url(auth)


def from_base64url(value: Any) -> bytes | None:
    """Return octets of base64url, padded or not; None if it is none."""
    if not isinstance(value, str) or not value.isascii():
        return None
    text = value.rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def to_base64url(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _wrong(names: Sequence[str], what: str) -> SetError:
    return SetError("invalidProperties", what, names)
