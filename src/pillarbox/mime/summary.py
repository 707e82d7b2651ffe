"""Everything that the store keeps of a message, worked out once, at delivery."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pillarbox.mime import structure, thread, tree
from pillarbox.mime import text as mime_text
from pillarbox.mime.addresses import mailboxes
from pillarbox.mime.date import parse_date
from pillarbox.mime.header import Header, parse_header

MAX_SUBJECT: Final = 1000  # characters kept of each
MAX_NAMES: Final = 2000


@dataclass(slots=True)
class Summary:
    """What is known of a message.

    envelope, body, bodystructure: as IMAP sends them. tree: `tree.encode`. references:
    identifiers of References and In-Reply-To, oldest first. from_text, to_text, cc_text:
    "Name <address>", comma separated. header_octets: with the empty line. size: octets.
    """

    envelope: bytes
    body: bytes
    bodystructure: bytes
    tree: bytes
    subject: str
    base_subject: str
    message_id: str
    references: tuple[str, ...]
    from_text: str
    to_text: str
    cc_text: str
    date: datetime | None
    size: int
    lines: int
    preview: str
    has_attachment: bool
    header_octets: int


def summarise(message: bytes, header: Header | None = None) -> Summary:
    """Work out the summary of a message. Never raises, whatever the octets.

    header: of this message, if it was read already.
    """
    if header is None:
        header = parse_header(message)
    root = tree.parse(message, header)
    _add_envelopes(message, root)
    subject = header.text("subject")[:MAX_SUBJECT]
    references = thread.message_ids(header.value("references"))
    references += [
        name for name in thread.message_ids(header.value("in-reply-to")) if name not in references
    ]
    date = parse_date(header.value("date"))
    body, bodystructure = structure.structures(root)
    return Summary(
        envelope=structure.envelope(header),
        body=body,
        bodystructure=bodystructure,
        tree=tree.encode(root),
        subject=subject,
        base_subject=thread.base_subject(subject),
        message_id=header.message_id(),
        references=tuple(references),
        from_text=_names(header, "from"),
        to_text=_names(header, "to"),
        cc_text=_names(header, "cc"),
        date=_utc(date),
        size=len(message),
        lines=message.count(b"\n"),
        preview=mime_text.preview(message, root),
        has_attachment=_has_attachment(root),
        header_octets=root.body_start,
    )


def _utc(date: datetime | None) -> datetime | None:
    if date is None:
        return None
    try:
        return date.astimezone(UTC)
    except OverflowError:
        return None


def _add_envelopes(message: bytes, root: tree.Part) -> None:
    """Work out the ENVELOPE of each enclosed message: BODYSTRUCTURE shows it."""
    if not root.children:
        return
    for part in tree.walk(root):
        if part.is_message:
            inner = part.children[0]
            inner.envelope = structure.envelope(
                parse_header(message, inner.header_start, inner.end)
            )


def _names(header: Header, name: str) -> str:
    if header.find(name) is None:
        return ""
    found = mailboxes(header.value(name)[:20_000])
    shown = [f"{m.display_name} <{m}>" if m.display_name else str(m) for m in found]
    return ", ".join(shown)[:MAX_NAMES]


def _has_attachment(root: tree.Part) -> bool:
    for part in tree.walk(root):
        if part.children:
            continue
        if part.disposition == "attachment":
            return True
        if part is not root and part.kind not in {"text", "multipart"} and not part.content_id:
            return True
    return False
