"""Thread/get and Thread/changes (RFC 8621 §3)."""

from typing import Any, Final

from pillarbox.jmap import ids
from pillarbox.jmap.types.email import names
from pillarbox.jmap.types.thread import Thread
from pillarbox.serve.jmap import mail_args
from pillarbox.serve.jmap.method import Context
from pillarbox.store import changes, threads
from pillarbox.store.database import Transaction
from pillarbox.store.ids import ThreadId

_GET: Final = frozenset({"accountId", "ids", "properties"})


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Thread/get; emails are oldest first."""
    mail_args.check_names(args, _GET)
    limit = context.limits.max_objects_in_get
    asked = mail_args.ids(args, limit)
    properties = mail_args.properties(args, names(Thread))
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
            raise mail_args.too_large(f"more than {limit} threads")
        return state, wanted, threads.messages(tx, account_id, wanted.values())

    state, wanted, found = await context.db.read(read)
    listed = []
    for name, number in wanted.items():
        if number in found:
            emails = [ids.make(ids.EMAIL, message_id) for message_id in found[number]]
            listed.append({"id": name, "emailIds": emails})
    if properties is not None:
        shown = {"id", *properties}
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
    mail_args.check_names(args, frozenset({"accountId", "sinceState", "maxChanges"}))
    return await mail_args.changes(
        context, args, ids.THREAD, changes.threads_since, lambda states: states.emails
    )
