r"""Changing keywords and `\Deleted` of many messages at once (STORE, Email/set).

Keywords belong to the message, so a change is seen in every mailbox that holds it; `\Deleted`
belongs to the placement. Messages that end with equal keywords change in one statement.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from pillarbox.store import keywords as kw
from pillarbox.store import wishes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, MessageId, ModSeq, Uid, listed, pack
from pillarbox.store.mailboxes import next_modseq


class How(Enum):
    """What to do with the given keywords (RFC 9051 §6.4.6)."""

    ADD = "+FLAGS"
    REMOVE = "-FLAGS"
    REPLACE = "FLAGS"


@dataclass(frozen=True, slots=True)
class Change:
    r"""A change of keywords.

    keywords: stored or not, lower case. deleted: whether `\Deleted` is among what is added,
    removed or replaced by.
    """

    how: How
    keywords: frozenset[str] = frozenset()
    deleted: bool = False


@dataclass(slots=True)
class Stored:
    """What a change did.

    modseq: of the changed placements. changed: (uid, keywords, deleted) for each uid whose
    row is different now. conflicts: uids left alone since their modseq is above
    `unchanged_since` (the MODIFIED of RFC 7162 §3.1.3). rows: (uid, keywords, deleted, modseq),
    as it is now, of each uid that exists and is no conflict. All in uid order. before: the
    mailbox's highest modseq until now; nothing but this change came after it.
    """

    modseq: ModSeq
    before: int = 0
    rows: list[tuple[Uid, str, int, int]] = field(default_factory=list)
    changed: list[tuple[Uid, str, int]] = field(default_factory=list)
    conflicts: list[Uid] = field(default_factory=list)


_ROWS: Final = """
SELECT uid, message_id, modseq, keywords, deleted FROM placements
WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3) ORDER BY uid
"""
_HIGHEST: Final = """
SELECT highest_modseq FROM mailboxes WHERE account_id = ?1 AND mailbox_id = ?2
"""
_MESSAGES: Final = """
SELECT DISTINCT message_id, keywords FROM placements
WHERE account_id = ?1 AND message_id IN LIST(?2)
"""
# By their key, looked up first: SQLite would else read all of the account's placements.
_SET_KEYWORDS: Final = """
UPDATE placements SET keywords = ?3, modseq = ?4
WHERE account_id = ?1 AND (mailbox_id, uid) IN (SELECT p.mailbox_id, p.uid FROM placements p
    WHERE p.account_id = ?1 AND p.message_id IN LIST(?2))
RETURNING mailbox_id, message_id
"""
_TOUCH: Final = """
UPDATE placements SET modseq = ?3
WHERE account_id = ?1 AND (mailbox_id, uid) IN (SELECT p.mailbox_id, p.uid FROM placements p
    WHERE p.account_id = ?1 AND p.message_id IN LIST(?2))
RETURNING mailbox_id
"""
_SET_DELETED: Final = """
UPDATE placements SET deleted = ?4, modseq = ?5
WHERE account_id = ?1 AND mailbox_id = ?2 AND uid IN LIST(?3)
"""
_RECOUNT: Final = """
UPDATE mailboxes SET unseen = unseen + ?3, deleted = deleted + ?4, highest_modseq = ?5
WHERE account_id = ?1 AND mailbox_id = ?2
"""


def store(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    uids: Iterable[int],
    change: Change,
    unchanged_since: int | None = None,
) -> Stored:
    """Change the messages with these uids that exist; skip those changed after the given modseq.

    Raises Invalid and TooMany for keywords that cannot be kept; NotFound for the account.
    """
    given = kw.names(kw.canonical(change.keywords))
    modseq = next_modseq(tx, account_id)
    stored = Stored(modseq, tx.value(_HIGHEST, account_id, mailbox_id) or 0)
    wanted: dict[str, list[MessageId]] = {}
    seen: dict[MessageId, int] = {}
    deleted: dict[int, list[int]] = {0: [], 1: []}
    muted: list[MessageId] = []
    unmuted: list[MessageId] = []
    results: dict[tuple[str, int], str] = {}
    for uid, message_id, at, before, flag in tx.all(
        listed(tx, _ROWS), account_id, mailbox_id, pack(uids)
    ):
        if unchanged_since is not None and at > unchanged_since:
            stored.conflicts.append(uid)
            continue
        key = (before, flag)
        after = results.get(key)
        if after is None:
            after = results[key] = _apply(change.how, before, given)
        new_flag = _apply_deleted(change, flag)
        if after != before:
            wanted.setdefault(after, []).append(message_id)
            seen[message_id] = kw.is_seen(after) - kw.is_seen(before)
            wishes.note(message_id, before, after, muted, unmuted)
        if new_flag != flag:
            deleted[new_flag].append(uid)
        if after != before or new_flag != flag:
            stored.changed.append((uid, after, new_flag))
            stored.rows.append((uid, after, new_flag, modseq))
        else:
            stored.rows.append((uid, after, new_flag, at))
    if stored.changed:
        unseen = _write(tx, account_id, wanted, seen, modseq)
        unseen.setdefault(mailbox_id, 0)
        for value, changing in deleted.items():
            if changing:
                tx.run(
                    listed(tx, _SET_DELETED), account_id, mailbox_id, pack(changing), value, modseq
                )
        more = {mailbox_id: len(deleted[1]) - len(deleted[0])}
        _recount(tx, account_id, unseen, more, modseq)
        wishes.follow(tx, account_id, muted, unmuted)
    return stored


def set_keywords(
    tx: Transaction,
    account_id: AccountId,
    message_ids: Collection[MessageId],
    change: Change,
) -> ModSeq:
    """Change messages by their ids, wherever they are. `change.deleted` is not looked at.

    Raises as `store`.
    """
    given = kw.names(kw.canonical(change.keywords))
    modseq = next_modseq(tx, account_id)
    wanted: dict[str, list[MessageId]] = {}
    seen: dict[MessageId, int] = {}
    muted: list[MessageId] = []
    unmuted: list[MessageId] = []
    for message_id, before in tx.all(listed(tx, _MESSAGES), account_id, pack(message_ids)):
        after = _apply(change.how, before, given)
        if after != before:
            wanted.setdefault(after, []).append(message_id)
            seen[message_id] = kw.is_seen(after) - kw.is_seen(before)
            wishes.note(message_id, before, after, muted, unmuted)
    _recount(tx, account_id, _write(tx, account_id, wanted, seen, modseq), {}, modseq)
    wishes.follow(tx, account_id, muted, unmuted)
    return modseq


def touch(tx: Transaction, account_id: AccountId, message_ids: Collection[MessageId]) -> ModSeq:
    """Give messages a new modseq, for a change of what is kept elsewhere. Raises NotFound."""
    modseq = next_modseq(tx, account_id)
    rows = tx.all(listed(tx, _TOUCH), account_id, pack(message_ids), modseq)
    _recount(tx, account_id, dict.fromkeys([row[0] for row in rows], 0), {}, modseq)
    return modseq


def _apply(how: How, before: str, given: frozenset[str]) -> str:
    if how is How.REPLACE:
        return kw.canonical(given)
    have = kw.names(before)
    return kw.canonical(have | given if how is How.ADD else have - given)


def _apply_deleted(change: Change, flag: int) -> int:
    if change.how is How.REPLACE:
        return int(change.deleted)
    return int(change.how is How.ADD) if change.deleted else flag


def _write(
    tx: Transaction,
    account_id: AccountId,
    wanted: dict[str, list[MessageId]],
    seen: dict[MessageId, int],
    modseq: ModSeq,
) -> dict[MailboxId, int]:
    """Set keywords; return for each mailbox touched how many more are unseen."""
    unseen: dict[MailboxId, int] = {}
    sql = listed(tx, _SET_KEYWORDS)
    for after, message_ids in wanted.items():
        for mailbox_id, message_id in tx.all(sql, account_id, pack(message_ids), after, modseq):
            unseen[mailbox_id] = unseen.get(mailbox_id, 0) - seen[message_id]
    return unseen


def _recount(
    tx: Transaction,
    account_id: AccountId,
    unseen: dict[MailboxId, int],
    deleted: dict[MailboxId, int],
    modseq: ModSeq,
) -> None:
    rows = [
        (account_id, mailbox_id, more, deleted.get(mailbox_id, 0), modseq)
        for mailbox_id, more in unseen.items()
    ]
    if rows:
        tx.many(_RECOUNT, rows)
