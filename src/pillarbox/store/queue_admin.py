"""The queue as people see it: listing, holding, releasing, trying now, removing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import QueueId, listed, micros, moment_or_none, pack
from pillarbox.store.queue import (
    SELECT_ITEMS,
    SELECT_RECIPIENTS,
    Item,
    Recipient,
    State,
    drop_if_closed,
    read_item,
    read_recipient,
)

_LIST: Final = SELECT_ITEMS + " WHERE i.item_id > ?1 ORDER BY i.item_id LIMIT ?2"
_GET: Final = SELECT_ITEMS + " WHERE i.item_id = ?1"
_RECIPIENTS: Final = (
    SELECT_RECIPIENTS + " WHERE r.item_id IN LIST(?1) ORDER BY r.item_id, r.position"
)
_SUMMARY: Final = """
SELECT domain, SUM(CASE WHEN state = 0 THEN 1 ELSE 0 END),
    SUM(CASE WHEN state = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END),
    MIN(act_at)
FROM queue_recipients WHERE state IN (0, 1, 2) GROUP BY domain
"""
_HOLD: Final = """
UPDATE queue_recipients SET state = 2, act_at = NULL, lease_owner = ''
WHERE item_id = ?1 AND state IN (0, 1)
"""
_RELEASE: Final = """
UPDATE queue_recipients SET state = 0, act_at = ?2 WHERE item_id = ?1 AND state = 2
"""
_NOW: Final = "UPDATE queue_recipients SET act_at = ?2 WHERE item_id = ?1 AND state = 0"
_NOW_DOMAIN: Final = "UPDATE queue_recipients SET act_at = ?2 WHERE domain = ?1 AND state = 0"
_CANCEL: Final = """
UPDATE queue_recipients SET state = 4, act_at = NULL, lease_owner = '' WHERE item_id = ?1
"""


@dataclass(frozen=True, slots=True)
class DomainSummary:
    """How many recipients of a domain wait. next_at: when the next is due; None if all held."""

    domain: str
    due: int
    leased: int
    held: int
    next_at: datetime | None


def list_(tx: Transaction, limit: int = 100, after: int = 0) -> list[tuple[Item, list[Recipient]]]:
    """Return items with all their recipients, oldest first; `after` an item id, to go on."""
    items = [read_item(row) for row in tx.all(_LIST, after, limit)]
    recipients: dict[QueueId, list[Recipient]] = {item.item_id: [] for item in items}
    for row in tx.all(listed(tx, _RECIPIENTS), pack(recipients)):
        recipients[row[0]].append(read_recipient(row))
    return [(item, recipients[item.item_id]) for item in items]


def get(tx: Transaction, item_id: QueueId) -> tuple[Item, list[Recipient]]:
    """Return an item with its recipients. Raises NotFound."""
    row = tx.one(_GET, item_id)
    if row is None:
        raise NotFound(f"queue item {item_id}")
    rows = tx.all(listed(tx, _RECIPIENTS), pack((item_id,)))
    return read_item(row), [read_recipient(row) for row in rows]


def summary(tx: Transaction) -> list[DomainSummary]:
    """Return what waits for each domain, the longest queue first."""
    found = [
        DomainSummary(row[0], int(row[1]), int(row[2]), int(row[3]), moment_or_none(row[4]))
        for row in tx.all(_SUMMARY)
    ]
    found.sort(key=lambda line: (-(line.due + line.leased + line.held), line.domain))
    return found


def hold(tx: Transaction, item_id: QueueId) -> int:
    """Keep an item until `release`; return how many recipients that holds.

    An attempt that is under way may still succeed. Raises NotFound.
    """
    get(tx, item_id)
    return tx.run(_HOLD, item_id)


def release(tx: Transaction, item_id: QueueId) -> int:
    """Make held recipients due now; return how many. Raises NotFound."""
    get(tx, item_id)
    return tx.run(_RELEASE, item_id, micros(tx.now))


def try_now(tx: Transaction, item_id: QueueId) -> int:
    """Make waiting recipients due now; return how many. Raises NotFound."""
    get(tx, item_id)
    return tx.run(_NOW, item_id, micros(tx.now))


def try_domain_now(tx: Transaction, domain: str) -> int:
    """Make all that waits for a domain due now; return how many recipients that is."""
    return tx.run(_NOW_DOMAIN, domain.lower(), micros(tx.now))


def remove(tx: Transaction, item_id: QueueId) -> int:
    """Take an item out of the queue without a notice; return how many recipients were open.

    An attempt that is under way may still succeed. Raises NotFound.
    """
    _, recipients = get(tx, item_id)
    tx.run(_CANCEL, item_id)
    drop_if_closed(tx, item_id)
    return sum(recipient.state in (State.DUE, State.LEASED, State.HELD) for recipient in recipients)
