"""Which messages of a roster a filter means, and in what order (RFC 8621 §4.4).

Words are looked up beforehand (`mail_text`); all else is in the roster.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pillarbox.jmap.email_filter import (
    EVERYTHING,
    NEWEST_FIRST,
    THREAD_CONDITIONS,
    THREAD_SORTS,
    Comparator,
    Condition,
    Filter,
    Operator,
    walk,
)
from pillarbox.serve.jmap.roster import Roster
from pillarbox.store import keywords as kw
from pillarbox.store.rosters import Entry

Found = Mapping[Condition, frozenset[int]]
"""The messages that each condition on words finds."""
Keys = Mapping[Comparator, Mapping[int, Any]]
"""For each sort by something that is not in the roster: message -> what to sort by."""
_Test = Callable[[Entry], bool]

NOTHING: Final[Found] = {}
NO_KEYS: Final[Keys] = {}


class _Keywords:
    """Which stored forms contain a keyword; each is cut apart once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, bool] = {}

    def __call__(self, stored: str) -> bool:
        found = self._known.get(stored)
        if found is None:
            found = self._known[stored] = self._name in kw.names(stored)
        return found


def candidates(roster: Roster, filter_: Filter) -> tuple[Sequence[Entry], Filter]:
    """Return a list that holds all that match, oldest first, and what is left to test."""
    parts = (
        filter_.conditions
        if isinstance(filter_, Operator) and filter_.operator == "AND"
        else (filter_,)
    )
    for part in parts:
        if isinstance(part, Condition) and part.name == "inMailbox":
            rest = tuple(other for other in parts if other is not part)
            return roster.list_(part.value or -1), Operator("AND", rest) if rest else EVERYTHING
        if isinstance(part, Operator) and part.operator == "AND":
            inner, rest_inner = candidates(roster, part)
            if rest_inner is not part:
                rest = (rest_inner, *(other for other in parts if other is not part))
                return inner, Operator("AND", rest)
    return roster.list_(), filter_


def _parts(filter_: Filter) -> Iterator[Condition]:
    """Yield the conditions that all that matches fulfils."""
    if isinstance(filter_, Condition):
        yield filter_
    elif filter_.operator == "AND":
        for inner in filter_.conditions:
            yield from _parts(inner)


def is_everything(filter_: Filter) -> bool:
    """Tell whether a filter surely leaves nothing out."""
    return (
        isinstance(filter_, Operator)
        and filter_.operator == "AND"
        and all(map(is_everything, filter_.conditions))
    )


def matches(
    roster: Roster,
    filter_: Filter,
    sort: Sequence[Comparator],
    found: Found,
    keys: Keys,
    known: Container[int] | None,
) -> Iterator[Entry]:
    """Yield what matches, in order. Nobody may change the roster meanwhile.

    known: the messages to which found and keys apply, None for all.
    """
    entries, rest = candidates(roster, filter_)
    few = min((found[part] for part in _parts(filter_) if part in found), key=len, default=None)
    if few is not None and len(few) * 4 < len(entries):
        entries = sorted(roster.entries[number] for number in few if number in roster.entries)
        rest = filter_
    ordered: Iterable[Entry] = reversed(entries)
    if known is not None:
        ordered = (entry for entry in ordered if entry.message_id in known)
    if not is_everything(rest):
        ordered = filter(test(roster, rest, found), ordered)
    if tuple(sort) != NEWEST_FIRST:
        listed = list(ordered)
        # Each sort keeps the order of those before it: the last one counts least.
        for comparator in reversed(sort):
            listed.sort(key=_key(roster, comparator, keys), reverse=not comparator.ascending)
        ordered = listed
    return iter(ordered)


def collapsed(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the first message of each thread (RFC 8621 §4.4.3)."""
    seen: set[int] = set()
    for entry in entries:
        if entry.thread_id not in seen:
            seen.add(entry.thread_id)
            yield entry


def depends_on_threads(filter_: Filter, sort: Sequence[Comparator]) -> bool:
    """Tell whether a change of one message may move others of its thread in or out."""
    return any(c.name in THREAD_CONDITIONS for c in walk(filter_)) or any(
        c.name in THREAD_SORTS for c in sort
    )


def test(roster: Roster, filter_: Filter, found: Found) -> _Test:
    """Return what tells whether a message matches."""
    if isinstance(filter_, Condition):
        return _condition(roster, filter_, found)
    tests = [test(roster, inner, found) for inner in filter_.conditions]
    if filter_.operator == "AND":
        return tests[0] if len(tests) == 1 else lambda entry: all(t(entry) for t in tests)
    if filter_.operator == "OR":
        return lambda entry: any(t(entry) for t in tests)
    return lambda entry: not any(t(entry) for t in tests)


def _condition(roster: Roster, condition: Condition, found: Found) -> _Test:
    if condition in found:
        ids = found[condition]
        return lambda entry: entry.message_id in ids
    if condition.name in THREAD_CONDITIONS:
        return _thread_test(roster, condition)
    return _TESTS[condition.name](condition.value)


def _thread_test(roster: Roster, condition: Condition) -> _Test:
    has = _Keywords(condition.value)
    entries, members = roster.entries, roster.members
    how = all if condition.name == "allInThreadHaveKeyword" else any
    wanted = condition.name != "noneInThreadHaveKeyword"
    known: dict[int, bool] = {}

    def has_thread(entry: Entry) -> bool:
        answer = known.get(entry.thread_id)
        if answer is None:
            ids = members[entry.thread_id]
            answer = how(has(entries[i].keywords) for i in ids) is wanted
            known[entry.thread_id] = answer
        return answer

    return has_thread


def _in_mailbox(mailbox_id: int) -> _Test:
    return lambda entry: mailbox_id in entry.mailbox_ids


def _other_than(mailbox_ids: frozenset[int]) -> _Test:
    return lambda entry: not mailbox_ids.issuperset(entry.mailbox_ids)


def _before(micros: int) -> _Test:
    return lambda entry: entry.received_at < micros


def _after(micros: int) -> _Test:
    return lambda entry: entry.received_at >= micros


def _min_size(octets: int) -> _Test:
    return lambda entry: entry.octets >= octets


def _max_size(octets: int) -> _Test:
    return lambda entry: entry.octets < octets


def _has_keyword(name: str) -> _Test:
    has = _Keywords(name)
    return lambda entry: has(entry.keywords)


def _not_keyword(name: str) -> _Test:
    has = _Keywords(name)
    return lambda entry: not has(entry.keywords)


def _has_attachment(wanted: bool) -> _Test:  # noqa: FBT001 - the value of the condition
    return lambda entry: bool(entry.has_attachment) is wanted


_TESTS: Final[dict[str, Callable[[Any], _Test]]] = {
    "inMailbox": _in_mailbox,
    "inMailboxOtherThan": _other_than,
    "before": _before,
    "after": _after,
    "minSize": _min_size,
    "maxSize": _max_size,
    "hasKeyword": _has_keyword,
    "notKeyword": _not_keyword,
    "hasAttachment": _has_attachment,
}


def _key(roster: Roster, comparator: Comparator, keys: Keys) -> Callable[[Entry], Any]:
    name = comparator.name
    if name == "receivedAt":
        return lambda entry: entry.received_at
    if name == "size":
        return lambda entry: entry.octets
    if name == "hasKeyword":
        has = _Keywords(comparator.keyword)
        return lambda entry: has(entry.keywords)
    if name in THREAD_SORTS:
        return _thread_test(roster, Condition(name, comparator.keyword))
    known = keys[comparator]
    return lambda entry: known[entry.message_id]
