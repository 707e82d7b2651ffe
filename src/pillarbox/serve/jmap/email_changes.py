"""Changing and destroying emails, many in few statements (RFC 8621 §4.6).

Emails that end with equal keywords change together, as do those that go the same way from one
mailbox to another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap import email_patch
from pillarbox.serve.jmap.email_patch import EmailPatch
from pillarbox.serve.jmap.email_view import Message, View, Wanted
from pillarbox.serve.jmap.extras import Extras
from pillarbox.store import copying, flags, placements, vault
from pillarbox.store.database import Transaction
from pillarbox.store.flags import Change, How
from pillarbox.store.ids import AccountId, MailboxId, MessageId

_COMPARABLE = ("id", "blobId", "threadId", "size", "receivedAt", "hasAttachment", "preview")
_COLUMNS = ("thread_id", "octets", "received_at", "has_attachment", "preview")


@dataclass(slots=True)
class _Place:
    """Where an email is (mailbox -> uid), and shall be."""

    uids: dict[int, int]
    keywords: frozenset[str]
    wanted: frozenset[int]
    wanted_keywords: frozenset[str]


def update(
    tx: Transaction,
    account_id: AccountId,
    patches: Mapping[int, EmailPatch],
    known: frozenset[int],
    extras: Extras,
) -> dict[int, SetError]:
    """Apply patches; return those that could not be, of which nothing was done.

    known: the account's mailboxes.
    """
    if not patches:
        return {}
    failed: dict[int, SetError] = {}
    where = placements.where(tx, account_id, map(MessageId, patches))
    fixed = _fixed(tx, account_id, patches)
    places: dict[int, _Place] = {}
    for number, patch in patches.items():
        rows = where.get(MessageId(number))
        try:
            if not rows:
                raise SetError("notFound")  # noqa: TRY301 - one way for all that is wrong
            place = _place(rows, patch, known)
            _check_same(patch, fixed.get(number, {}))
            for name, value in patch.extras.items():
                if value is not None:
                    extras[name].check(tx, account_id, value)
            places[number] = place
        except SetError as exc:
            failed[number] = exc
    _set_keywords(tx, account_id, places)
    _move(tx, account_id, places)
    for number in places:
        for name, value in patches[number].extras.items():
            change = extras[name].change
            if change is not None:
                change(tx, account_id, number, value)
    return failed


def _place(
    rows: Sequence[tuple[MailboxId, int, str]], patch: EmailPatch, known: frozenset[int]
) -> _Place:
    uids: dict[int, int] = {row[0]: row[1] for row in rows}
    before = frozenset(rows[0][2].split())
    after = patch.keywords.apply(before)
    email_patch.check_keywords(after)
    wanted = patch.mailboxes.apply(uids)
    if not wanted or not wanted <= known:
        raise email_patch.wrong("mailboxIds", why="an email is in mailboxes that exist")
    return _Place(uids, before, wanted, after)


def _fixed(
    tx: Transaction, account_id: AccountId, patches: Mapping[int, EmailPatch]
) -> dict[int, dict[str, Any]]:
    """Return the properties that cannot change, of those emails that are said to have some."""
    numbers = [MessageId(number) for number, patch in patches.items() if patch.same]
    if not numbers:
        return {}
    rows = placements.metadata_by_id(tx, account_id, numbers, _COLUMNS)
    found = {}
    for row in rows:
        message = Message(row[0], dict(zip(_COLUMNS, row[1:], strict=True)))
        found[row[0]] = View(message, Wanted(_COMPARABLE)).as_object()
    return found


def _check_same(patch: EmailPatch, fixed: Mapping[str, Any]) -> None:
    """Raise for properties that cannot change and are not given as they are (RFC 8620 §5.3)."""
    different = [n for n, value in patch.same.items() if n not in fixed or fixed[n] != value]
    if different:
        raise email_patch.wrong(*different, why="cannot be changed")


def _set_keywords(tx: Transaction, account_id: AccountId, places: Mapping[int, _Place]) -> None:
    groups: dict[frozenset[str], list[MessageId]] = {}
    for number, place in places.items():
        if place.wanted_keywords != place.keywords:
            groups.setdefault(place.wanted_keywords, []).append(MessageId(number))
    for after, numbers in groups.items():
        flags.set_keywords(tx, account_id, numbers, Change(How.REPLACE, after))


def _move(tx: Transaction, account_id: AccountId, places: Mapping[int, _Place]) -> None:
    moves: dict[tuple[int, int], list[int]] = {}
    leaving: dict[int, list[int]] = {}
    for number, place in places.items():
        came = sorted(place.wanted - place.uids.keys())
        went = sorted(place.uids.keys() - place.wanted)
        for source, destination in zip(went, came, strict=False):
            moves.setdefault((source, destination), []).append(place.uids[source])
        for destination in came[len(went) :]:
            copying.place(tx, account_id, MessageId(number), MailboxId(destination))
        for source in went[len(came) :]:
            leaving.setdefault(source, []).append(place.uids[source])
    for (source, destination), uids in moves.items():
        copying.move(tx, account_id, MailboxId(source), uids, MailboxId(destination))
    for source, uids in leaving.items():
        vault.remove(tx, account_id, MailboxId(source), uids)


def destroy(tx: Transaction, account_id: AccountId, numbers: Iterable[int]) -> set[int]:
    """Take emails out of all mailboxes; return those that were in some."""
    where = placements.where(tx, account_id, map(MessageId, numbers))
    leaving: dict[MailboxId, list[int]] = {}
    for rows in where.values():
        for mailbox_id, uid, _ in rows:
            leaving.setdefault(mailbox_id, []).append(uid)
    for mailbox_id, uids in leaving.items():
        vault.remove(tx, account_id, mailbox_id, uids)
    return set(where)
