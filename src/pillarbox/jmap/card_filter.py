"""Filters and sorts of ContactCard/query (RFC 9610 §3.3.1, §3.3.2). Pure.

Words are looked for as in mail search boxes: each must be there, as part of a word will do.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pillarbox.base import analyzer
from pillarbox.jmap import card as cards
from pillarbox.jmap.dates import parse_utc_date
from pillarbox.jmap.error import MethodError

MAX_DEPTH: Final = 16
MAX_CONDITIONS: Final = 200
MAX_SORTS: Final = 10

Test = Callable[[Mapping[str, Any]], bool]

_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "text": (),
    "name": ("name",),
    "nickname": ("nicknames",),
    "organization": ("organizations",),
    "email": ("emails",),
    "phone": ("phones",),
    "onlineService": ("onlineServices",),
    "address": ("addresses",),
    "note": ("notes",),
}
_PARTS: Final = {"name/given": "given", "name/surname": "surname", "name/surname2": "surname2"}
_DATES: Final = {
    "createdBefore": ("created", True),
    "createdAfter": ("created", False),
    "updatedBefore": ("updated", True),
    "updatedAfter": ("updated", False),
}
SORTS: Final = ("created", "updated", *_PARTS, "name")


def parse_filter(value: Any) -> Test:
    """Return what tells whether a card is meant. Raises MethodError."""
    if value is None:
        return lambda _: True
    return _filter(value, 0, [MAX_CONDITIONS])


def _filter(value: Any, depth: int, left: list[int]) -> Test:
    if not isinstance(value, dict):
        raise MethodError("invalidArguments", "a filter is an object")
    if depth > MAX_DEPTH:
        raise MethodError("unsupportedFilter", "the filter is too deep")
    operator = value.get("operator")
    given = value.get("conditions") if operator is not None else value
    if operator is not None and (
        operator not in {"AND", "OR", "NOT"} or not isinstance(given, list)
    ):
        raise MethodError("invalidArguments", "operator is not AND, OR or NOT of a list")
    assert given is not None
    left[0] -= len(given)
    if left[0] < 0:
        raise MethodError("unsupportedFilter", f"more than {MAX_CONDITIONS} conditions")
    if operator is None:
        tests = [_condition(name, one) for name, one in value.items()]
        return lambda card: all(test(card) for test in tests)
    inner = [_filter(one, depth + 1, left) for one in given]
    if operator == "AND":
        return lambda card: all(test(card) for test in inner)
    if operator == "OR":
        return lambda card: any(test(card) for test in inner)
    return lambda card: not any(test(card) for test in inner)


def _condition(name: Any, value: Any) -> Test:
    if not isinstance(value, str):
        raise MethodError("invalidArguments", f"{str(name)[:100]} is not a string")
    if name in _TEXTS:
        properties, terms = _TEXTS[name], _terms(value)
        return lambda card: _holds(terms, cards.words(card, *properties))
    if name in _PARTS:
        kind, terms = _PARTS[name], _terms(value)
        return lambda card: _holds(terms, analyzer.fold(cards.component(card, kind)))
    if name in _DATES:
        return _date(*_DATES[name], value)
    match name:
        case "inAddressBook":
            return lambda _: value == cards.BOOK_ID
        case "uid":
            return lambda card: card.get("uid") == value
        case "hasMember":
            return lambda card: value in (card.get("members") or ())
        case "kind":
            return lambda card: card.get("kind", "individual") == value
    raise MethodError("unsupportedFilter", f"unknown condition {str(name)[:100]}")


def _date(name: str, before: bool, value: str) -> Test:  # noqa: FBT001 - of a table
    limit = parse_utc_date(value)
    if limit is None:
        raise MethodError("invalidArguments", f"{value[:50]!r} is no UTCDate")

    def test(card: Mapping[str, Any]) -> bool:
        moment = _moment(card, name)
        return moment is not None and ((moment < limit) if before else (moment >= limit))

    return test


def _moment(card: Mapping[str, Any], name: str) -> datetime | None:
    return parse_utc_date(card.get(name))


def _terms(text: str) -> list[str]:
    return analyzer.fold(text[: analyzer.MAX_QUERY]).replace('"', " ").split()


def _holds(terms: Sequence[str], words: str) -> bool:
    return all(term in words for term in terms)


def sort(listed: list[tuple[int, Mapping[str, Any]]], comparators: Sequence[Any]) -> None:
    """Put (id, card) in order; by name if nobody says how. Raises MethodError."""
    if len(comparators) > MAX_SORTS:
        raise MethodError("unsupportedSort", f"more than {MAX_SORTS} sorts")
    for comparator in reversed(comparators or [{"property": "name"}]):
        name = comparator["property"]
        if name not in SORTS:
            raise MethodError("unsupportedSort", f"cannot sort by {name[:100]}")
        listed.sort(key=_key_of(name), reverse=not comparator.get("isAscending", True))


def _key_of(name: str) -> Callable[[tuple[int, Mapping[str, Any]]], str]:
    key = _key(name)
    return lambda pair: key(pair[1])


def _key(name: str) -> Callable[[Mapping[str, Any]], str]:
    if name == "name":
        return lambda card: analyzer.fold(cards.full_name(card))
    if name in _PARTS:
        return lambda card: analyzer.fold(cards.component(card, _PARTS[name]))
    return lambda card: str(card.get(name, ""))
