"""Everything that the store keeps of a message, worked out once, at delivery."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pillarbox.mime import structure, thread, tree
from pillarbox.mime import text as mime_text
from pillarbox.mime.addresses import Mailbox, mailboxes
from pillarbox.mime.date import parse_date
from pillarbox.mime.header import Header, parse_header

MAX_SUBJECT: Final = 1000  # characters kept of each
MAX_NAMES: Final = 2000  # characters
MAX_LIST: Final = 20_000  # octets of one address field that are looked at
MAX_ADDRESSES: Final = 500
_PEOPLE: Final = ("from", "to", "cc", "sender", "reply-to", "bcc")


@dataclass(slots=True)
class Summary:
    """What is known of a message.

    envelope, body, bodystructure: as IMAP sends them. tree: `tree.encode`. references:
    identifiers of References and In-Reply-To, oldest first; in_reply_to: those of the second
    alone. from_text, to_text, cc_text: "Name <address>", comma separated. addresses: of all
    these fields, lower case, each once, From first. date: UTC. header_octets: with the
    empty line. size: octets. limited: some limit cut the tree short.
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
    in_reply_to: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    limited: bool = False


def summarise(message: bytes, header: Header | None = None) -> Summary:
    """Work out the summary of a message. Never raises, whatever the octets.

    header: of this message, if it was read already.
    """
    if header is None:
        header = parse_header(message)
    root = tree.parse(message, header)
    subject = header.text("subject")[:MAX_SUBJECT]
    references = thread.message_ids(header.value("references"))
    in_reply_to = thread.message_ids(header.value("in-reply-to"))
    references += [name for name in in_reply_to if name not in references]
    people = {name: _mailboxes(header, name) for name in _PEOPLE}
    date = parse_date(header.value("date"))
    body, bodystructure = structure.structures(message, root)
    return Summary(
        envelope=structure.envelope(header),
        body=body,
        bodystructure=bodystructure,
        tree=tree.encode(root),
        subject=subject,
        base_subject=thread.base_subject(subject),
        message_id=header.message_id(),
        references=tuple(references),
        from_text=_names(people["from"]),
        to_text=_names(people["to"]),
        cc_text=_names(people["cc"]),
        date=_utc(date),
        size=len(message),
        lines=message.count(b"\n"),
        preview=mime_text.preview(message, root),
        has_attachment=_has_attachment(root),
        header_octets=root.body_start,
        in_reply_to=tuple(in_reply_to),
        addresses=_addresses(people.values()),
        limited=root.limited,
    )


def _utc(date: datetime | None) -> datetime | None:
    if date is None:
        return None
    try:
        return date.astimezone(UTC)
    except OverflowError:
        return None


def _mailboxes(header: Header, name: str) -> Sequence[Mailbox]:
    fields = header.all(name)
    if not fields:
        return ()
    if len(fields) == 1:
        return mailboxes(fields[0].value[:MAX_LIST])
    return [mailbox for field in fields for mailbox in mailboxes(field.value[:MAX_LIST])]


def _names(found: Iterable[Mailbox]) -> str:
    shown = [f"{m.display_name} <{m}>" if m.display_name else str(m) for m in found]
    return ", ".join(shown)[:MAX_NAMES]


def _addresses(lists: Iterable[Sequence[Mailbox]]) -> tuple[str, ...]:
    found = {str(m).lower(): None for mailboxes_ in lists for m in mailboxes_ if m.domain}
    return tuple(found)[:MAX_ADDRESSES]


def _has_attachment(root: tree.Part) -> bool:
    for part in tree.walk(root):
        if part.children:
            continue
        if part.disposition == "attachment":
            return True
        if part is not root and part.kind not in {"text", "multipart"} and not part.content_id:
            return True
    return False
