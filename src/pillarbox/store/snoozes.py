"""Messages that wait in the mailbox of role "snoozed" and come back at their time.

A message that comes back is received anew: it gets that time as its received_at, so that it
stands on top wherever mail is listed by it, in IMAP under a new uid. Its Date field, its keywords,
whether it was read: all else stays, but it gets the keyword `$new`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.store import copying, flags, mailboxes, placements
from pillarbox.store.database import Transaction
from pillarbox.store.flags import Change, How
from pillarbox.store.ids import (
    AccountId,
    MailboxId,
    MessageId,
    listed,
    micros,
    moment,
    moment_or_none,
    pack,
)
from pillarbox.store.mailboxes import Mailbox, Role

NAME: Final = "Snoozed"
WOKEN: Final = "$new"

_FIND: Final = """
SELECT s.message_id, s.until, s.mailbox_id FROM snoozes s
WHERE s.account_id = ?1 AND s.message_id IN LIST(?2) AND EXISTS (
    SELECT 1 FROM placements p JOIN mailboxes b
        ON b.account_id = p.account_id AND b.mailbox_id = p.mailbox_id
    WHERE p.account_id = s.account_id AND p.message_id = s.message_id AND b.role = 'snoozed')
"""
_PUT: Final = """
INSERT INTO snoozes (account_id, message_id, until, mailbox_id) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (account_id, message_id) DO UPDATE SET until = excluded.until,
    mailbox_id = excluded.mailbox_id
"""
_DROP: Final = """
DELETE FROM snoozes WHERE account_id = ?1 AND message_id = ?2 AND until <= ?3
RETURNING mailbox_id
"""
_DUE: Final = """
SELECT account_id, message_id FROM snoozes WHERE until <= ?1 ORDER BY until LIMIT ?2
"""
_NEXT: Final = "SELECT MIN(until) FROM snoozes"
_RECEIVE: Final = """
UPDATE messages SET received_at = ?3 WHERE account_id = ?1 AND message_id = ?2
"""
_RECEIVE_PLACED: Final = """
UPDATE placements SET received_at = ?3 WHERE account_id = ?1 AND (mailbox_id, uid) IN (
    SELECT p.mailbox_id, p.uid FROM placements p WHERE p.account_id = ?1 AND p.message_id = ?2)
"""
_EVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when, and where it goes then; 0 for the inbox."""

    until: datetime
    mailbox_id: int


def find(tx: Transaction, account_id: AccountId, message_ids: Collection[int]) -> dict[int, Snooze]:
    """Return the snoozes of those messages that have one."""
    rows = tx.all(listed(tx, _FIND), account_id, pack(message_ids))
    return {row[0]: Snooze(moment(row[1]), row[2]) for row in rows}


def put(tx: Transaction, account_id: AccountId, message_id: MessageId, snooze: Snooze) -> None:
    """Let a message wait. It leaves the inbox, or the one mailbox it is in, for that of snoozed.

    That mailbox is made if there is none. Raises what making one raises.
    """
    box = _mailbox(tx, account_id)
    tx.run(_PUT, account_id, message_id, micros(snooze.until), snooze.mailbox_id)
    places = placements.where(tx, account_id, [message_id]).get(message_id, [])
    where = {place[0]: place[1] for place in places}
    if box.mailbox_id not in where:
        inbox = mailboxes.find_role(tx, account_id, Role.INBOX)
        if inbox is not None and inbox.mailbox_id in where:
            source = inbox.mailbox_id
        elif len(where) == 1:
            source = next(iter(where))
        else:
            copying.place(tx, account_id, message_id, box.mailbox_id)
            return
        copying.move(tx, account_id, source, [where[source]], box.mailbox_id)
    flags.touch(tx, account_id, [message_id])


def _mailbox(tx: Transaction, account_id: AccountId) -> Mailbox:
    found = mailboxes.find_role(tx, account_id, Role.SNOOZED)
    if found is not None:
        return found
    name, number = NAME, 1
    while mailboxes.find(tx, account_id, name) is not None:
        number += 1
        name = f"{NAME} {number}"
    return mailboxes.create(tx, account_id, name, Role.SNOOZED, subscribed=True)


def end(tx: Transaction, account_id: AccountId, message_id: MessageId) -> bool:
    """Let a message wait no more: it goes where it would have gone, as it is.

    Tells whether it waited.
    """
    row = tx.one(_DROP, account_id, message_id, _EVER)
    return row is not None and _go(tx, account_id, message_id, row[0], woken=False)


def next_due(tx: Transaction) -> datetime | None:
    """Return when the next message comes back, None if none waits."""
    return moment_or_none(tx.value(_NEXT))


def due(tx: Transaction, limit: int) -> list[tuple[AccountId, MessageId]]:
    """Return the messages whose time has come."""
    return [(row[0], row[1]) for row in tx.all(_DUE, micros(tx.now), limit)]


def wake(tx: Transaction, account_id: AccountId, message_id: MessageId) -> bool:
    """Bring a message back if its time has come and nobody did so before; tell whether it did."""
    mailboxes.next_modseq(tx, account_id)
    row = tx.one(_DROP, account_id, message_id, micros(tx.now))
    return row is not None and _go(tx, account_id, message_id, row[0], woken=True)


def _go(
    tx: Transaction, account_id: AccountId, message_id: MessageId, wanted: int, *, woken: bool
) -> bool:
    box = mailboxes.find_role(tx, account_id, Role.SNOOZED)
    places = placements.where(tx, account_id, [message_id]).get(message_id, [])
    uids = [place[1] for place in places if box is not None and place[0] == box.mailbox_id]
    if box is None or not uids:
        return False
    known = {one.mailbox_id for one in mailboxes.list_(tx, account_id)}
    inbox = mailboxes.find_role(tx, account_id, Role.INBOX)
    assert inbox is not None
    target = MailboxId(wanted) if wanted in known else inbox.mailbox_id
    if woken:
        now = micros(tx.now)
        tx.run(_RECEIVE, account_id, message_id, now)
        tx.run(_RECEIVE_PLACED, account_id, message_id, now)
        flags.set_keywords(tx, account_id, [message_id], Change(How.ADD, frozenset({WOKEN})))
    copying.move(tx, account_id, box.mailbox_id, uids, target)
    return True


def forget(tx: Transaction, account_id: AccountId, message_id: MessageId) -> None:
    """Remove what is due of a message, for an account that is gone."""
    tx.run(_DROP, account_id, message_id, _EVER)
