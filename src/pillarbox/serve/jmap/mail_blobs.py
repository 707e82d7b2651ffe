"""The octets of emails and their parts, by blob id (RFC 8620 §6, `jmap/blob_id`)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pillarbox.base.errors import NotFound
from pillarbox.jmap import blob_id, body_parts
from pillarbox.mime.tree import parse
from pillarbox.serve.jmap.method import Context
from pillarbox.store import placements
from pillarbox.store.ids import MessageId

Fetch = Callable[[Context, str], Awaitable[bytes | None]]
"""Returns the octets of a blob that the visitor may read, None if there is none."""


async def fetch(context: Context, text: str) -> bytes | None:
    """Return the octets of an email, or of a part of one."""
    named = blob_id.parse(text)
    if not isinstance(named, blob_id.MessageBlob):
        return None
    number = MessageId(named.message_id)
    try:
        found = await context.db.read(placements.locate_by_id, context.visitor.account_id, number)
        octets = await context.db.blob(found.blob)
    except NotFound:
        return None
    if not named.path:
        return octets
    return await asyncio.to_thread(descend, octets, named.path)


def descend(octets: bytes, path: Sequence[str]) -> bytes | None:
    """Return a part, in the message that is a part, and so on."""
    for part_id in path:
        parts = {part.part_id: part for part in body_parts.view(parse(octets)).walk()}
        if part_id not in parts:
            return None
        octets = body_parts.decoded(octets, parts[part_id].part)
    return octets
