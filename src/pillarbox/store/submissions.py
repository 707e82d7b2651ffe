"""What accounts handed in to be sent (RFC 8621 §7), and what of it waits for its time.

A submission is pending until it is released or cancelled: one statement decides which of the two
it was, and everything else of either is in the same transaction. So nothing is sent twice, and
nothing is sent that was cancelled. When and how it is released is `delivery/releasing`'s business.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pillarbox.base.errors import NotFound, TooMany
from pillarbox.store import object_changes, refcounts
from pillarbox.store.blobs import BlobRef
from pillarbox.store.changes import Changes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import (
    AccountId,
    BlobId,
    listed,
    micros,
    moment,
    moment_or_none,
    pack,
    text,
)
from pillarbox.store.mailboxes import next_modseq

KIND: Final = "s"
MAX_PENDING: Final = 1000
"""Of one account."""

State = Literal["pending", "final", "canceled"]


@dataclass(frozen=True, slots=True)
class Submission:
    """One of them; fields as in the schema. blob: None unless it is pending."""

    account_id: AccountId
    submission_id: int
    message_id: int
    thread_id: int
    identity_id: int
    shown: bool
    state: State
    send_at: datetime
    expires_at: datetime
    trace_id: str
    envelope: str
    client: str
    blob: BlobRef | None = None


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """One to be kept. Fields as in the schema; shown is that it has a message."""

    send_at: datetime
    expires_at: datetime
    trace_id: str
    envelope: str
    client: str
    message_id: int = 0
    identity_id: int = 0


_COLUMNS: Final = """
SELECT s.account_id, s.submission_id, s.message_id, s.thread_id, s.identity_id, s.shown, s.state,
    s.send_at, s.expires_at, s.trace_id, s.envelope, s.client, b.ref
FROM submissions s LEFT JOIN blobs b ON b.blob_id = s.blob_id AND s.blob_id <> 0
"""
_ALL: Final = _COLUMNS + " WHERE s.account_id = ?1 AND s.shown = 1 ORDER BY s.submission_id"
_SOME: Final = _COLUMNS + " WHERE s.account_id = ?1 AND s.shown = 1 AND s.submission_id IN LIST(?2)"
_GET: Final = _COLUMNS + " WHERE s.account_id = ?1 AND s.submission_id = ?2"
_MESSAGE: Final = """
SELECT m.blob_id, m.thread_id FROM messages m WHERE m.account_id = ?1 AND m.message_id = ?2
"""
_ADD: Final = """
INSERT INTO submissions (account_id, submission_id, modseq, message_id, thread_id, identity_id,
    shown, state, send_at, retry_at, expires_at, blob_id, trace_id, envelope, client)
VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13)
"""
_PENDING: Final = """
SELECT COUNT(*) FROM submissions WHERE account_id = ?1 AND state = 'pending'
"""
_NEXT: Final = "SELECT MIN(retry_at) FROM submissions WHERE state = 'pending'"
_DUE: Final = """
SELECT account_id, submission_id FROM submissions WHERE state = 'pending' AND retry_at <= ?1
ORDER BY retry_at LIMIT ?2
"""
_LEASE: Final = """
UPDATE submissions SET retry_at = ?3
WHERE account_id = ?1 AND submission_id = ?2 AND state = 'pending' AND retry_at <= ?4
"""
_PUT_OFF: Final = """
UPDATE submissions SET retry_at = ?3
WHERE account_id = ?1 AND submission_id = ?2 AND state = 'pending'
"""
_END: Final = """
UPDATE submissions SET state = ?3, blob_id = 0, modseq = ?4,
    send_at = CASE WHEN ?3 = 'final' AND send_at > ?5 THEN ?5 ELSE send_at END
WHERE account_id = ?1 AND submission_id = ?2 AND state = 'pending'
"""
_BLOB: Final = """
SELECT blob_id, shown FROM submissions
WHERE account_id = ?1 AND submission_id = ?2 AND state = 'pending'
"""
_DROP: Final = "DELETE FROM submissions WHERE account_id = ?1 AND submission_id = ?2"
_HIDE: Final = """
UPDATE submissions SET shown = 0, modseq = ?3 WHERE account_id = ?1 AND submission_id = ?2
"""
_LATEST: Final = "SELECT COALESCE(MAX(modseq), 0) FROM submissions WHERE account_id = ?1"
_CHANGED: Final = """
SELECT submission_id, modseq FROM submissions
WHERE account_id = ?1 AND modseq > ?2 AND shown = 1
"""
_TRACED: Final = """
SELECT submission_id FROM submissions WHERE account_id = ?1 AND trace_id = ?2
    AND shown = 1 AND trace_id <> ''
"""
_TOUCH: Final = """
UPDATE submissions SET modseq = ?3 WHERE account_id = ?1 AND submission_id = ?2
"""
_OLD: Final = """
SELECT submission_id FROM submissions
WHERE account_id = ?1 AND state <> 'pending' AND send_at < ?2 ORDER BY send_at LIMIT ?3
"""
_OF: Final = "SELECT blob_id FROM submissions WHERE account_id = ?1 AND blob_id <> 0"
_DROP_ALL: Final = "DELETE FROM submissions WHERE account_id = ?1"


def _submission(row: tuple[Any, ...]) -> Submission:
    values = list(row)
    values[5] = bool(row[5])
    values[7:9] = map(moment, row[7:9])
    values[12] = None if row[12] is None else BlobRef.parse(row[12])
    return Submission(*values)


def add(
    tx: Transaction,
    account_id: AccountId,
    new: NewSubmission,
    state: State,
    octets: int = 0,
) -> int:
    """Keep a submission, and return its id.

    A pending one holds the octets of its message, or without one `tx.blobs[0]`, of so many octets.
    Raises NotFound for the message or the account, TooMany for what is pending.
    """
    number = next_modseq(tx, account_id)
    blob_id, thread_id = BlobId(0), 0
    if new.message_id:
        row = tx.one(_MESSAGE, account_id, new.message_id)
        if row is None:
            raise NotFound(f"message {new.message_id}")
        blob_id, thread_id = row
    if state == "pending":
        if tx.value(_PENDING, account_id) >= MAX_PENDING:
            raise TooMany("messages that wait for their time")
        if new.message_id:
            refcounts.share(tx, blob_id)
        else:
            blob_id = refcounts.hold(tx, tx.blobs[0], 1, octets)
    tx.run(
        _ADD,
        account_id,
        number,
        new.message_id,
        thread_id,
        new.identity_id,
        int(new.message_id > 0),
        state,
        micros(new.send_at),
        micros(new.expires_at),
        blob_id if state == "pending" else 0,
        text(new.trace_id),
        text(new.envelope),
        text(new.client),
    )
    return number


def list_(tx: Transaction, account_id: AccountId) -> list[Submission]:
    """Return all that are shown, the first ones first."""
    return [_submission(row) for row in tx.all(_ALL, account_id)]


def some(tx: Transaction, account_id: AccountId, numbers: Collection[int]) -> list[Submission]:
    """Return those of these ids that are shown."""
    return [_submission(row) for row in tx.all(listed(tx, _SOME), account_id, pack(numbers))]


def find(tx: Transaction, account_id: AccountId, submission_id: int) -> Submission | None:
    """Return one, shown or not, or None."""
    row = tx.one(_GET, account_id, submission_id)
    return None if row is None else _submission(row)


def next_due(tx: Transaction) -> datetime | None:
    """Return when the next is to be released, or tried again; None if nothing waits."""
    return moment_or_none(tx.value(_NEXT))


def claim(tx: Transaction, lease_seconds: float, limit: int) -> list[Submission]:
    """Return pending ones whose time has come, and give them to nobody else for so long."""
    now = micros(tx.now)
    until = micros(tx.now + timedelta(seconds=lease_seconds))
    rows = [row for row in tx.all(_DUE, now, limit) if tx.run(_LEASE, *row, until, now)]
    found = (tx.one(_GET, *row) for row in rows)
    return [_submission(row) for row in found if row is not None]


def put_off(tx: Transaction, submission: Submission, until: datetime) -> None:
    """Release it later, if it still waits."""
    tx.run(_PUT_OFF, submission.account_id, submission.submission_id, micros(until))


def end(tx: Transaction, account_id: AccountId, submission_id: int, state: State) -> bool:
    """Make a pending submission final or canceled; False, and nothing done, if it is not pending.

    Its octets are held no more. Raises NotFound for the account.
    """
    modseq = next_modseq(tx, account_id)
    row = tx.one(_BLOB, account_id, submission_id)
    now = micros(tx.now)
    if row is None or not tx.run(_END, account_id, submission_id, state, modseq, now):
        return False
    refcounts.release(tx, [row[0]])
    if not row[1]:
        tx.run(_DROP, account_id, submission_id)
    return True


def destroy(tx: Transaction, account_id: AccountId, submission_id: int) -> None:
    """Tell no more of a submission; what is pending is sent all the same. Raises NotFound."""
    modseq = next_modseq(tx, account_id)
    found = find(tx, account_id, submission_id)
    if found is None or not found.shown:
        raise NotFound(f"submission {submission_id}")
    if found.state == "pending":
        tx.run(_HIDE, account_id, submission_id, modseq)
    else:
        tx.run(_DROP, account_id, submission_id)
    object_changes.note(tx, account_id, KIND, [submission_id], modseq)


def touch(tx: Transaction, account_id: AccountId, trace_id: str) -> bool:
    """Note that there is news of what has this trace; tell whether a submission has it."""
    rows = tx.all(_TRACED, account_id, trace_id)
    if not rows:
        return False
    modseq = next_modseq(tx, account_id)
    tx.many(_TOUCH, [(account_id, row[0], modseq) for row in rows])
    return True


def state(tx: Transaction, account_id: AccountId) -> int:
    """Return the modseq of the last change."""
    own: int = tx.value(_LATEST, account_id)
    return max(own, object_changes.latest(tx, account_id, KIND))


def since(tx: Transaction, account_id: AccountId, after: int, limit: int) -> Changes | None:
    """Return what changed after a modseq; see `object_changes.since`."""
    changed = {row[0]: row[1] for row in tx.all(_CHANGED, account_id, after)}
    now = state(tx, account_id)
    return object_changes.since(tx, account_id, KIND, changed, now, after, limit)


def purge(tx: Transaction, account_id: AccountId, before: datetime, limit: int = 500) -> bool:
    """Destroy up to `limit` that were sent before a time; tell whether there may be more."""
    rows = tx.all(_OLD, account_id, micros(before), limit)
    for (number,) in rows:
        destroy(tx, account_id, number)
    return len(rows) == limit


def remove_all(tx: Transaction, account_id: AccountId) -> None:
    """Remove all of an account that is gone; what is pending is not sent."""
    refcounts.release(tx, [BlobId(row[0]) for row in tx.all(_OF, account_id)])
    tx.run(_DROP_ALL, account_id)
