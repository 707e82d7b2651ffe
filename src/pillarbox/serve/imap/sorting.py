"""SORT and THREAD over the store: what they compare, taken from stored headers."""

from collections.abc import Sequence
from datetime import datetime

from pillarbox.imap import sort as imap_sort
from pillarbox.imap import thread as imap_thread
from pillarbox.imap.criteria import SortBy, Threading
from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.date import parse_date
from pillarbox.mime.thread import message_ids
from pillarbox.serve.imap import search
from pillarbox.serve.imap.headers import Headers
from pillarbox.serve.imap.search import StoredMessage
from pillarbox.store.database import Transaction


class Compared:
    """One message as `imap.sort.Message` and `imap.thread.Message` want it."""

    def __init__(self, message: StoredMessage) -> None:
        self.seq = message.seq
        self.uid = message.uid
        self.internal_date: datetime = message.internal_date
        self.size_octets = message.size_octets
        date = message.header("date")
        self.sent_date = parse_date(date[0].encode()) if date else None
        self.subject = _first(message, "subject")
        self.from_mailbox, self.from_display = _names(message, "from")
        self.to_mailbox, self.to_display = _names(message, "to")
        self.cc_mailbox, _ = _names(message, "cc")
        ids = message_ids(_first(message, "message-id").encode())
        self.message_id = ids[0] if ids else ""
        self.references: Sequence[str] = message_ids(_first(message, "references").encode())
        if not self.references:
            self.references = message_ids(_first(message, "in-reply-to").encode())[:1]


def _first(message: StoredMessage, name: str) -> str:
    values = message.header(name)
    return values[0] if values else ""


def _names(message: StoredMessage, name: str) -> tuple[str, str]:
    """Return local part and display name of the first address of a field."""
    for address in parse_addresses(_first(message, name).encode()):
        if isinstance(address, Mailbox):
            shown = address.display_name or f"{address.localpart}@{address.domain}"
            return address.localpart, shown
        return address.display_name, address.display_name
    return "", ""


def _compared(tx: Transaction, question: search.Question, headers: Headers) -> list[Compared]:
    found = search.messages(tx, question, headers)
    missing = [m.uid for m in found if not m.has_octets]
    more = search.whereabouts(tx, question, missing)
    for message in found:
        if message.uid in more:
            message.learn(more[message.uid])
    return [Compared(message) for message in found]


def sorted_messages(
    tx: Transaction,
    question: search.Question,
    criteria: Sequence[tuple[SortBy, bool]],
    headers: Headers,
) -> list[tuple[int, int]]:
    """Return (sequence number, uid) in the asked order (RFC 5256 §3)."""
    ordered = imap_sort.sort(_compared(tx, question, headers), criteria)
    return [(message.seq, message.uid) for message in ordered]


def threads(
    tx: Transaction,
    question: search.Question,
    algorithm: Threading,
    uid: bool,  # noqa: FBT001 - handed through `scan`
    headers: Headers,
) -> bytes:
    """Return the THREAD response."""
    messages = _compared(tx, question, headers)
    by_references = algorithm is Threading.REFERENCES
    roots = (imap_thread.references if by_references else imap_thread.ordered_subject)(messages)
    return imap_thread.format_threads(roots, lambda m: m.uid if uid else m.seq)
