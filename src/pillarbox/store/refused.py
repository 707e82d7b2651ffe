"""What was refused or put off for an account: traces of mail that is in nobody's mailbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, text

_LIST: Final = """
SELECT t.trace_id FROM trace_readers r JOIN traces t ON t.trace_no = r.trace_no
WHERE r.account_id = ?1{more} ORDER BY r.trace_no DESC LIMIT ?2 OFFSET ?3
"""
_COUNT: Final = """
SELECT COUNT(*) FROM trace_readers r JOIN traces t ON t.trace_no = r.trace_no
WHERE r.account_id = ?1{more}
"""
_IS_READER: Final = """
SELECT 1 FROM traces t JOIN trace_readers r ON r.trace_no = t.trace_no AND r.account_id = ?2
WHERE t.trace_id = ?1
"""
_NEWEST: Final = "SELECT COALESCE(MAX(trace_no), 0) FROM trace_readers WHERE account_id = ?1"
_TEXTS: Final = ("sender", "header_from", "subject")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; "" and None match everything, all given must match.

    action: "refused" or "deferred". text: anywhere in sender, author or subject, without regard
    to the case of ASCII letters. after, before: when it came, the latter exclusive.
    """

    action: str = ""
    text: str = ""
    after: datetime | None = None
    before: datetime | None = None


def list_(
    tx: Transaction, account_id: AccountId, wanted: Wanted, limit: int, position: int = 0
) -> list[str]:
    """Return ids of traces that an account may read, latest first, from a position on."""
    more, parameters = _conditions(wanted, 4)
    sql = _LIST.format(more=more)
    return [row[0] for row in tx.all(sql, account_id, limit, position, *parameters)]


def count(tx: Transaction, account_id: AccountId, wanted: Wanted) -> int:
    """Return how many there are."""
    more, parameters = _conditions(wanted, 2)
    found: int = tx.value(_COUNT.format(more=more), account_id, *parameters)
    return found


def is_reader(tx: Transaction, account_id: AccountId, trace_id: str) -> bool:
    """Tell whether a message that is in no mailbox was for an account."""
    return tx.one(_IS_READER, text(trace_id), account_id) is not None


def newest(tx: Transaction, account_id: AccountId) -> int:
    """Return a number that grows whenever something more was refused for an account."""
    found: int = tx.value(_NEWEST, account_id)
    return found


def _conditions(wanted: Wanted, first: int) -> tuple[str, list[Any]]:
    """Return what is added to WHERE, and its parameters, which are numbered from `first`."""
    conditions: list[str] = []
    parameters: list[Any] = []

    def bind(value: str | int) -> str:
        parameters.append(value)
        return f"?{first + len(parameters) - 1}"

    if wanted.action:
        conditions.append(f"t.action = {bind(text(wanted.action))}")
    if wanted.text:
        piece = bind(text(wanted.text).lower())
        conditions.append(
            "("
            + " OR ".join(
                f"REPLACE(LOWER(t.{column}), {piece}, '') <> LOWER(t.{column})" for column in _TEXTS
            )
            + ")"
        )
    if wanted.after is not None:
        conditions.append(f"t.started_at >= {bind(micros(wanted.after))}")
    if wanted.before is not None:
        conditions.append(f"t.started_at < {bind(micros(wanted.before))}")
    return "".join(f" AND {condition}" for condition in conditions), parameters
