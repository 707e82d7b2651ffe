"""Expunging, the vault of what was expunged, and purging it.

An expunged message leaves the mailbox and the quota at once, but can be restored until the
vault is purged (30 days by default). The same rows are the history that QRESYNC and JMAP ask
for; an account's `horizon` is the modseq up to which history may have been purged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.store import keywords as kw
from pillarbox.store import mailboxes, refcounts
from pillarbox.store.database import Transaction
from pillarbox.store.ids import (
    AccountId,
    MailboxId,
    MessageId,
    ModSeq,
    Uid,
    listed,
    micros,
    moment,
    pack,
)
from pillarbox.store.mailboxes import Role, next_modseq

KEEP_DAYS: Final = 30
"""How long the vault keeps what was expunged, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Expunged:
    """A message in the vault. mailbox_name: where it was, or last was if that is gone too."""

    mailbox_id: MailboxId
    mailbox_name: str
    uid: Uid
    message_id: MessageId
    subject: str
    from_text: str
    octets: int
    received_at: datetime
    expunged_at: datetime


_IS_DELETED: Final = """
SELECT uid FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2 AND deleted = 1 ORDER BY uid
"""
_IS_DELETED_OF: Final = """
SELECT uid FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3) AND deleted = 1 ORDER BY uid
"""
_REMOVE: Final = """
DELETE FROM placements WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3)
RETURNING uid, message_id, keywords, deleted, octets
"""
_ADD: Final = """
INSERT INTO expunged (account_id, mailbox_id, uid, message_id, modseq, keywords, vault,
    mailbox_name, expunged_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, '', ?7)
"""
_ELSEWHERE: Final = """
SELECT DISTINCT message_id FROM placements WHERE account_id = ?1 AND message_id IN LIST(?2)
"""
_LEAVE: Final = """
UPDATE mailboxes SET total = total - ?3, unseen = unseen - ?4, deleted = deleted - ?5,
    octets = octets - ?6, highest_modseq = ?7
WHERE account_id = ?1 AND mailbox_id = ?2
"""
_REFUND: Final = """
UPDATE accounts SET used_octets = used_octets - ?2, used_messages = used_messages - ?3
WHERE account_id = ?1
"""
_LIST: Final = """
SELECT e.mailbox_id, COALESCE(b.name, e.mailbox_name), e.uid, e.message_id, m.subject,
    m.from_text, m.octets, m.received_at, e.expunged_at
FROM expunged e
JOIN messages m ON m.account_id = e.account_id AND m.message_id = e.message_id
LEFT JOIN mailboxes b ON b.account_id = e.account_id AND b.mailbox_id = e.mailbox_id
WHERE e.account_id = ?1 AND e.vault = 1 AND e.modseq < ?2
ORDER BY e.modseq DESC, e.uid DESC LIMIT ?3
"""
_FIND: Final = """
SELECT e.message_id, e.keywords, m.octets, m.received_at, b.mailbox_id
FROM expunged e
JOIN messages m ON m.account_id = e.account_id AND m.message_id = e.message_id
LEFT JOIN mailboxes b ON b.account_id = e.account_id AND b.mailbox_id = e.mailbox_id
WHERE e.account_id = ?1 AND e.mailbox_id = ?2 AND e.uid = ?3 AND e.vault = 1
"""
_IN_MAILBOXES: Final = """
SELECT mailbox_id, keywords, uid FROM placements WHERE account_id = ?1 AND message_id = ?2
"""
_CHARGE: Final = """
UPDATE accounts SET used_octets = used_octets + ?2, used_messages = used_messages + 1
WHERE account_id = ?1 AND (quota_octets = 0 OR used_octets + ?2 <= quota_octets)
"""
_RENEW_MESSAGE: Final = """
UPDATE messages SET message_id = ?3 WHERE account_id = ?1 AND message_id = ?2
"""
_LEAVE_VAULT: Final = """
UPDATE expunged SET vault = 0 WHERE account_id = ?1 AND message_id = ?2 AND vault = 1
"""
_FILE: Final = """
UPDATE mailboxes SET uidnext = uidnext + 1, total = total + 1, unseen = unseen + ?3,
    octets = octets + ?4, highest_modseq = ?5
WHERE account_id = ?1 AND mailbox_id = ?2 RETURNING uidnext - 1
"""
_PLACE: Final = """
INSERT INTO placements (account_id, mailbox_id, uid, message_id, modseq, keywords, deleted,
    octets, received_at, saved_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9)
"""
_OLD: Final = """
SELECT mailbox_id, uid, message_id, modseq, vault FROM expunged
WHERE account_id = ?1 AND expunged_at < ?2 ORDER BY modseq, mailbox_id, uid LIMIT ?3
"""
_FORGET: Final = "DELETE FROM expunged WHERE account_id = ?1 AND mailbox_id = ?2 AND uid = ?3"
_RAISE_HORIZON: Final = """
UPDATE accounts SET horizon = CASE WHEN horizon < ?2 THEN ?2 ELSE horizon END
WHERE account_id = ?1
"""
_DROP_MESSAGES: Final = """
DELETE FROM messages WHERE account_id = ?1 AND message_id IN LIST(?2)
    AND NOT EXISTS (SELECT 1 FROM placements p
        WHERE p.account_id = messages.account_id AND p.message_id = messages.message_id)
    AND NOT EXISTS (SELECT 1 FROM expunged e
        WHERE e.account_id = messages.account_id AND e.message_id = messages.message_id
            AND e.vault = 1)
RETURNING blob_id
"""
_DROP_LINKS: Final = """
DELETE FROM thread_links WHERE account_id = ?1 AND NOT EXISTS (SELECT 1 FROM messages m
    WHERE m.account_id = thread_links.account_id AND m.thread_id = thread_links.thread_id)
"""
_DROP_MAILBOXES: Final = """
DELETE FROM destroyed_mailboxes WHERE account_id = ?1 AND destroyed_at < ?2 RETURNING modseq
"""


def expunge(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    uids: Iterable[int] | None = None,
) -> tuple[ModSeq, list[Uid]]:
    r"""Expunge what has `\Deleted`, of these uids or (None) of all (RFC 9051 §6.4.3, §6.4.9).

    Returns the modseq of the change (that of nothing: 0) and the uids, in order. Raises
    NotFound for the account.
    """
    if uids is None:
        rows = tx.all(_IS_DELETED, account_id, mailbox_id)
    else:
        rows = tx.all(listed(tx, _IS_DELETED_OF), account_id, mailbox_id, pack(uids))
    if not rows:
        return ModSeq(0), []
    return remove(tx, account_id, mailbox_id, [row[0] for row in rows])


def remove(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Iterable[int]
) -> tuple[ModSeq, list[Uid]]:
    r"""Take these uids out of a mailbox, with or without `\Deleted` (POP3's QUIT, JMAP).

    Returns as `expunge`. A message in no mailbox any more leaves the quota; each placement
    can be restored from the vault. Raises NotFound for the account.
    """
    modseq = next_modseq(tx, account_id)
    rows = tx.all(listed(tx, _REMOVE), account_id, mailbox_id, pack(uids))
    if not rows:
        return ModSeq(0), []
    rows.sort()
    now = micros(tx.now)
    tx.many(_ADD, [(account_id, mailbox_id, r[0], r[1], modseq, r[2], now) for r in rows])
    unseen = sum(not kw.is_seen(row[2]) for row in rows)
    octets = sum(row[4] for row in rows)
    deleted = sum(row[3] for row in rows)
    tx.run(_LEAVE, account_id, mailbox_id, len(rows), unseen, deleted, octets, modseq)
    kept = {r[0] for r in tx.all(listed(tx, _ELSEWHERE), account_id, pack(r[1] for r in rows))}
    gone = [row[4] for row in rows if row[1] not in kept]
    if gone:
        tx.run(_REFUND, account_id, sum(gone), len(gone))
    return modseq, [row[0] for row in rows]


def list_(
    tx: Transaction, account_id: AccountId, limit: int = 100, before: int = 2**62
) -> list[Expunged]:
    """Return what can be restored, latest expunged first.

    before: a modseq, to go on with: only what was expunged in an earlier change.
    """
    rows = tx.all(_LIST, account_id, before, limit)
    return [Expunged(*[*row[:7], *map(moment, row[7:])]) for row in rows]


def restore(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uid: int
) -> tuple[MailboxId, Uid]:
    """Bring a message back from the vault; return its mailbox and new uid.

    It goes where it was, or to INBOX if that mailbox is gone, and has a new message id if it
    was in no mailbox any more: ids that clients saw destroyed do not come back. Raises
    NotFound, OverQuota.
    """
    modseq = next_modseq(tx, account_id)
    row = tx.one(_FIND, account_id, mailbox_id, uid)
    if row is None:
        raise NotFound(f"vault {mailbox_id}/{uid}")
    message_id, keywords, octets, received_at, target = row
    if target is None:
        inbox = mailboxes.find_role(tx, account_id, Role.INBOX)
        if inbox is None:
            raise NotFound(f"INBOX of {account_id}")
        target = inbox.mailbox_id
    elsewhere = tx.all(_IN_MAILBOXES, account_id, message_id)
    if elsewhere:
        keywords = elsewhere[0][1]
        if any(place[0] == target for place in elsewhere):
            tx.run(_LEAVE_VAULT, account_id, message_id)
            return target, next(Uid(place[2]) for place in elsewhere if place[0] == target)
        new_id = message_id
    else:
        if not tx.run(_CHARGE, account_id, octets):
            raise OverQuota(f"account {account_id}: {octets} octets more")
        new_id = modseq
        tx.run(_RENEW_MESSAGE, account_id, message_id, new_id)
    tx.run(_LEAVE_VAULT, account_id, message_id)
    unseen = 0 if kw.is_seen(keywords) else 1
    new_uid = tx.value(_FILE, account_id, target, unseen, octets, modseq)
    now = micros(tx.now)
    row = (account_id, target, new_uid, new_id, modseq, keywords, octets, received_at, now)
    tx.run(_PLACE, *row)
    return target, new_uid


def purge(tx: Transaction, account_id: AccountId, before: datetime, limit: int = 1000) -> int:
    """Forget what was expunged before a time, at most `limit` rows; return how many.

    Messages that lay only there go for good, and their blobs lose a reference. Call it again
    until it returns 0. Nothing happens for an account that does not exist.
    """
    rows = tx.all(_OLD, account_id, micros(before), limit)
    destroyed = [row[0] for row in tx.all(_DROP_MAILBOXES, account_id, micros(before))]
    if not rows and not destroyed:
        return 0
    horizon = max([row[3] for row in rows] + destroyed)
    tx.run(_RAISE_HORIZON, account_id, horizon)
    tx.many(_FORGET, [(account_id, row[0], row[1]) for row in rows])
    vault = {row[2] for row in rows if row[4]}
    if vault and drop_messages(tx, account_id, vault):
        tx.run(_DROP_LINKS, account_id)
    return len(rows)


def drop_messages(tx: Transaction, account_id: AccountId, message_ids: Iterable[int]) -> int:
    """Delete the rows of messages that are in no mailbox and not in the vault; return how many."""
    blobs: list[Any] = [
        row[0] for row in tx.all(listed(tx, _DROP_MESSAGES), account_id, pack(message_ids))
    ]
    refcounts.release(tx, blobs)
    return len(blobs)
