"""New emails on their way into mailboxes: by Email/set, Email/import (RFC 8621 §4.6, §4.8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import OverQuota
from pillarbox.jmap import blob_id, ids
from pillarbox.jmap.dates import parse_utc_date
from pillarbox.jmap.error import SetError
from pillarbox.mime.summary import Summary, summarise
from pillarbox.serve.jmap import email_patch
from pillarbox.serve.jmap.extras import Extras
from pillarbox.store import copying, messages, placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, MessageId

THREAD_OCTETS: Final = 256 * 1024
"""Messages above this are taken apart in a thread."""


@dataclass(slots=True)
class NewEmail:
    """A message to be filed. extras: values of others' properties."""

    octets: bytes
    summary: Summary
    mailbox_ids: frozenset[int]
    keywords: str
    received_at: datetime
    extras: dict[str, Any] = field(default_factory=dict)


async def prepare(
    octets: bytes,
    given: Mapping[str, Any],
    now: datetime,
    resolve: email_patch.Resolve,
    extras: Extras,
) -> NewEmail:
    """Return what is needed to file a message. Raises SetError."""
    places = email_patch.mailbox_ids(given.get("mailboxIds"), resolve)
    if not places:
        raise email_patch.wrong("mailboxIds", why="an email is in a mailbox")
    names = email_patch.keywords(given.get("keywords") or {})
    received_at = now
    if given.get("receivedAt") is not None:
        found = parse_utc_date(given["receivedAt"])
        if found is None:
            raise email_patch.wrong("receivedAt")
        received_at = found
    if len(octets) > THREAD_OCTETS:
        summary = await asyncio.to_thread(summarise, octets)
    else:
        summary = summarise(octets)
    values = {name: given[name] for name in extras if given.get(name) is not None}
    stored = " ".join(sorted(names))
    return NewEmail(octets, summary, places, stored, received_at, values)


def file(
    tx: Transaction,
    account_id: AccountId,
    email: NewEmail,
    blob: BlobRef,
    known: frozenset[int],
    extras: Extras,
) -> MessageId:
    """File a message in its mailboxes. known: the account's mailboxes. Raises SetError."""
    if not email.mailbox_ids <= known:
        raise email_patch.wrong("mailboxIds", why="no such mailbox")
    for name, value in email.extras.items():
        extras[name].check(tx, account_id, value)
    first, *others = sorted(email.mailbox_ids)
    incoming = messages.Incoming(email.summary, blob, email.received_at)
    try:
        filed = messages.deliver(tx, account_id, MailboxId(first), incoming, email.keywords)
    except OverQuota:
        raise SetError("overQuota") from None
    for mailbox_id in others:
        copying.place(tx, account_id, filed.message_id, MailboxId(mailbox_id))
    for name, value in email.extras.items():
        change = extras[name].change
        if change is not None:
            change(tx, account_id, filed.message_id, value)
    return filed.message_id


def created(
    tx: Transaction, account_id: AccountId, filed: Mapping[str, MessageId]
) -> dict[str, dict[str, Any]]:
    """Return what a client is told of the messages it made (RFC 8621 §4.6)."""
    columns = ("thread_id", "octets")
    rows = placements.metadata_by_id(tx, account_id, filed.values(), columns) if filed else ()
    by_id = {row[0]: row for row in rows}
    return {
        name: {
            "id": ids.make(ids.EMAIL, number),
            "blobId": blob_id.message(number),
            "threadId": ids.make(ids.THREAD, by_id[number][1]),
            "size": by_id[number][2],
        }
        for name, number in filed.items()
    }
