"""Which mail a program may answer (RFC 3834 §2, RFC 5230 §4.6). Pure."""

import re
from typing import Final

from pillarbox.mime.header import Header

# RFC 3834 §2, and what lists and programs write without saying so.
_NOBODY: Final = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|listserv|majordomo|bounces?|owner)"
    r"|owner-.*|.*-(?:request|owner|bounces?|relay)|bounces?[-+=].*|srs[01][-+=].*|prvs=.*",
    re.IGNORECASE,
)
_LIST_FIELDS: Final = (
    "list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner",
    "list-archive", "feedback-id",
)  # fmt: skip
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESSED: Final = frozenset({"all", "oof", "autoreply"})


def unanswerable(header: Header, sender: str) -> str:
    """Return why no program may answer such a message, as a code; "" if one may.

    sender: the envelope's. Codes: "no-return", "nobody", "program", "bulk", "list", "asked".
    """
    if not sender:
        return "no-return"
    if _NOBODY.fullmatch(sender.rpartition("@")[0]):
        return "nobody"
    automatic = header.text("auto-submitted").partition(";")[0].strip().lower()
    if automatic not in {"", "no"}:
        return "program"
    if header.text("precedence").strip().lower() in _BULK:
        return "bulk"
    if any(header.find(name) is not None for name in _LIST_FIELDS):
        return "list"
    wishes = header.text("x-auto-response-suppress").lower().split(",")
    if any(wish.strip() in _SUPPRESSED for wish in wishes):
        return "asked"
    return ""
