"""Renaming and deleting mailboxes, with what hangs below them."""

from typing import Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotPermitted
from pillarbox.store import copying, mailboxes, placements, vault
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, micros
from pillarbox.store.mailboxes import SEPARATOR, Mailbox, Role, next_modseq

_UNDER: Final = """
SELECT mailbox_id, name FROM mailboxes
WHERE account_id = ?1 AND (name = ?2 OR SUBSTR(name, 1, ?3) = ?4)
"""
_TAKEN: Final = "SELECT 1 FROM mailboxes WHERE account_id = ?1 AND name = ?2"
_RENAME: Final = """
UPDATE mailboxes SET name = ?3, modseq = ?4 WHERE account_id = ?1 AND mailbox_id = ?2
"""
_SET_PARENT: Final = """
UPDATE mailboxes SET parent_id = ?3 WHERE account_id = ?1 AND mailbox_id = ?2
"""
_SUBSCRIBED: Final = """
SELECT s.name FROM subscriptions s
WHERE s.account_id = ?1 AND (s.name = ?2 OR SUBSTR(s.name, 1, ?3) = ?4)
"""
_UNSUBSCRIBE: Final = "DELETE FROM subscriptions WHERE account_id = ?1 AND name = ?2"
_SUBSCRIBE: Final = """
INSERT INTO subscriptions (account_id, name) VALUES (?1, ?2)
ON CONFLICT (account_id, name) DO NOTHING
"""
_NAME_VAULT: Final = """
UPDATE expunged SET mailbox_name = ?3 WHERE account_id = ?1 AND mailbox_id = ?2
"""
_REMOVE: Final = "DELETE FROM mailboxes WHERE account_id = ?1 AND mailbox_id = ?2"
_REMEMBER: Final = """
INSERT INTO destroyed_mailboxes (account_id, mailbox_id, modseq, destroyed_at)
VALUES (?1, ?2, ?3, ?4)
"""


def _under(tx: Transaction, account_id: AccountId, name: str) -> list[tuple[MailboxId, str]]:
    """Return a mailbox and all below it, children after their parents."""
    prefix = name + SEPARATOR
    found = tx.all(_UNDER, account_id, name, len(prefix), prefix)
    return sorted(((row[0], row[1]) for row in found), key=lambda row: row[1].count(SEPARATOR))


def rename(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, name: str) -> Mailbox:
    """Rename a mailbox and everything below it (RFC 9051 §6.3.6).

    What is missing above the new name is created; subscriptions move along; ids, uids and
    UIDVALIDITY stay. INBOX is not renamed: its messages move to a new mailbox of that name,
    and its children stay. Returns the mailbox that has the name now. Raises AlreadyExists,
    Invalid (bad name, or below itself), TooMany, NotFound.
    """
    name = mailboxes.canonical(name)
    modseq = next_modseq(tx, account_id)
    mailbox = mailboxes.get(tx, account_id, mailbox_id)
    if name == mailbox.name:
        return mailbox
    if tx.one(_TAKEN, account_id, name) is not None:
        raise AlreadyExists(f"mailbox {name}")
    if mailbox.role is Role.INBOX:
        return _rename_inbox(tx, account_id, mailbox_id, name)
    if name.startswith(mailbox.name + SEPARATOR):
        raise Invalid(f"{name} is below {mailbox.name}")
    moving = _under(tx, account_id, mailbox.name)
    renamed = [
        (row_id, mailboxes.canonical(name + old[len(mailbox.name) :])) for row_id, old in moving
    ]
    parent_id = mailboxes.make_parents(tx, account_id, name)
    tx.many(_RENAME, [(account_id, row_id, new, modseq) for row_id, new in renamed])
    tx.run(_SET_PARENT, account_id, mailbox_id, parent_id)
    _move_subscriptions(tx, account_id, mailbox.name, name)
    return mailboxes.get(tx, account_id, mailbox_id)


def _rename_inbox(
    tx: Transaction, account_id: AccountId, inbox_id: MailboxId, name: str
) -> Mailbox:
    created = mailboxes.create(tx, account_id, name)
    uids = [row.uid for row in placements.rows(tx, account_id, inbox_id)]
    copying.move(tx, account_id, inbox_id, uids, created.mailbox_id)
    return mailboxes.get(tx, account_id, created.mailbox_id)


def _move_subscriptions(tx: Transaction, account_id: AccountId, old: str, new: str) -> None:
    prefix = old + SEPARATOR
    names = [row[0] for row in tx.all(_SUBSCRIBED, account_id, old, len(prefix), prefix)]
    if names:
        tx.many(_UNSUBSCRIBE, [(account_id, name) for name in names])
        tx.many(_SUBSCRIBE, [(account_id, new + name[len(old) :]) for name in names])


def delete(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, *, children: bool = False
) -> int:
    """Delete a mailbox, and with `children` all below it; return how many mailboxes went.

    Its messages go to the vault, from which they come back to INBOX. Subscriptions stay
    (RFC 9051 §6.3.8). Raises NotPermitted for INBOX, and for a mailbox with others below it
    unless `children`; NotFound.
    """
    modseq = next_modseq(tx, account_id)
    mailbox = mailboxes.get(tx, account_id, mailbox_id)
    if mailbox.role is Role.INBOX:
        raise NotPermitted("INBOX stays")
    going = _under(tx, account_id, mailbox.name)
    if len(going) > 1 and not children:
        raise NotPermitted(f"mailbox {mailbox.name} has others below it")
    now = micros(tx.now)
    for row_id, name in reversed(going):
        uids = [row.uid for row in placements.rows(tx, account_id, row_id)]
        if uids:
            modseq, _ = vault.remove(tx, account_id, row_id, uids)
        tx.run(_NAME_VAULT, account_id, row_id, name)
        tx.run(_REMOVE, account_id, row_id)
        tx.run(_REMEMBER, account_id, row_id, modseq, now)
    return len(going)
