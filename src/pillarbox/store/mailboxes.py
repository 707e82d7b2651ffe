"""Mailboxes: names, roles, subscriptions, counts.

A name is a path whose parts are joined by "/". Every part above a mailbox is a mailbox too:
creating "a/b" creates "a". INBOX is matched without regard to case (RFC 9051 §5.1), as is
the first part of its children. Counts are columns, kept by whoever changes placements.
Names are changed in `renaming.py`; what mailboxes hold is in `placements.py`.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, ModSeq, Uid, micros

SEPARATOR: Final = "/"
INBOX: Final = "INBOX"
MAX_NAME_OCTETS: Final = 1000
MAX_PART_OCTETS: Final = 255
MAX_DEPTH: Final = 20
MAX_MAILBOXES: Final = 10_000
"""How many mailboxes, and how many subscriptions, one account may have."""


class Role(StrEnum):
    """What a mailbox is for (RFC 6154 §2, RFC 8621 §2).

    The last two hold what comes back to the inbox, and what is sent, at its time.
    """

    INBOX = "inbox"
    DRAFTS = "drafts"
    SENT = "sent"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"
    SNOOZED = "snoozed"
    SCHEDULED = "scheduled"


STANDARD: Final = (
    (INBOX, Role.INBOX),
    ("Drafts", Role.DRAFTS),
    ("Sent", Role.SENT),
    ("Archive", Role.ARCHIVE),
    ("Junk", Role.JUNK),
    ("Trash", Role.TRASH),
)
"""The mailboxes of a new account; all are subscribed."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    r"""A mailbox and its counts.

    name: the whole path, NFC. parent_id: 0 at the top. modseq: last change of name, role or
    subscription; highest_modseq: last change of the contents (HIGHESTMODSEQ, RFC 7162
    §3.1.2.1). unseen: without `$seen`. deleted: with `\Deleted`. octets: sum of sizes.
    recent_uid: no session was told of messages from this uid on (RFC 3501 §2.3.2). sort_order:
    lower is shown first (RFC 8621 §2).
    """

    mailbox_id: MailboxId
    parent_id: MailboxId
    name: str
    role: Role | None
    subscribed: bool
    uidvalidity: int
    uidnext: Uid
    modseq: ModSeq
    highest_modseq: ModSeq
    total: int
    unseen: int
    deleted: int
    octets: int
    recent_uid: Uid
    sort_order: int = 0


# Controls, and the line and paragraph separators that Net-Unicode forbids (RFC 5198 §2).
_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_SELECT: Final = """
SELECT m.mailbox_id, m.parent_id, m.name, m.role,
    CASE WHEN s.name IS NULL THEN 0 ELSE 1 END, m.uidvalidity, m.uidnext, m.modseq,
    m.highest_modseq, m.total, m.unseen, m.deleted, m.octets, m.recent_uid, m.sort_order
FROM mailboxes m
LEFT JOIN subscriptions s ON s.account_id = m.account_id AND s.name = m.name
WHERE m.account_id = ?1
"""
_BY_ID: Final = _SELECT + " AND m.mailbox_id = ?2"
_BY_NAME: Final = _SELECT + " AND m.name = ?2"
_BY_ROLE: Final = _SELECT + " AND m.role = ?2"
_RECENT_UID: Final = """
SELECT recent_uid FROM mailboxes WHERE account_id = ?1 AND mailbox_id = ?2
"""
_TELL_RECENT: Final = """
UPDATE mailboxes SET recent_uid = ?3
WHERE account_id = ?1 AND mailbox_id = ?2 AND recent_uid = ?4
"""
_RECENT: Final = """
SELECT m.mailbox_id, COUNT(*) FROM mailboxes m JOIN placements p
    ON p.account_id = m.account_id AND p.mailbox_id = m.mailbox_id AND p.uid >= m.recent_uid
WHERE m.account_id = ?1 GROUP BY m.mailbox_id
"""
_BUMP: Final = """
UPDATE accounts SET modseq = modseq + ?2 WHERE account_id = ?1 AND deleted_at IS NULL
RETURNING modseq
"""
_NEXT_UIDVALIDITY: Final = """
UPDATE accounts SET modseq = modseq + 1, last_uidvalidity =
    CASE WHEN last_uidvalidity >= ?2 THEN last_uidvalidity + 1 ELSE ?2 END
WHERE account_id = ?1 RETURNING modseq, last_uidvalidity
"""
_CHILD: Final = "SELECT 1 FROM mailboxes WHERE account_id = ?1 AND parent_id = ?2 LIMIT 1"
_COUNT: Final = "SELECT COUNT(*) FROM mailboxes WHERE account_id = ?1"
_ADD: Final = """
INSERT INTO mailboxes (account_id, mailbox_id, parent_id, name, role, uidvalidity, modseq,
    highest_modseq, sort_order)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?2, ?2, ?7)
"""
_COUNT_SUBSCRIBED: Final = "SELECT COUNT(*) FROM subscriptions WHERE account_id = ?1"
_SUBSCRIBE: Final = """
INSERT INTO subscriptions (account_id, name) VALUES (?1, ?2)
ON CONFLICT (account_id, name) DO NOTHING
"""
_UNSUBSCRIBE: Final = "DELETE FROM subscriptions WHERE account_id = ?1 AND name = ?2"
_SUBSCRIPTIONS: Final = "SELECT name FROM subscriptions WHERE account_id = ?1"
_TOUCH: Final = "UPDATE mailboxes SET modseq = ?3 WHERE account_id = ?1 AND name = ?2"
_SET_ROLE: Final = """
UPDATE mailboxes SET role = ?3, modseq = ?4 WHERE account_id = ?1 AND mailbox_id = ?2
"""
_SET_SORT_ORDER: Final = """
UPDATE mailboxes SET sort_order = ?3, modseq = ?4 WHERE account_id = ?1 AND mailbox_id = ?2
"""


def _mailbox(row: tuple[Any, ...]) -> Mailbox:
    values = list(row)
    values[3] = None if row[3] is None else Role(row[3])
    values[4] = bool(row[4])
    return Mailbox(*values)


def canonical(name: str) -> str:
    """Return a mailbox name as it is stored: NFC, INBOX in capitals.

    One separator at the end is ignored (RFC 9051 §6.3.4). Raises Invalid for empty parts,
    control characters, and above MAX_NAME_OCTETS, MAX_PART_OCTETS or MAX_DEPTH.
    """
    if len(name) > MAX_NAME_OCTETS or _FORBIDDEN.search(name):
        raise Invalid(f"mailbox name {name[:80]!r}")
    parts = unicodedata.normalize("NFC", name).removesuffix(SEPARATOR).split(SEPARATOR)
    sizes = [len(part.encode()) for part in parts]
    if not all(sizes) or max(sizes) > MAX_PART_OCTETS or len(parts) > MAX_DEPTH:
        raise Invalid(f"mailbox name {name[:80]!r}")
    if sum(sizes) + len(parts) > MAX_NAME_OCTETS:
        raise Invalid(f"mailbox name {name[:80]!r} is too long")
    if parts[0].upper() == INBOX:
        parts[0] = INBOX
    return SEPARATOR.join(parts)


def next_modseq(tx: Transaction, account_id: AccountId, count: int = 1) -> ModSeq:
    """Raise the account's counter by `count` and return its new value.

    Every change of mail in an account begins with this: it is also the lock that puts the
    changes in order. Raises NotFound for an account that does not exist.
    """
    modseq: ModSeq | None = tx.value(_BUMP, account_id, count)
    if modseq is None:
        raise NotFound(f"account {account_id}")
    return modseq


def list_(tx: Transaction, account_id: AccountId) -> list[Mailbox]:
    """Return every mailbox with its counts, by name, INBOX first. One query."""
    found = [_mailbox(row) for row in tx.all(_SELECT, account_id)]
    found.sort(key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))
    return found


def find(tx: Transaction, account_id: AccountId, name: str) -> Mailbox | None:
    """Return the mailbox of that name, or None; None also for what can be no name."""
    try:
        row = tx.one(_BY_NAME, account_id, canonical(name))
    except Invalid:
        return None
    return None if row is None else _mailbox(row)


def get(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> Mailbox:
    """Return a mailbox. Raises NotFound."""
    row = tx.one(_BY_ID, account_id, mailbox_id)
    if row is None:
        raise NotFound(f"mailbox {mailbox_id}")
    return _mailbox(row)


def find_role(tx: Transaction, account_id: AccountId, role: Role) -> Mailbox | None:
    """Return the mailbox that has the role, or None."""
    row = tx.one(_BY_ROLE, account_id, role.value)
    return None if row is None else _mailbox(row)


def has_children(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId) -> bool:
    """Tell whether there are mailboxes below this one."""
    return tx.one(_CHILD, account_id, mailbox_id) is not None


def tell_recent(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, upto: int) -> int:
    """Note that a session is told of all messages below `upto`, a uid that was `uidnext`.

    Returns from which uid on it is the first to be told; `upto` for none. No modseq changes.
    """
    first = tx.value(_RECENT_UID, account_id, mailbox_id)
    if first is None or first >= upto:
        return upto
    if not tx.run(_TELL_RECENT, account_id, mailbox_id, upto, first):
        # Another process was quicker, as PostgreSQL allows.
        first = tx.value(_RECENT_UID, account_id, mailbox_id)
        return upto if first is None else min(first, upto)
    return int(first)


def recents(tx: Transaction, account_id: AccountId) -> dict[MailboxId, int]:
    """Return how many messages no session was told of, for each mailbox that has some."""
    return {row[0]: row[1] for row in tx.all(_RECENT, account_id)}


def create(
    tx: Transaction,
    account_id: AccountId,
    name: str,
    role: Role | None = None,
    sort_order: int = 0,
    *,
    subscribed: bool = False,
) -> Mailbox:
    """Create a mailbox, and those above it that do not exist (RFC 9051 §6.3.4).

    It has sort_order and subscription from the beginning: they are no later change.
    Raises Invalid for the name, AlreadyExists for name or role, TooMany at MAX_MAILBOXES,
    NotFound for the account.
    """
    name = canonical(name)
    next_modseq(tx, account_id)
    if tx.one(_BY_NAME, account_id, name) is not None:
        raise AlreadyExists(f"mailbox {name}")
    if role is not None and find_role(tx, account_id, role) is not None:
        raise AlreadyExists(f"role {role}")
    if tx.value(_COUNT, account_id) + name.count(SEPARATOR) >= MAX_MAILBOXES:
        raise TooMany("mailboxes")
    if subscribed:
        if tx.value(_COUNT_SUBSCRIBED, account_id) >= MAX_MAILBOXES:
            raise TooMany("subscriptions")
        tx.run(_SUBSCRIBE, account_id, name)
    parent_id = make_parents(tx, account_id, name)
    return get(tx, account_id, _add(tx, account_id, parent_id, name, role, sort_order))


def make_parents(tx: Transaction, account_id: AccountId, name: str) -> MailboxId:
    """Create what is missing above a canonical name; return the id of the one just above."""
    parent_id = MailboxId(0)
    path = ""
    for part in name.split(SEPARATOR)[:-1]:
        path = f"{path}{SEPARATOR}{part}" if path else part
        row = tx.one(_BY_NAME, account_id, path)
        parent_id = row[0] if row else _add(tx, account_id, parent_id, path, None)
    return parent_id


def _add(
    tx: Transaction,
    account_id: AccountId,
    parent_id: MailboxId,
    name: str,
    role: Role | None,
    sort_order: int = 0,
) -> MailboxId:
    # The time makes UIDVALIDITY grow even when an account is deleted and made again; the
    # counter, when two mailboxes are made in one second (RFC 9051 §2.3.1.1).
    seconds = micros(tx.now) // 1_000_000
    row = tx.one(_NEXT_UIDVALIDITY, account_id, seconds)
    if row is None:
        raise NotFound(f"account {account_id}")
    mailbox_id, uidvalidity = row
    role_value = None if role is None else role.value
    tx.run(_ADD, account_id, mailbox_id, parent_id, name, role_value, uidvalidity, sort_order)
    return MailboxId(mailbox_id)


def create_standard(tx: Transaction, account_id: AccountId) -> None:
    """Create and subscribe the mailboxes of a new account."""
    for name, role in STANDARD:
        _add(tx, account_id, MailboxId(0), name, role)
    tx.many(_SUBSCRIBE, [(account_id, name) for name, _ in STANDARD])


def set_role(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, role: Role | None
) -> None:
    """Give a mailbox a role, or none. Raises AlreadyExists, NotFound, and Invalid for INBOX."""
    modseq = next_modseq(tx, account_id)
    mailbox = get(tx, account_id, mailbox_id)
    if mailbox.role is role:
        return
    if Role.INBOX in (mailbox.role, role):
        raise Invalid("INBOX keeps its role")
    if role is not None and find_role(tx, account_id, role) is not None:
        raise AlreadyExists(f"role {role}")
    tx.run(_SET_ROLE, account_id, mailbox_id, None if role is None else role.value, modseq)


def set_sort_order(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, sort_order: int
) -> None:
    """Set where a mailbox is shown. sort_order: 0 to 2**31 - 1. Raises NotFound, Invalid."""
    if not 0 <= sort_order < 2**31:
        raise Invalid(f"sort order {sort_order}")
    modseq = next_modseq(tx, account_id)
    if not tx.run(_SET_SORT_ORDER, account_id, mailbox_id, sort_order, modseq):
        raise NotFound(f"mailbox {mailbox_id}")


def subscribe(tx: Transaction, account_id: AccountId, name: str) -> None:
    """Subscribe to a name, which need not exist. Raises Invalid, TooMany."""
    name = canonical(name)
    modseq = next_modseq(tx, account_id)
    if tx.value(_COUNT_SUBSCRIBED, account_id) >= MAX_MAILBOXES:
        raise TooMany("subscriptions")
    if tx.run(_SUBSCRIBE, account_id, name):
        tx.run(_TOUCH, account_id, name, modseq)


def unsubscribe(tx: Transaction, account_id: AccountId, name: str) -> None:
    """Forget a subscription; nothing happens without one. Raises Invalid."""
    name = canonical(name)
    modseq = next_modseq(tx, account_id)
    if tx.run(_UNSUBSCRIBE, account_id, name):
        tx.run(_TOUCH, account_id, name, modseq)


def subscriptions(tx: Transaction, account_id: AccountId) -> list[str]:
    """Return every subscribed name, sorted, also those without a mailbox."""
    return sorted(row[0] for row in tx.all(_SUBSCRIPTIONS, account_id))
