"""SEARCH, SORT and THREAD over the store (RFC 9051 §6.4.4, RFC 5256).

Rows answer what they can (flags, dates, sizes); header and body are read only for messages
that everything else has let through. Runs in a scan thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pillarbox.imap import criteria as k
from pillarbox.imap.search import Context, cost, matcher
from pillarbox.mime import text as mime_text
from pillarbox.mime.date import parse_date
from pillarbox.mime.header import Header, parse_header
from pillarbox.serve.imap import flags
from pillarbox.store import placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, moment

MAX_SEARCHED_OCTETS: Final = 4 * 1024 * 1024  # of one message's text
CHUNK: Final = 500

ReadBlob = Callable[[BlobRef, int, int | None], bytes]


class StoredMessage:
    """One message as `imap.search.Message` wants it. Reads what is asked for, once."""

    __slots__ = ("_body", "_header", "_more", "_octets", "_read", "_row", "flags", "seq")

    def __init__(
        self, seq: int, row: placements.Placement, more: dict[str, Any], read: ReadBlob
    ) -> None:
        self.seq = seq
        self._row = row
        self._more = more
        self._read = read
        self.flags = _folded(row.keywords, row.deleted)
        self._header: Header | None = None
        self._octets: bytes | None = None
        self._body: str | None = None

    @property
    def has_octets(self) -> bool:
        """True when it is known where the octets are."""
        return "blob" in self._more

    def learn(self, more: dict[str, Any]) -> None:
        """Take in where the octets are."""
        self._more = more

    @property
    def uid(self) -> int:
        return self._row.uid

    @property
    def size_octets(self) -> int:
        return self._row.octets

    @property
    def modseq(self) -> int:
        return self._row.modseq

    @property
    def internal_date(self) -> datetime:
        return moment(self._row.received_at)

    @property
    def save_date(self) -> datetime | None:
        return moment(self._row.saved_at)

    @property
    def email_id(self) -> str:
        return f"M{self._row.message_id}"

    @property
    def thread_id(self) -> str:
        return f"T{self._more['thread_id']}"

    @property
    def sent_day(self) -> date | None:
        values = self.header("date")
        written = parse_date(values[0].encode()) if values else None
        # A missing Date counts as the day of arrival, as everybody does it.
        return written.date() if written is not None else self.internal_date.date()

    def header(self, name: str) -> list[str]:
        return [field.text for field in self._parsed().all(name)]

    def header_text(self) -> str:
        return "\n".join(f"{field.name}: {field.text}" for field in self._parsed().fields)

    def body_text(self) -> str:
        if self._body is None:
            self._body = mime_text.searchable(self._message(), MAX_SEARCHED_OCTETS)
        return self._body

    def _parsed(self) -> Header:
        if self._header is None:
            octets = self._octets
            if octets is None:
                blob = BlobRef.parse(self._more["blob"])
                octets = self._read(blob, 0, self._more["header_octets"])
            self._header = parse_header(octets)
        return self._header

    def _message(self) -> bytes:
        if self._octets is None:
            self._octets = self._read(BlobRef.parse(self._more["blob"]), 0, None)
        return self._octets


def _folded(stored: str, deleted: int) -> frozenset[str]:
    return frozenset(name.lower() for name in flags.to_wire(stored, deleted))


@dataclass(frozen=True, slots=True)
class Question:
    """What to search. pairs: (sequence number, uid) of all messages of the view."""

    account_id: AccountId
    mailbox_id: MailboxId
    pairs: Sequence[tuple[int, int]]
    key: k.Key
    context: Context


def find(tx: Transaction, question: Question, read: ReadBlob) -> list[tuple[int, int, int]]:
    """Return (sequence number, uid, modseq) of the messages that match, ascending."""
    return [(m.seq, m.uid, m.modseq) for m in messages(tx, question, read)]


def messages(tx: Transaction, question: Question, read: ReadBlob) -> list[StoredMessage]:
    """Return the messages that match, for SORT and THREAD."""
    test = matcher(question.key, question.context)
    stored = placements.rows(tx, question.account_id, question.mailbox_id)
    rows: dict[int, placements.Placement] = {row.uid: row for row in stored}
    present = [(seq, rows[uid]) for seq, uid in question.pairs if uid in rows]
    found: list[StoredMessage] = []
    needs_more = cost(question.key) > 0 or _needs_thread(question.key)
    for start in range(0, len(present), CHUNK):
        chunk = present[start : start + CHUNK]
        more: dict[int, dict[str, Any]] = {}
        if needs_more:
            more = whereabouts(tx, question, [row.uid for _, row in chunk])
        found += [
            message
            for seq, row in chunk
            if test(message := StoredMessage(seq, row, more.get(row.uid, {}), read))
        ]
    return found


def whereabouts(
    tx: Transaction, question: Question, uids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Return for each message where its octets are, and what `StoredMessage` needs besides."""
    columns = ("blob", "header_octets", "thread_id")
    rows = placements.metadata(tx, question.account_id, question.mailbox_id, uids, columns)
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def _needs_thread(key: k.Key) -> bool:
    todo = [key]
    while todo:
        match todo.pop():
            case k.ThreadId():
                return True
            case k.And(keys):
                todo.extend(keys)
            case k.Or(left, right):
                todo += (left, right)
            case k.Not(inner):
                todo.append(inner)
            case k.Dated(which=k.Day.SENT):
                return True
            case _:
                pass
    return False
