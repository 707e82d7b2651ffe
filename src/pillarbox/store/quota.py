"""How much an account holds, and may hold (RFC 9208).

The limit is enforced where messages are filed, in the statement that counts them in; what
lies in the vault is free.
"""

from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

_USAGE: Final = """
SELECT used_octets, used_messages, quota_octets FROM accounts
WHERE account_id = ?1 AND deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an account holds. limit_octets: 0 = no limit."""

    octets: int
    messages: int
    limit_octets: int

    def has_room(self, octets: int) -> bool:
        """Tell whether so many octets more would be accepted."""
        return not self.limit_octets or self.octets + octets <= self.limit_octets


def usage(tx: Transaction, account_id: AccountId) -> Usage:
    """Return what the account holds. One query. Raises NotFound."""
    row = tx.one(_USAGE, account_id)
    if row is None:
        raise NotFound(f"account {account_id}")
    return Usage(*row)
