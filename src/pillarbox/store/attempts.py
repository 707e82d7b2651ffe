"""Attempts to deliver what is in the queue: claiming recipients, and reporting on them."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import QueueId, listed, micros, pack, text
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

MAX_ATTEMPT_RECIPIENTS: Final = 100  # RFC 5321 §4.5.3.1.8: what every server must take.
MAX_REPLY: Final = 2000
"""Characters kept of a peer's reply."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Work under a lease: recipients of one item in one domain."""

    item: Item
    domain: str
    recipients: tuple[Recipient, ...]


@dataclass(slots=True)
class Report:
    """What a peer said about a recipient. code 0: there was no reply, `text` says why."""

    position: int
    code: int = 0
    enhanced: str = ""
    text: str = ""
    peer: str = ""


_ACT: Final = SELECT_RECIPIENTS + " WHERE r.act_at IS NOT NULL AND r.act_at <= ?1"
_IN_ORDER: Final = " ORDER BY r.act_at, r.item_id, r.position LIMIT ?3"
_NOT_BUSY: Final = " AND r.domain NOT IN (SELECT value FROM json_each(?2))"
_NOT_BUSY_POSTGRES: Final = """
    AND r.domain NOT IN (SELECT json_array_elements_text(CAST(?2 AS json)))
"""
_DUE: Final = _ACT + _NOT_BUSY + _IN_ORDER
_DUE_POSTGRES: Final = _ACT + _NOT_BUSY_POSTGRES + _IN_ORDER + " FOR UPDATE SKIP LOCKED"
_LEASE: Final = """
UPDATE queue_recipients SET state = 1, lease_owner = ?3, act_at = ?4
WHERE item_id = ?1 AND position = ?2
"""
_ITEMS: Final = SELECT_ITEMS + " WHERE i.item_id IN LIST(?1)"
_RENEW: Final = """
UPDATE queue_recipients SET act_at = ?4
WHERE item_id = ?1 AND position = ?2 AND state = 1 AND lease_owner = ?3
"""
_FINISH: Final = """
UPDATE queue_recipients SET state = 3, act_at = NULL, lease_owner = '', attempts = attempts + 1,
    attempted_at = ?3, last_code = ?4, last_enhanced = ?5, last_text = ?6, last_peer = ?7
WHERE item_id = ?1 AND position = ?2 AND state IN (0, 1, 2)
"""
_SETTLE: Final = """
UPDATE queue_recipients SET state = ?9, act_at = ?10, lease_owner = '', attempts = attempts + 1,
    attempted_at = ?3, last_code = ?4, last_enhanced = ?5, last_text = ?6, last_peer = ?7
WHERE item_id = ?1 AND position = ?2 AND state = 1 AND lease_owner = ?8
"""
_TOLD: Final = """
UPDATE queue_recipients SET delay_told = 1 WHERE item_id = ?1 AND position = ?2
"""


def claim(
    tx: Transaction,
    owner: str,
    lease_seconds: float,
    limit: int,
    busy_domains: Collection[str] = (),
) -> list[Attempt]:
    """Claim up to `limit` attempts that are due, longest waiting first.

    Each holds recipients of one item in one domain, at most MAX_ATTEMPT_RECIPIENTS (RFC 5321
    §4.5.3.1.8), and is invisible to others for `lease_seconds`; report on each recipient with
    `finish`, `defer` or `fail`, or give them back with `defer`. owner: unique to the runner.
    busy_domains: those that get no more connections just now. Recipients whose lease ended
    without a report are claimed like due ones.
    """
    now = micros(tx.now)
    scan = limit * MAX_ATTEMPT_RECIPIENTS if limit < 20 else 2000
    sql = _DUE if tx.dialect == "sqlite" else _DUE_POSTGRES
    rows = tx.all(sql, now, json.dumps(sorted(busy_domains)), scan)
    groups = _group(rows, limit)
    if not groups:
        return []
    until = micros(tx.now + timedelta(seconds=lease_seconds))
    tx.many(_LEASE, [(r[0], r[1], owner, until) for group in groups for r in group])
    found = tx.all(listed(tx, _ITEMS), pack({group[0][0] for group in groups}))
    items = {row[0]: read_item(row) for row in found}
    return [
        Attempt(
            items[group[0][0]],
            group[0][3],
            tuple(read_recipient((*r[:6], State.LEASED, until, *r[8:])) for r in group),
        )
        for group in groups
    ]


def _group(rows: list[tuple[Any, ...]], limit: int) -> list[list[tuple[Any, ...]]]:
    groups: list[list[tuple[Any, ...]]] = []
    filling: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        key = (row[0], row[3])
        group = filling.get(key)
        if group is None or len(group) == MAX_ATTEMPT_RECIPIENTS:
            if len(groups) == limit:
                continue
            group = filling[key] = []
            groups.append(group)
        group.append(row)
    return groups


def renew(tx: Transaction, attempt: Attempt, owner: str, lease_seconds: float) -> bool:
    """Make the lease of an attempt last from now on; False if any of it is another's by now."""
    until = micros(tx.now + timedelta(seconds=lease_seconds))
    item_id = attempt.item.item_id
    renewed = [
        tx.run(_RENEW, item_id, recipient.position, owner, until)
        for recipient in attempt.recipients
    ]
    return all(renewed)


def finish(tx: Transaction, item_id: QueueId, reports: Iterable[Report]) -> int:
    """Note that recipients have been delivered; return how many were still open.

    Counts also after the lease ended: what a peer has accepted must not be sent again.
    """
    now = micros(tx.now)
    changed = sum(tx.run(_FINISH, item_id, *_heard(report, now)) for report in reports)
    drop_if_closed(tx, item_id)
    return changed


def defer(
    tx: Transaction, item_id: QueueId, owner: str, reports: Iterable[Report], until: datetime
) -> int:
    """Note that attempts failed for now; return how many leases were still ours.

    The recipients are due again at `until`.
    """
    return _settle(tx, item_id, owner, reports, (State.DUE, micros(until)))


def fail(tx: Transaction, item_id: QueueId, owner: str, reports: Iterable[Report]) -> int:
    """Note that attempts failed for good; return how many leases were still ours.

    Enqueue the delivery notice in the same transaction. The item goes with its last open
    recipient.
    """
    changed = _settle(tx, item_id, owner, reports, (State.FAILED, None))
    drop_if_closed(tx, item_id)
    return changed


def _settle(
    tx: Transaction,
    item_id: QueueId,
    owner: str,
    reports: Iterable[Report],
    end: tuple[State, int | None],
) -> int:
    now = micros(tx.now)
    state, act_at = end
    return sum(
        tx.run(_SETTLE, item_id, *_heard(report, now), owner, int(state), act_at)
        for report in reports
    )


def _heard(report: Report, now: int) -> tuple[int, int, int, str, str, str]:
    return (
        report.position,
        now,
        report.code,
        text(report.enhanced[:20]),
        text(report.text[:MAX_REPLY]),
        text(report.peer[:300]),
    )


def tell_delay(tx: Transaction, item_id: QueueId, positions: Iterable[int]) -> None:
    """Note that the sender was told of the delay of these recipients."""
    tx.many(_TOLD, [(item_id, position) for position in positions])
