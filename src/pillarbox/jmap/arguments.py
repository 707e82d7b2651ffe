"""The arguments of standard methods, checked (RFC 8620 §5). Pure.

The small functions read one argument; the classes at the end those of a whole method. All raise
MethodError and nothing else, for any JSON value.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.jmap.error import MethodError

MAX_INT: Final = 2**53 - 1  # RFC 8620 §1.3

GET: Final = frozenset({"accountId", "ids", "properties"})
CHANGES: Final = frozenset({"accountId", "sinceState", "maxChanges"})
SET: Final = frozenset({"accountId", "ifInState", "create", "update", "destroy"})
COPY: Final = frozenset(
    {
        "fromAccountId",
        "ifFromInState",
        "accountId",
        "ifInState",
        "create",
        "onSuccessDestroyOriginal",
        "destroyFromIfInState",
    }
)
QUERY: Final = frozenset(
    {
        "accountId",
        "filter",
        "sort",
        "position",
        "anchor",
        "anchorOffset",
        "limit",
        "calculateTotal",
    }
)
QUERY_CHANGES: Final = frozenset(
    {"accountId", "filter", "sort", "sinceQueryState", "maxChanges", "upToId", "calculateTotal"}
)


def invalid(what: str) -> MethodError:
    """Return an invalidArguments error."""
    return MethodError("invalidArguments", what)


def check_names(args: dict[str, Any], known: Collection[str]) -> None:
    """Raise for arguments that the method does not take."""
    if not args.keys() <= set(known):
        raise invalid(f"unknown: {', '.join(sorted(set(args) - set(known)))[:200]}")


def string(args: dict[str, Any], name: str) -> str:
    """Return a string that must be there."""
    found = args.get(name)
    if not isinstance(found, str):
        raise invalid(f"{name} is not a string")
    return found


def string_or_none(args: dict[str, Any], name: str) -> str | None:
    """Return a string, None if it is not there."""
    return None if args.get(name) is None else string(args, name)


def boolean(args: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """Return a boolean; null is as if it were not there."""
    found = args.get(name)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise invalid(f"{name} is not a boolean")
    return found


def number(args: dict[str, Any], name: str, default: int = 0, *, least: int = 0) -> int:
    """Return a whole number of at least `least`; null is as if it were not there."""
    found = number_or_none(args, name, least=least)
    return default if found is None else found


def number_or_none(args: dict[str, Any], name: str, *, least: int = 0) -> int | None:
    """Return a whole number of at least `least`, None if it is not there."""
    found = args.get(name)
    if found is None:
        return None
    if isinstance(found, float) and found.is_integer() and abs(found) <= MAX_INT:
        found = int(found)  # 1.0 and 1e2 are the same numbers in JSON
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= MAX_INT:
        raise invalid(f"{name} is not a number that is allowed")
    return found


def strings(args: dict[str, Any], name: str) -> list[str] | None:
    """Return a list of strings, each once, None for null."""
    found = args.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise invalid(f"{name} is not a list of strings")
    return list(dict.fromkeys(found))


def objects(args: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return a map of objects; null is an empty one."""
    found = args.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise invalid(f"{name} is not a map of objects")
    return found


def ids(args: dict[str, Any], max_objects: int) -> list[str] | None:
    """Return the ids asked for, None for all. Raises MethodError also requestTooLarge."""
    found = strings(args, "ids")
    if found is not None and len(found) > max_objects:
        raise MethodError("requestTooLarge", f"more than {max_objects} ids")
    return found


def properties(args: dict[str, Any], known: Collection[str]) -> list[str] | None:
    """Return the wanted properties, which must be known; None for those there are by default."""
    found = strings(args, "properties")
    if found is not None:
        unknown = [name for name in found if name not in known]
        if unknown:
            raise invalid(f"unknown properties: {', '.join(unknown)[:200]}")
    return found


def state_number(state: str) -> int:
    """Return the number that a state of ours is. Raises cannotCalculateChanges for others."""
    if not state.isascii() or not state.isdecimal() or len(state) > 18:
        raise MethodError("cannotCalculateChanges", "this state is none of ours")
    return int(state)


@dataclass(slots=True)
class Get:
    """Of a /get (§5.1). ids: None for all. properties: None for the default ones."""

    account_id: str
    ids: list[str] | None
    properties: list[str] | None

    @classmethod
    def read(
        cls,
        args: dict[str, Any],
        known: Collection[str],
        max_objects: int,
        more: Collection[str] = (),
    ) -> "Get":
        """known: all properties. more: arguments of the method's own, not read here."""
        check_names(args, GET.union(more))
        asked = ids(args, max_objects)
        return cls(args.get("accountId", ""), asked, properties(args, known))


@dataclass(slots=True)
class Changes:
    """Of a /changes (§5.2). max_changes: None for no limit of the client's."""

    account_id: str
    since_state: str
    max_changes: int | None

    @classmethod
    def read(cls, args: dict[str, Any]) -> "Changes":
        check_names(args, CHANGES)
        limit = number_or_none(args, "maxChanges", least=1)
        return cls(args["accountId"], string(args, "sinceState"), limit)


@dataclass(slots=True)
class Set:
    """Of a /set (§5.3). create, update: empty for none, each value an object."""

    account_id: str
    if_in_state: str | None
    create: dict[str, dict[str, Any]]
    update: dict[str, dict[str, Any]]
    destroy: list[str]

    @classmethod
    def read(cls, args: dict[str, Any], max_objects: int, more: Collection[str] = ()) -> "Set":
        """more: arguments of the method's own, not read here. Raises also requestTooLarge."""
        check_names(args, SET.union(more))
        found = cls(
            args.get("accountId", ""),
            string_or_none(args, "ifInState"),
            objects(args, "create"),
            objects(args, "update"),
            strings(args, "destroy") or [],
        )
        if len(found.create) + len(found.update) + len(found.destroy) > max_objects:
            raise MethodError("requestTooLarge", f"more than {max_objects} objects")
        return found

    def check_state(self, state: str) -> None:
        """Raise stateMismatch if the client expects another state."""
        if self.if_in_state is not None and self.if_in_state != state:
            raise MethodError("stateMismatch")


@dataclass(slots=True)
class Query:
    """Of a /query (§5.5). filter, sort: as sent, for the type to read."""

    account_id: str
    filter: Any
    sort: list[dict[str, Any]]
    position: int
    anchor: str | None
    anchor_offset: int
    limit: int | None
    calculate_total: bool

    @classmethod
    def read(cls, args: dict[str, Any], more: Collection[str] = ()) -> "Query":
        check_names(args, QUERY.union(more))
        return cls(
            args["accountId"],
            args.get("filter"),
            sort(args),
            number(args, "position", least=-MAX_INT),
            string_or_none(args, "anchor"),
            number(args, "anchorOffset", least=-MAX_INT),
            number_or_none(args, "limit"),
            boolean(args, "calculateTotal"),
        )

    def window(self, results: list[str], max_limit: int) -> tuple[int, list[str], int | None]:
        """Return position, the ids from there, and the limit if it is ours, not the client's.

        results: all ids in order. Raises anchorNotFound.
        """
        start = self.position if self.position >= 0 else max(0, len(results) + self.position)
        if self.anchor is not None:
            if self.anchor not in results:
                raise MethodError("anchorNotFound")
            start = max(0, results.index(self.anchor) + self.anchor_offset)
        limit = max_limit if self.limit is None else min(self.limit, max_limit)
        is_ours = self.limit is None or self.limit > max_limit
        found = results[start : start + limit]
        cut = is_ours and len(results) > start + limit
        return start, found, max_limit if cut else None


@dataclass(slots=True)
class QueryChanges:
    """Of a /queryChanges (§5.6). filter, sort: as sent."""

    account_id: str
    filter: Any
    sort: list[dict[str, Any]]
    since_query_state: str
    max_changes: int | None
    up_to_id: str | None
    calculate_total: bool

    @classmethod
    def read(cls, args: dict[str, Any], more: Collection[str] = ()) -> "QueryChanges":
        check_names(args, QUERY_CHANGES.union(more))
        return cls(
            args["accountId"],
            args.get("filter"),
            sort(args),
            string(args, "sinceQueryState"),
            number_or_none(args, "maxChanges", least=1),
            string_or_none(args, "upToId"),
            boolean(args, "calculateTotal"),
        )


def sort(args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the comparators: objects with a property and well-typed isAscending, collation."""
    found = args.get("sort")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid("sort is not a list of comparators")
    for one in found:
        string(one, "property")
        boolean(one, "isAscending", default=True)
        string_or_none(one, "collation")
    return found
