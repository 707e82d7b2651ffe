"""SearchSnippet/get: where in an email a search found its words (RFC 8621 §5)."""

import html
import re
from collections.abc import Sequence
from typing import Any, Final

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.email_filter import Condition, Filter, parse_filter
from pillarbox.jmap.error import MethodError
from pillarbox.mime.text import searchable
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.jmap.mail_words import terms
from pillarbox.serve.jmap.method import Context
from pillarbox.store import placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import MessageId

MAX_EMAILS: Final = 100
MAX_OCTETS: Final = 255
"""Of a preview, marks and escapes included (RFC 8621 §5)."""
MAX_TEXT: Final = 256 * 1024
"""Characters of a body that are looked at."""
_BEFORE: Final = 60
"""Characters shown before the first word that was found."""
_GET: Final = frozenset({"accountId", "filter", "emailIds"})
_SUBJECT: Final = frozenset({"text", "subject"})
_BODY: Final = frozenset({"text", "body"})


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer SearchSnippet/get."""
    arguments.check_names(args, _GET)
    filter_ = parse_filter(args.get("filter"))
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
            preview = mark(searchable(octets, MAX_TEXT, decode_tree(bytes(tree))), in_body)
        shown = mark(subject, in_subject, whole=True)
        listed.append({"emailId": name, "subject": shown, "preview": preview})
    return {"accountId": args["accountId"], "list": listed, "notFound": missing}


def _words(filter_: Filter, names: frozenset[str]) -> list[str]:
    """Return the words that are looked for; not those that are to be absent."""
    if isinstance(filter_, Condition):
        return terms(filter_.value) if filter_.name in names else []
    if filter_.operator == "NOT":
        return []
    return [word for inner in filter_.conditions for word in _words(inner, names)]


def mark(text: str, words: Sequence[str], *, whole: bool = False) -> str | None:
    """Return text as HTML in which the words are marked, None if there is none of them.

    whole: all of the text, else at most MAX_OCTETS around the first word.
    """
    if not words:
        return None
    text = " ".join(text.split())
    pattern = re.compile(
        "|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE
    )
    first = pattern.search(text)
    if first is None:
        return None
    start = 0
    if not whole and first.start() > _BEFORE:
        start = text.find(" ", first.start() - _BEFORE, first.start()) + 1
        start = start or first.start() - _BEFORE
    pieces: list[str] = []
    left = len(text.encode("utf-8", "replace")) * 20 if whole else MAX_OCTETS
    at = start
    for match in pattern.finditer(text, start):
        left = _add(pieces, text[at : match.start()], left)
        found = f"<mark>{html.escape(match[0])}</mark>"
        size = len(found.encode("utf-8", "replace"))
        if size > left:
            return "".join(pieces)
        pieces.append(found)
        left -= size
        at = match.end()
    _add(pieces, text[at:], left)
    return "".join(pieces)


def _add(pieces: list[str], text: str, left: int) -> int:
    """Add as much of a text as there is room for; return the room that is left."""
    for char in text:
        escaped = html.escape(char)
        size = len(escaped.encode("utf-8", "replace"))
        if size > left:
            return 0
        pieces.append(escaped)
        left -= size
    return left
