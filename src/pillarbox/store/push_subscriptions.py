"""Where JMAP clients want news sent (RFC 8620 §7.2), and what they know already."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import NotFound, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment, text

MAX_SUBSCRIPTIONS: Final = 50  # of one account
MAX_URL: Final = 2000  # characters
MAX_DEVICE: Final = 255
MAX_TYPES: Final = 2000
MAX_STATES: Final = 8000

_COLUMNS: Final = """
subscription_no, account_id, kind, number, device_client_id, url, p256dh, auth, code, verified,
    types, states, expires_at, failures, retry_at
"""
_ACCOUNT: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 AND deleted_at IS NULL"
_COUNT: Final = "SELECT COUNT(*) FROM push_subscriptions WHERE account_id = ?1"
_ADD: Final = """
INSERT INTO push_subscriptions (account_id, kind, number, device_client_id, url, p256dh, auth,
    code, verified, types, states, expires_at, failures, retry_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, '{}', ?10, 0, 0) RETURNING subscription_no
"""
_OF_ACCOUNT: Final = f"""
SELECT {_COLUMNS} FROM push_subscriptions WHERE account_id = ?1 ORDER BY subscription_no
"""  # noqa: S608 - names of our own
_CHANGE: Final = """
UPDATE push_subscriptions SET verified = ?3, types = ?4, expires_at = ?5, states = ?6
WHERE account_id = ?1 AND subscription_no = ?2
"""
_SENT: Final = """
UPDATE push_subscriptions SET states = ?3, failures = 0, retry_at = 0
WHERE account_id = ?1 AND subscription_no = ?2
"""
_FAILED: Final = """
UPDATE push_subscriptions SET failures = failures + 1, retry_at = ?3
WHERE account_id = ?1 AND subscription_no = ?2
"""
_REMOVE: Final = """
DELETE FROM push_subscriptions WHERE account_id = ?1 AND subscription_no = ?2
"""
_EXPIRED: Final = "DELETE FROM push_subscriptions WHERE expires_at <= ?1"
_ACCOUNTS: Final = """
SELECT DISTINCT account_id FROM push_subscriptions
WHERE retry_at <= ?1 AND failures >= ?2 ORDER BY account_id
"""
_BEHIND: Final = "SELECT 1 FROM push_subscriptions WHERE account_id = ?1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A row. types: empty for all. states: JSON, by type. retry_at: microseconds, 0 for any."""

    subscription_no: int
    account_id: AccountId
    kind: str
    number: int
    device_client_id: str
    url: str
    p256dh: str
    auth: str
    code: str
    verified: bool
    types: tuple[str, ...]
    states: str
    expires_at: datetime
    failures: int = 0
    retry_at: int = 0


def add(tx: Transaction, wanted: Subscription) -> int:
    """Add a subscription that is not verified, and return its number.

    Of `wanted` the number, `verified`, `states`, `failures` and `retry_at` do not count.

    Raises NotFound for the account, TooMany.
    """
    account_id = wanted.account_id
    if tx.value(_ACCOUNT, account_id) is None:
        raise NotFound(f"account {account_id}")
    if tx.value(_COUNT, account_id) >= MAX_SUBSCRIPTIONS:
        raise TooMany("push subscriptions of an account")
    found: int = tx.value(
        _ADD,
        account_id,
        wanted.kind,
        wanted.number,
        text(wanted.device_client_id),
        text(wanted.url),
        wanted.p256dh,
        wanted.auth,
        wanted.code,
        " ".join(wanted.types),
        micros(wanted.expires_at),
    )
    return found


def list_(tx: Transaction, account_id: AccountId) -> list[Subscription]:
    """Return the subscriptions of an account, oldest first."""
    return [_subscription(row) for row in tx.all(_OF_ACCOUNT, account_id)]


def change(tx: Transaction, changed: Subscription) -> None:
    """Keep `verified`, `types`, `expires_at` and `states` as they are now."""
    tx.run(
        _CHANGE,
        changed.account_id,
        changed.subscription_no,
        int(changed.verified),
        " ".join(changed.types),
        micros(changed.expires_at),
        changed.states,
    )


def sent(tx: Transaction, account_id: AccountId, subscription_no: int, states: str) -> None:
    """Note what a client has been told."""
    tx.run(_SENT, account_id, subscription_no, states)


def failed(
    tx: Transaction, account_id: AccountId, subscription_no: int, retry_at: datetime
) -> None:
    """Note that a client could not be told."""
    tx.run(_FAILED, account_id, subscription_no, micros(retry_at))


def remove(tx: Transaction, account_id: AccountId, subscription_no: int) -> bool:
    """Remove a subscription; tell whether it was there."""
    return tx.run(_REMOVE, account_id, subscription_no) > 0


def purge(tx: Transaction) -> None:
    """Remove what has expired."""
    tx.run(_EXPIRED, micros(tx.now))


def accounts(tx: Transaction, *, failed: bool = False) -> list[AccountId]:
    """Return the accounts that have subscriptions which may be tried now. failed: again."""
    return [AccountId(row[0]) for row in tx.all(_ACCOUNTS, micros(tx.now), int(failed))]


def has_any(tx: Transaction, account_id: AccountId) -> bool:
    """Tell whether an account has subscriptions."""
    return tx.value(_BEHIND, account_id) is not None


def _subscription(row: tuple[Any, ...]) -> Subscription:
    values = list(row)
    values[9] = bool(row[9])
    values[10] = tuple(row[10].split())
    values[12] = moment(row[12])
    return Subscription(*values)
