"""The numbers of sessions, app passwords, passkeys and events: one counter for each account.

Taking one is also the lock that puts such changes of an account in order on PostgreSQL, and no
number comes again: what somebody still holds of a session that ended never means another.
"""

from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, text

MARK_OCTETS: Final = 32

_NEXT: Final = """
UPDATE accounts SET last_signin = last_signin + 1
WHERE account_id = ?1 AND deleted_at IS NULL RETURNING last_signin
"""


def next_number(tx: Transaction, account_id: AccountId) -> int:
    """Return a number that was never used for the account. Raises NotFound."""
    number: int | None = tx.value(_NEXT, account_id)
    if number is None:
        raise NotFound(f"account {account_id}")
    return number


def short(value: str, characters: int) -> str:
    """Return text from outside as it is kept: printable, and cut."""
    return "".join(c for c in text(value[: 4 * characters]) if c.isprintable())[:characters]
