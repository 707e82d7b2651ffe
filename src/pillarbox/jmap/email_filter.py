"""Filters and sorts of Email/query, read and checked (RFC 8621 §4.4.1, §4.4.2). Pure.

What they mean for a message is decided where the messages are.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.dates import parse_utc_date
from pillarbox.jmap.error import MethodError

MAX_DEPTH: Final = 16
MAX_CONDITIONS: Final = 64
MAX_TEXT: Final = 1000  # characters of one text condition
MAX_MAILBOXES: Final = 1000
MAX_SORTS: Final = 10

SEARCH_URN: Final = "urn:pillarbox:jmap:search"
OWN_FIELDS: Final = frozenset({"attachmentName", "listId"})
OWN_CONDITIONS: Final = OWN_FIELDS | {"verdict"}
"""Conditions that are our own; only for clients that ask for SEARCH_URN."""
TEXT_FIELDS: Final = OWN_FIELDS | {"text", "from", "to", "cc", "bcc", "subject", "body"}
KEYWORD_CONDITIONS: Final = frozenset({"hasKeyword", "notKeyword"})
THREAD_CONDITIONS: Final = frozenset(
    {"allInThreadHaveKeyword", "someInThreadHaveKeyword", "noneInThreadHaveKeyword"}
)
THREAD_SORTS: Final = frozenset({"allInThreadHaveKeyword", "someInThreadHaveKeyword"})
KEYWORD_SORTS: Final = THREAD_SORTS | {"hasKeyword"}
SORTS: Final = (
    "receivedAt",
    "size",
    "from",
    "to",
    "subject",
    "sentAt",
    "hasKeyword",
    "allInThreadHaveKeyword",
    "someInThreadHaveKeyword",
)
COLLATIONS: Final = ("i;ascii-casemap", "i;ascii-numeric", "i;octet", "i;unicode-casemap")
"""What `collation` of a sort may be (RFC 4790, RFC 5051)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    value: a mailbox number (0 for one that cannot exist), a frozenset of them, microseconds since
    1970, octets, a keyword in lower case, a bool, a text, or for "header" (name, text or None).
    """

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Operator:
    """AND, OR or NOT of others (RFC 8620 §5.5). An empty AND is true, an empty OR is not."""

    operator: str
    conditions: tuple["Filter", ...]


Filter = Condition | Operator


@dataclass(frozen=True, slots=True)
class Comparator:
    """One sort. keyword: of the sorts that ask for one, else ""."""

    name: str
    ascending: bool = True
    keyword: str = ""
    collation: str = ""


EVERYTHING: Final = Operator("AND", ())
NEWEST_FIRST: Final = (Comparator("receivedAt", ascending=False),)


def walk(filter_: Filter) -> Iterator[Condition]:
    """Yield every condition."""
    if isinstance(filter_, Condition):
        yield filter_
    else:
        for inner in filter_.conditions:
            yield from walk(inner)


def is_text(condition: Condition) -> bool:
    """Tell whether a condition asks for the message's words, or for what else is looked up."""
    return condition.name in TEXT_FIELDS or condition.name in {"header", "verdict"}


def parse_filter(value: Any, using: Collection[str] = ()) -> Filter:
    """Read a filter; None is everything. using: what the client asked for. Raises MethodError."""
    if value is None:
        return EVERYTHING
    return _Reader(own=SEARCH_URN in using).filter(value, 0)


class _Reader:
    def __init__(self, *, own: bool) -> None:
        self._left = MAX_CONDITIONS
        self._own = own

    def filter(self, value: Any, depth: int) -> Filter:
        if not isinstance(value, dict):
            raise MethodError("invalidArguments", "a filter is an object")
        if depth > MAX_DEPTH:
            raise MethodError("unsupportedFilter", "the filter is too deep")
        if "operator" in value:
            operator, inner = value["operator"], value.get("conditions")
            if operator not in ("AND", "OR", "NOT") or not isinstance(inner, list):
                raise MethodError("invalidArguments", "operator is not AND, OR or NOT of a list")
            if len(value) > 2:
                raise MethodError("unsupportedFilter", "unknown property of an operator")
            self._count(len(inner))
            return Operator(operator, tuple(self.filter(one, depth + 1) for one in inner))
        self._count(len(value))
        if not self._own and (unknown := OWN_CONDITIONS.intersection(value)):
            raise MethodError("unsupportedFilter", f"{min(unknown)} needs {SEARCH_URN}")
        found = [_condition(name, given) for name, given in value.items()]
        return found[0] if len(found) == 1 else Operator("AND", tuple(found))

    def _count(self, more: int) -> None:
        self._left -= more
        if self._left < 0:
            raise MethodError("unsupportedFilter", f"more than {MAX_CONDITIONS} conditions")


def _condition(name: Any, value: Any) -> Condition:
    if name not in _READERS:
        raise MethodError("unsupportedFilter", f"unknown condition {str(name)[:100]}")
    try:
        return Condition(name, _READERS[name](value))
    except (TypeError, ValueError):
        raise MethodError("invalidArguments", f"{name} has no value of its kind") from None


def _mailbox(value: Any) -> int:
    if not isinstance(value, str):
        raise TypeError
    return ids.number(ids.MAILBOX, value) or 0


def _mailboxes(value: Any) -> frozenset[int]:
    if not isinstance(value, list) or len(value) > MAX_MAILBOXES:
        raise TypeError
    return frozenset(map(_mailbox, value))


def _date(value: Any) -> int:
    found = parse_utc_date(value)
    if found is None:
        raise ValueError
    return _micros(found)


def _micros(moment: datetime) -> int:
    epoch = datetime(1970, 1, 1, tzinfo=moment.tzinfo)
    since = moment - epoch
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _octets(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise TypeError
    return value


def _keyword(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.lower()


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise TypeError
    return value


def _header(value: Any) -> tuple[str, str | None]:
    if not isinstance(value, list) or not 1 <= len(value) <= 2:
        raise TypeError
    texts = list(map(_text, value))
    return texts[0], texts[1] if len(texts) == 2 else None


_READERS: Final = {
    "inMailbox": _mailbox,
    "inMailboxOtherThan": _mailboxes,
    "before": _date,
    "after": _date,
    "minSize": _octets,
    "maxSize": _octets,
    "hasAttachment": _bool,
    "header": _header,
    "verdict": _text,
    **dict.fromkeys(KEYWORD_CONDITIONS | THREAD_CONDITIONS, _keyword),
    **dict.fromkeys(TEXT_FIELDS, _text),
}


def parse_sort(value: Sequence[dict[str, Any]]) -> tuple[Comparator, ...]:
    """Read comparators as `arguments.sort` gives them; without any the latest received come first.

    Raises MethodError.
    """
    if len(value) > MAX_SORTS:
        raise MethodError("unsupportedSort", f"more than {MAX_SORTS} sorts")
    return tuple(map(_comparator, value)) or NEWEST_FIRST


def _comparator(value: dict[str, Any]) -> Comparator:
    name, collation = arguments.string(value, "property"), value.get("collation") or ""
    if name not in SORTS:
        raise MethodError("unsupportedSort", f"cannot sort by {name[:100]}")
    ascending = arguments.boolean(value, "isAscending", default=True)
    if collation and collation not in COLLATIONS:
        raise MethodError("unsupportedSort", f"unknown collation {collation[:100]}")
    if set(value) - {"property", "isAscending", "collation", "keyword"}:
        raise MethodError("unsupportedSort", "unknown property of a sort")
    keyword = value.get("keyword")
    if name in KEYWORD_SORTS:
        if not isinstance(keyword, str):
            raise MethodError("invalidArguments", f"the sort by {name} needs a keyword")
        return Comparator(name, ascending, keyword.lower(), collation)
    return Comparator(name, ascending, "", collation)
