"""Arguments of the standard methods (RFC 8620 §5), checked. Stands in until core's are there."""

from collections.abc import Callable
from typing import Any, Final

from pillarbox.jmap import ids as jmap_ids
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.method import Context
from pillarbox.store import changes as store_changes
from pillarbox.store.changes import Changes, States
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_CHANGES: Final = 100_000
"""Ids in an answer to a client that names no limit."""


def invalid(what: str) -> MethodError:
    """Return an invalidArguments error."""
    return MethodError("invalidArguments", what)


def check_names(args: dict[str, Any], known: frozenset[str]) -> None:
    """Raise for arguments that the method does not take."""
    unknown = sorted(set(args) - known)
    if unknown:
        raise invalid(f"unknown: {', '.join(unknown)[:200]}")


def string(args: dict[str, Any], name: str) -> str:
    """Return a string that must be there."""
    found = args.get(name)
    if not isinstance(found, str):
        raise invalid(f"{name} is not a string")
    return found


def boolean(args: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """Return a boolean."""
    found = args.get(name, default)
    if found is None:
        return default
    if not isinstance(found, bool):
        raise invalid(f"{name} is not a boolean")
    return found


def number(args: dict[str, Any], name: str, default: int | None = None, least: int = 0) -> Any:
    """Return a whole number of at least `least`."""
    found = args.get(name)
    if found is None:
        return default
    if not is_number(found, least):
        raise invalid(f"{name} is not a number that is allowed")
    return found


def is_number(value: object, least: int = 0) -> bool:
    """Tell whether a value is a whole number of at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**53


def strings(args: dict[str, Any], name: str) -> list[str] | None:
    """Return a list of strings, each once, None for null."""
    found = args.get(name)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise invalid(f"{name} is not a list of strings")
    return list(dict.fromkeys(found))


def ids(args: dict[str, Any], max_objects: int) -> list[str] | None:
    """Return the ids asked for, None for all."""
    found = strings(args, "ids")
    if found is not None and len(found) > max_objects:
        raise MethodError("requestTooLarge", f"more than {max_objects} ids")
    return found


def properties(args: dict[str, Any], known: frozenset[str]) -> list[str] | None:
    """Return properties, which must be known."""
    found = strings(args, "properties")
    if found is not None:
        unknown = [name for name in found if name not in known]
        if unknown:
            raise invalid(f"unknown properties: {', '.join(unknown)[:200]}")
    return found


def since(args: dict[str, Any], name: str) -> int:
    """Return the modseq that a state of ours is."""
    found = string(args, name)
    if not found.isascii() or not found.isdecimal() or len(found) > 18:
        raise MethodError("cannotCalculateChanges", f"{name} is none of ours")
    return int(found)


def too_large(what: str) -> MethodError:
    """Return a requestTooLarge error."""
    return MethodError("requestTooLarge", what)


async def changes(
    context: Context,
    args: dict[str, Any],
    kind: str,
    ask: Callable[[Transaction, AccountId, int, int], Changes | None],
    state: Callable[[States], int],
) -> dict[str, Any]:
    """Answer a /changes method (RFC 8620 §5.2)."""
    since_ = since(args, "sinceState")
    limit = number(args, "maxChanges", MAX_CHANGES, 1)
    account_id = context.visitor.account_id

    def read(tx: Transaction) -> tuple[Changes | None, int]:
        return ask(tx, account_id, since_, limit), state(store_changes.states(tx, account_id))

    found, now = await context.db.read(read)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": args["accountId"],
        "oldState": args["sinceState"],
        "newState": str(found.modseq if found.more else max(now, since_)),
        "hasMoreChanges": found.more,
        "created": [jmap_ids.make(kind, i) for i in found.created],
        "updated": [jmap_ids.make(kind, i) for i in found.updated],
        "destroyed": [jmap_ids.make(kind, i) for i in found.destroyed],
    }
