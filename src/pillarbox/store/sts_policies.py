"""MTA-STS policies of other domains, kept until they run out (RFC 8461 §5.1).

What a policy says is text to this module. Old ones are deleted when new ones come.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.base.errors import TooLarge
from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros, moment
from pillarbox.store.ids import text as clean

MAX_TEXT: Final = 64 * 1024

_PUT: Final = """
INSERT INTO sts_policies (domain, policy_id, fetched_at, expires_at, text)
VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id,
    fetched_at = excluded.fetched_at, expires_at = excluded.expires_at, text = excluded.text
"""
_PURGE: Final = "DELETE FROM sts_policies WHERE expires_at < ?1"
_FIND: Final = """
SELECT domain, policy_id, fetched_at, expires_at, text FROM sts_policies WHERE domain = ?1
"""


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy file. domain: A-labels. policy_id: of the record that announced it."""

    domain: str
    policy_id: str
    fetched_at: datetime
    expires_at: datetime
    text: str


def put(tx: Transaction, policy: StoredPolicy) -> None:
    """Keep a policy in place of the one before. Raises TooLarge."""
    if len(policy.text) > MAX_TEXT:
        raise TooLarge(f"an MTA-STS policy of {len(policy.text)} characters")
    tx.run(_PURGE, micros(tx.now))
    tx.run(
        _PUT,
        clean(policy.domain),
        clean(policy.policy_id),
        micros(policy.fetched_at),
        micros(policy.expires_at),
        clean(policy.text),
    )


def find(tx: Transaction, domain: str) -> StoredPolicy | None:
    """Return the policy of a domain, also one that ran out meanwhile; None if there is none."""
    row = tx.one(_FIND, clean(domain))
    if row is None:
        return None
    name, policy_id, fetched_at, expires_at, text = row
    return StoredPolicy(name, policy_id, moment(fetched_at), moment(expires_at), text)
