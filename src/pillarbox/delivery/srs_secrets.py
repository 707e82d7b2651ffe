"""The secrets of our return addresses: made once, replaced by hand, kept while they open any.

They lie in the store, as all that workers must agree on. A secret that was replaced still
opens the addresses that were written with it, until the youngest of them has expired.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from pillarbox.mailauth.srs import Rewriter
from pillarbox.store import settings
from pillarbox.store.database import Transaction

SECRET_OCTETS: Final = 32
MAX_OLDER: Final = 20
_NAME: Final = "srs_secret"
_OLDER: Final = "srs_secrets_older"


class Older(msgspec.Struct, frozen=True):
    """A secret that was replaced. secret: hexadecimal. until: Unix seconds."""

    secret: str
    until: float


_DECODER: Final = msgspec.json.Decoder(list[Older])


def load(tx: Transaction, max_age_days: int) -> Rewriter:
    """Return what rewrites return addresses; makes the first secret."""
    current = settings.set_default(tx, _NAME, secrets.token_hex(SECRET_OCTETS))
    older = tuple(bytes.fromhex(one.secret) for one in _older(tx) if one.until > _seconds(tx.now))
    return Rewriter(bytes.fromhex(current), older, max_age_days)


def rotate(tx: Transaction, max_age_days: int) -> int:
    """Make a new secret; return how many older ones are still good."""
    current = settings.set_default(tx, _NAME, secrets.token_hex(SECRET_OCTETS))
    # A server that has not been told yet writes with the old secret for a while.
    until = tx.now + timedelta(days=max_age_days + 7)
    kept = [one for one in _older(tx) if one.until > _seconds(tx.now)][: MAX_OLDER - 1]
    kept.insert(0, Older(current, _seconds(until)))
    settings.set_(tx, _OLDER, msgspec.json.encode(kept).decode())
    settings.set_(tx, _NAME, secrets.token_hex(SECRET_OCTETS))
    return len(kept)


def _older(tx: Transaction) -> list[Older]:
    text = settings.find(tx, _OLDER)
    return _DECODER.decode(text) if text else []


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
