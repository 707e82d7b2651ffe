"""SearchSnippet/get: where in an email a search found its words (RFC 8621 §5)."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from pillarbox.base import analyzer
from pillarbox.base.analyzer import Phrase
from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.email_filter import Condition, Filter, parse_filter
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.snippet import mark
from pillarbox.mime.text import searchable
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.jmap.method import Context
from pillarbox.store import placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import MessageId

MAX_EMAILS: Final = 100
MAX_TEXT: Final = 256 * 1024
"""Characters of a body that are looked at."""
_GET: Final = frozenset({"accountId", "filter", "emailIds"})
_SUBJECT: Final = frozenset({"text", "subject"})
_BODY: Final = frozenset({"text", "body"})


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer SearchSnippet/get."""
    arguments.check_names(args, _GET)
    filter_ = parse_filter(args.get("filter"), context.using)
    asked = arguments.strings(args, "emailIds")
    if asked is None:
        raise arguments.invalid("emailIds is not a list")
    if len(asked) > MAX_EMAILS:
        raise MethodError("requestTooLarge", f"more than {MAX_EMAILS} emails")
    in_subject, in_body = _words(filter_, _SUBJECT), _words(filter_, _BODY)
    numbers = {name: ids.number(ids.EMAIL, name) for name in asked}
    account_id = context.visitor.account_id

    def read(tx: Transaction) -> dict[int, tuple[Any, ...]]:
        known = [MessageId(number) for number in numbers.values() if number is not None]
        there = placements.where(tx, account_id, known)
        columns = ("subject", "tree", "blob")
        rows = placements.metadata_by_id(tx, account_id, there, columns) if there else []
        return {row[0]: row[1:] for row in rows}

    rows = await context.db.read(read)
    listed, missing = [], []
    for name, number in numbers.items():
        row = rows.get(number) if number is not None else None
        if row is None:
            missing.append(name)
            continue
        subject, tree, ref = row
        preview = None
        if in_body:
            try:
                octets = await context.db.blob(BlobRef.parse(ref))
            except (NotFound, Corrupt):
                octets = b""
            preview = await asyncio.to_thread(_preview, octets, bytes(tree), in_body)
        shown = mark(subject, in_subject, whole=True)
        listed.append({"emailId": name, "subject": shown, "preview": preview})
    return {"accountId": args["accountId"], "list": listed, "notFound": missing}


def _preview(octets: bytes, tree: bytes, phrases: Sequence[Phrase]) -> str | None:
    return mark(searchable(octets, MAX_TEXT, decode_tree(tree)), phrases)


def _words(filter_: Filter, names: frozenset[str]) -> list[Phrase]:
    """Return the phrases that are looked for; not those that are to be absent."""
    if isinstance(filter_, Condition):
        return list(analyzer.phrases(filter_.value)) if filter_.name in names else []
    if filter_.operator == "NOT":
        return []
    return [phrase for inner in filter_.conditions for phrase in _words(inner, names)]
