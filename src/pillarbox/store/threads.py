"""Threads: which conversation a message belongs to, decided once, when it is filed.

Two messages are in one thread when both name a message identifier (in Message-ID,
In-Reply-To or References) and have the same base subject (RFC 8621 §3). Each such pair of
identifier and base subject is a *link*, a 64-bit hash; the first thread that owns a link
keeps it. A message joins the thread of its nearest known reference. So replies that arrive
before their parent are found by it.

Threads are never merged: a thread id may not change once a client has seen it (RFC 8474
§5.2, RFC 8621 §3). A message that connects two threads joins the nearer one.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId, ThreadId, listed, pack

MAX_LINKS: Final = 20
"""How many identifiers of one message are looked at: its own, and the nearest references."""

_FIND_ONE: Final = """
SELECT link, thread_id FROM thread_links WHERE account_id = ?1 AND link = ?2
"""
_FIND: Final = """
SELECT link, thread_id FROM thread_links WHERE account_id = ?1 AND link IN LIST(?2)
"""
_FIND_MANY: Final = """
SELECT account_id, link, thread_id FROM thread_links
WHERE account_id IN LIST(?1) AND link IN LIST(?2)
"""
_ADD: Final = """
INSERT INTO thread_links (account_id, link, thread_id) VALUES (?1, ?2, ?3)
ON CONFLICT (account_id, link) DO NOTHING
"""
_MESSAGES: Final = """
SELECT m.thread_id, m.message_id, m.received_at FROM messages m
WHERE m.account_id = ?1 AND m.thread_id IN LIST(?2) AND EXISTS (SELECT 1 FROM placements p
    WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
ORDER BY m.thread_id, m.received_at, m.message_id
"""
_EVERY: Final = """
SELECT DISTINCT m.thread_id FROM messages m WHERE m.account_id = ?1 AND EXISTS (
    SELECT 1 FROM placements p WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
ORDER BY m.thread_id LIMIT ?2
"""


def links(message_id: str, references: Sequence[str], base_subject: str) -> tuple[int, ...]:
    """Return the links of a message, in the order in which they choose its thread.

    message_id: of the message, or "". references: oldest first, as in the field; the nearest
    is tried first, the message's own identifier last. Signed 64-bit numbers.
    """
    nearest = references[:-MAX_LINKS:-1] if references else ()
    names = dict.fromkeys((*nearest, message_id))
    names.pop("", None)
    subject = base_subject.casefold()
    return tuple(
        int.from_bytes(
            blake2b(f"{name}\0{subject}".encode("utf-8", "replace"), digest_size=8).digest(),
            "big",
            signed=True,
        )
        for name in names
    )


def assign(
    tx: Transaction, account_id: AccountId, message_id: MessageId, wanted: Sequence[int]
) -> ThreadId:
    """Return the thread of a new message, its own if no link is known, and record its links."""
    if not wanted:
        return ThreadId(message_id)
    if len(wanted) == 1:
        known = dict(tx.all(_FIND_ONE, account_id, wanted[0]))
    else:
        known = dict(tx.all(listed(tx, _FIND), account_id, pack(wanted)))
    thread_id = _choose(known, wanted, message_id)
    if len(known) < len(wanted):
        missing = [(account_id, link, thread_id) for link in wanted if link not in known]
        if len(missing) == 1:
            tx.run(_ADD, *missing[0])
        else:
            tx.many(_ADD, missing)
    return thread_id


def find(tx: Transaction, account_id: AccountId, wanted: Sequence[int]) -> int:
    """Return the thread that a message with these links would join, 0 for one of its own."""
    if not wanted:
        return 0
    known = dict(tx.all(listed(tx, _FIND), account_id, pack(wanted)))
    return _choose(known, wanted, MessageId(0))


def assign_many(
    tx: Transaction, new: Iterable[tuple[AccountId, MessageId]], wanted: Sequence[int]
) -> dict[AccountId, ThreadId]:
    """Do `assign` for one message filed in several accounts, in two statements."""
    if not wanted:
        return {account_id: ThreadId(message_id) for account_id, message_id in new}
    known: dict[AccountId, dict[int, int]] = {account_id: {} for account_id, _ in new}
    rows = tx.all(listed(tx, _FIND_MANY), pack(known), pack(wanted))
    for account_id, link, thread_id in rows:
        known[account_id][link] = thread_id
    chosen = {
        account_id: _choose(known[account_id], wanted, message_id) for account_id, message_id in new
    }
    missing = [
        (account_id, link, thread_id)
        for account_id, thread_id in chosen.items()
        for link in wanted
        if link not in known[account_id]
    ]
    if missing:
        tx.many(_ADD, missing)
    return chosen


def _choose(known: dict[int, int], wanted: Sequence[int], message_id: MessageId) -> ThreadId:
    for link in wanted:
        if link in known:
            return ThreadId(known[link])
    return ThreadId(message_id)


def messages(
    tx: Transaction, account_id: AccountId, thread_ids: Iterable[ThreadId]
) -> dict[ThreadId, list[MessageId]]:
    """Return the messages of each thread that has any in a mailbox, oldest first."""
    found: dict[ThreadId, list[MessageId]] = {}
    for thread_id, message_id, _ in tx.all(listed(tx, _MESSAGES), account_id, pack(thread_ids)):
        found.setdefault(thread_id, []).append(message_id)
    return found


def every(tx: Transaction, account_id: AccountId, limit: int) -> list[ThreadId]:
    """Return the threads that have messages in a mailbox, at most `limit`, oldest first."""
    return [row[0] for row in tx.all(_EVERY, account_id, limit)]
