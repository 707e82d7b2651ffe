"""A message as an Email object: what is asked for, from columns where they suffice.

Rows and octets come in; nothing is read here. A list of mail needs no octets: its From and
Subject are in the stored ENVELOPE. Of messages with several fields of one name that mail may
have once, that shows the addresses of all, while a header property shows those of the last.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pillarbox.jmap import arguments, blob_id, body_parts, header_forms, ids
from pillarbox.jmap.body_parts import Bodies, BodyPart, PartWriter
from pillarbox.jmap.body_values import body_value
from pillarbox.jmap.dates import format_date
from pillarbox.jmap.types.email import Email, EmailBodyPart, names
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.date import parse_date
from pillarbox.mime.envelope import Envelope
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.thread import message_ids
from pillarbox.mime.tree import Part
from pillarbox.mime.words import decode_words
from pillarbox.store.ids import moment

PROPERTIES: Final = names(Email)
PART_PROPERTIES: Final = names(EmailBodyPart)
DEFAULT: Final = (
    "id",
    "blobId",
    "threadId",
    "mailboxIds",
    "keywords",
    "size",
    "receivedAt",
    "messageId",
    "inReplyTo",
    "references",
    "sender",
    "from",
    "to",
    "cc",
    "bcc",
    "replyTo",
    "subject",
    "sentAt",
    "hasAttachment",
    "preview",
    "bodyValues",
    "textBody",
    "htmlBody",
    "attachments",
)
"""What is told if nobody says what (RFC 8621 §4.2)."""
BODY: Final = frozenset({"bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments"})
_ENVELOPE: Final = frozenset(
    {"messageId", "inReplyTo", "from", "to", "cc", "bcc", "subject", "sentAt"}
)
_COLUMNS: Final = {
    "threadId": "thread_id",
    "size": "octets",
    "receivedAt": "received_at",
    "hasAttachment": "has_attachment",
    "preview": "preview",
    **dict.fromkeys(_ENVELOPE, "envelope"),
    **dict.fromkeys(BODY, "tree"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants to see of each message (RFC 8621 §4.2).

    properties, part_properties: known ones, each once. texts: of which parts the text is
    wanted. max_octets: of each text, 0 = no limit.
    """

    properties: tuple[str, ...]
    part_properties: tuple[str, ...] = body_parts.DEFAULT_PROPERTIES
    text_values: bool = False
    html_values: bool = False
    all_values: bool = False
    max_octets: int = 0

    @property
    def has_values(self) -> bool:
        wanted = self.text_values or self.html_values or self.all_values
        return wanted and "bodyValues" in self.properties

    @property
    def needs_header(self) -> bool:
        """Whether something is asked for that only the octets tell."""
        return any(
            name.startswith(header_forms.PREFIX)
            or name == "headers"
            or (name in header_forms.CONVENIENCE and name not in _ENVELOPE)
            for name in self.properties
        )

    def columns(self) -> list[str]:
        """Return the columns of the store that are needed, octets or not."""
        found = {_COLUMNS[name]: None for name in self.properties if name in _COLUMNS}
        if self.needs_header:
            found.pop("envelope", None)
            found["header_octets"] = None
        if self.needs_header or "tree" in found:
            found["blob"] = found["octets"] = None
        return list(found)


@dataclass(slots=True)
class Message:
    """What is at hand of a message.

    row: columns by name. mailbox_ids, keywords: as stored. envelope, tree: decoded, where the
    columns were read. octets: all, or its header, or none. blob_id: of what is no email, but a
    message found in a blob; then message_id is 0.
    """

    message_id: int
    row: Mapping[str, Any]
    mailbox_ids: Sequence[int] = ()
    keywords: Sequence[str] = ()
    envelope: Envelope | None = None
    tree: Part | None = None
    octets: bytes | None = None
    blob_id: str = ""


BODY_ARGUMENTS: Final = frozenset(
    {
        "bodyProperties",
        "fetchTextBodyValues",
        "fetchHTMLBodyValues",
        "fetchAllBodyValues",
        "maxBodyValueBytes",
    }
)


def wanted_of(args: dict[str, Any], properties: Sequence[str] | None) -> Wanted:
    """Return what the arguments ask for. Raises MethodError for what does not exist."""
    part_properties = arguments.strings(args, "bodyProperties")
    for given, known in ((properties, PROPERTIES), (part_properties, PART_PROPERTIES)):
        unknown = header_forms.find_invalid(given or (), known)
        if unknown:
            raise arguments.invalid(f"unknown properties: {', '.join(unknown)[:200]}")
    max_octets = arguments.number_or_none({"maxBodyValueBytes": 0, **args}, "maxBodyValueBytes")
    if max_octets is None:
        raise arguments.invalid("maxBodyValueBytes is not a number that is allowed")
    shown = DEFAULT if properties is None else tuple(dict.fromkeys(("id", *properties)))
    if part_properties is None:
        part_properties = list(body_parts.DEFAULT_PROPERTIES)
    return Wanted(
        shown,
        tuple(part_properties),
        text_values=arguments.boolean(args, "fetchTextBodyValues"),
        html_values=arguments.boolean(args, "fetchHTMLBodyValues"),
        all_values=arguments.boolean(args, "fetchAllBodyValues"),
        max_octets=max_octets,
    )


class View:
    """Makes the object of one message."""

    def __init__(self, message: Message, wanted: Wanted) -> None:
        self._message = message
        self._wanted = wanted

    def as_object(self) -> dict[str, Any]:
        """Return the Email object."""
        return {name: self._property(name) for name in self._wanted.properties}

    def needs_octets(self) -> bool:
        """Tell whether the whole message must be read."""
        shown = self._wanted
        if not BODY.intersection(shown.properties):
            return False
        if shown.has_values:
            return True
        parts = [part for name in shown.properties for part in self._parts(name)]
        return body_parts.needs_octets(shown.part_properties, parts)

    def _property(self, name: str) -> Any:
        if name in _FIXED:
            return _FIXED[name](self._message)
        envelope = self._message.envelope
        if envelope is not None and name in _FROM_ENVELOPE:
            return _FROM_ENVELOPE[name](envelope)
        if name == "headers":
            return header_forms.headers(self._header)
        asked = header_forms.CONVENIENCE.get(name) or header_forms.parse_property(name)
        if asked is not None:
            return header_forms.value(self._header, asked)
        if name == "bodyValues":
            return self._values()
        if name == "bodyStructure":
            return self._writer.write(self._root, deep=True)
        return [self._writer.write(part) for part in self._parts(name)]

    @cached_property
    def _header(self) -> Header:
        assert self._message.octets is not None
        return parse_header(self._message.octets)

    @cached_property
    def _root(self) -> BodyPart:
        assert self._message.tree is not None
        return body_parts.view(self._message.tree)

    @cached_property
    def _bodies(self) -> Bodies:
        return body_parts.bodies(self._root)

    @cached_property
    def _writer(self) -> PartWriter:
        message = self._message

        whole = message.blob_id or blob_id.message(message.message_id)

        def part_blob(part: BodyPart) -> str:
            return blob_id.inner(whole, part.part_id)

        return PartWriter(self._wanted.part_properties, part_blob, message.octets)

    def _parts(self, name: str) -> Sequence[BodyPart]:
        if name == "bodyStructure":
            return [self._root]
        lists = {"textBody": "text", "htmlBody": "html", "attachments": "attachments"}
        return getattr(self._bodies, lists[name]) if name in lists else ()

    def _values(self) -> dict[str, Any]:
        """Return the text of the parts that are asked for; of files of text only with `all`."""
        shown = self._wanted
        parts: dict[str, BodyPart] = {}
        if shown.all_values:
            parts.update((part.part_id, part) for part in self._root.walk())
        if shown.text_values:
            parts.update((part.part_id, part) for part in self._bodies.text)
        if shown.html_values:
            parts.update((part.part_id, part) for part in self._bodies.html)
        octets = self._message.octets
        return {
            part_id: body_value(octets, part, shown.max_octets)
            for part_id, part in parts.items()
            if part.is_text and octets is not None
        }


def people(found: Sequence[Mailbox] | None) -> Any:
    """Return addresses as objects."""
    return None if found is None else [header_forms.address(mailbox) for mailbox in found]


def _sent_at(envelope: Envelope) -> str | None:
    found = parse_date(envelope.date or b"")
    return None if found is None else format_date(found)


_FIXED: Final[dict[str, Callable[[Message], Any]]] = {
    "id": lambda m: ids.make(ids.EMAIL, m.message_id) if m.message_id else None,
    "blobId": lambda m: m.blob_id or blob_id.message(m.message_id),
    "threadId": lambda m: ids.make(ids.THREAD, m.row["thread_id"]) if m.message_id else None,
    "mailboxIds": lambda m: {ids.make(ids.MAILBOX, i): True for i in m.mailbox_ids},
    "keywords": lambda m: dict.fromkeys(m.keywords, True),
    "size": lambda m: m.row["octets"],
    "receivedAt": lambda m: format_date(moment(m.row["received_at"] // 1_000_000 * 1_000_000)),
    "hasAttachment": lambda m: bool(m.row["has_attachment"]),
    "preview": lambda m: m.row["preview"],
}
_FROM_ENVELOPE: Final[dict[str, Callable[[Envelope], Any]]] = {
    "messageId": lambda e: message_ids(e.message_id or b"") or None,
    "inReplyTo": lambda e: message_ids(e.in_reply_to or b"") or None,
    "from": lambda e: people(e.from_),
    "to": lambda e: people(e.to),
    "cc": lambda e: people(e.cc),
    "bcc": lambda e: people(e.bcc),
    "subject": lambda e: None if e.subject is None else decode_words(e.subject),
    "sentAt": _sent_at,
}
