"""Signing in, the same for every protocol: passwords, SASL, limits on guessing.

Checking a password costs 26 ms by design, so it runs in a few threads, and a success is
remembered for a short time under a keyed hash: mail programs sign in again and again.
Failures are limited by (account, network) and by network; a network from which the owner
has signed in before is not locked out by a stranger's guesses.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from pillarbox.store.ids import AccountId

log = structlog.get_logger()

REMEMBER_SECONDS: Final = 300.0
REMEMBERED: Final = 10_000
THREADS: Final = 2
MAX_WAITING: Final = 64  # passwords to check; beyond that: try again later


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in."""

    account_id: AccountId
    address: str
    mechanism: str
