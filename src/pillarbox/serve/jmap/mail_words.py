"""Which messages hold words: where the full-text index plugs in (RFC 8621 §4.4.1).

`Words` is the seam. `StoredWords` needs no index: it reads columns, and octets where they do not
tell. Its answers are right, and slow for many messages.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.jmap.email_filter import Condition
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.text import searchable
from pillarbox.mime.tree import decode_tree, walk
from pillarbox.store import message_traces, placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, MessageId

MAX_TEXT: Final = 1024 * 1024
"""Characters of a body that are looked at."""
CHUNK: Final = 200

_TERM: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)")
_COLUMNS: Final = {"from": "from_text", "to": "to_text", "cc": "cc_text", "subject": "subject"}
_FIELDS: Final = {"from", "to", "cc", "bcc", "subject"}


class Words(Protocol):
    """Finds messages by conditions on words: those of `email_filter.is_text`."""

    async def find(
        self,
        db: Database,
        account_id: AccountId,
        condition: Condition,
        message_ids: Sequence[int],
    ) -> frozenset[int]:
        """Return the messages that match; others than `message_ids` may be among them."""
        ...


def terms(text: str) -> list[str]:
    """Return words and quoted phrases, casefolded, spaces made one (RFC 8621 §4.4.1)."""
    found = []
    for match in _TERM.finditer(text):
        quoted = match[1] if match[1] is not None else match[2]
        term = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if folded := fold(term):
            found.append(folded)
    return found


def fold(text: str) -> str:
    """Return text as it is compared."""
    return " ".join(text.casefold().split())


class StoredWords:
    """Finds words without an index."""

    async def find(
        self,
        db: Database,
        account_id: AccountId,
        condition: Condition,
        message_ids: Sequence[int],
    ) -> frozenset[int]:
        if condition.name == "verdict":
            verdict = condition.value
            return frozenset(await db.scan(message_traces.of_verdict, account_id, verdict))
        found: set[int] = set()
        for start in range(0, len(message_ids), CHUNK):
            some = [MessageId(number) for number in message_ids[start : start + CHUNK]]
            found |= await db.scan(_find, db.blob_now, account_id, condition, some)
        return frozenset(found)


def _find(
    tx: Transaction,
    blob: Callable[[BlobRef], bytes],
    account_id: AccountId,
    condition: Condition,
    message_ids: Sequence[MessageId],
) -> set[int]:
    name = condition.name
    wanted = [] if name == "header" else terms(condition.value)
    if not wanted and name != "header":
        return set(message_ids)
    if name in _COLUMNS:
        rows = placements.metadata_by_id(tx, account_id, message_ids, [_COLUMNS[name]])
        return {row[0] for row in rows if _holds(wanted, [row[1]])}
    columns = ["blob", "tree"]
    rows = placements.metadata_by_id(tx, account_id, message_ids, columns)
    found = set()
    for message_id, ref, tree in rows:
        try:
            octets = blob(BlobRef.parse(ref))
        except (NotFound, Corrupt):
            continue
        if _matches(octets, bytes(tree), condition, wanted):
            found.add(message_id)
    return found


def _matches(octets: bytes, tree: bytes, condition: Condition, wanted: Sequence[str]) -> bool:
    header = parse_header(octets)
    if condition.name == "header":
        return _has_field(header, *condition.value)
    if condition.name == "bcc":
        return _holds(wanted, [field.text for field in header.all("bcc")])
    if condition.name == "listId":
        return _holds(wanted, [field.text for field in header.all("list-id")])
    if condition.name == "attachmentName":
        return _holds(wanted, [part.file_name for part in walk(decode_tree(tree))])
    texts = [searchable(octets, MAX_TEXT, decode_tree(tree))]
    if condition.name == "text":
        texts += [field.text for name in _FIELDS for field in header.all(name)]
    return _holds(wanted, texts)


def _has_field(header: Header, name: str, text: str | None) -> bool:
    fields = header.all(name.lower())
    if text is None:
        return bool(fields)
    folded = fold(text)
    return any(folded in fold(field.text) for field in fields)


def _holds(wanted: Iterable[str], texts: Iterable[Any]) -> bool:
    """Tell whether every term is in some text."""
    folded = [fold(text) for text in texts]
    return all(any(term in text for text in folded) for term in wanted)
