"""The /changes methods of small objects, whose store function says what changed (RFC 8620 §5.2)."""

from collections.abc import Callable
from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.method import Context
from pillarbox.store.changes import Changes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_CHANGES: Final = 10_000

Since = Callable[[Transaction, AccountId, int, int], Changes | None]


async def answer(context: Context, args: dict[str, Any], kind: str, since: Since) -> dict[str, Any]:
    """Answer a /changes method. kind: the letter of the ids."""
    given = arguments.Changes.read(args)
    after = arguments.state_number(given.since_state)
    limit = min(given.max_changes or MAX_CHANGES, MAX_CHANGES)
    found = await context.db.read(since, context.visitor.account_id, after, limit)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": given.account_id,
        "oldState": given.since_state,
        "newState": str(found.modseq),
        "hasMoreChanges": found.more,
        "created": [ids.make(kind, number) for number in found.created],
        "updated": [ids.make(kind, number) for number in found.updated],
        "destroyed": [ids.make(kind, number) for number in found.destroyed],
    }
