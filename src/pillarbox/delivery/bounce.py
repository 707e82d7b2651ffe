"""Delivery notices: what a sender is told when a message fails, waits, or was passed on.

The first part is for a person: who did not get it, why, and what to do, with the other
server's exact words below. The second is for programs (RFC 3464), the third is the header of
the message (RFC 6522). Notices have the null return path and say that nobody wrote them
(RFC 3834 §5), so that nothing answers them. Pure.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.delivery.reply_words import Words
from pillarbox.mime import dsn
from pillarbox.mime.addresses import Mailbox, format_mailbox
from pillarbox.mime.date import format_date
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.words import encode_words
from pillarbox.store.queue import Item, Recipient

MAX_SUBJECT: Final = 200  # characters of the original subject that are repeated
MAX_WORDS: Final = 1000  # characters of a server's answer that are repeated
MAX_SHOWN: Final = 50  # recipients in the part for a person; programs get all
FULL_OCTETS: Final = dsn.MAX_RETURNED
"""A longer message never goes back whole, whatever its sender asked for."""
_WIDTH: Final = 72
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


@dataclass(frozen=True, slots=True)
class Subject:
    """One recipient that a notice tells of.

    action: "failed", "delayed" or "relayed" (RFC 3464 §2.3.3). code, enhanced, text, host: the
    last answer, as in `Result`. until: when we give up, for "delayed". expired_hours: how long
    we tried, if that is why it failed; else 0.
    """

    recipient: Recipient
    action: str
    words: Words
    code: int = 0
    enhanced: str = ""
    text: str = ""
    host: str = ""
    until: datetime | None = None
    expired_hours: int = 0

    @property
    def status(self) -> str:
        """The enhanced code; a plain one where the server gave none (RFC 3464 §2.3.4)."""
        if self.action == "relayed":
            return self.enhanced if self.enhanced.startswith("2") else "2.0.0"
        if self.expired_hours:
            return "4.4.7"
        wanted = "4" if self.action == "delayed" else "5"
        if self.enhanced[:1] in {"4", "5"}:
            return wanted + self.enhanced[1:] if self.code else self.enhanced
        return f"{wanted}.0.0"

    @property
    def answer(self) -> str:
        """The server's exact words on one line of ASCII, or what we found out ourselves."""
        parts = (str(self.code) if self.code else "", self.enhanced, self.text)
        words = " ".join(part for part in parts if part)[:MAX_WORDS]
        plain = words.encode("ascii", "backslashreplace").decode()
        return _printable(plain)


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes the notice. domain: of the From address. message_id: without brackets."""

    hostname: str
    domain: str
    message_id: str
    now: datetime


def build(subjects: Sequence[Subject], item: Item, original: bytes, by: Author) -> bytes:
    """Return the notice, with CRLF line ends.

    original: the message, or its header at least; goes back whole only if RET=FULL asked for
    it, something failed, and it has at most FULL_OCTETS.
    """
    header = parse_header(original)
    failed = any(subject.action == "failed" for subject in subjects)
    full = failed and returns_whole(item) and len(original) == item.octets
    name = f"Mail delivery at {by.hostname}"
    sender = Mailbox(name, "postmaster", by.domain)
    fields = [
        b"From: " + format_mailbox(sender),
        b"To: <" + _printable(item.sender).encode("utf-8", "replace") + b">",
        b"Subject: " + encode_words(_title(subjects, header)),
        b"Date: " + format_date(by.now).encode(),
        f"Message-ID: <{by.message_id}>".encode(),
        b"Auto-Submitted: auto-replied",  # RFC 3834 §5
        b"MIME-Version: 1.0",
    ]
    if original_id := header.message_id():
        reference = f"<{original_id}>".encode("utf-8", "replace")
        fields[5:5] = [b"In-Reply-To: " + reference, b"References: " + reference]
    report = dsn.report_parts(
        _text(subjects, item, header, by, full=full),
        by.hostname,
        item.created_at,
        [_status(subject, by.now) for subject in subjects],
        original,
        envid=item.envid,
        full=full,
    )
    return b"\r\n".join(fields) + b"\r\n" + report


def returns_whole(item: Item) -> bool:
    """Tell whether the whole message may go back (RFC 3461 §4.3, RFC 8689 §5)."""
    return item.ret == "FULL" and item.octets <= FULL_OCTETS and not item.require_tls


def _title(subjects: Iterable[Subject], header: Header) -> str:
    actions = {subject.action for subject in subjects}
    if "failed" in actions:
        what = "Not delivered"
    elif "delayed" in actions:
        what = "Not yet delivered"
    else:
        what = "Passed on"
    original = " ".join(header.text("subject").split())[:MAX_SUBJECT]
    return f"{what}: {original}" if original else what


def _status(subject: Subject, now: datetime) -> dsn.RecipientStatus:
    recipient = subject.recipient
    return dsn.RecipientStatus(
        recipient=recipient.address,
        action=subject.action,
        status=subject.status,
        diagnostic=subject.answer if subject.code else "",
        remote_mta=subject.host.strip("[]") if subject.code else "",
        original=recipient.orcpt,
        last_attempt=now,
        retry_until=subject.until,
    )


_OPENINGS: Final = {
    "failed": "Your message did not reach",
    "delayed": "Your message has not reached these yet; we keep trying, you need not send it again",
    "relayed": "Your message was passed on to a server that sends no notices of its own, for",
}


def _text(
    subjects: Sequence[Subject], item: Item, header: Header, by: Author, *, full: bool
) -> str:
    """Return the part for a person."""
    lines: list[str] = []
    left = MAX_SHOWN
    for action, opening in _OPENINGS.items():
        told = [subject for subject in subjects if subject.action == action]
        if not told:
            continue
        lines += [*_wrap(f"{opening}:", ""), ""]
        for subject in told[:left]:
            lines += [*_paragraph(subject), ""]
        left = max(left - len(told), 0)
        if not left:
            lines += ["  ... and others, which the report below lists.", ""]
    lines.append("The message:")
    for name in ("subject", "date", "message-id"):
        if shown := " ".join(header.text(name).split())[:MAX_SUBJECT]:
            label = "Message-ID" if name == "message-id" else name.capitalize()
            lines.append(f"  {label}: {shown}")
    lines.append(f"  Accepted here: {_show(item.created_at)}")
    below = "your message" if full else "the header of your message"
    closing = f"A report for programs and {below} follow. This notice was made by {by.hostname}"
    closing += f"; its administrator finds the story under {item.trace_id}." * bool(item.trace_id)
    lines += ["", *_wrap(closing if item.trace_id else closing + ".", "")]
    return "\n".join(lines)


def _paragraph(subject: Subject) -> list[str]:
    lines = [f"  {subject.recipient.address}"]
    if subject.action == "relayed":
        return [*lines, *_wrap(f"{subject.host} took it.", "    ")]
    lines += _wrap(subject.words.meaning, "    ")
    if subject.expired_hours:
        lines += _wrap(f"We tried for {_hours(subject.expired_hours)} and gave up.", "    ")
    if subject.until is not None:
        lines += _wrap(f"We keep trying until {_show(subject.until)}.", "    ")
    advice = subject.words.wait if subject.action == "delayed" else subject.words.advice
    lines += _wrap(f"What to do: {advice}", "    ")
    if subject.code:
        lines += [f"    The words of {subject.host}:", *_wrap(subject.answer, "      ")]
    elif subject.text:
        lines += ["    What we know:", *_wrap(subject.answer, "      ")]
    return lines


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _hours(hours: int) -> str:
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return "an hour" if hours == 1 else f"{hours} hours"


def _show(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS.split()[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"
