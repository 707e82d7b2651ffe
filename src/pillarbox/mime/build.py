"""Composing messages: text, HTML, files, in the plainest encoding that fits (RFC 2045).

Pure: Message-ID, Date and the seed of boundaries come in. CRLF line ends, no line over 998
octets, 7-bit headers unless SMTPUTF8 is asked for.
"""

import hashlib
import quopri
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pillarbox.mime.addresses import Mailbox, format_mailbox
from pillarbox.mime.date import format_date
from pillarbox.mime.words import encode_words

MAX_LINE: Final = 998  # octets without CRLF (RFC 5322 §2.1.1)
_FOLD: Final = 76


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file. content_id: set for one that HTML shows inline ("cid:...")."""

    name: str
    media_type: str
    octets: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be built. message_id: without brackets. headers: more fields, as text.

    report_type: makes it a multipart/report of that type (RFC 6522 §3).
    """

    sender: Mailbox
    to: Sequence[Mailbox]
    subject: str
    text: str
    date: datetime
    message_id: str
    cc: Sequence[Mailbox] = ()
    html: str = ""
    attachments: Sequence[Attachment] = ()
    in_reply_to: str = ""
    references: Sequence[str] = ()
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    report_type: str = ""


def build(draft: Draft) -> bytes:
    """Return the message with CRLF line ends."""
    lines = [
        format_field("From", _list((draft.sender,))),
        format_field("To", _list(draft.to)),
    ]
    if draft.cc:
        lines.append(format_field("Cc", _list(draft.cc)))
    lines += [
        format_field("Subject", encode_words(draft.subject)),
        format_field("Date", format_date(draft.date).encode()),
        format_field("Message-ID", f"<{draft.message_id}>".encode()),
    ]
    if draft.in_reply_to:
        lines.append(format_field("In-Reply-To", f"<{draft.in_reply_to}>".encode()))
    if draft.references:
        lines.append(
            format_field("References", " ".join(f"<{r}>" for r in draft.references).encode())
        )
    lines += [format_field(name, encode_words(value)) for name, value in draft.headers]
    lines.append(b"MIME-Version: 1.0\r\n")
    return b"".join(lines) + _body(draft)


def text_part(text: str, subtype: str = "plain") -> bytes:
    """Return a text part with its header, in the plainest encoding that fits."""
    body = "\r\n".join(text.splitlines()).encode("utf-8", "replace") + b"\r\n"
    long = any(len(line) > MAX_LINE for line in body.split(b"\r\n"))
    charset = b"us-ascii" if body.isascii() else b"utf-8"
    if body.isascii() and not long:
        encoding = b"7bit"
    else:
        encoding = b"quoted-printable"
        body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: text/%b; charset=%b\r\nContent-Transfer-Encoding: %b\r\n\r\n"
        % (subtype.encode(), charset, encoding)
    ) + body


def multipart(subtype: str, parts: Sequence[bytes], parameters: str = "") -> bytes:
    """Return a multipart with its header. The boundary is a hash of the parts."""
    boundary = "=_" + hashlib.blake2b(b"\0".join(parts), digest_size=15).hexdigest()
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}\r\n\r\n'
    inner = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return head.encode() + inner + mark + b"--\r\n"


def file_part(attachment: Attachment) -> bytes:
    """Return a file as a part with its header."""
    kind = attachment.media_type if "/" in attachment.media_type else "application/octet-stream"
    disposition = "inline" if attachment.content_id else "attachment"
    lines = [
        f"Content-Type: {kind}{format_parameter('name', attachment.name)}\r\n",
        f"Content-Disposition: {disposition}{format_parameter('filename', attachment.name)}\r\n",
        "Content-Transfer-Encoding: base64\r\n",
    ]
    if attachment.content_id:
        lines.append(f"Content-ID: <{attachment.content_id}>\r\n")
    body = encodebytes(attachment.octets).replace(b"\n", b"\r\n")
    return "".join(lines).encode() + b"\r\n" + body


def _body(draft: Draft) -> bytes:
    part = text_part(draft.text)
    if draft.html:
        shown = text_part(draft.html, "html")
        inline = [file_part(a) for a in draft.attachments if a.content_id]
        if inline:
            shown = multipart("related", [shown, *inline])
        part = multipart("alternative", [part, shown])
    files = [file_part(a) for a in draft.attachments if not (a.content_id and draft.html)]
    if draft.report_type:
        return multipart("report", [part, *files], f'; report-type="{draft.report_type}"')
    return multipart("mixed", [part, *files]) if files else part


def format_parameter(name: str, value: str) -> str:
    """Return a parameter, by RFC 2231 where it is not plain (§4)."""
    if not value:
        return ""
    if value.isascii() and value.isprintable():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    octets = value.encode("utf-8", "replace")
    quoted = "".join(chr(c) if chr(c).isalnum() and c < 128 else f"%{c:02X}" for c in octets)
    return f";\r\n {name}*=utf-8''{quoted}"


def _list(mailboxes: Sequence[Mailbox]) -> bytes:
    return b", ".join(map(format_mailbox, mailboxes))


def format_field(name: str, value: bytes) -> bytes:
    """Return a field, folded at spaces before column 76 where there are any."""
    line = name.encode() + b":"
    done = []
    for word in value.replace(b"\r", b" ").replace(b"\n", b" ").split(b" "):
        if len(line) + 1 + len(word) > _FOLD and len(line) > len(name) + 1:
            done.append(line)
            line = b""
        line += b" " + word
    return b"\r\n".join([*done, line]) + b"\r\n"
