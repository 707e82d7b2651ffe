"""An account's messages in few words: what lists, counts and queries are made of.

A roster holds one `Entry` for each message that is in a mailbox. It is read whole once, from
indexes alone, and then kept up to date by `since`, which reads only what changed.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, MessageId, ModSeq, ThreadId, listed, pack

MAX_CHANGES: Final = 5000
"""Messages changed in between, above which it is better to read all again."""


class Entry(NamedTuple):
    """A message. In the order of a list: by date, then by id.

    received_at: microseconds since 1970. keywords: stored form. mailbox_ids: at least one,
    ascending.
    """

    received_at: int
    message_id: MessageId
    thread_id: ThreadId
    octets: int
    keywords: str
    has_attachment: int
    mailbox_ids: tuple[MailboxId, ...]


class Reading(NamedTuple):
    """What was read. modseq: the account's at that time. trash: the mailbox of that role, or 0.

    gone: messages that are in no mailbox any more.
    """

    modseq: ModSeq
    trash: int
    entries: list[Entry]
    gone: list[int]


class Changed(NamedTuple):
    """What changed up to `modseq`. messages: made, changed or removed; may be gone by now.

    threads_of_gone: the threads of those that are gone.
    """

    modseq: ModSeq
    messages: frozenset[int]
    threads_of_gone: frozenset[int]


_STATE: Final = """
SELECT a.modseq, a.horizon, COALESCE((SELECT b.mailbox_id FROM mailboxes b
    WHERE b.account_id = a.account_id AND b.role = 'trash'), 0)
FROM accounts a WHERE a.account_id = ?1 AND a.deleted_at IS NULL
"""
_MESSAGES: Final = """
SELECT message_id, thread_id, has_attachment FROM messages WHERE account_id = ?1
"""
_PLACEMENTS: Final = """
SELECT message_id, mailbox_id, received_at, octets, keywords FROM placements
WHERE account_id = ?1 ORDER BY mailbox_id
"""
# With `octets`, which no index holds: SQLite would rather read all of an index than look up a few
# messages. For the same reason the placements are sorted as their index is.
_MESSAGES_OF: Final = """
SELECT message_id, thread_id, has_attachment, octets FROM messages
WHERE account_id = ?1 AND message_id IN LIST(?2)
"""
_PLACEMENTS_OF: Final = """
SELECT message_id, mailbox_id, received_at, octets, keywords FROM placements
WHERE account_id = ?1 AND message_id IN LIST(?2) ORDER BY message_id, mailbox_id
"""
# CROSS JOIN: SQLite then reads the tables in this order, the few changed rows first.
_PLACED: Final = """
SELECT p.message_id FROM mailboxes b CROSS JOIN placements p
WHERE p.account_id = b.account_id AND p.mailbox_id = b.mailbox_id AND b.account_id = ?1
    AND b.highest_modseq > ?2 AND p.modseq > ?2 LIMIT ?3
"""
_LEFT: Final = "SELECT message_id FROM expunged WHERE account_id = ?1 AND modseq > ?2 LIMIT ?3"
_THREADS_OF_GONE: Final = """
SELECT m.thread_id, m.octets FROM messages m
WHERE m.account_id = ?1 AND m.message_id IN LIST(?2)
    AND NOT EXISTS (SELECT 1 FROM placements p
        WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
"""


def _state(tx: Transaction, account_id: AccountId) -> tuple[Any, ...]:
    row = tx.one(_STATE, account_id)
    if row is None:
        raise NotFound(f"account {account_id}")
    return row


def read(tx: Transaction, account_id: AccountId) -> Reading:
    """Return every message. 100 000 take some 0.3 s: use `db.scan`. Raises NotFound."""
    modseq, _, trash = _state(tx, account_id)
    messages = {row[0]: row for row in tx.all(_MESSAGES, account_id)}
    entries = list(_entries(messages, tx.all(_PLACEMENTS, account_id)))
    return Reading(modseq, trash, entries, [])


def since(tx: Transaction, account_id: AccountId, modseq: int, trash: int) -> Reading | None:
    """Return the messages that changed after a reading, as they are now.

    modseq, trash: of that reading. None if all should be read again. Raises NotFound.
    """
    now, horizon, trash_now = _state(tx, account_id)
    if now == modseq and trash == trash_now:
        return Reading(now, trash, [], [])
    if not horizon <= modseq <= now or trash != trash_now:
        return None
    changed = _changed(tx, account_id, modseq, MAX_CHANGES)
    if changed is None:
        return None
    ids = pack(changed)
    messages = {row[0]: row for row in tx.all(listed(tx, _MESSAGES_OF), account_id, ids)}
    entries = list(_entries(messages, tx.all(listed(tx, _PLACEMENTS_OF), account_id, ids)))
    gone = changed - {entry.message_id for entry in entries}
    return Reading(now, trash, entries, list(gone))


def changed(tx: Transaction, account_id: AccountId, modseq: int, limit: int) -> Changed | None:
    """Return the messages made, changed or removed after `modseq`.

    None if history does not go back so far, or if there are more than some `limit`. Raises
    NotFound.
    """
    now, horizon, _ = _state(tx, account_id)
    if not horizon <= modseq <= now:
        return None
    found = _changed(tx, account_id, modseq, limit)
    if found is None:
        return None
    rows = tx.all(listed(tx, _THREADS_OF_GONE), account_id, pack(found)) if found else ()
    return Changed(now, frozenset(found), frozenset(row[0] for row in rows))


def _changed(tx: Transaction, account_id: AccountId, modseq: int, limit: int) -> set[int] | None:
    """Return the messages made, changed or removed after `modseq`, None if there are too many."""
    changed: set[int] = set()
    for sql in (_PLACED, _LEFT):
        rows = tx.all(sql, account_id, modseq, limit + 1)
        if len(rows) > limit:
            return None
        changed.update(row[0] for row in rows)
    return changed


def _entries(
    messages: dict[int, tuple[Any, ...]], placements: list[tuple[Any, ...]]
) -> Iterator[Entry]:
    """Yield an entry for each message that has placements. placements: of each by mailbox."""
    # Most messages have equal keywords and are in one mailbox: one object for each is enough.
    boxes: dict[int, tuple[Any, ...]] = {}
    several: dict[int, tuple[Any, ...]] = {}
    if len({row[0] for row in placements}) < len(placements):
        seen: dict[int, int] = {}
        for message_id, mailbox_id, *_ in placements:
            if message_id in seen:
                several[message_id] = (*several.get(message_id, (seen[message_id],)), mailbox_id)
            else:
                seen[message_id] = mailbox_id
    kept: dict[str, str] = {}
    keep = kept.setdefault
    make = Entry._make
    done: set[int] = set()
    for message_id, mailbox_id, received_at, octets, keywords in placements:
        message = messages.get(message_id)
        if message is None or message_id in done:
            continue
        if message_id in several:
            done.add(message_id)
            where = several[message_id]
        else:
            where = boxes.get(mailbox_id) or boxes.setdefault(mailbox_id, (mailbox_id,))
        words = keep(keywords, keywords)
        yield make((received_at, message[0], message[1], octets, words, message[2], where))
