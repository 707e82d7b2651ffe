"""Email/get and Email/changes (RFC 8621 §4.2, §4.3)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pillarbox.base.errors import NotFound
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import MethodError
from pillarbox.mime import envelope
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.jmap import mail_changes
from pillarbox.serve.jmap.email_view import BODY_ARGUMENTS, Message, View, Wanted, wanted_of
from pillarbox.serve.jmap.extras import Extras
from pillarbox.serve.jmap.method import Context
from pillarbox.store import changes, placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId

MAX_OCTETS: Final = 200_000_000
"""Of messages that are read for one call."""
TURN: Final = 50
"""Emails that are written without a pause."""
IN_THREAD_OCTETS: Final = 256 * 1024
"""Messages above this are taken apart in a thread."""

_GET: Final = BODY_ARGUMENTS | arguments.GET


class EmailsGet:
    """The methods that read emails. extras: properties of other capabilities."""

    def __init__(self, extras: Extras) -> None:
        self._extras = extras

    async def get(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/get."""
        extras = {n: e for n, e in self._extras.items() if e.urn in context.using}
        checks = {n: check for e in extras.values() for n, check in e.arguments.items()}
        arguments.check_names(args, {*_GET, *checks})
        for name, check in checks.items():
            if name in args:
                check(args[name])
        asked = arguments.ids(args, context.limits.max_objects_in_get)
        given = arguments.strings(args, "properties")
        added = [extras[name] for name in given or () if name in extras]
        plain = None if given is None else [name for name in given if name not in extras]
        shown = wanted_of(args, plain)
        account_id = context.visitor.account_id
        if asked is None:
            asked = await context.db.read(_all, account_id, context.limits.max_objects_in_get)
        numbers = {name: ids.number(ids.EMAIL, name) for name in asked}
        known = [number for number in numbers.values() if number is not None]

        def read(tx: Transaction) -> Any:
            state, messages = _read(tx, account_id, known, shown)
            values = [(e.name, e.load(tx, account_id, list(messages), args)) for e in added]
            return state, messages, values

        state, messages, values = await context.db.read(read)
        listed, missing = [], []
        left = MAX_OCTETS
        for index, (name, number) in enumerate(numbers.items(), 1):
            message = messages.get(number)
            found = None if message is None else await self._object(context, message, shown)
            if message is not None and message.octets is not None:
                left -= len(message.octets)
                if left < 0:
                    raise MethodError("requestTooLarge", "ask for fewer emails at a time")
                message.octets = None
            if not index % TURN:
                await asyncio.sleep(0)  # Others have a turn.
            if found is None or message is None:
                missing.append(name)
                continue
            for extra, loaded in values:
                found[extra] = loaded.get(message.message_id)
            listed.append(found)
        return {
            "accountId": args["accountId"],
            "state": state,
            "list": listed,
            "notFound": missing,
        }

    async def _object(
        self, context: Context, message: Message, shown: Wanted
    ) -> dict[str, Any] | None:
        view = View(message, shown)
        stop = None if view.needs_octets() else message.row.get("header_octets", 0)
        if stop != 0:
            try:
                ref = BlobRef.parse(message.row["blob"])
                message.octets = await context.db.blob(ref, 0, stop)
            except NotFound:
                return None  # Purged since its row was read.
        if message.octets is not None and len(message.octets) > IN_THREAD_OCTETS:
            return await asyncio.to_thread(view.as_object)
        return view.as_object()


def _all(tx: Transaction, account_id: AccountId, limit: int) -> list[str]:
    found = placements.every(tx, account_id, limit + 1)
    if len(found) > limit:
        raise MethodError("requestTooLarge", f"more than {limit} emails")
    return [ids.make(ids.EMAIL, number) for number in found]


def _read(
    tx: Transaction, account_id: AccountId, known: Sequence[int], shown: Wanted
) -> tuple[str, Mapping[int, Message]]:
    """Return the state, and what the store's rows say of those messages that exist."""
    state = str(changes.states(tx, account_id).emails)
    numbers = [MessageId(number) for number in known]
    where = placements.where(tx, account_id, numbers)
    columns = shown.columns()
    rows: dict[int, Mapping[str, Any]] = {}
    if columns and where:
        rows = {
            row[0]: dict(zip(columns, row[1:], strict=True))
            for row in placements.metadata_by_id(tx, account_id, where, columns)
        }
    found: dict[int, Message] = {}
    for message_id, places in where.items():
        row = rows.get(message_id, {})
        message = Message(message_id, row, [p[0] for p in places], places[0][2].split())
        if "envelope" in row:
            message.envelope = envelope.read(bytes(row["envelope"]))
        if "tree" in row:
            message.tree = decode_tree(bytes(row["tree"]))
        found[message_id] = message
    return state, found


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Email/changes."""
    return await mail_changes.answer(
        context, args, ids.EMAIL, changes.messages_since, lambda states: states.emails
    )
