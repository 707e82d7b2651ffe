"""FETCH: rows and octets into responses, a bounded piece at a time (RFC 9051 §6.4.5).

What the store worked out at delivery (flags, ENVELOPE, BODYSTRUCTURE, part offsets) is
only joined here. Sections are ranged reads of the stored octets. A response is a list of
pieces: octets, or a `Span` of a large message, which is read and sent chunk by chunk, so
that a client that fetches 50 MB costs a few hundred KiB.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.imap import format_fetch as ff
from pillarbox.imap.section import (
    Att,
    Binary,
    BinarySize,
    Item,
    Section,
    Text,
    cut,
    header_fields,
)
from pillarbox.mime import text as mime_text
from pillarbox.mime import tree as mime_tree
from pillarbox.serve.imap import flags
from pillarbox.serve.imap.headers import Headers
from pillarbox.store import placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, moment

SPAN_OCTETS: Final = 256 * 1024  # sections above this are sent chunk by chunk
ROWS: Final = 1000  # messages per piece of work, without bodies
BODIES: Final = 32  # with bodies
HEADERS: Final = 100  # with headers alone
MAX_DECODED_OCTETS: Final = 64 * 1024 * 1024  # of one BINARY part


@dataclass(frozen=True, slots=True)
class Span:
    """Octets of a stored message that are still to be read."""

    blob: BlobRef
    start: int
    stop: int


Piece = bytes | Span


@dataclass(frozen=True, slots=True)
class Plan:
    r"""What one FETCH asks for, worked out once.

    uid, modseq: add these items to each response. columns: of the store's metadata.
    marks_seen: some item sets `\Seen`. recent: uids that have `\Recent` in this session.
    """

    items: tuple[Item, ...]
    uid: bool
    modseq: bool
    columns: tuple[str, ...]
    needs_octets: bool
    marks_seen: bool
    recent: frozenset[int]


_COLUMNS: Final[dict[Att, tuple[str, ...]]] = {
    Att.ENVELOPE: ("envelope",),
    Att.BODY: ("body",),
    Att.BODYSTRUCTURE: ("bodystructure",),
    Att.THREADID: ("thread_id",),
    Att.PREVIEW: ("preview",),
    Att.PREVIEW_LAZY: ("preview",),
}
_HEADER_TEXTS: Final = (Text.HEADER, Text.HEADER_FIELDS, Text.HEADER_FIELDS_NOT)
_OCTETS: Final = ("blob", "octets", "header_octets")


def plan(
    items: Sequence[Item],
    *,
    uid: bool,
    modseq: bool,
    marks_seen: bool,
    recent: frozenset[int] = frozenset(),
) -> Plan:
    """Work out what to read. uid: a UID command; modseq: the session knows CONDSTORE."""
    columns: dict[str, None] = {}
    needs_octets = needs_tree = False
    for item in items:
        if isinstance(item, Att):
            columns |= dict.fromkeys(_COLUMNS.get(item, ()))
        else:
            needs_octets = True
            needs_tree = needs_tree or item.part != () or not isinstance(item, Section)
    if needs_octets:
        columns |= dict.fromkeys((*_OCTETS, "tree") if needs_tree else _OCTETS)
    seen = marks_seen and any(isinstance(i, Section | Binary) and not i.peek for i in items)
    return Plan(
        items=tuple(items),
        uid=uid and Att.UID not in items,
        modseq=modseq and Att.MODSEQ not in items,
        columns=tuple(columns),
        needs_octets=needs_octets,
        marks_seen=seen,
        recent=recent,
    )


def work(pairs: Sequence[tuple[int, int]], plan_: Plan) -> Iterator[Sequence[tuple[int, int]]]:
    """Cut (sequence number, uid) pairs into bounded pieces of work."""
    size = ROWS
    if plan_.needs_octets:
        size = HEADERS if all(map(_is_header, plan_.items)) else BODIES
    for start in range(0, len(pairs), size):
        yield pairs[start : start + size]


def _is_header(item: Item) -> bool:
    """Whether an item reads the header of the message at most."""
    return isinstance(item, Att) or (
        isinstance(item, Section) and not item.part and item.text in _HEADER_TEXTS
    )


def responses(
    tx: Transaction,
    account_id: AccountId,
    mailbox_id: MailboxId,
    pairs: Sequence[tuple[int, int]],
    plan_: Plan,
    changed_since: int,
    headers: Headers,
) -> tuple[list[Piece], list[int]]:
    """Return the FETCH responses of some messages, and which uids answered.

    Messages that are gone give nothing. changed_since: only those changed after it.
    """
    seqs = {uid: seq for seq, uid in pairs}
    rows = _rows(tx, account_id, mailbox_id, pairs)
    if changed_since >= 0:
        rows = [row for row in rows if row.modseq > changed_since]
    more: dict[int, dict[str, Any]] = {}
    if plan_.columns and rows:
        found = placements.metadata(
            tx, account_id, mailbox_id, [row.uid for row in rows], plan_.columns
        )
        more = {row[0]: dict(zip(plan_.columns, row[1:], strict=True)) for row in found}
    pieces: list[Piece] = []
    answered: list[int] = []
    for row in rows:
        if plan_.columns and row.uid not in more:
            continue
        answered.append(row.uid)
        _one(seqs[row.uid], row, more.get(row.uid, {}), plan_, headers, pieces)
    return _joined(pieces), answered


def _rows(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, pairs: Sequence[tuple[int, int]]
) -> list[placements.Placement]:
    first, last = pairs[0][1], pairs[-1][1]
    # A dense range is read as one; what is in it and not asked for is dropped.
    if last - first < 4 * len(pairs):
        wanted = {uid for _, uid in pairs}
        found = placements.rows(tx, account_id, mailbox_id, first, last)
        return found if len(found) == len(wanted) else [r for r in found if r.uid in wanted]
    return placements.rows_of(tx, account_id, mailbox_id, (uid for _, uid in pairs))


def _one(
    seq: int,
    row: placements.Placement,
    more: dict[str, Any],
    plan_: Plan,
    headers: Headers,
    pieces: list[Piece],
) -> None:
    """Append the response for one message."""
    parts: list[Piece] = [b"* %d FETCH (" % seq]
    first = True
    for item in plan_.items:
        if not first:
            parts.append(b" ")
        first = False
        if isinstance(item, Att):
            parts.append(_attribute(item, row, more, plan_))
        else:
            parts += _octets(item, more, headers)
    if plan_.uid:
        parts.append(b" UID %d" % row.uid if not first else b"UID %d" % row.uid)
        first = False
    if plan_.modseq:
        parts.append(b" " + ff.modseq_item(row.modseq))
    parts.append(b")\r\n")
    pieces += parts


def _attribute(  # noqa: C901, PLR0911 - one case an item
    item: Att, row: placements.Placement, more: dict[str, Any], plan_: Plan
) -> bytes:
    match item:
        case Att.UID:
            return b"UID %d" % row.uid
        case Att.FLAGS:
            return flags.item(row.keywords, row.deleted, row.uid in plan_.recent)
        case Att.INTERNALDATE:
            return ff.internaldate_item(moment(row.received_at))
        case Att.RFC822_SIZE:
            return b"RFC822.SIZE %d" % row.octets
        case Att.ENVELOPE:
            return b"ENVELOPE " + bytes(more["envelope"])
        case Att.BODY:
            return b"BODY " + bytes(more["body"])
        case Att.BODYSTRUCTURE:
            return b"BODYSTRUCTURE " + bytes(more["bodystructure"])
        case Att.MODSEQ:
            return ff.modseq_item(row.modseq)
        case Att.EMAILID:
            return ff.emailid_item(f"M{row.message_id}")
        case Att.THREADID:
            return ff.threadid_item(f"T{more['thread_id']}")
        case Att.SAVEDATE:
            return ff.savedate_item(moment(row.saved_at))
        case Att.PREVIEW | Att.PREVIEW_LAZY:
            return ff.preview_item(more["preview"])


def _octets(
    item: Section | Binary | BinarySize, more: dict[str, Any], headers: Headers
) -> list[Piece]:
    if isinstance(item, Section):
        return _section(item, more, headers)
    found = _decoded(item.part, more, headers)
    if isinstance(item, BinarySize):
        return [ff.binary_size_item(item, len(found or b""))]
    return [ff.binary_item(item, None if found is None else cut(found, item.partial))]


def _section(item: Section, more: dict[str, Any], headers: Headers) -> list[Piece]:
    by_fields = item.text in (Text.HEADER_FIELDS, Text.HEADER_FIELDS_NOT)
    if not item.part and (by_fields or item.text is Text.HEADER):
        whole = headers.get(more["blob"], more["header_octets"])
        return [ff.section_item(item, cut(_chosen(whole, item), item.partial))]
    place = _place(item, more)
    if place is None:
        return [ff.section_item(item, None)]
    start, stop = place
    blob = BlobRef.parse(more["blob"])
    if by_fields:
        whole = headers.read(blob, start, stop)
        return [ff.section_item(item, cut(_chosen(whole, item), item.partial))]
    if item.partial is not None:
        start = min(start + item.partial[0], stop)
        stop = min(start + item.partial[1], stop)
    if stop - start > SPAN_OCTETS:
        return [b"%b {%d}\r\n" % (item.label, stop - start), Span(blob, start, stop)]
    return [ff.section_item(item, headers.read(blob, start, stop))]


def _chosen(header: bytes, item: Section) -> bytes:
    """Return of a header what the item asks for."""
    if item.text is Text.HEADER:
        return header
    return header_fields(header, item.fields, exclude=item.text is Text.HEADER_FIELDS_NOT)


def _place(item: Section, more: dict[str, Any]) -> tuple[int, int] | None:
    """Return where a section is, None if there is none."""
    if not item.part and item.text in (Text.ALL, Text.TEXT):
        return (more["header_octets"] if item.text is Text.TEXT else 0), more["octets"]
    by_fields = item.text in (Text.HEADER_FIELDS, Text.HEADER_FIELDS_NOT)
    root = mime_tree.decode_tree(bytes(more["tree"]))
    return mime_tree.section(root, item.part, "HEADER" if by_fields else item.text.value)


def _decoded(part: tuple[int, ...], more: dict[str, Any], headers: Headers) -> bytes | None:
    """Return a part with its transfer encoding undone, None if there is no such part."""
    root = mime_tree.decode_tree(bytes(more["tree"]))
    place = mime_tree.section(root, part, "")
    if place is None:
        return None
    leaf = mime_tree.find(root, part)
    octets = headers.read(BlobRef.parse(more["blob"]), *place)
    if leaf is None:
        return octets
    return mime_text.decode_transfer(octets, leaf.encoding, MAX_DECODED_OCTETS)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join neighbouring octets, so that one write serves many responses."""
    joined: list[Piece] = []
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            run.append(piece)
            continue
        joined += (b"".join(run), piece)
        run = []
    if run:
        joined.append(b"".join(run))
    return joined
