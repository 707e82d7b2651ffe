"""SEARCH, SORT and THREAD over the store (RFC 9051 §6.4.4, RFC 5256).

Rows answer what they can (flags, dates, sizes); header and body are read only for messages
that everything else has let through. Runs in a scan thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from pillarbox.imap import criteria as k
from pillarbox.imap.search import Context, matcher
from pillarbox.mime import text as mime_text
from pillarbox.mime.date import parse_date
from pillarbox.mime.header import field_texts, header_text
from pillarbox.mime.summary import MAX_NAMES, MAX_SUBJECT
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.imap import flags
from pillarbox.serve.imap.headers import Headers
from pillarbox.store import placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, moment

MAX_SEARCHED_OCTETS: Final = 4 * 1024 * 1024  # of one message's text
CHUNK: Final = 500

# field: the column that tells of it what ENVELOPE does, and from what length on it may be cut.
_TOLD: Final = {
    "subject": ("subject", MAX_SUBJECT),
    "from": ("from_text", MAX_NAMES),
    "to": ("to_text", MAX_NAMES),
    "cc": ("cc_text", MAX_NAMES),
}
_PLACE: Final = ("blob", "header_octets")


class StoredMessage:
    """One message as `imap.search.Message` wants it. Reads what is asked for, once."""

    __slots__ = ("_body", "_headers", "_more", "_octets", "_row", "flags", "seq")

    def __init__(
        self,
        seq: int,
        row: placements.Placement,
        more: dict[str, Any],
        headers: Headers,
        *,
        recent: bool,
    ) -> None:
        self.seq = seq
        self._row = row
        self._more = more
        self._headers = headers
        self.flags = _folded(row.keywords, row.deleted, recent)
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
        return field_texts(self._header(), name)

    def envelope(self, name: str) -> list[str]:
        column, limit = _TOLD.get(name, ("", 0))
        told = self._more.get(column)
        return self.header(name) if told is None or len(told) >= limit else [told]

    def header_text(self) -> str:
        return header_text(self._header())

    def body_text(self) -> str:
        if self._body is None:
            root = decode_tree(bytes(self._more["tree"]))
            self._body = mime_text.searchable(self._message(), MAX_SEARCHED_OCTETS, root)
        return self._body

    def _header(self) -> bytes:
        if self._octets is not None:
            return self._octets[: self._more["header_octets"]]
        return self._headers.get(self._more["blob"], self._more["header_octets"])

    def _message(self) -> bytes:
        if self._octets is None:
            self._octets = self._headers.read(BlobRef.parse(self._more["blob"]), 0, None)
        return self._octets


@lru_cache(4096)
def _folded(stored: str, deleted: int, recent: bool) -> frozenset[str]:  # noqa: FBT001 - for the cache
    return frozenset(name.lower() for name in flags.to_wire(stored, deleted, recent))


@dataclass(frozen=True, slots=True)
class Question:
    """What to search. pairs: (sequence number, uid) of all messages of the view.

    recent: uids that have Recent in this session.
    """

    account_id: AccountId
    mailbox_id: MailboxId
    pairs: Sequence[tuple[int, int]]
    key: k.Key
    context: Context
    recent: frozenset[int] = frozenset()


def find(tx: Transaction, question: Question, headers: Headers) -> list[tuple[int, int, int]]:
    """Return (sequence number, uid, modseq) of the messages that match, ascending."""
    return [(m.seq, m.uid, m.modseq) for m in messages(tx, question, headers)]


def messages(tx: Transaction, question: Question, headers: Headers) -> list[StoredMessage]:
    """Return the messages that match, for SORT and THREAD."""
    test = matcher(question.key, question.context)
    stored = placements.rows(tx, question.account_id, question.mailbox_id)
    rows: dict[int, placements.Placement] = {row.uid: row for row in stored}
    present = [(seq, rows[uid]) for seq, uid in question.pairs if uid in rows]
    found: list[StoredMessage] = []
    columns = _columns(question.key)
    for start in range(0, len(present), CHUNK):
        chunk = present[start : start + CHUNK]
        more: dict[int, dict[str, Any]] = {}
        if columns:
            more = details(tx, question, [row.uid for _, row in chunk], columns)
        found += [
            message
            for seq, row in chunk
            if test(
                message := StoredMessage(
                    seq, row, more.get(row.uid, {}), headers, recent=row.uid in question.recent
                )
            )
        ]
    return found


def whereabouts(
    tx: Transaction, question: Question, uids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Return for each message where its octets are."""
    return details(tx, question, uids, _PLACE)


def details(
    tx: Transaction, question: Question, uids: Sequence[int], columns: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Return some columns of each message."""
    rows = placements.metadata(tx, question.account_id, question.mailbox_id, uids, columns)
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def _columns(key: k.Key) -> tuple[str, ...]:
    """Return what must be known of each message beside its row."""
    columns: dict[str, None] = {}
    for part in _leaves(key):
        match part:
            case k.ThreadId():
                columns["thread_id"] = None
            case k.Header(name, envelope=True) if name.lower() in _TOLD:
                columns |= dict.fromkeys((_TOLD[name.lower()][0], *_PLACE))
            case k.Header() | k.Dated(which=k.Day.SENT):
                columns |= dict.fromkeys(_PLACE)
            case k.Body() | k.AnyText():
                columns |= dict.fromkeys((*_PLACE, "tree"))
            case _:
                pass
    return tuple(columns)


def _leaves(key: k.Key) -> Iterator[k.Key]:
    todo = [key]
    while todo:
        match todo.pop():
            case k.And(keys):
                todo.extend(keys)
            case k.Or(left, right):
                todo += (left, right)
            case k.Not(inner):
                todo.append(inner)
            case leaf:
                yield leaf
