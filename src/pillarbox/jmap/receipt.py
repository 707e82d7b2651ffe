"""Read receipts as JMAP objects: read from a client, composed, and shown (RFC 9007 §1.3). Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from pillarbox.jmap.error import SetError
from pillarbox.jmap.types.mdn import MDN
from pillarbox.mime import mdn
from pillarbox.mime.addresses import Mailbox, format_addresses
from pillarbox.mime.build import format_field
from pillarbox.mime.date import format_date
from pillarbox.mime.header import parse_header
from pillarbox.mime.words import encode_words

MAX_SUBJECT: Final = 500  # characters
MAX_TEXT: Final = 20_000
MAX_FIELD: Final = 500
MAX_FIELDS: Final = 20
_FIELD_NAME: Final = frozenset(range(33, 127)) - {ord(":")}
_SERVER_SET: Final = ("mdnGateway", "originalRecipient", "originalMessageId", "error")
_SAID: Final = {
    "displayed": "was opened. That does not say that it was read or understood",
    "deleted": "was deleted",
    "dispatched": "was passed on",
    "processed": "was processed",
}


def read(value: Mapping[str, Any]) -> MDN:
    """Read an MDN that a client wants to send. Pure. Raises SetError."""
    if wrong := [name for name in _SERVER_SET if value.get(name) is not None]:
        raise _wrong("set by the server", *wrong)
    known = set(MDN.__struct_encode_fields__)
    if unknown := sorted(value.keys() - known):
        raise _wrong("there is no such property", *unknown[:10])
    try:
        found = msgspec.convert({n: v for n, v in value.items() if n not in _SERVER_SET}, MDN)
    except msgspec.ValidationError as exc:
        name = str(exc).partition("$.")[2].partition(".")[0].strip("`") or "disposition"
        raise _wrong(str(exc)[:200], name[:100]) from None
    for name, text, most in (
        ("subject", found.subject, MAX_SUBJECT),
        ("reportingUA", found.reporting_ua, MAX_FIELD),
        ("finalRecipient", found.final_recipient, MAX_FIELD),
    ):
        if text is not None and (len(text) > most or not text.isprintable()):
            raise _wrong(f"one line of at most {most} characters", name)
    if len(found.text_body or "") > MAX_TEXT:
        raise SetError("tooLarge", f"at most {MAX_TEXT} characters")
    more = found.extension_fields or {}
    if len(more) > MAX_FIELDS or not all(map(_is_extension, more.items())):
        raise _wrong("names that begin with X-, values of one line", "extensionFields")
    return found


def _is_extension(item: tuple[str, str]) -> bool:
    name, value = item
    octets = name.encode("utf-8", "replace")
    return (
        octets[:2].lower() == b"x-"
        and 2 < len(octets) <= 100
        and all(octet in _FIELD_NAME for octet in octets)
        and len(value) <= MAX_FIELD
        and value.isprintable()
    )


def _wrong(why: str, *names: str) -> SetError:
    return SetError("invalidProperties", why, [name[:100] for name in names])


def compose(
    sender: Mailbox,
    asking: Sequence[Mailbox],
    wanted: MDN,
    notification: mdn.Notification,
    original: bytes,
    message_id: str,
    now: datetime,
) -> bytes:
    """Return the message with CRLF line ends. message_id: its own. original: what it is about."""
    header = parse_header(original)
    subject = header.text("subject")[:MAX_SUBJECT]
    said = f"Your message \u201c{subject}\u201d to {sender} {_SAID[wanted.disposition.type]}.\n"
    rows = [
        ("From", format_addresses([sender])),
        ("To", format_addresses(asking)),
        ("Subject", encode_words(wanted.subject or f"Read: {subject}".strip())),
        ("Date", format_date(now).encode()),
        ("Message-ID", f"<{message_id}>".encode()),
    ]
    if about := header.message_id():
        written = f"<{about}>".encode("ascii", "ignore")
        rows += [("In-Reply-To", written), ("References", written)]
    if wanted.disposition.sending_mode != mdn.SENDINGS[0]:
        rows.append(("Auto-Submitted", b"auto-replied"))
    rows.append(("MIME-Version", b"1.0"))
    head = b"".join(format_field(name, octets) for name, octets in rows)
    returned = original if wanted.include_original_message else None
    return head + mdn.report_parts(wanted.text_body or said, notification, returned)


def show(found: mdn.Received, email_id: str | None) -> dict[str, Any]:
    """Return the MDN object of a receipt that came. Pure."""
    said = found.notification
    return {
        "forEmailId": email_id,
        "subject": found.subject or None,
        "textBody": found.text or None,
        "includeOriginalMessage": found.has_original,
        "reportingUA": said.reporting_ua or None,
        "disposition": {
            "actionMode": said.action,
            "sendingMode": said.sending,
            "type": said.type,
        },
        "mdnGateway": said.gateway or None,
        "originalRecipient": said.original_recipient or None,
        "finalRecipient": said.final_recipient,
        "originalMessageId": said.original_message_id or None,
        "error": list(said.errors) or None,
        "extensionFields": dict(said.extensions) or None,
    }
