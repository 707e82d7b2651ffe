"""Quota/get, /changes, /query and /queryChanges (RFC 9425): one quota, the account's own.

Its state is what is used and what may be: then no history is needed.
"""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.jmap import arguments
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.store import quota
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.quota import Usage

URN: Final = "urn:ietf:params:jmap:quota"
ID: Final = "storage"
TYPES: Final = ("Email",)
PROPERTIES: Final = frozenset(
    {
        "id",
        "resourceType",
        "used",
        "hardLimit",
        "scope",
        "name",
        "types",
        "warnLimit",
        "softLimit",
        "description",
    }
)
_FILTERS: Final = {"name": str, "scope": str, "resourceType": str, "type": str}
_OPERATORS: Final = ("AND", "OR", "NOT")
_SORTS: Final = ("name", "used")


def capability() -> Capability:
    """Return the capability."""
    methods = {
        "Quota/get": get,
        "Quota/changes": changes,
        "Quota/query": query,
        "Quota/queryChanges": query_changes,
    }
    return Capability(URN, methods, states=_states)


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {"Quota": _state(quota.usage(tx, account_id))}


def _state(usage: Usage) -> str:
    return f"{usage.octets if usage.limit_octets else 0}.{usage.limit_octets}"


def _parsed(state: str) -> tuple[int, int]:
    """Return what was used and the limit. Raises MethodError cannotCalculateChanges."""
    used, dot, limit = state.partition(".")
    if not dot:
        raise MethodError("cannotCalculateChanges")
    return arguments.state_number(used), arguments.state_number(limit)


def as_object(usage: Usage) -> dict[str, Any]:
    """Return the Quota object (§4)."""
    return {
        "id": ID,
        "resourceType": "octets",
        "used": usage.octets,
        "hardLimit": usage.limit_octets,
        "scope": "account",
        "name": "Storage",
        "types": list(TYPES),
        "warnLimit": None,
        "softLimit": None,
        "description": None,
    }


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Quota/get (§4.2). There is none where the account has no limit."""
    asked = arguments.Get.read(args, PROPERTIES, context.limits.max_objects_in_get)
    usage = await context.db.read(quota.usage, context.visitor.account_id)
    wanted = [ID] if asked.ids is None else asked.ids
    found = [as_object(usage)] if ID in wanted and usage.limit_octets else []
    if asked.properties is not None:
        shown = {"id", *asked.properties}
        found = [{name: one[name] for name in one if name in shown} for one in found]
    there = [one["id"] for one in found]
    return {
        "accountId": asked.account_id,
        "state": _state(usage),
        "list": found,
        "notFound": [one for one in asked.ids or () if one not in there],
    }


async def changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Quota/changes (§4.3)."""
    asked = arguments.Changes.read(args)
    used, limit = _parsed(asked.since_state)
    usage = await context.db.read(quota.usage, context.visitor.account_id)
    state = _state(usage)
    lists: dict[str, list[str]] = {"created": [], "updated": [], "destroyed": []}
    if state != asked.since_state:
        was, is_ = limit > 0, usage.limit_octets > 0
        kind = "updated" if was and is_ else "created" if is_ else "destroyed"
        lists[kind] = [ID]
    only_used = bool(lists["updated"]) and limit == usage.limit_octets and used != usage.octets
    return {
        "accountId": asked.account_id,
        "oldState": asked.since_state,
        "newState": state,
        "hasMoreChanges": False,
        **lists,
        "updatedProperties": ["used"] if only_used else None,
    }


async def query(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Quota/query (§4.4)."""
    asked = arguments.Query.read(args)
    usage = await context.db.read(quota.usage, context.visitor.account_id)
    found = _matching(usage, asked.filter, asked.sort)
    position, page, limit = asked.window(found, context.limits.max_objects_in_get)
    answer: dict[str, Any] = {
        "accountId": asked.account_id,
        "queryState": _state(usage),
        "canCalculateChanges": False,
        "position": position,
        "ids": page,
    }
    if limit is not None:
        answer["limit"] = limit
    if asked.calculate_total:
        answer["total"] = len(found)
    return answer


async def query_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Quota/queryChanges (§4.5): only whether nothing changed."""
    asked = arguments.QueryChanges.read(args)
    usage = await context.db.read(quota.usage, context.visitor.account_id)
    found = _matching(usage, asked.filter, asked.sort)
    if _state(usage) != asked.since_query_state:
        raise MethodError("cannotCalculateChanges")
    answer: dict[str, Any] = {
        "accountId": asked.account_id,
        "oldQueryState": asked.since_query_state,
        "newQueryState": _state(usage),
        "removed": [],
        "added": [],
    }
    if asked.calculate_total:
        answer["total"] = len(found)
    return answer


def _matching(usage: Usage, wanted: Any, sort: list[dict[str, Any]]) -> list[str]:
    """Return the ids that a filter lets through. Raises MethodError."""
    for one in sort:
        if one["property"] not in _SORTS:
            raise MethodError("unsupportedSort")
    one = as_object(usage)
    good = _fits(one, wanted, 0) and usage.limit_octets > 0
    return [ID] if good else []


def _fits(one: dict[str, Any], wanted: Any, depth: int) -> bool:
    if wanted is None:
        return True
    if not isinstance(wanted, dict) or depth > 10:
        raise arguments.invalid("filter is no filter")
    if "operator" in wanted:
        conditions = wanted.get("conditions")
        operator = wanted["operator"]
        if operator not in _OPERATORS or not isinstance(conditions, list) or len(conditions) > 100:
            raise arguments.invalid("filter has no such operator")
        fits = [_fits(one, each, depth + 1) for each in conditions]
        return all(fits) if operator == "AND" else any(fits) is (operator == "OR")
    for name, value in wanted.items():
        if name not in _FILTERS:
            raise MethodError("unsupportedFilter", name[:100])
        if not isinstance(value, str):
            raise arguments.invalid(f"{name} is not a string")
        if not _condition(one, name, value):
            return False
    return True


def _condition(one: dict[str, Any], name: str, value: str) -> bool:
    if name == "name":
        return value.casefold() in one["name"].casefold()
    if name == "type":
        return value in one["types"]
    return bool(one[name] == value)
