"""The queue: messages on their way to other servers, and who may try each recipient now.

One item for each message, one row for each recipient; a recipient is due, leased, held, done
or failed. A runner *claims* due recipients under a lease: nobody else sees them until it has
reported on each, or the lease ends (a runner that dies loses only time). When no recipient is
open any more the item goes, and its blob with it. Claiming and reporting are in
`attempts.py`, what people do with the queue is in `queue_admin.py`; when to try again is
`delivery/retry`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.store import refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import (
    AccountId,
    QueueId,
    micros,
    moment,
    moment_or_none,
    text,
)

MAX_RECIPIENTS: Final = 10_000
"""How many recipients one item may have."""


class State(IntEnum):
    """Where a recipient stands."""

    DUE = 0
    LEASED = 1
    HELD = 2
    DONE = 3
    FAILED = 4


NOBODY: Final = AccountId(0)
"""Stands for no account, as the sender of an item."""


@dataclass(slots=True)
class NewItem:
    """A message to be sent.

    blob: its octets, durable, `octets` of them. sender: reverse-path, "" for the null one.
    envid, ret: RFC 3461 §4.4 and §4.3, or "". body_type: "7BIT", "8BITMIME", "BINARYMIME".
    account_id: who sends it.
    """

    blob: BlobRef
    octets: int
    sender: str
    expires_at: datetime
    account_id: AccountId = NOBODY
    trace_id: str = ""
    envid: str = ""
    ret: str = ""
    body_type: str = "8BITMIME"
    smtputf8: bool = False
    require_tls: bool = False


@dataclass(slots=True)
class NewRecipient:
    """A forward-path. domain: what attempts are grouped by. notify, orcpt: RFC 3461 §4.1, §4.2."""

    address: str
    domain: str
    notify: str = ""
    orcpt: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the queue; fields as in `NewItem`."""

    item_id: QueueId
    blob: BlobRef
    octets: int
    sender: str
    envid: str
    ret: str
    body_type: str
    smtputf8: bool
    require_tls: bool
    account_id: AccountId
    trace_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient of an item.

    position: its number in the item. act_at: next attempt, or end of the lease. attempts:
    those reported on. last_*: the peer's words at the last attempt; code 0 = none was heard.
    delay_told: the sender has had a notice of delay.
    """

    item_id: QueueId
    position: int
    address: str
    domain: str
    notify: str
    orcpt: str
    state: State
    act_at: datetime | None
    attempts: int
    attempted_at: datetime | None
    last_code: int
    last_enhanced: str
    last_text: str
    last_peer: str
    delay_told: bool


SELECT_ITEMS: Final = """
SELECT i.item_id, b.ref, i.octets, i.sender, i.envid, i.ret, i.body_type,
    i.smtputf8, i.require_tls, i.account_id, i.trace_id, i.created_at, i.expires_at
FROM queue_items i JOIN blobs b ON b.blob_id = i.blob_id
"""
SELECT_RECIPIENTS: Final = """
SELECT r.item_id, r.position, r.address, r.domain, r.notify, r.orcpt,
    r.state, r.act_at, r.attempts, r.attempted_at, r.last_code, r.last_enhanced, r.last_text,
    r.last_peer, r.delay_told
FROM queue_recipients r
"""

_ADD_ITEM: Final = """
INSERT INTO queue_items (blob_id, octets, sender, envid, ret, body_type, smtputf8, require_tls,
    account_id, trace_id, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING item_id
"""
_ADD_RECIPIENT: Final = """
INSERT INTO queue_recipients (item_id, position, address, domain, notify, orcpt, state, act_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)
"""
_LOCK: Final = "SELECT 1 FROM queue_items WHERE item_id = ?1 FOR UPDATE"
_IS_OPEN: Final = """
SELECT 1 FROM queue_recipients WHERE item_id = ?1 AND state IN (0, 1, 2) LIMIT 1
"""
_DROP_ITEM: Final = "DELETE FROM queue_items WHERE item_id = ?1 RETURNING blob_id"
_DROP_RECIPIENTS: Final = "DELETE FROM queue_recipients WHERE item_id = ?1"
_NEXT: Final = "SELECT MIN(act_at) FROM queue_recipients WHERE act_at IS NOT NULL"


def read_item(row: Sequence[Any]) -> Item:
    """Make an Item of a row of `SELECT_ITEMS`."""
    values = list(row)
    values[1] = BlobRef.parse(row[1])
    values[7:9] = map(bool, row[7:9])
    values[11:13] = map(moment, row[11:13])
    return Item(*values)


def read_recipient(row: Sequence[Any]) -> Recipient:
    """Make a Recipient of a row of `SELECT_RECIPIENTS`."""
    values = list(row)
    values[6] = State(row[6])
    values[7] = moment_or_none(row[7])
    values[9] = moment_or_none(row[9])
    values[14] = bool(row[14])
    return Recipient(*values)


def enqueue(tx: Transaction, item: NewItem, recipients: Sequence[NewRecipient]) -> QueueId:
    """Put a message into the queue, due at once unless a recipient says when.

    Raises Invalid without recipients, TooMany above MAX_RECIPIENTS.
    """
    if not recipients:
        raise Invalid("a queue item needs recipients")
    if len(recipients) > MAX_RECIPIENTS:
        raise TooMany(f"{len(recipients)} recipients")
    now = micros(tx.now)
    blob_id = refcounts.hold(tx, item.blob, 1, item.octets)
    item_id: QueueId = tx.value(
        _ADD_ITEM,
        blob_id,
        item.octets,
        text(item.sender),
        text(item.envid),
        item.ret,
        item.body_type,
        int(item.smtputf8),
        int(item.require_tls),
        item.account_id,
        item.trace_id,
        now,
        micros(item.expires_at),
    )
    rows = [
        (
            item_id,
            position,
            text(recipient.address),
            recipient.domain.lower(),
            recipient.notify,
            text(recipient.orcpt),
            now if recipient.due_at is None else micros(recipient.due_at),
        )
        for position, recipient in enumerate(recipients)
    ]
    if len(rows) == 1:
        tx.run(_ADD_RECIPIENT, *rows[0])
    else:
        tx.many(_ADD_RECIPIENT, rows)
    return item_id


def drop_if_closed(tx: Transaction, item_id: QueueId) -> bool:
    """Remove an item that has no open recipient, and tell whether it is gone."""
    if tx.dialect == "postgres":
        # Of two runners that report on the last recipients at once, one must see both.
        tx.one(_LOCK, item_id)
    if tx.one(_IS_OPEN, item_id) is not None:
        return False
    row = tx.one(_DROP_ITEM, item_id)
    if row is not None:
        tx.run(_DROP_RECIPIENTS, item_id)
        refcounts.release(tx, [row[0]])
    return True


def next_due(tx: Transaction) -> datetime | None:
    """Return when the next recipient is due or its lease ends; None for an idle queue."""
    return moment_or_none(tx.value(_NEXT))
