"""SRS: a return address of our own for mail that we forward, leading back to the sender.

    alice@a.example                  -> SRS0=HASH=TT=a.example=alice@forwarder.example
    SRS0=...@forwarder.example       -> SRS1=HASH=forwarder.example==...@second.example

The hash keeps others from sending through us to addresses of their choice, the time stamp
(days modulo 1024) lets an address expire. SRS1 guards an SRS0 address of another forwarder:
bounces jump from us to the first forwarder, whatever the number of hops. Nothing here
depends on case, since others change it: hash and time are base32, and the hash covers the
lower case of what it guards.

The scheme is Shevek's "The Sender Rewriting Scheme" of 2004; no RFC has it.
"""

import base64
import enum
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_AGE_DAYS: Final = 21
MAX_ADDRESS_OCTETS: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_DAY_SECONDS: Final = 86400
_CYCLE_DAYS: Final = 1024
_HASH_CHARACTERS: Final = 6  # 30 bits
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_FLAGS: Final = re.IGNORECASE | re.ASCII | re.DOTALL
_SRS0: Final = re.compile(r"SRS0[-+=]([A-Z2-7]+)=([A-Z2-7]{2})=([^=]+)=(.*)\Z", _FLAGS)
_SRS1: Final = re.compile(r"SRS1[-+=]([A-Z2-7]+)=([^=]+)=([-+=].*)\Z", _FLAGS)
# Another forwarder's: its hash may be of any kind.
_THEIR_SRS0: Final = re.compile(r"SRS0([-+=].*)\Z", _FLAGS)
_THEIR_SRS1: Final = re.compile(r"SRS1[-+=][^=]+=([^=]+)=([-+=].*)\Z", _FLAGS)
_DOT_ATOM: Final = re.compile(
    r"[^\s\x00-\x1f\x7f()<>@,;:\\\".\[\]]+(?:\.[^\s\x00-\x1f\x7f()<>@,;:\\\".\[\]]+)*\Z"
)


class SrsProblem(enum.Enum):
    """Why an address leads nowhere. value: for the log."""

    NOT_SRS = "not a rewritten address"
    FORGED = "the hash is not ours"
    EXPIRED = "the address is too old"
    MALFORMED = "the address within is incomplete"


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Writes and reads our return addresses. older: secrets that still open addresses."""

    secret: bytes
    older: tuple[bytes, ...] = ()
    max_age_days: int = MAX_AGE_DAYS

    def forward(self, sender: str, domain: str, now: datetime) -> str:
        """As `forward` below."""
        return forward(sender, domain, self.secret, now)

    def reverse(self, address: str, now: datetime) -> str | SrsProblem:
        """As `reverse` below."""
        return reverse(
            address,
            self.secret,
            now,
            older_secrets=self.older,
            max_age_days=self.max_age_days,
        )


def forward(sender: str, domain: str, secret: bytes, now: datetime) -> str:
    """Return the reverse-path under which `domain` forwards mail of `sender`.

    The sender unchanged when it is null, no address, of `domain` already, or when the
    result would be longer than 254 octets: a return path that fails SPF is better than
    none. domain: ours, it must receive the bounces.
    """
    local, _, host = sender.rpartition("@")
    if not local or not host or "=" in host or host.lower() == domain.lower():
        return sender
    local = _unquoted(local)
    if match := _THEIR_SRS1.match(local):
        first, rest = match[1], match[2]
        rewritten = f"SRS1={_digest(secret, first, rest)}={first}={rest}"
    elif match := _THEIR_SRS0.match(local):
        rewritten = f"SRS1={_digest(secret, host, match[1])}={host}={match[1]}"
    else:
        stamp = _stamp(now)
        rewritten = f"SRS0={_digest(secret, stamp, host, local)}={stamp}={host}={local}"
    address = f"{_quoted(rewritten)}@{domain}"
    return address if len(address.encode("utf-8", "replace")) <= MAX_ADDRESS_OCTETS else sender


def is_srs(address: str) -> bool:
    """Tell whether an address looks rewritten, by us or by anybody."""
    return _unquoted(address.rpartition("@")[0])[:5].upper() in _PREFIXES


_PREFIXES: Final = frozenset(f"{kind}{mark}" for kind in ("SRS0", "SRS1") for mark in "-+=")


def reverse(
    address: str,
    secret: bytes,
    now: datetime,
    *,
    older_secrets: Sequence[bytes] = (),
    max_age_days: int = MAX_AGE_DAYS,
) -> str | SrsProblem:
    """Return the address that a rewritten one leads to, or why it leads nowhere.

    older_secrets: were in use before, and still open addresses written then. The domain of
    `address` is not looked at: that it is ours, the caller knows.
    """
    local = _unquoted(address.rpartition("@")[0])
    secrets = (secret, *older_secrets)
    if match := _SRS0.match(local):
        digest, stamp, host, inner = match.groups()
        if not any(_holds(digest, _digest(key, stamp, host, inner)) for key in secrets):
            return SrsProblem.FORGED
        if not _is_fresh(stamp, now, max_age_days):
            return SrsProblem.EXPIRED
        return f"{_quoted(inner)}@{host}" if inner else SrsProblem.MALFORMED
    if match := _SRS1.match(local):
        digest, host, rest = match.groups()
        if not any(_holds(digest, _digest(key, host, rest)) for key in secrets):
            return SrsProblem.FORGED
        # No time stamp of ours: the first forwarder judges the age of its own address.
        return f"{_quoted('SRS0' + rest)}@{host}"
    return SrsProblem.NOT_SRS


def _digest(secret: bytes, *parts: str) -> str:
    text = "\0".join(parts).lower().encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, text, hashlib.sha256).digest()
    return base64.b32encode(digest)[:_HASH_CHARACTERS].decode("ascii")


def _holds(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.upper(), wanted)


def _stamp(now: datetime) -> str:
    days = int(now.timestamp()) // _DAY_SECONDS % _CYCLE_DAYS
    return _ALPHABET[days >> 5] + _ALPHABET[days & 31]


def _is_fresh(stamp: str, now: datetime, max_age_days: int) -> bool:
    high, low = (_ALPHABET.index(c) for c in stamp.upper())
    today = int(now.timestamp()) // _DAY_SECONDS
    age = (today - (high * 32 + low)) % _CYCLE_DAYS
    # One day into the future: clocks of two machines may disagree at midnight.
    return age <= max_age_days or age == _CYCLE_DAYS - 1


def _unquoted(local: str) -> str:
    if len(local) >= 2 and local[0] == local[-1] == '"':
        return re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.DOTALL)
    return local


def _quoted(local: str) -> str:
    """Return the local part as it may stand in an address (RFC 5321 §4.1.2)."""
    if _DOT_ATOM.match(local):
        return local
    return '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
