"""What an account asks for beside its password: codes of a generator (TOTP), or passkeys only.

The secret of the generator is octets to this module: the caller encrypts it. A period whose code
was used is kept, so that no code is good twice (RFC 6238 §5.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.base.errors import AlreadyExists, NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment
from pillarbox.store.signin_numbers import next_number

RECOVERY_CODES: Final = 10


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What there is.

    totp: the sealed secret, may be empty. totp_since: None while it is being set up. totp_step:
    the last period whose code was used. passkeys_only: the password does not sign in. codes: how
    many recovery codes are left.
    """

    totp: bytes = b""
    totp_since: datetime | None = None
    totp_step: int = 0
    passkeys_only: bool = False
    codes: int = 0

    @property
    def is_strong(self) -> bool:
        """Whether the password alone is not enough."""
        return self.totp_since is not None or self.passkeys_only


NONE: Final = SecondFactor()

_FIND: Final = """
SELECT totp, totp_since, totp_step, passkeys_only,
    (SELECT COUNT(*) FROM recovery_codes c WHERE c.account_id = s.account_id)
FROM second_factors s WHERE account_id = ?1
"""
_IS_STRONG: Final = """
SELECT 1 FROM second_factors WHERE account_id = ?1 AND (totp_since > 0 OR passkeys_only = 1)
"""
_BEGIN: Final = """
INSERT INTO second_factors (account_id, totp, totp_since, totp_step, passkeys_only)
VALUES (?1, ?2, 0, 0, 0) ON CONFLICT (account_id) DO UPDATE SET totp = excluded.totp, totp_step = 0
"""
_ENABLE: Final = """
UPDATE second_factors SET totp_since = ?2, totp_step = ?3
WHERE account_id = ?1 AND totp <> ?4 AND totp_since = 0
"""
_STEP: Final = """
UPDATE second_factors SET totp_step = ?2 WHERE account_id = ?1 AND totp_step < ?2
"""
_DISABLE: Final = """
UPDATE second_factors SET totp = ?2, totp_since = 0, totp_step = 0 WHERE account_id = ?1
"""
_ONLY: Final = """
INSERT INTO second_factors (account_id, totp, totp_since, totp_step, passkeys_only)
VALUES (?1, ?2, 0, 0, ?3)
ON CONFLICT (account_id) DO UPDATE SET passkeys_only = excluded.passkeys_only
"""
_HAS_PASSKEY: Final = "SELECT 1 FROM passkeys WHERE account_id = ?1 LIMIT 1"
_DROP_CODES: Final = "DELETE FROM recovery_codes WHERE account_id = ?1"
_ADD_CODE: Final = "INSERT INTO recovery_codes (account_id, mark) VALUES (?1, ?2)"
_USE_CODE: Final = "DELETE FROM recovery_codes WHERE account_id = ?1 AND mark = ?2"


def find(tx: Transaction, account_id: AccountId) -> SecondFactor:
    """Return what the account asks for, NONE if nothing."""
    row = tx.one(_FIND, account_id)
    if row is None:
        return NONE
    since = moment(row[1]) if row[1] else None
    return SecondFactor(bytes(row[0]), since, row[2], bool(row[3]), row[4])


def is_strong(tx: Transaction, account_id: AccountId) -> bool:
    """Tell whether the password alone is not enough."""
    return tx.value(_IS_STRONG, account_id) is not None


def begin_totp(tx: Transaction, account_id: AccountId, sealed: bytes) -> None:
    """Keep a secret that nobody is asked for yet. Raises AlreadyExists if codes are asked for."""
    next_number(tx, account_id)
    if find(tx, account_id).totp_since is not None:
        raise AlreadyExists("codes of an authenticator")
    tx.run(_BEGIN, account_id, sealed)


def enable_totp(tx: Transaction, account_id: AccountId, step: int, marks: Sequence[bytes]) -> None:
    """Ask for codes from now on. step: whose code was shown. marks: of the recovery codes.

    Raises NotFound if nothing was begun.
    """
    if not tx.run(_ENABLE, account_id, micros(tx.now), step, b""):
        raise NotFound("a secret for codes")
    set_recovery_codes(tx, account_id, marks)


def use_step(tx: Transaction, account_id: AccountId, step: int) -> bool:
    """Use the code of a period up; False if it, or a later one, was used before."""
    return bool(tx.run(_STEP, account_id, step))


def disable_totp(tx: Transaction, account_id: AccountId) -> bool:
    """Ask for no codes any more, forget secret and recovery codes; tell whether there were."""
    before = find(tx, account_id)
    tx.run(_DISABLE, account_id, b"")
    tx.run(_DROP_CODES, account_id)
    return before.totp_since is not None


def set_passkeys_only(tx: Transaction, account_id: AccountId, *, on: bool) -> None:
    """Let the password sign in no more, or again. Raises NotFound if there is no passkey."""
    next_number(tx, account_id)
    if on and tx.value(_HAS_PASSKEY, account_id) is None:
        raise NotFound("a passkey")
    tx.run(_ONLY, account_id, b"", int(on))


def set_recovery_codes(tx: Transaction, account_id: AccountId, marks: Sequence[bytes]) -> None:
    """Put these recovery codes in place of those that there are."""
    tx.run(_DROP_CODES, account_id)
    tx.many(_ADD_CODE, [(account_id, mark) for mark in marks])


def use_recovery_code(tx: Transaction, account_id: AccountId, mark: bytes) -> bool:
    """Use a recovery code up; False if there is no such."""
    return bool(tx.run(_USE_CODE, account_id, mark))
