"""What emails are sorted by that is in no roster: names, subjects, dates (RFC 8621 §4.4.2)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pillarbox.jmap.collation import collate
from pillarbox.jmap.email_filter import Comparator
from pillarbox.serve.jmap.matching import Keys
from pillarbox.store import placements
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, MessageId


def first_name(people: str) -> str:
    """Return the name of the first address of a stored list, or the address (§4.4.2)."""
    first, _, _ = people.partition(", ")
    if "@" in first and " " not in first:
        return first
    name, found, _ = people.partition(" <")
    return name if found else first


_COLUMNS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "from": ("from_text", first_name),
    "to": ("to_text", first_name),
    "subject": ("base_subject", str),
    "sentAt": ("sent_at", int),
}


async def sort_keys(
    db: Database, account_id: AccountId, sort: Sequence[Comparator], message_ids: Sequence[int]
) -> Keys:
    """Return what the sorts that need columns sort by. A date that is missing is the earliest."""
    needed = [comparator for comparator in sort if comparator.name in _COLUMNS]
    if not needed:
        return {}
    columns = [_COLUMNS[comparator.name][0] for comparator in needed]

    def read(tx: Transaction) -> list[tuple[Any, ...]]:
        numbers = [MessageId(number) for number in message_ids]
        return placements.metadata_by_id(tx, account_id, numbers, columns)

    rows = await db.scan(read)
    found: dict[Comparator, dict[int, Any]] = {}
    for index, comparator in enumerate(needed, 1):
        convert = _COLUMNS[comparator.name][1]
        if comparator.name == "sentAt":
            found[comparator] = {row[0]: row[index] or 0 for row in rows}
        else:
            found[comparator] = {
                row[0]: collate(convert(row[index]), comparator.collation) for row in rows
            }
    return found
