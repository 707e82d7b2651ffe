"""Mailbox/get, /changes, /query and /queryChanges (RFC 8621 §2)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types.email import names
from pillarbox.jmap.types.mailbox import Mailbox, MailboxRights
from pillarbox.serve.jmap import mail_changes
from pillarbox.serve.jmap.mailbox_query import parse_query
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.results import Results
from pillarbox.serve.jmap.roster import Counts, Rosters
from pillarbox.store import changes, mailboxes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.mailboxes import Role

PROPERTIES: Final = names(Mailbox)
COUNTS: Final = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
MAX_LIMIT: Final = 10_000
_TREE: Final = ("sortAsTree", "filterAsTree")


class MailboxesGet:
    """The methods that read mailboxes."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters

    async def get(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Mailbox/get. The state is never later than the counts."""
        given = arguments.Get.read(args, PROPERTIES, context.limits.max_objects_in_get)
        properties = given.properties
        account_id = context.visitor.account_id
        state, found = await context.db.read(_read, account_id)
        counts: Callable[[int], Counts] | None = None
        if properties is None or set(COUNTS).intersection(properties):
            counts = (await self._rosters.get(context.db, account_id)).counts
        wanted = list(found) if given.ids is None else given.ids
        listed = []
        for name in wanted:
            if name in found:
                mailbox = found[name]
                count = counts(mailbox.mailbox_id) if counts else Counts()
                listed.append(as_object(mailbox, count, properties))
        return {
            "accountId": args["accountId"],
            "state": state,
            "list": listed,
            "notFound": [name for name in wanted if name not in found],
        }

    async def query(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Mailbox/query."""
        asked = arguments.Query.read(args, _TREE)
        query = parse_query(asked, args)
        account_id = context.visitor.account_id
        state, found = await context.db.read(_read, account_id)
        results = Results(iter(query.run(found.values())))
        position, page, limit = results.window(asked, _number, MAX_LIMIT)
        response: dict[str, Any] = {
            "accountId": args["accountId"],
            "queryState": state,
            "canCalculateChanges": not query.is_tree,
            "position": position,
            "ids": [ids.make(ids.MAILBOX, number) for number in page],
        }
        if asked.calculate_total:
            response["total"] = results.total()
        if limit is not None:
            response["limit"] = limit
        return response

    async def query_changes(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Mailbox/queryChanges: what changed itself, not only its counts, is told anew."""
        asked = arguments.QueryChanges.read(args, _TREE)
        query = parse_query(asked, args)
        if query.is_tree:
            raise MethodError("cannotCalculateChanges", "one rename moves others of the tree")
        since = arguments.state_number(asked.since_query_state)
        limit = asked.max_changes
        account_id = context.visitor.account_id

        def read(tx: Transaction) -> Any:
            state, found = _read(tx, account_id)
            return state, found, changes.mailboxes_since(tx, account_id, since)

        state, found, changed = await context.db.read(read)
        if changed is None:
            raise MethodError("cannotCalculateChanges")
        same = {m.mailbox_id for m in found.values() if m.modseq <= since}
        touched = {*changed.created, *changed.updated} - same
        results = query.run(found.values())
        removed = sorted({*touched, *changed.destroyed} - set(changed.created))
        added = [(number, index) for index, number in enumerate(results) if number in touched]
        if limit is not None and len(removed) + len(added) > limit:
            raise MethodError("tooManyChanges")
        response: dict[str, Any] = {
            "accountId": args["accountId"],
            "oldQueryState": asked.since_query_state,
            "newQueryState": str(max(int(state), since)),
            "removed": [ids.make(ids.MAILBOX, number) for number in removed],
            "added": [{"id": ids.make(ids.MAILBOX, n), "index": index} for n, index in added],
        }
        if asked.calculate_total:
            response["total"] = len(results)
        return response


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Mailbox/changes (RFC 8621 §2.2)."""
    response = await mail_changes.answer(
        context, args, ids.MAILBOX, changes.mailboxes_since, lambda states: states.mailboxes
    )
    only = await context.db.read(
        changes.only_counts, context.visitor.account_id, int(args["sinceState"])
    )
    response["updatedProperties"] = list(COUNTS) if only and response["updated"] else None
    return response


def as_object(
    mailbox: mailboxes.Mailbox, counts: Counts, properties: Sequence[str] | None
) -> dict[str, Any]:
    """Return a Mailbox object; id is always among the properties."""
    is_inbox = mailbox.role is Role.INBOX
    number = mailbox.mailbox_id
    parent = ids.make(ids.MAILBOX, mailbox.parent_id) if mailbox.parent_id else None
    found: dict[str, Any] = msgspec.to_builtins(
        Mailbox(
            id=ids.make(ids.MAILBOX, number),
            name=mailbox.name.rpartition(mailboxes.SEPARATOR)[2],
            parent_id=parent,
            role=None if mailbox.role is None else mailbox.role.value,
            sort_order=mailbox.sort_order,
            total_emails=counts.emails,
            unread_emails=counts.unread,
            total_threads=counts.threads,
            unread_threads=counts.unread_threads,
            my_rights=_INBOX_RIGHTS if is_inbox else _RIGHTS,
            is_subscribed=mailbox.subscribed,
        )
    )
    if properties is None:
        return found
    shown = {"id", *properties}
    return {name: value for name, value in found.items() if name in shown}


_RIGHTS: Final = MailboxRights(
    may_read_items=True,
    may_add_items=True,
    may_remove_items=True,
    may_set_seen=True,
    may_set_keywords=True,
    may_create_child=True,
    may_rename=True,
    may_delete=True,
    may_submit=True,
)
_INBOX_RIGHTS: Final = msgspec.structs.replace(_RIGHTS, may_rename=False, may_delete=False)


def _read(tx: Transaction, account_id: AccountId) -> tuple[str, Mapping[str, mailboxes.Mailbox]]:
    """Return the state, and every mailbox by its JMAP id."""
    state = str(changes.states(tx, account_id).mailboxes)
    found = mailboxes.list_(tx, account_id)
    return state, {ids.make(ids.MAILBOX, mailbox.mailbox_id): mailbox for mailbox in found}


def _number(text: str) -> int | None:
    return ids.number(ids.MAILBOX, text)
