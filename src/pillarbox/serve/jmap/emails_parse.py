"""Email/parse: messages in blobs, such as attached ones (RFC 8621 §4.9)."""

import asyncio
from typing import Any, Final

from pillarbox.jmap import arguments
from pillarbox.jmap.error import MethodError
from pillarbox.mime.summary import summarise
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.jmap.email_view import BODY_ARGUMENTS, Message, View, Wanted, wanted_of
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Context

DEFAULT: Final = (
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
MAX_BLOBS: Final = 50
"""Messages in one call."""
_STORED: Final = ("id", "mailboxIds", "keywords", "receivedAt", "threadId")
"""Properties that only an email in a mailbox has; null here."""
_PARSE: Final = BODY_ARGUMENTS | {"accountId", "blobIds", "properties"}


class EmailsParse:
    """The method that takes blobs apart. fetch: gives the blobs."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def parse(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/parse."""
        arguments.check_names(args, _PARSE)
        blob_ids = arguments.strings(args, "blobIds")
        if blob_ids is None:
            raise arguments.invalid("blobIds is not a list")
        if len(blob_ids) > MAX_BLOBS:
            raise MethodError("requestTooLarge", f"more than {MAX_BLOBS} blobs")
        given = arguments.strings(args, "properties")
        shown = wanted_of(args, DEFAULT if given is None else given)
        parsed: dict[str, Any] = {}
        missing, failed = [], []
        for blob_id in blob_ids:
            octets = await self._fetch(context, blob_id)
            if octets is None:
                missing.append(blob_id)
            elif not is_message(octets):
                failed.append(blob_id)
            else:
                parsed[blob_id] = await asyncio.to_thread(_parse, octets, blob_id, shown, given)
        return {
            "accountId": args["accountId"],
            "parsed": parsed or None,
            "notParsable": failed or None,
            "notFound": missing or None,
        }


def is_message(octets: bytes) -> bool:
    """Tell whether octets can be a message: they begin with a field, and are no binary file."""
    name, colon, _ = octets.lstrip(b"\r\n")[:1000].partition(b":")
    return bool(colon and name.strip()) and all(32 < octet < 127 for octet in name.strip())


def _parse(octets: bytes, blob_id: str, shown: Wanted, given: list[str] | None) -> dict[str, Any]:
    summary = summarise(octets)
    row = {
        "octets": summary.size,
        "has_attachment": summary.has_attachment,
        "preview": summary.preview,
        "thread_id": 0,
        "received_at": 0,
    }
    message = Message(0, row, octets=octets, tree=decode_tree(summary.tree), blob_id=blob_id)
    found = View(message, shown).as_object()
    for name in _STORED:
        if name in found:
            found[name] = None
    if given is None or "id" not in given:
        del found["id"]
    return found
