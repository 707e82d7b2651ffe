"""Filing messages: the hot path of delivery, and IMAP's APPEND.

Everything a mailbox list needs is worked out before the transaction (`mime/summary`) and
written once. One message to one account takes seven statements, to many accounts not many
more. Each is filed whole or not at all: row, placement, thread, counts, quota, reference
to the blob.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.mime.summary import Summary
from pillarbox.store import keywords as kw
from pillarbox.store import refcounts, threads, wishes
from pillarbox.store.blobs import BlobRef
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
    text,
)
from pillarbox.store.mailboxes import Role
from pillarbox.store.wishes import Wish


@dataclass(slots=True)
class Incoming:
    """A message about to be filed.

    blob: its octets, durable, `summary.size` of them. received_at: INTERNALDATE (RFC 9051
    §2.3.3), JMAP's receivedAt. trace_id: the trace that tells how it came, or "". author: the
    address in From, for the wishes of those who get it.
    """

    summary: Summary
    blob: BlobRef
    received_at: datetime
    trace_id: str = ""
    author: str = ""


@dataclass(slots=True)
class Target:
    """One account that gets a message.

    mailbox: a mailbox of the account, or the role of one. keywords: in stored form, see
    `keywords.canonical`. delivery_key: the caller's own name for this delivery; the second
    with the same name files nothing. "" = no guard.
    """

    account_id: AccountId
    mailbox: MailboxId | Role = Role.INBOX
    keywords: str = ""
    delivery_key: str = ""


@dataclass(slots=True)
class Delivered:
    """Where a message was filed. again: it was filed before, under the same delivery_key.

    wish: why it is elsewhere than in the inbox, where its owner wanted that.
    """

    account_id: AccountId
    mailbox_id: MailboxId
    uid: Uid
    message_id: MessageId
    modseq: ModSeq
    uidvalidity: int
    again: bool = False
    wish: Wish | None = None


class Refusal(Enum):
    """Why a message was not filed."""

    OVER_QUOTA = "over quota"
    NO_ACCOUNT = "no account"


_COUNT: Final = """
UPDATE accounts SET modseq = modseq + 1, used_octets = used_octets + ?2,
    used_messages = used_messages + 1
WHERE account_id = ?1 AND deleted_at IS NULL
    AND (quota_octets = 0 OR used_octets + ?2 <= quota_octets)
RETURNING modseq, wishes
"""
_UNCOUNT: Final = """
UPDATE accounts SET used_octets = used_octets - ?2, used_messages = used_messages - 1
WHERE account_id = ?1
"""
_EXISTS: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 AND deleted_at IS NULL"
_FILE: Final = """
UPDATE mailboxes SET uidnext = uidnext + 1, total = total + 1, unseen = unseen + ?3,
    octets = octets + ?4, highest_modseq = ?5
WHERE account_id = ?1 AND {} = ?2
RETURNING mailbox_id, uidnext - 1, uidvalidity
"""
_FILE_IN: Final = _FILE.format("mailbox_id")
_FILE_ROLE: Final = _FILE.format("role")
_ADD_MESSAGE: Final = """
INSERT INTO messages (account_id, message_id, thread_id, blob_id, octets, lines, header_octets,
    received_at, sent_at, has_attachment, trace_id, header_id, subject, base_subject, from_text,
    to_text, cc_text, preview, envelope, body, bodystructure, tree)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
    ?20, ?21, ?22)
"""
_ADD_PLACEMENT: Final = """
INSERT INTO placements (account_id, mailbox_id, uid, message_id, modseq, keywords, deleted,
    octets, received_at, saved_at)
VALUES (?1, ?2, ?3, ?4, ?4, ?5, 0, ?6, ?7, ?8)
"""
_GUARDED: Final = """
SELECT d.mailbox_id, d.uid, d.message_id, COALESCE(m.uidvalidity, 0)
FROM deliveries d
LEFT JOIN mailboxes m ON m.account_id = d.account_id AND m.mailbox_id = d.mailbox_id
WHERE d.account_id = ?1 AND d.delivery_key = ?2
"""
_GUARD: Final = """
INSERT INTO deliveries (account_id, delivery_key, mailbox_id, uid, message_id, delivered_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
"""
_FORGET_GUARDS: Final = "DELETE FROM deliveries WHERE account_id = ?1 AND delivered_at < ?2"

_LOCK_MANY: Final = """
SELECT account_id FROM accounts WHERE account_id IN LIST(?1) ORDER BY account_id FOR UPDATE
"""
_COUNT_MANY: Final = """
UPDATE accounts SET modseq = modseq + 1, used_octets = used_octets + ?2,
    used_messages = used_messages + 1
WHERE account_id IN LIST(?1) AND deleted_at IS NULL
    AND (quota_octets = 0 OR used_octets + ?2 <= quota_octets)
RETURNING account_id, modseq, wishes
"""
_FILE_MANY: Final = """
UPDATE mailboxes SET uidnext = uidnext + 1, total = total + 1, unseen = unseen + ?3,
    octets = octets + ?4, highest_modseq =
        (SELECT a.modseq FROM accounts a WHERE a.account_id = mailboxes.account_id)
WHERE account_id IN LIST(?1) AND {} = ?2
RETURNING account_id, mailbox_id, uidnext - 1, uidvalidity
"""
_FILE_MANY_IN: Final = _FILE_MANY.format("mailbox_id")
_FILE_MANY_ROLE: Final = _FILE_MANY.format("role")
_EXIST_MANY: Final = """
SELECT account_id FROM accounts WHERE account_id IN LIST(?1) AND deleted_at IS NULL
"""


def lock(tx: Transaction, account_ids: Iterable[AccountId]) -> None:
    """Lock accounts of which a transaction changes several, in the one order that all use."""
    if tx.dialect == "postgres":
        tx.all(listed(tx, _LOCK_MANY), pack(account_ids))


def deliver(
    tx: Transaction,
    account_id: AccountId,
    mailbox: MailboxId | Role,
    incoming: Incoming,
    keywords: str = "",
    delivery_key: str = "",
) -> Delivered:
    """File a message in one mailbox. Arguments as in `Target`.

    Raises OverQuota, and NotFound for account or mailbox; then nothing has changed.
    """
    if delivery_key and (before := _find_guard(tx, account_id, delivery_key)):
        return before
    summary = incoming.summary
    octets = summary.size
    counted = tx.one(_COUNT, account_id, octets)
    if counted is None:
        if tx.one(_EXISTS, account_id) is None:
            raise NotFound(f"account {account_id}")
        raise OverQuota(f"account {account_id}: {octets} octets more")
    modseq, wishing = counted
    links = threads.links(summary.message_id, summary.references, summary.base_subject)
    unseen = 0 if kw.is_seen(keywords) else 1
    row, wish = None, None
    if wishing and mailbox is Role.INBOX:
        wish = _wish(tx, account_id, wishing, incoming, links)
        if wish is not None:
            role = wishes.ROLES[wish].value
            row = tx.one(_FILE_ROLE, account_id, role, unseen, octets, modseq)
            wish = wish if row is not None else None
    if row is not None:
        keywords = wishes.with_keyword(wish, keywords)
    elif isinstance(mailbox, Role):
        row = tx.one(_FILE_ROLE, account_id, mailbox.value, unseen, octets, modseq)
    else:
        row = tx.one(_FILE_IN, account_id, mailbox, unseen, octets, modseq)
    if row is None:
        tx.run(_UNCOUNT, account_id, octets)
        raise NotFound(f"mailbox {mailbox}")
    mailbox_id, uid, uidvalidity = row
    thread_id = threads.assign(tx, account_id, modseq, links)
    blob_id = refcounts.hold(tx, incoming.blob, 1, octets)
    received_at = micros(incoming.received_at)
    now = micros(tx.now)
    fixed = _columns(incoming, blob_id, received_at)
    tx.run(_ADD_MESSAGE, account_id, modseq, thread_id, *fixed)
    tx.run(_ADD_PLACEMENT, account_id, mailbox_id, uid, modseq, keywords, octets, received_at, now)
    if delivery_key:
        tx.run(_GUARD, account_id, delivery_key, mailbox_id, uid, modseq, now)
    if kw.is_muted(keywords) and wish is None:
        wishes.mute(tx, account_id, [thread_id])
    return Delivered(account_id, mailbox_id, uid, modseq, modseq, uidvalidity, wish=wish)


def _wish(
    tx: Transaction, account_id: AccountId, wishing: int, incoming: Incoming, links: Sequence[int]
) -> Wish | None:
    """Return what the account wants done with a message on its way to the inbox."""
    thread_id = threads.find(tx, account_id, links) if wishes.is_muting(wishing) else 0
    return wishes.find(tx, account_id, wishing, wishes.Arrival(incoming.author, thread_id))


def deliver_many(
    tx: Transaction, targets: Sequence[Target], incoming: Incoming
) -> list[Delivered | Refusal]:
    """File one message in several accounts; the answers are in the order of `targets`.

    One account's refusal does not touch the others. A mailbox that is no more is replaced by
    INBOX: mail that was accepted is never lost because somebody removed a folder. Statements
    grow with the number of kinds of target, not with the number of accounts.
    """
    if len(targets) == 1:
        # The usual case, in fewer statements.
        target = targets[0]
        how = (target.mailbox, incoming, target.keywords, target.delivery_key)
        try:
            return [deliver(tx, target.account_id, *how)]
        except OverQuota:
            return [Refusal.OVER_QUOTA]
        except NotFound:
            pass  # No account; or no such mailbox: then INBOX, below.
    outcomes: list[Delivered | Refusal | None] = [None] * len(targets)
    waiting = []
    for index, target in enumerate(targets):
        key = target.delivery_key
        if key and (before := _find_guard(tx, target.account_id, key)):
            outcomes[index] = before
        else:
            waiting.append(index)
    while waiting:
        # One round files at most one copy in each account.
        now_in: dict[AccountId, int] = {}
        for index in waiting:
            now_in.setdefault(targets[index].account_id, index)
        _deliver_round(tx, targets, now_in, incoming, outcomes)
        waiting = [index for index in waiting if outcomes[index] is None]
    return [outcome for outcome in outcomes if outcome is not None]


def _deliver_round(
    tx: Transaction,
    targets: Sequence[Target],
    round_: dict[AccountId, int],
    incoming: Incoming,
    outcomes: list[Delivered | Refusal | None],
) -> None:
    """File one copy in each account of `round_` (account -> index of its target)."""
    octets = incoming.summary.size
    accounts = pack(round_)
    lock(tx, round_)
    counted = tx.all(listed(tx, _COUNT_MANY), accounts, octets)
    modseqs: dict[AccountId, int] = {row[0]: row[1] for row in counted}
    if len(modseqs) < len(round_):
        existing = {row[0] for row in tx.all(listed(tx, _EXIST_MANY), accounts)}
        for account_id, index in round_.items():
            if account_id not in modseqs:
                full = account_id in existing
                outcomes[index] = Refusal.OVER_QUOTA if full else Refusal.NO_ACCOUNT
        if not modseqs:
            return
    summary = incoming.summary
    links = threads.links(summary.message_id, summary.references, summary.base_subject)
    wanted = {account_id: targets[round_[account_id]] for account_id in modseqs}
    wished = {}
    for account_id, _, wishing in counted:
        target = wanted[account_id]
        if wishing and target.mailbox is Role.INBOX:
            wish = _wish(tx, account_id, wishing, incoming, links)
            if wish is not None:
                wished[account_id] = wish
                wanted[account_id] = replace(target, mailbox=wishes.ROLES[wish])
    filed = _file_round(tx, wanted.values(), octets)
    new = [(account_id, MessageId(modseq)) for account_id, modseq in modseqs.items()]
    thread_ids = threads.assign_many(tx, new, links)
    blob_id = refcounts.hold(tx, incoming.blob, len(modseqs), octets)
    received_at = micros(incoming.received_at)
    now = micros(tx.now)
    fixed = _columns(incoming, blob_id, received_at)
    tx.many(_ADD_MESSAGE, [(a, m, thread_ids[a], *fixed) for a, m in modseqs.items()])
    placements = []
    guards = []
    for account_id, modseq in modseqs.items():
        index = round_[account_id]
        target = targets[index]
        mailbox_id, uid, uidvalidity, as_wanted = filed[account_id]
        wish = wished.get(account_id) if as_wanted else None
        keywords = wishes.with_keyword(wish, target.keywords)
        placements.append((account_id, mailbox_id, uid, modseq, keywords, octets, received_at, now))
        if target.delivery_key:
            guards.append((account_id, target.delivery_key, mailbox_id, uid, modseq, now))
        outcomes[index] = Delivered(
            account_id, mailbox_id, uid, MessageId(modseq), ModSeq(modseq), uidvalidity, wish=wish
        )
    tx.many(_ADD_PLACEMENT, placements)
    if guards:
        tx.many(_GUARD, guards)


def _file_round(
    tx: Transaction, targets: Iterable[Target], octets: int
) -> dict[AccountId, tuple[MailboxId, Uid, int, bool]]:
    """Take a uid in each target's mailbox; return mailbox, uid, uidvalidity.

    Last, whether it is the mailbox that was wanted, and not INBOX in its place.
    """
    kinds: dict[tuple[MailboxId | Role, int], list[AccountId]] = {}
    for target in targets:
        unseen = 0 if kw.is_seen(target.keywords) else 1
        kinds.setdefault((target.mailbox, unseen), []).append(target.account_id)
    filed: dict[AccountId, tuple[MailboxId, Uid, int, bool]] = {}
    for (mailbox, unseen), accounts in kinds.items():
        wanted = accounts
        for choice in (mailbox, Role.INBOX):
            by_role = isinstance(choice, Role)
            sql = listed(tx, _FILE_MANY_ROLE if by_role else _FILE_MANY_IN)
            value = choice.value if isinstance(choice, Role) else choice
            for account_id, *place in tx.all(sql, pack(wanted), value, unseen, octets):
                filed[account_id] = (place[0], place[1], place[2], choice is mailbox)
            wanted = [account_id for account_id in wanted if account_id not in filed]
            if not wanted:
                break
    return filed


def _columns(incoming: Incoming, blob_id: int, received_at: int) -> tuple[Any, ...]:
    """Return what `_ADD_MESSAGE` takes after thread_id."""
    summary = incoming.summary
    return (
        blob_id,
        summary.size,
        summary.lines,
        summary.header_octets,
        received_at,
        None if summary.date is None else micros(summary.date),
        1 if summary.has_attachment else 0,
        incoming.trace_id,
        text(summary.message_id),
        text(summary.subject),
        text(summary.base_subject),
        text(summary.from_text),
        text(summary.to_text),
        text(summary.cc_text),
        text(summary.preview),
        summary.envelope,
        summary.body,
        summary.bodystructure,
        summary.tree,
    )


def _find_guard(tx: Transaction, account_id: AccountId, delivery_key: str) -> Delivered | None:
    row = tx.one(_GUARDED, account_id, delivery_key)
    if row is None:
        return None
    mailbox_id, uid, message_id, uidvalidity = row
    return Delivered(account_id, mailbox_id, uid, message_id, message_id, uidvalidity, again=True)


def forget_guards(tx: Transaction, account_id: AccountId, before: datetime) -> int:
    """Forget delivery keys used before a time; return how many."""
    return tx.run(_FORGET_GUARDS, account_id, micros(before))
