"""The /changes methods of mail (RFC 8620 §5.2)."""

from collections.abc import Callable
from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.method import Context
from pillarbox.store import changes
from pillarbox.store.changes import Changes, States
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_CHANGES: Final = 100_000
"""Ids in an answer to a client that names no limit."""


async def answer(
    context: Context,
    args: dict[str, Any],
    kind: str,
    ask: Callable[[Transaction, AccountId, int, int], Changes | None],
    state: Callable[[States], int],
) -> dict[str, Any]:
    """Answer a /changes method. kind: of the ids. ask, state: of the store, for this type."""
    given = arguments.Changes.read(args)
    since = arguments.state_number(given.since_state)
    limit = given.max_changes or MAX_CHANGES
    account_id = context.visitor.account_id

    def read(tx: Transaction) -> tuple[Changes | None, int]:
        return ask(tx, account_id, since, limit), state(changes.states(tx, account_id))

    found, now = await context.db.read(read)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": given.account_id,
        "oldState": given.since_state,
        "newState": str(found.modseq if found.more else max(now, since)),
        "hasMoreChanges": found.more,
        "created": [ids.make(kind, number) for number in found.created],
        "updated": [ids.make(kind, number) for number in found.updated],
        "destroyed": [ids.make(kind, number) for number in found.destroyed],
    }
