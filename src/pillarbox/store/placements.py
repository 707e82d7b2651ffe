"""What is in a mailbox: rows for IMAP views, metadata for FETCH, pages for message lists.

One query each, whatever the number of messages. What never changes of a message is asked for
by column name, so that nobody reads an ENVELOPE who wants a date.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from pillarbox.base.errors import NotFound
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import (
    MAX_UID,
    AccountId,
    MailboxId,
    MessageId,
    ModSeq,
    Uid,
    listed,
    pack,
)


class Placement(NamedTuple):
    r"""A message in a mailbox: what may change, and what lists are sorted by.

    keywords: stored form (`keywords.names`). deleted: 1 with `\Deleted`. Times are
    microseconds since 1970: received_at is INTERNALDATE, saved_at SAVEDATE (RFC 8514 §1).
    """

    uid: Uid
    modseq: ModSeq
    keywords: str
    deleted: int
    message_id: MessageId
    octets: int
    received_at: int
    saved_at: int


class Located(NamedTuple):
    """Where the octets of a message are, and how they are parted."""

    message_id: MessageId
    blob: BlobRef
    octets: int
    header_octets: int
    tree: bytes


COLUMNS: Final = {
    "message_id": "m.message_id",
    "thread_id": "m.thread_id",
    "octets": "m.octets",
    "lines": "m.lines",
    "header_octets": "m.header_octets",
    "received_at": "m.received_at",
    "sent_at": "m.sent_at",
    "has_attachment": "m.has_attachment",
    "trace_id": "m.trace_id",
    "header_id": "m.header_id",
    "subject": "m.subject",
    "base_subject": "m.base_subject",
    "from_text": "m.from_text",
    "to_text": "m.to_text",
    "cc_text": "m.cc_text",
    "preview": "m.preview",
    "envelope": "m.envelope",
    "body": "m.body",
    "bodystructure": "m.bodystructure",
    "tree": "m.tree",
    "blob": "b.ref",
}
"""The columns that `metadata` gives. "blob" is the text of a BlobRef."""

_SELECT: Final = """
SELECT uid, modseq, keywords, deleted, message_id, octets, received_at, saved_at FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2
"""
_NUMBERED: Final = """
SELECT uid, keywords FROM placements WHERE account_id = ?1 AND mailbox_id = ?2 ORDER BY uid
"""
_UIDS: Final = """
SELECT uid FROM placements WHERE account_id = ?1 AND mailbox_id = ?2 ORDER BY uid
"""
_ROWS: Final = _SELECT + " AND uid BETWEEN ?3 AND ?4 ORDER BY uid"
# Not ORDER BY uid: SQLite would read the whole mailbox to save a sort.
_CHANGED: Final = _SELECT + " AND modseq > ?3"
_BY_UID: Final = _SELECT + " AND uid IN LIST(?3) ORDER BY uid"
_NEWEST: Final = _SELECT + " ORDER BY received_at DESC, uid DESC LIMIT ?3"
_OLDER: Final = (
    _SELECT + " AND (received_at, uid) < (?3, ?4) ORDER BY received_at DESC, uid DESC LIMIT ?5"
)
_WHERE: Final = """
SELECT message_id, mailbox_id, uid, keywords FROM placements
WHERE account_id = ?1 AND message_id IN LIST(?2) ORDER BY message_id, mailbox_id
"""
_METADATA: Final = """
SELECT p.uid, {columns} FROM placements p
JOIN messages m ON m.account_id = p.account_id AND m.message_id = p.message_id{blob}
WHERE p.account_id = ?1 AND p.mailbox_id = ?2 AND p.uid IN LIST(?3) ORDER BY p.uid
"""
_METADATA_BY_ID: Final = """
SELECT m.message_id, {columns} FROM messages m{blob}
WHERE m.account_id = ?1 AND m.message_id IN LIST(?2) ORDER BY m.message_id
"""
_JOIN_BLOB: Final = " JOIN blobs b ON b.blob_id = m.blob_id"
_LOCATE: Final = """
SELECT m.message_id, b.ref, m.octets, m.header_octets, m.tree FROM placements p
JOIN messages m ON m.account_id = p.account_id AND m.message_id = p.message_id
JOIN blobs b ON b.blob_id = m.blob_id
WHERE p.account_id = ?1 AND p.mailbox_id = ?2 AND p.uid = ?3
"""
_LOCATE_BY_ID: Final = """
SELECT m.message_id, b.ref, m.octets, m.header_octets, m.tree FROM messages m
JOIN blobs b ON b.blob_id = m.blob_id
WHERE m.account_id = ?1 AND m.message_id = ?2
    AND EXISTS (SELECT 1 FROM placements p
        WHERE p.account_id = m.account_id AND p.message_id = m.message_id)
"""
_WHEREABOUTS: Final = """
SELECT m.thread_id, p.mailbox_id FROM messages m
JOIN placements p ON p.account_id = m.account_id AND p.message_id = m.message_id
WHERE m.account_id = ?1 AND m.message_id = ?2 ORDER BY p.mailbox_id
"""
_EVERY: Final = """
SELECT DISTINCT message_id FROM placements WHERE account_id = ?1 ORDER BY message_id LIMIT ?2
"""
_KEYWORDS: Final = """
SELECT DISTINCT keywords FROM placements WHERE account_id = ?1 AND mailbox_id = ?2
"""


def uids(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[int]:
    """Return every uid of a mailbox, ascending: what a session needs to number messages."""
    return [row[0] for row in tx.all(_UIDS, account_id, mailbox_id)]


def numbered(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId
) -> list[tuple[Uid, str]]:
    """Return (uid, keywords as stored) of every message of a mailbox, by uid."""
    return [(row[0], row[1]) for row in tx.all(_NUMBERED, account_id, mailbox_id)]


def rows(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    first: int = 1,
    last: int = MAX_UID,
) -> list[Placement]:
    """Return the placements with uids `first` to `last`, in uid order.

    Empty also for a mailbox that does not exist. 10 000 rows take some 10 ms: use `db.scan`
    for whole mailboxes that may be large.
    """
    found = tx.all(_ROWS, account_id, mailbox_id, first, last)
    return list(map(Placement._make, found))


def rows_of(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Iterable[int]
) -> list[Placement]:
    """Return the placements with these uids that exist, in uid order."""
    found = tx.all(listed(tx, _BY_UID), account_id, mailbox_id, pack(uids))
    return list(map(Placement._make, found))


def changed_since(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, modseq: int
) -> list[Placement]:
    """Return the placements made or changed after `modseq` (RFC 7162 §3.1.4), in uid order."""
    return sorted(map(Placement._make, tx.all(_CHANGED, account_id, mailbox_id, modseq)))


def newest(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    limit: int,
    before: tuple[int, int] | None = None,
) -> list[Placement]:
    """Return a page of at most `limit` placements, latest received first.

    before: (received_at, uid) of the last one of the page before this, or None at the top.
    """
    if before is None:
        found = tx.all(_NEWEST, account_id, mailbox_id, limit)
    else:
        found = tx.all(_OLDER, account_id, mailbox_id, before[0], before[1], limit)
    return list(map(Placement._make, found))


def where(
    tx: Transaction, account_id: AccountId, message_ids: Iterable[MessageId]
) -> dict[MessageId, list[tuple[MailboxId, Uid, str]]]:
    """Return in which mailboxes messages are: (mailbox, uid, keywords) of each placement.

    Messages without a placement are left out.
    """
    found: dict[MessageId, list[tuple[MailboxId, Uid, str]]] = {}
    for message_id, *place in tx.all(listed(tx, _WHERE), account_id, pack(message_ids)):
        found.setdefault(message_id, []).append((place[0], place[1], place[2]))
    return found


def every(tx: Transaction, account_id: AccountId, limit: int) -> list[MessageId]:
    """Return the messages that are in a mailbox, at most `limit`, oldest id first."""
    return [row[0] for row in tx.all(_EVERY, account_id, limit)]


def metadata(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    uids: Iterable[int],
    columns: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Return (uid, *columns) for each of the uids that exists, in uid order.

    columns: names out of `COLUMNS`. Ask for some hundred uids at a time: an ENVELOPE and a
    BODYSTRUCTURE are a few hundred octets each.
    """
    sql = _METADATA.format(**_choice(columns))
    return tx.all(listed(tx, sql), account_id, mailbox_id, pack(uids))


def metadata_by_id(
    tx: Transaction,
    account_id: AccountId,
    message_ids: Iterable[MessageId],
    columns: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Return (message_id, *columns) for each message that exists, in order of id.

    Messages in the vault are among them; `where` tells them apart.
    """
    sql = _METADATA_BY_ID.format(**_choice(columns))
    return tx.all(listed(tx, sql), account_id, pack(message_ids))


def _choice(columns: Sequence[str]) -> dict[str, str]:
    return {
        "columns": ", ".join(COLUMNS[name] for name in columns),
        "blob": _JOIN_BLOB if "blob" in columns else "",
    }


def locate(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uid: int
) -> Located | None:
    """Return where the octets of a message are, or None if the uid is gone."""
    row = tx.one(_LOCATE, account_id, mailbox_id, uid)
    return None if row is None else _located(row)


def locate_by_id(tx: Transaction, account_id: AccountId, message_id: MessageId) -> Located:
    """Like `locate`, for a message in any mailbox. Raises NotFound."""
    row = tx.one(_LOCATE_BY_ID, account_id, message_id)
    if row is None:
        raise NotFound(f"message {message_id}")
    return _located(row)


def whereabouts(tx: Transaction, account_id: AccountId, message_id: int) -> tuple[int, list[int]]:
    """Return the thread and the mailboxes of a message. Raises NotFound."""
    rows = tx.all(_WHEREABOUTS, account_id, message_id)
    if not rows:
        raise NotFound(f"message {message_id}")
    return rows[0][0], list(dict.fromkeys(row[1] for row in rows))


def _located(row: tuple[Any, ...]) -> Located:
    return Located(row[0], BlobRef.parse(row[1]), row[2], row[3], bytes(row[4]))


def keywords_used(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> list[str]:
    """Return every keyword that a message in the mailbox has, sorted."""
    found: set[str] = set()
    for (stored,) in tx.all(_KEYWORDS, account_id, mailbox_id):
        found.update(stored.split())
    return sorted(found)
