"""Message disposition notifications, known as read receipts (RFC 8098): built, and read tolerantly.

Pure. Three parts as in `dsn.py`: one for a person, one for programs, and what it is about.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pillarbox.mime import tree
from pillarbox.mime.addresses import Mailbox, mailboxes
from pillarbox.mime.build import format_field, multipart, text_part
from pillarbox.mime.header import Field, Header, parse_header
from pillarbox.mime.text import part_text
from pillarbox.mime.words import encode_words

WANTED_BY: Final = "disposition-notification-to"
MAX_ASKING: Final = 5  # addresses that one message may have told
MAX_RETURNED: Final = 100 * 1024  # octets of the message that go back
ACTIONS: Final = ("manual-action", "automatic-action")
SENDINGS: Final = ("mdn-sent-manually", "mdn-sent-automatically")
TYPES: Final = ("deleted", "dispatched", "displayed", "processed")
_MAX_VALUE: Final = 900  # characters of one field
_MAX_FIELDS: Final = 50
_MAX_TEXT: Final = 64 * 1024  # octets of the text for people
_MODES: Final = re.compile(
    r"\s*(manual-action|automatic-action)\s*/\s*(mdn-sent-manually|mdn-sent-automatically)\s*;"
    r"\s*([a-z0-9-]{1,60})",
    re.IGNORECASE | re.ASCII,
)
_KNOWN: Final = frozenset(
    {
        "reporting-ua", "mdn-gateway", "original-recipient", "final-recipient",
        "original-message-id", "disposition", "error", "failure", "warning",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notification:
    """What became of a message at one recipient (RFC 8098 §3.2). "" for what is not said.

    action, sending, type: of Disposition, in lower case. final_recipient, original_recipient: as in
    the field, "rfc822;a@b.c". original_message_id: with its brackets. extensions: other fields.
    """

    final_recipient: str
    action: str = "manual-action"
    sending: str = "mdn-sent-manually"
    type: str = "displayed"
    reporting_ua: str = ""
    gateway: str = ""
    original_recipient: str = ""
    original_message_id: str = ""
    errors: Sequence[str] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """A notification that came. text: for people. has_original: it brings back what it is about.

    about: subjects that the message may have that it is about, the likeliest first.
    """

    notification: Notification
    subject: str
    text: str
    has_original: bool
    about: Sequence[str] = ()


def asking(header: Header) -> list[Mailbox]:
    """Return who wants to be told, at most five; empty if nobody does (RFC 8098 §2.1)."""
    fields = header.all(WANTED_BY)
    if len(fields) != 1:
        return []
    found = [one for one in mailboxes(fields[0].value) if one.localpart and one.domain]
    return found[:MAX_ASKING]


def report_parts(text: str, notification: Notification, original: bytes | None) -> bytes:
    """Return the multipart/report with its Content-Type field, to follow the other fields.

    original: the message, whose header goes back; all of it up to 100 KiB; None: nothing of it.
    """
    rows = [
        ("Reporting-UA", notification.reporting_ua),
        ("MDN-Gateway", notification.gateway),
        ("Original-Recipient", notification.original_recipient),
        ("Final-Recipient", notification.final_recipient),
        ("Original-Message-ID", notification.original_message_id),
        ("Disposition", _disposition(notification)),
        *(("Error", one) for one in notification.errors),
        *notification.extensions.items(),
    ]
    machine = b"Content-Type: message/disposition-notification\r\n\r\n"
    machine += b"".join(format_field(name, _clean(value)) for name, value in rows if value)
    parts = [text_part(text), machine]
    if original is not None:
        parts.append(_returned(original))
    return multipart("report", parts, "; report-type=disposition-notification")


def _disposition(notification: Notification) -> str:
    sending = notification.sending.replace("mdn", "MDN", 1)
    return f"{notification.action}/{sending}; {notification.type}"


def _clean(value: str) -> bytes:
    return encode_words("".join(c if c.isprintable() else " " for c in value[:_MAX_VALUE]))


def _returned(original: bytes) -> bytes:
    if len(original) <= MAX_RETURNED:
        part = b"Content-Type: message/rfc822\r\n\r\n" + original
    else:
        head = original[: parse_header(original).end][:MAX_RETURNED]
        part = b"Content-Type: text/rfc822-headers\r\n\r\n" + head
    if not part.isascii():
        part = part.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n", 1)
    return part


def parse(message: bytes) -> Received | None:
    """Return what a notification says; None for what is none."""
    root = tree.parse(message)
    text, found, returned = "", None, None
    for part in tree.walk(root):
        kind = (part.kind, part.subtype)
        octets = message[part.body_start : part.end]
        if kind in {
            ("message", "disposition-notification"),
            ("message", "global-disposition-notification"),
        }:
            found = found or _read(parse_header(octets.lstrip(b"\r\n")))
        elif kind == ("text", "plain") and not text and found is None:
            text = part_text(message, part, _MAX_TEXT)
        elif found is not None and kind in {
            ("message", "rfc822"), ("message", "global"), ("text", "rfc822-headers"),
        }:  # fmt: skip
            returned = parse_header(octets).text("subject")
    if found is None:
        return None
    subject = parse_header(message).text("subject")
    # Programs write words of their own before it: "Read: ", "Gelesen: ", "Disposition: ".
    guesses = (returned, subject.partition(":")[2].strip(), subject)
    about = tuple(dict.fromkeys(one for one in guesses if one is not None))
    return Received(found, subject, text, returned is not None, about)


def _read(fields: Header) -> Notification | None:
    modes = _MODES.match(fields.text("disposition"))
    final = fields.text("final-recipient")
    if modes is None or not final:
        return None
    action, sending, kind = (one.lower() for one in modes.groups())
    extensions: dict[str, str] = {}
    errors: list[str] = []
    for one in fields.fields[:_MAX_FIELDS]:
        if one.name.lower() == "error":
            errors.append(_shown(one))
        elif one.name.lower() not in _KNOWN:
            extensions[one.name[:_MAX_VALUE]] = _shown(one)
    return Notification(
        final_recipient=final[:_MAX_VALUE],
        action=action,
        sending=sending,
        type=kind,
        reporting_ua=fields.text("reporting-ua")[:_MAX_VALUE],
        gateway=fields.text("mdn-gateway")[:_MAX_VALUE],
        original_recipient=fields.text("original-recipient")[:_MAX_VALUE],
        original_message_id=fields.text("original-message-id")[:_MAX_VALUE],
        errors=tuple(errors),
        extensions=extensions,
    )


def _shown(one: Field) -> str:
    return one.text[:_MAX_VALUE]
