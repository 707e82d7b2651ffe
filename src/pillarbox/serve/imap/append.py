"""APPEND: messages from the client into a mailbox (RFC 9051 §6.3.12, RFC 3502)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pillarbox.base.errors import Invalid
from pillarbox.imap import command as c
from pillarbox.mime.summary import Summary, summarise
from pillarbox.serve.imap import flags
from pillarbox.store import flags as store_flags
from pillarbox.store import keywords, messages
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, Uid
from pillarbox.store.mailboxes import Mailbox

MAX_MESSAGES: Final = 1000  # of one MULTIAPPEND

Prepared = tuple[bytes, Summary, datetime, str, bool]


class Appending:
    """The messages of one APPEND, until they are all here. box: where they go."""

    def __init__(self, box: Mailbox, max_octets: int) -> None:
        self.box = box
        self._left = max_octets
        self._announced: list[c.AppendMessage] = []
        self._chunks: list[list[bytes]] = []

    def begin(self, message: c.AppendMessage) -> bool:
        """Make room for the next message; False when it is too much for one command."""
        self._left -= message.octets
        if self._left < 0 or len(self._announced) >= MAX_MESSAGES:
            return False
        self._announced.append(message)
        self._chunks.append([])
        return True

    def add(self, data: bytes) -> None:
        """Take octets of the current message."""
        self._chunks[-1].append(data)

    def prepare(self, now: datetime) -> list[Prepared]:
        """Work out what the store keeps of each message. Takes time: run it in a thread."""
        prepared = []
        for announced, chunks in zip(self._announced, self._chunks, strict=True):
            octets = b"".join(chunks)
            names, deleted = flags.from_wire(announced.flags)
            date = announced.internal_date or now
            prepared.append(
                (
                    octets,
                    summarise(octets),
                    date.astimezone(UTC),
                    keywords.canonical(names),
                    deleted,
                )
            )
        return prepared

    def file(
        self, tx: Transaction, account_id: AccountId, prepared: Sequence[Prepared]
    ) -> list[Uid]:
        """File all messages, or none. The blobs are in `tx.blobs`, in order."""
        if not prepared:
            raise Invalid("APPEND without a message")
        uids = []
        for (_, summary, date, stored, deleted), blob in zip(prepared, tx.blobs, strict=True):
            incoming = messages.Incoming(summary, blob, date)
            filed = messages.deliver(tx, account_id, self.box.mailbox_id, incoming, stored)
            uids.append(filed.uid)
            if deleted:
                change = store_flags.Change(store_flags.How.ADD, deleted=True)
                store_flags.store(tx, account_id, self.box.mailbox_id, [filed.uid], change)
        return uids
