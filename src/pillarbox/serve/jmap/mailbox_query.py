"""Filters and sorts of Mailbox/query (RFC 8621 §2.3)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.collation import collate
from pillarbox.jmap.email_filter import COLLATIONS
from pillarbox.jmap.error import MethodError
from pillarbox.store.ids import MailboxId
from pillarbox.store.mailboxes import SEPARATOR, Mailbox

MAX_DEPTH: Final = 16
MAX_SORTS: Final = 10
_DEFAULT_SORT: Final = [{"property": "sortOrder"}, {"property": "name"}]
_Test = Callable[[Mailbox], bool]


def short_name(mailbox: Mailbox) -> str:
    """Return the last part of the path: the name in JMAP."""
    return mailbox.name.rpartition(SEPARATOR)[2]


@dataclass(slots=True)
class Query:
    """A query that was read. keys: (key, ascending) of each sort, the first counts most."""

    test: _Test
    keys: list[tuple[Callable[[Mailbox], Any], bool]]
    sort_as_tree: bool
    filter_as_tree: bool

    @property
    def is_tree(self) -> bool:
        """Whether a mailbox's place depends on others."""
        return self.sort_as_tree or self.filter_as_tree

    def run(self, mailboxes: Iterable[Mailbox]) -> list[int]:
        """Return the mailboxes that match, in order."""
        tree = {mailbox.mailbox_id: mailbox for mailbox in mailboxes}
        ordered = sorted(tree.values(), key=lambda mailbox: mailbox.mailbox_id)
        for key, ascending in reversed(self.keys):
            ordered.sort(key=key, reverse=not ascending)
        if self.sort_as_tree:
            ordered = _as_tree(ordered)
        matching = {m.mailbox_id for m in ordered if self.test(m)}
        if self.filter_as_tree:
            # A mailbox is in only if all above it are too (RFC 8621 §2.3).
            matching = {number for number in matching if _above(tree, number) <= matching}
        return [m.mailbox_id for m in ordered if m.mailbox_id in matching]


def _as_tree(ordered: list[Mailbox]) -> list[Mailbox]:
    """Put each mailbox behind the one that it is in."""
    children: dict[int, list[Mailbox]] = {}
    for mailbox in ordered:
        children.setdefault(mailbox.parent_id, []).append(mailbox)
    found: list[Mailbox] = []
    waiting = list(reversed(children.get(0, [])))
    while waiting:
        mailbox = waiting.pop()
        found.append(mailbox)
        waiting += reversed(children.get(mailbox.mailbox_id, []))
    return found


def _above(tree: Mapping[MailboxId, Mailbox], number: MailboxId) -> set[int]:
    found: set[int] = set()
    parent = tree[number].parent_id
    while parent and parent not in found and parent in tree:
        found.add(parent)
        parent = tree[parent].parent_id
    return found


def parse_query(asked: arguments.Query | arguments.QueryChanges, args: dict[str, Any]) -> Query:
    """Read filter and sort of a query. args: all arguments. Raises MethodError."""
    test = (lambda _: True) if asked.filter is None else _filter(asked.filter, 0)
    return Query(
        test,
        _sort(asked.sort),
        arguments.boolean(args, "sortAsTree"),
        arguments.boolean(args, "filterAsTree"),
    )


def _filter(value: Any, depth: int) -> _Test:
    if not isinstance(value, dict):
        raise MethodError("invalidArguments", "a filter is an object")
    if depth > MAX_DEPTH:
        raise MethodError("unsupportedFilter", "the filter is too deep")
    if "operator" not in value:
        tests = [_condition(name, wanted) for name, wanted in value.items()]
        return lambda mailbox: all(test(mailbox) for test in tests)
    operator, inner = value["operator"], value.get("conditions")
    if operator not in ("AND", "OR", "NOT") or not isinstance(inner, list):
        raise MethodError("invalidArguments", "operator is not AND, OR or NOT of a list")
    tests = [_filter(one, depth + 1) for one in inner]
    if operator == "AND":
        return lambda mailbox: all(test(mailbox) for test in tests)
    if operator == "OR":
        return lambda mailbox: any(test(mailbox) for test in tests)
    return lambda mailbox: not any(test(mailbox) for test in tests)


def _condition(name: str, wanted: Any) -> _Test:
    kinds: dict[str, tuple[type, ...]] = {
        "parentId": (str, type(None)),
        "name": (str,),
        "role": (str, type(None)),
        "hasAnyRole": (bool,),
        "isSubscribed": (bool,),
    }
    if name not in kinds:
        raise MethodError("unsupportedFilter", f"unknown condition {name[:100]}")
    if not isinstance(wanted, kinds[name]):
        raise MethodError("invalidArguments", f"{name} has no value of its kind")
    if name == "parentId":
        parent = 0 if wanted is None else ids.number(ids.MAILBOX, wanted) or -1
        return lambda mailbox: mailbox.parent_id == parent
    if name == "name":
        folded = str(wanted).casefold()
        return lambda mailbox: folded in short_name(mailbox).casefold()
    if name == "role":
        return lambda mailbox: (mailbox.role.value if mailbox.role else None) == wanted
    if name == "hasAnyRole":
        return lambda mailbox: (mailbox.role is not None) is wanted
    return lambda mailbox: mailbox.subscribed is wanted


def _sort(value: list[dict[str, Any]]) -> list[tuple[Callable[[Mailbox], Any], bool]]:
    if len(value) > MAX_SORTS:
        raise MethodError("unsupportedSort", f"more than {MAX_SORTS} sorts")
    return [_key(one) for one in value or _DEFAULT_SORT]


def _key(one: dict[str, Any]) -> tuple[Callable[[Mailbox], Any], bool]:
    name, collation = arguments.string(one, "property"), one.get("collation") or ""
    ascending = arguments.boolean(one, "isAscending", default=True)
    if set(one) - {"property", "isAscending", "collation"}:
        raise MethodError("unsupportedSort", "unknown property of a sort")
    if collation not in ("", *COLLATIONS):
        raise MethodError("unsupportedSort", "unknown collation")
    if name == "sortOrder":
        return lambda mailbox: mailbox.sort_order, ascending
    if name == "name":
        return lambda mailbox: collate(short_name(mailbox), collation), ascending
    if name == "parentId":
        return lambda mailbox: mailbox.parent_id, ascending
    raise MethodError("unsupportedSort", f"cannot sort by {name[:100]}")
