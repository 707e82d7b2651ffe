"""COPY, MOVE, and putting one message into several mailboxes.

A copy is a new message on the same octets, with keywords of its own from then on, as IMAP
clients expect; it counts against the quota. A move takes the placement to another mailbox
under a new uid and leaves history behind. Only `place` puts one message into a second mailbox
(JMAP's mailboxIds).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, NotFound, OverQuota
from pillarbox.store import keywords as kw
from pillarbox.store import mailboxes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import (
    AccountId,
    MailboxId,
    MessageId,
    ModSeq,
    Uid,
    listed,
    micros,
    pack,
)
from pillarbox.store.mailboxes import next_modseq


@dataclass(slots=True)
class Copied:
    """Uids before and after, pairwise, in uid order: what COPYUID tells (RFC 9051 §7.1).

    modseq: of the changes. The two lists are empty if no uid existed.
    """

    uidvalidity: int
    modseq: ModSeq
    source: list[Uid] = field(default_factory=list)
    copies: list[Uid] = field(default_factory=list)


_ROWS: Final = """
SELECT uid, message_id, keywords, deleted, octets, received_at, saved_at FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3) ORDER BY uid
"""
_CHARGE: Final = """
UPDATE accounts SET modseq = modseq + ?2, used_octets = used_octets + ?3,
    used_messages = used_messages + ?2
WHERE account_id = ?1 AND (quota_octets = 0 OR used_octets + ?3 <= quota_octets)
RETURNING modseq
"""
_FILE: Final = """
UPDATE mailboxes SET uidnext = uidnext + ?3, total = total + ?4, unseen = unseen + ?5,
    deleted = deleted + ?6, octets = octets + ?7, highest_modseq = ?8
WHERE account_id = ?1 AND mailbox_id = ?2
RETURNING uidnext - ?3
"""
_COPY_MESSAGES: Final = """
INSERT INTO messages (account_id, message_id, thread_id, blob_id, octets, lines, header_octets,
    received_at, sent_at, has_attachment, trace_id, header_id, subject, base_subject, from_text,
    to_text, cc_text, preview, envelope, body, bodystructure, tree)
SELECT m.account_id, ?4 + ROW_NUMBER() OVER (ORDER BY p.uid), m.thread_id, m.blob_id, m.octets,
    m.lines, m.header_octets, m.received_at, m.sent_at, m.has_attachment, m.trace_id,
    m.header_id, m.subject, m.base_subject, m.from_text, m.to_text, m.cc_text, m.preview,
    m.envelope, m.body, m.bodystructure, m.tree
FROM placements p
JOIN messages m ON m.account_id = p.account_id AND m.message_id = p.message_id
WHERE p.account_id = ?1 AND p.mailbox_id = ?2 AND p.uid IN LIST(?3)
"""
_HOLD_BLOBS: Final = """
UPDATE blobs SET refcount = refcount + n.copies
FROM (SELECT blob_id, COUNT(*) AS copies FROM messages
    WHERE account_id = ?1 AND message_id > ?2 AND message_id <= ?3 GROUP BY blob_id) n
WHERE blobs.blob_id = n.blob_id
"""
_ADD_PLACEMENT: Final = """
INSERT INTO placements (account_id, mailbox_id, uid, message_id, modseq, keywords, deleted,
    octets, received_at, saved_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
"""
_REMOVE: Final = """
DELETE FROM placements WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3)
"""
_ADD_HISTORY: Final = """
INSERT INTO expunged (account_id, mailbox_id, uid, message_id, modseq, keywords, vault,
    mailbox_name, expunged_at)
VALUES (?1, ?2, ?3, ?4, ?5, '', 0, '', ?6)
"""
_ALREADY: Final = """
SELECT message_id, uid FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2 AND message_id IN LIST(?3)
"""
_MESSAGE: Final = """
SELECT mailbox_id, keywords, octets, received_at FROM placements
WHERE account_id = ?1 AND message_id = ?2
"""


def copy(
    tx: Transaction,
    account_id: AccountId,
    source_id: MailboxId,
    uids: Iterable[int],
    destination_id: MailboxId,
) -> Copied:
    r"""Copy the messages with these uids that exist (RFC 9051 §6.4.7); all of them or none.

    Keywords, `\Deleted` and INTERNALDATE are copied. Raises OverQuota, and NotFound for the
    destination or the account.
    """
    next_modseq(tx, account_id)
    destination = mailboxes.get(tx, account_id, destination_id)
    packed = pack(uids)
    rows = tx.all(listed(tx, _ROWS), account_id, source_id, packed)
    if not rows:
        return Copied(destination.uidvalidity, destination.highest_modseq)
    octets = sum(row[4] for row in rows)
    modseq = tx.value(_CHARGE, account_id, len(rows), octets)
    if modseq is None:
        raise OverQuota(f"account {account_id}: {octets} octets more")
    first_uid = _file(tx, account_id, destination_id, rows, modseq)
    before = modseq - len(rows)
    tx.run(listed(tx, _COPY_MESSAGES), account_id, source_id, packed, before)
    tx.run(_HOLD_BLOBS, account_id, before, modseq)
    now = micros(tx.now)
    copies = list(range(first_uid, first_uid + len(rows)))
    tx.many(
        _ADD_PLACEMENT,
        [
            (account_id, destination_id, uid, message_id, message_id, *row[2:6], now)
            for uid, message_id, row in zip(
                copies, range(before + 1, modseq + 1), rows, strict=True
            )
        ],
    )
    source = [row[0] for row in rows]
    return Copied(destination.uidvalidity, modseq, source, [Uid(uid) for uid in copies])


def move(
    tx: Transaction,
    account_id: AccountId,
    source_id: MailboxId,
    uids: Iterable[int],
    destination_id: MailboxId,
) -> Copied:
    """Move the messages with these uids that exist (RFC 6851 §3.1).

    A message that the destination holds already (JMAP can do that) only leaves the source.
    Source and destination may be one mailbox: the messages get new uids. Raises NotFound
    for the destination or the account.
    """
    modseq = next_modseq(tx, account_id)
    destination = mailboxes.get(tx, account_id, destination_id)
    rows = tx.all(listed(tx, _ROWS), account_id, source_id, pack(uids))
    moved = Copied(destination.uidvalidity, modseq)
    if not rows:
        return moved
    now = micros(tx.now)
    tx.run(listed(tx, _REMOVE), account_id, source_id, pack(row[0] for row in rows))
    already: dict[int, Uid] = dict(
        tx.all(listed(tx, _ALREADY), account_id, destination_id, pack(row[1] for row in rows))
    )
    tx.many(
        _ADD_HISTORY,
        [(account_id, source_id, row[0], row[1], modseq, now) for row in rows],
    )
    _leave(tx, account_id, source_id, rows, modseq)
    arriving = [row for row in rows if row[1] not in already]
    uid = _file(tx, account_id, destination_id, arriving, modseq)
    placements = []
    for row in rows:
        moved.source.append(row[0])
        if row[1] in already:
            moved.copies.append(already[row[1]])
            continue
        placements.append((account_id, destination_id, uid, row[1], modseq, *row[2:6], now))
        moved.copies.append(Uid(uid))
        uid += 1
    tx.many(_ADD_PLACEMENT, placements)
    return moved


def place(
    tx: Transaction, account_id: AccountId, message_id: MessageId, mailbox_id: MailboxId
) -> Uid:
    """Put a message into one more mailbox, and return its uid there.

    Raises NotFound for message, mailbox or account, AlreadyExists if it is there.
    """
    modseq = next_modseq(tx, account_id)
    mailboxes.get(tx, account_id, mailbox_id)
    rows = tx.all(_MESSAGE, account_id, message_id)
    if not rows:
        raise NotFound(f"message {message_id}")
    if any(row[0] == mailbox_id for row in rows):
        raise AlreadyExists(f"message {message_id} in mailbox {mailbox_id}")
    _, keywords, octets, received_at = rows[0]
    row = (0, message_id, keywords, 0, octets, received_at)
    uid = Uid(_file(tx, account_id, mailbox_id, [row], modseq))
    now = micros(tx.now)
    tx.run(_ADD_PLACEMENT, account_id, mailbox_id, uid, message_id, modseq, *row[2:], now)
    return uid


def _file(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    rows: list[tuple[Any, ...]],
    modseq: int,
) -> int:
    """Count rows in, take as many uids, and return the first."""
    counts = _counts(rows)
    uid: int = tx.value(_FILE, account_id, mailbox_id, len(rows), *counts, modseq)
    return uid


def _leave(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    rows: list[tuple[Any, ...]],
    modseq: int,
) -> None:
    """Count rows out."""
    counts = (-count for count in _counts(rows))
    tx.value(_FILE, account_id, mailbox_id, 0, *counts, modseq)


def _counts(rows: list[tuple[Any, ...]]) -> tuple[int, int, int, int]:
    """Return total, unseen, deleted and octets of rows of `_ROWS`."""
    unseen = sum(not kw.is_seen(row[2]) for row in rows)
    return len(rows), unseen, sum(row[3] for row in rows), sum(row[4] for row in rows)
