"""Thread/get and Thread/changes (RFC 8621 §3)."""

from typing import Any

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types.email import names
from pillarbox.jmap.types.thread import Thread
from pillarbox.serve.jmap import mail_changes
from pillarbox.serve.jmap.method import Context
from pillarbox.store import changes, threads
from pillarbox.store.database import Transaction
from pillarbox.store.ids import ThreadId


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Thread/get; emails are oldest first."""
    limit = context.limits.max_objects_in_get
    given = arguments.Get.read(args, names(Thread), limit)
    asked = given.ids
    account_id = context.visitor.account_id

    def read(tx: Transaction) -> Any:
        state = str(changes.states(tx, account_id).emails)
        if asked is None:
            every = threads.every(tx, account_id, limit + 1)
            wanted = {ids.make(ids.THREAD, number): number for number in every}
        else:
            numbers = ((name, ids.number(ids.THREAD, name)) for name in asked)
            wanted = {name: ThreadId(number) for name, number in numbers if number is not None}
        if len(wanted) > limit:
            raise MethodError("requestTooLarge", f"more than {limit} threads")
        return state, wanted, threads.messages(tx, account_id, wanted.values())

    state, wanted, found = await context.db.read(read)
    listed = []
    for name, number in wanted.items():
        if number in found:
            emails = [ids.make(ids.EMAIL, message_id) for message_id in found[number]]
            listed.append({"id": name, "emailIds": emails})
    if given.properties is not None:
        shown = {"id", *given.properties}
        listed = [{k: v for k, v in one.items() if k in shown} for one in listed]
    seen = {one["id"] for one in listed}
    return {
        "accountId": args["accountId"],
        "state": state,
        "list": listed,
        "notFound": [name for name in asked or () if name not in seen],
    }


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Thread/changes."""
    return await mail_changes.answer(
        context, args, ids.THREAD, changes.threads_since, lambda states: states.emails
    )
