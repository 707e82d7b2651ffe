"""Codes: of an authenticator (TOTP, RFC 6238), and the recovery codes that stand in for it.

A code is good in its period of 30 seconds and in the one before and after (§5.2 asks for
little), and once. Guessing is limited apart from passwords: who guesses codes has a password.
"""

import hmac
from datetime import datetime
from typing import Final

import pyotp
import structlog

from pillarbox.base import token as tokens
from pillarbox.base.clock import Clock
from pillarbox.base.errors import AuthenticationFailed, RateLimited
from pillarbox.base.ratelimit import AuthLimiter, AuthLimits
from pillarbox.base.token import Marker
from pillarbox.delivery.signing import Sealer
from pillarbox.store import second_factors, security_events
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.security_events import Source

log = structlog.get_logger()

PERIOD_SECONDS: Final = 30
DIGITS: Final = 6
AROUND: Final = 1  # periods before and after
LIMITS: Final = AuthLimits(pair=5, network=20, account=20, window_seconds=3600.0)


def context(account_id: AccountId) -> str:
    """Return what ties a sealed secret to its account."""
    return f"totp {account_id}"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the period whose code it is, near `now`; None if it is none.

    secret: base32. code: any text; spaces are passed over.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    generator = pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD_SECONDS)
    here = int(now.timestamp()) // PERIOD_SECONDS
    found = None
    for step in range(here - AROUND, here + AROUND + 1):
        # All of them are compared, whichever fits.
        if hmac.compare_digest(generator.generate_otp(step), typed):
            found = step
    return found


class SecondStep:
    """Checks codes. One for each worker."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, marker: Marker) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._marker = marker
        self._limiter = AuthLimiter(LIMITS)

    async def check(self, account_id: AccountId, code: str, source: Source, ip: str) -> str:
        """Use a code up; return "totp" or "recovery", which it was.

        Raises AuthenticationFailed, RateLimited.
        """
        name, now = f"code {account_id}", self._clock.monotonic()
        if (wait := self._limiter.attempt(name, ip, now)) > 0:
            log.info("code.limited", account=account_id, peer=ip, wait_seconds=round(wait))
            raise RateLimited(f"codes of account {account_id}")
        kind = await self._which(account_id, code, source)
        if not kind:
            log.info("code.failed", account=account_id, peer=ip)
            raise AuthenticationFailed(f"code of account {account_id}")
        self._limiter.succeeded(name, ip, now)
        return kind

    async def _which(self, account_id: AccountId, code: str, source: Source) -> str:
        factor = await self._db.read(second_factors.find, account_id)
        if factor.totp_since is None:
            return ""
        step = step_of(self.open(account_id, factor.totp), code, self._clock.now())
        if step is not None:
            fresh = await self._db.write(second_factors.use_step, account_id, step)
            return "totp" if fresh else ""
        plain = tokens.recovery_code(code)
        if plain is None:
            return ""
        mark = self._marker.mark(tokens.RECOVERY, plain)
        right = await self._db.write(_use_recovery_code, account_id, mark, source)
        return "recovery" if right else ""

    def seal(self, account_id: AccountId, secret: str) -> bytes:
        """Return a generator's secret as it is kept."""
        return self._sealer.seal(secret.encode(), context(account_id))

    def open(self, account_id: AccountId, sealed: bytes) -> str:
        """Return a generator's secret, base32. Raises Corrupt if the master key is another."""
        return self._sealer.open(sealed, context(account_id)).decode()


def _use_recovery_code(tx: Transaction, account_id: AccountId, mark: bytes, source: Source) -> bool:
    if not second_factors.use_recovery_code(tx, account_id, mark):
        return False
    left = second_factors.find(tx, account_id).codes
    security_events.add(tx, account_id, "recovery_code_used", f"{left} left", source)
    return True
