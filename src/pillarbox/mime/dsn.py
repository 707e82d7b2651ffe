"""Delivery status notifications (RFC 3464, RFC 6522): built, and read tolerantly.

Three parts: one for a person, one for programs, and the header of what was sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.mime import tree
from pillarbox.mime.build import multipart, text_part
from pillarbox.mime.date import format_date
from pillarbox.mime.header import parse_header

MAX_RETURNED: Final = 100 * 1024  # octets of the message that go back


@dataclass(frozen=True, slots=True)
class RecipientStatus:
    """What happened to one recipient (RFC 3464 §2.3).

    action: "failed", "delayed", "delivered", "relayed" or "expanded". status: "5.1.1".
    diagnostic: the peer's words. remote_mta: its name. original: "rfc822;..." or "".
    """

    recipient: str
    action: str
    status: str
    diagnostic: str = ""
    remote_mta: str = ""
    original: str = ""
    last_attempt: datetime | None = None
    retry_until: datetime | None = None


def report_parts(
    text: str,
    reporting_mta: str,
    arrived_at: datetime,
    recipients: Sequence[RecipientStatus],
    original: bytes,
    *,
    envid: str = "",
    full: bool = False,
) -> bytes:
    """Return the multipart/report with its Content-Type field, to follow the other fields.

    original: the message; its header goes back, or all of it with `full` up to 100 KiB.
    """
    status = [b"Reporting-MTA: dns;" + _clean(reporting_mta)]
    if envid:
        status.append(b"Original-Envelope-Id: " + _clean(envid))
    status.append(b"Arrival-Date: " + format_date(arrived_at).encode())
    blocks = [b"\r\n".join(status)] + [_block(recipient) for recipient in recipients]
    utf8 = not all(recipient.recipient.isascii() for recipient in recipients)
    kind = b"message/global-delivery-status" if utf8 else b"message/delivery-status"
    machine = b"Content-Type: " + kind + b"\r\n\r\n" + b"\r\n\r\n".join(blocks) + b"\r\n"
    if full and len(original) <= MAX_RETURNED:
        returned = b"Content-Type: message/rfc822\r\n\r\n" + original
    else:
        head = original[: parse_header(original).end][:MAX_RETURNED]
        returned = b"Content-Type: text/rfc822-headers\r\n\r\n" + head
    if not returned.isascii():
        mark = b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        returned = returned.replace(b"\r\n\r\n", mark, 1)
    parts = [text_part(text), machine, returned]
    return multipart("report", parts, "; report-type=delivery-status")


def _block(recipient: RecipientStatus) -> bytes:
    kind = b"rfc822;" if recipient.recipient.isascii() else b"utf-8;"
    lines = []
    if recipient.original:
        lines.append(b"Original-Recipient: " + _clean(recipient.original))
    lines += [
        b"Final-Recipient: " + kind + _clean(recipient.recipient),
        b"Action: " + _clean(recipient.action),
        b"Status: " + _clean(recipient.status),
    ]
    if recipient.remote_mta:
        lines.append(b"Remote-MTA: dns;" + _clean(recipient.remote_mta))
    if recipient.diagnostic:
        lines.append(b"Diagnostic-Code: smtp; " + _clean(recipient.diagnostic))
    if recipient.last_attempt is not None:
        lines.append(b"Last-Attempt-Date: " + format_date(recipient.last_attempt).encode())
    if recipient.retry_until is not None:
        lines.append(b"Will-Retry-Until: " + format_date(recipient.retry_until).encode())
    return b"\r\n".join(lines)


def _clean(text: str) -> bytes:
    shown = "".join(c if c.isprintable() else " " for c in text[:900])
    return shown.encode("utf-8", "replace")


def parse(message: bytes) -> list[RecipientStatus]:
    """Return what a notification says of each recipient; empty for what is none."""
    found = []
    for part in tree.walk(tree.parse(message)):
        if (part.kind, part.subtype) not in {
            ("message", "delivery-status"),
            ("message", "global-delivery-status"),
        }:
            continue
        body = message[part.body_start : part.end].replace(b"\r\n", b"\n").strip(b"\n")
        for block in body.split(b"\n\n")[1:]:
            fields = parse_header(block + b"\n")
            if fields.find("final-recipient") is None:
                continue
            found.append(
                RecipientStatus(
                    recipient=fields.text("final-recipient").partition(";")[2].strip(),
                    action=fields.text("action").lower(),
                    status=fields.text("status").split(" ")[0],
                    diagnostic=fields.text("diagnostic-code").partition(";")[2].strip(),
                    remote_mta=fields.text("remote-mta").partition(";")[2].strip(),
                    original=fields.text("original-recipient"),
                )
            )
    return found
