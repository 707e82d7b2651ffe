"""What changed since a modseq: for JMAP's /changes, QRESYNC, and those who watch.

Nothing is logged for this. Ids are the modseq of creation, placements carry that of
their last change, and `expunged` remembers what left: changes are read off the rows. History
goes back to the account's horizon; before that the answer is None, and a client starts anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, ModSeq, Uid, listed, pack


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids that were created, updated and destroyed (RFC 8620 §5.2); each in one list only.

    modseq: the state that they lead to. more: there are later changes; ask again from modseq.
    """

    modseq: ModSeq
    created: tuple[int, ...]
    updated: tuple[int, ...]
    destroyed: tuple[int, ...]
    more: bool = False


MAX_TOUCHED: Final = 2000
"""Messages changed, above which every mailbox counts as changed."""

_STATE: Final = "SELECT modseq, horizon FROM accounts WHERE account_id = ?1 AND deleted_at IS NULL"
_CREATED: Final = """
SELECT m.message_id, m.message_id FROM messages m
WHERE m.account_id = ?1 AND m.message_id > ?2
    AND EXISTS (SELECT 1 FROM placements p WHERE p.account_id = m.account_id
        AND p.message_id = m.message_id)
ORDER BY m.message_id LIMIT ?3
"""
# CROSS JOIN: SQLite then reads the tables in this order, the few changed rows first.
_PLACED: Final = """
SELECT p.modseq, p.message_id
FROM mailboxes b CROSS JOIN placements p
WHERE p.account_id = b.account_id AND p.mailbox_id = b.mailbox_id AND b.account_id = ?1
    AND b.highest_modseq > ?2 AND p.modseq > ?2 AND p.message_id <= ?2
ORDER BY p.modseq LIMIT ?3
"""
_LEFT: Final = """
SELECT e.modseq, e.message_id,
    CASE WHEN EXISTS (SELECT 1 FROM placements p WHERE p.account_id = e.account_id
        AND p.message_id = e.message_id) THEN 1 ELSE 0 END
FROM expunged e
WHERE e.account_id = ?1 AND e.modseq > ?2 ORDER BY e.modseq LIMIT ?3
"""
_MAILBOXES: Final = """
SELECT mailbox_id, modseq, highest_modseq FROM mailboxes
WHERE account_id = ?1 AND (modseq > ?2 OR highest_modseq > ?2) ORDER BY mailbox_id
"""
# The threads of what changed, and where else they have messages: those are counted by threads.
_TOUCHED: Final = """
SELECT c.modseq, m.thread_id FROM (
    SELECT p.modseq, p.message_id FROM mailboxes b CROSS JOIN placements p
    WHERE p.account_id = b.account_id AND p.mailbox_id = b.mailbox_id AND b.account_id = ?1
        AND b.highest_modseq > ?2 AND p.modseq > ?2
    UNION
    SELECT e.modseq, e.message_id FROM expunged e WHERE e.account_id = ?1 AND e.modseq > ?2
    LIMIT ?3
) c CROSS JOIN messages m WHERE m.account_id = ?1 AND m.message_id = c.message_id
"""
_SHARING: Final = """
SELECT DISTINCT m.thread_id, p.mailbox_id FROM messages m CROSS JOIN placements p
WHERE p.account_id = m.account_id AND p.message_id = m.message_id
    AND m.account_id = ?1 AND m.thread_id IN LIST(?2)
"""
_ALL: Final = """
SELECT mailbox_id, modseq, role FROM mailboxes WHERE account_id = ?1 AND mailbox_id <= ?2
"""
_DESTROYED: Final = """
SELECT mailbox_id, modseq FROM destroyed_mailboxes
WHERE account_id = ?1 AND modseq > ?2 AND mailbox_id <= ?2 ORDER BY mailbox_id
"""
_THREAD_EVENTS: Final = """
SELECT m.message_id, m.thread_id FROM messages m
WHERE m.account_id = ?1 AND m.message_id > ?2
UNION ALL
SELECT e.modseq, m.thread_id FROM expunged e
JOIN messages m ON m.account_id = e.account_id AND m.message_id = e.message_id
WHERE e.account_id = ?1 AND e.modseq > ?2 AND e.vault = 1
"""
_LIVING: Final = """
SELECT DISTINCT m.thread_id FROM messages m
WHERE m.account_id = ?1 AND m.thread_id IN LIST(?2)
    AND EXISTS (SELECT 1 FROM placements p
        WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
"""
_STATES: Final = """
SELECT a.horizon,
    COALESCE((SELECT MAX(b.modseq) FROM mailboxes b WHERE b.account_id = a.account_id), 0),
    COALESCE((SELECT MAX(b.highest_modseq) FROM mailboxes b
        WHERE b.account_id = a.account_id), 0),
    COALESCE((SELECT MAX(d.modseq) FROM destroyed_mailboxes d
        WHERE d.account_id = a.account_id), 0),
    COALESCE((SELECT MAX(m.message_id) FROM messages m WHERE m.account_id = a.account_id), 0)
FROM accounts a WHERE a.account_id = ?1 AND a.deleted_at IS NULL
"""
_VANISHED: Final = """
SELECT uid FROM expunged
WHERE account_id = ?1 AND mailbox_id = ?2 AND modseq > ?3 ORDER BY uid
"""


class States(NamedTuple):
    """Up to which modseq there were changes of a kind; `since` of the functions below.

    emails: also of threads. mailboxes: also of their counts. deliveries: only new messages.
    """

    emails: int
    mailboxes: int
    deliveries: int


def states(tx: Transaction, account_id: AccountId) -> States:
    """Return the states of an account's mail. Raises NotFound.

    They never go back, but that of deliveries does when the latest message is purged.
    """
    row = tx.one(_STATES, account_id)
    if row is None:
        raise NotFound(f"account {account_id}")
    horizon, own, contents, destroyed, deliveries = row
    emails = max(horizon, contents, destroyed)
    return States(emails, max(emails, own), deliveries)


def state(tx: Transaction, account_id: AccountId) -> ModSeq:
    """Return the account's modseq: what changes whenever its mail does. Raises NotFound."""
    return _state(tx, account_id)[0]


def _state(tx: Transaction, account_id: AccountId) -> tuple[ModSeq, ModSeq]:
    row = tx.one(_STATE, account_id)
    if row is None:
        raise NotFound(f"account {account_id}")
    return row[0], row[1]


def messages_since(
    tx: Transaction, account_id: AccountId, since: int, limit: int = 500
) -> Changes | None:
    """Return which messages changed after `since`, at most `limit` ids, earliest first.

    None if history does not go back so far, if `since` lies in the future, or if one change
    touched more than `limit` messages. Raises NotFound.
    """
    modseq, horizon = _state(tx, account_id)
    if not horizon <= since <= modseq:
        return None
    lists = [
        [(row[0], row[1], not row[2:] or bool(row[2])) for row in rows]
        for rows in (
            tx.all(sql, account_id, since, limit + 1) for sql in (_CREATED, _PLACED, _LEFT)
        )
    ]
    # A list that was cut is whole only below its last modseq.
    cut = min([rows[-1][0] for rows in lists if len(rows) > limit], default=modseq + 1)
    events = sorted(event for rows in lists for event in rows if event[0] < cut)
    events, more = _cut(events, limit)
    more = more or cut <= modseq
    if more and not events:
        return None
    exists = {message_id: present for _, message_id, present in events}
    upto = events[-1][0] if more else modseq
    # A message made in this step is told of in this step, even if it changed again later;
    # what was made and went again in between is nobody's business.
    return Changes(
        ModSeq(upto),
        tuple(m for m, present in exists.items() if present and m > since),
        tuple(m for m, present in exists.items() if present and m <= since),
        tuple(m for m, present in exists.items() if not present and m <= since),
        more,
    )


def _cut(
    events: list[tuple[int, int, bool]], limit: int
) -> tuple[list[tuple[int, int, bool]], bool]:
    """Keep whole modseqs from the front, with at most `limit` different ids."""
    ids: set[int] = set()
    for position, (at, message_id, _) in enumerate(events):
        ids.add(message_id)
        if len(ids) > limit:
            return [event for event in events[:position] if event[0] < at], True
    return events, False


def mailboxes_since(
    tx: Transaction, account_id: AccountId, since: int, limit: int = 2**31
) -> Changes | None:
    """Return which mailboxes changed after `since`, themselves or only their counts.

    A mailbox's count of unread threads may change by what happens in others (RFC 8621 §2). At
    most `limit` ids, earliest first. None if history does not go back so far, or if one change
    touched more. Raises NotFound.
    """
    modseq, horizon = _state(tx, account_id)
    if not horizon <= since <= modseq:
        return None
    last = {
        row[0]: row[0] if row[0] > since else max(row[1:])
        for row in tx.all(_MAILBOXES, account_id, since)
    }
    for at, mailbox_id in _by_threads(tx, account_id, since, modseq):
        if mailbox_id <= since:
            last[mailbox_id] = max(at, last.get(mailbox_id, 0))
    events = [(at, mailbox_id, True) for mailbox_id, at in last.items()]
    events += [(row[1], row[0], False) for row in tx.all(_DESTROYED, account_id, since)]
    return _changes(sorted(events), since, modseq, limit)


def _by_threads(
    tx: Transaction, account_id: AccountId, since: int, modseq: int
) -> Iterable[tuple[int, int]]:
    """Return (modseq, mailbox) where a thread of the mailbox changed after `since`."""
    every = tx.all(_ALL, account_id, since)
    if any(row[1] > since and row[2] == "trash" for row in every):
        return [(row[1], box[0]) for row in every if row[2] == "trash" for box in every]
    last: dict[int, int] = {}
    touched = tx.all(_TOUCHED, account_id, since, MAX_TOUCHED + 1)
    if len(touched) > MAX_TOUCHED:
        return [(modseq, row[0]) for row in every]
    for at, thread_id in touched:
        last[thread_id] = max(at, last.get(thread_id, 0))
    rows = tx.all(listed(tx, _SHARING), account_id, pack(last)) if last else ()
    return [(last[row[0]], row[1]) for row in rows]


def only_counts(tx: Transaction, account_id: AccountId, since: int) -> bool:
    """Tell whether no mailbox changed after `since` but in its counts (RFC 8621 §2.2)."""
    return all(row[1] <= since for row in tx.all(_MAILBOXES, account_id, since))


def threads_since(
    tx: Transaction, account_id: AccountId, since: int, limit: int = 2**31
) -> Changes | None:
    """Return which threads gained or lost messages after `since`.

    At most `limit` ids, earliest first. None if history does not go back so far, or if one
    change touched more. Raises NotFound.
    """
    modseq, horizon = _state(tx, account_id)
    if not horizon <= since <= modseq:
        return None
    last: dict[int, int] = {}
    for at, thread_id in tx.all(_THREAD_EVENTS, account_id, since):
        last[thread_id] = max(at, last.get(thread_id, 0))
    living = {row[0] for row in tx.all(listed(tx, _LIVING), account_id, pack(last))}
    events = [
        (
            thread_id if thread_id > since and thread_id in living else at,
            thread_id,
            thread_id in living,
        )
        for thread_id, at in last.items()
    ]
    return _changes(sorted(events), since, modseq, limit)


def _changes(
    events: list[tuple[int, int, bool]], since: int, modseq: ModSeq, limit: int
) -> Changes | None:
    """Return changes of (modseq, id, whether it exists), sorted, each id once."""
    kept, more = _cut(events, limit)
    if more and not kept:
        return None
    return Changes(
        ModSeq(kept[-1][0]) if more else modseq,
        tuple(i for _, i, exists in kept if exists and i > since),
        tuple(i for _, i, exists in kept if exists and i <= since),
        tuple(i for _, i, exists in kept if not exists and i <= since),
        more,
    )


def vanished(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, since: int
) -> list[Uid] | None:
    """Return the uids that left a mailbox after `since`, sorted (RFC 7162 §3.2.6).

    None if history does not go back so far: then every uid the client does not find in the
    mailbox has vanished. Raises NotFound for the account.
    """
    _, horizon = _state(tx, account_id)
    if since < horizon:
        return None
    return [row[0] for row in tx.all(_VANISHED, account_id, mailbox_id, since)]
