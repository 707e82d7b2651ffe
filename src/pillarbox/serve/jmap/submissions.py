"""EmailSubmission/get, /changes, /query and /queryChanges (RFC 8621 §7.1-§7.4).

What became of a message is read from its trace; so a submission changes when the queue has news.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec

from pillarbox.base.errors import NotFound
from pillarbox.delivery import envelopes
from pillarbox.delivery.envelope import Envelope
from pillarbox.delivery.sent_status import statuses
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.dates import format_utc_date, parse_utc_date
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types import submission as types
from pillarbox.serve.jmap import object_changes
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.tracing import URN as TRACE_URN
from pillarbox.store import submissions, traces
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.submissions import Submission

MAX_DEPTH: Final = 16
_ID: Final = "id"
_Test = Callable[[Submission], bool]
_KINDS: Final = {"identityIds": ids.IDENTITY, "emailIds": ids.EMAIL, "threadIds": ids.THREAD}
_FIELDS: Final = {
    "identityIds": "identity_id",
    "emailIds": "message_id",
    "threadIds": "thread_id",
}
_SORTS: Final[Mapping[str, Callable[[Submission], Any]]] = {
    "emailId": lambda one: one.message_id,
    "threadId": lambda one: one.thread_id,
    "sentAt": lambda one: one.send_at,
    "sendAt": lambda one: one.send_at,
}


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer EmailSubmission/get. traceId is given with the capability of traces only."""
    known = types.names(types.EmailSubmission)
    asked = arguments.Get.read(args, known, context.limits.max_objects_in_get)
    account_id = context.visitor.account_id
    most = context.limits.max_objects_in_get

    def read(tx: Transaction) -> tuple[int, dict[str, dict[str, Any]]]:
        if asked.ids is None:
            found = submissions.list_(tx, account_id)
            if len(found) > most:
                raise MethodError("requestTooLarge", f"more than {most} submissions")
        else:
            numbers = [ids.number(ids.SUBMISSION, one) for one in asked.ids]
            found = submissions.some(tx, account_id, [n for n in numbers if n is not None])
        wanted = known if asked.properties is None else {_ID, *asked.properties}
        if TRACE_URN not in context.using:
            wanted = wanted - {"traceId"}
        shown = {ids.make(ids.SUBMISSION, o.submission_id): show(tx, o, wanted) for o in found}
        return submissions.state(tx, account_id), shown

    state, shown = await context.db.scan(read)
    listed = list(shown) if asked.ids is None else asked.ids
    return {
        "accountId": asked.account_id,
        "state": str(state),
        "list": [shown[one] for one in listed if one in shown],
        "notFound": [one for one in listed if one not in shown],
    }


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer EmailSubmission/changes."""
    return await object_changes.answer(context, args, ids.SUBMISSION, submissions.since)


def show(tx: Transaction, one: Submission, wanted: Collection[str]) -> dict[str, Any]:
    """Return the wanted properties of a submission."""
    status = None
    if "deliveryStatus" in wanted and one.state != "canceled":
        status = _status(tx, one.trace_id)
    whole = types.EmailSubmission(
        id=ids.make(ids.SUBMISSION, one.submission_id),
        identity_id=ids.make(ids.IDENTITY, one.identity_id),
        email_id=ids.make(ids.EMAIL, one.message_id),
        thread_id=ids.make(ids.THREAD, one.thread_id),
        envelope=_envelope(envelopes.read(one.envelope)),
        send_at=format_utc_date(one.send_at.replace(microsecond=0)),
        undo_status=one.state,
        delivery_status=status,
        dsn_blob_ids=[],
        mdn_blob_ids=[],
        trace_id=one.trace_id,
    )
    found: dict[str, Any] = msgspec.to_builtins(whole)
    return {name: value for name, value in found.items() if name in wanted}


def _status(tx: Transaction, trace_id: str) -> dict[str, types.DeliveryStatus] | None:
    try:
        trace = traces.get(tx, trace_id)
    except NotFound:
        return None
    return {
        address: types.DeliveryStatus(status.reply, status.delivered)
        for address, status in statuses(trace).items()
    }


def _envelope(given: Envelope) -> types.SubmissionEnvelope:
    parameters: dict[str, str | None] = {}
    if given.hold_until is not None:
        parameters["HOLDUNTIL"] = format_utc_date(given.hold_until.replace(microsecond=0))
    if given.ret:
        parameters["RET"] = given.ret
    if given.envid:
        parameters["ENVID"] = given.envid
    if given.require_tls:
        parameters["REQUIRETLS"] = None
    recipients = []
    for one in given.recipients:
        asked: dict[str, str | None] = {}
        if one.notify:
            asked["NOTIFY"] = ",".join(one.notify)
        if one.orcpt:
            asked["ORCPT"] = one.orcpt
        recipients.append(types.SubmissionAddress(one.address, asked or None))
    return types.SubmissionEnvelope(
        types.SubmissionAddress(given.sender, parameters or None), recipients
    )


# Queries.


async def query(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer EmailSubmission/query."""
    asked = arguments.Query.read(args)
    test, keys = _filter(asked.filter, 0), _sort(asked.sort)
    state, found = await context.db.scan(_all, context.visitor.account_id)
    results = _run(found, test, keys)
    position, page, limit = asked.window(results, context.limits.max_objects_in_get)
    response: dict[str, Any] = {
        "accountId": asked.account_id,
        "queryState": str(state),
        "canCalculateChanges": True,
        "position": position,
        "ids": page,
    }
    if asked.calculate_total:
        response["total"] = len(results)
    if limit is not None:
        response["limit"] = limit
    return response


async def query_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer EmailSubmission/queryChanges."""
    asked = arguments.QueryChanges.read(args)
    test, keys = _filter(asked.filter, 0), _sort(asked.sort)
    since = arguments.state_number(asked.since_query_state)
    account_id = context.visitor.account_id

    def read(tx: Transaction) -> Any:
        most = object_changes.MAX_CHANGES
        return _all(tx, account_id), submissions.since(tx, account_id, since, most)

    (state, found), changed = await context.db.scan(read)
    if changed is None or changed.more:
        raise MethodError("cannotCalculateChanges")
    results = _run(found, test, keys)
    touched = {ids.make(ids.SUBMISSION, n) for n in (*changed.created, *changed.updated)}
    removed = [
        ids.make(ids.SUBMISSION, number) for number in (*changed.updated, *changed.destroyed)
    ]
    added = [{"id": one, "index": at} for at, one in enumerate(results) if one in touched]
    if asked.max_changes is not None and len(removed) + len(added) > asked.max_changes:
        raise MethodError("tooManyChanges")
    response: dict[str, Any] = {
        "accountId": asked.account_id,
        "oldQueryState": asked.since_query_state,
        "newQueryState": str(state),
        "removed": removed,
        "added": added,
    }
    if asked.calculate_total:
        response["total"] = len(results)
    return response


def _all(tx: Transaction, account_id: AccountId) -> tuple[int, list[Submission]]:
    return submissions.state(tx, account_id), submissions.list_(tx, account_id)


def _run(
    found: list[Submission], test: _Test, keys: list[tuple[Callable[[Submission], Any], bool]]
) -> list[str]:
    ordered = [one for one in found if test(one)]
    ordered.sort(key=lambda one: one.submission_id)
    for key, ascending in reversed(keys):
        ordered.sort(key=key, reverse=not ascending)
    return [ids.make(ids.SUBMISSION, one.submission_id) for one in ordered]


def _sort(given: list[dict[str, Any]]) -> list[tuple[Callable[[Submission], Any], bool]]:
    found = []
    for one in given or [{"property": "sentAt", "isAscending": False}]:
        if one["property"] not in _SORTS:
            raise MethodError("unsupportedSort", "cannot sort by this")
        found.append((_SORTS[one["property"]], one.get("isAscending") is not False))
    return found[:10]


def _filter(value: Any, depth: int) -> _Test:
    if value is None:
        return lambda _: True
    if not isinstance(value, dict):
        raise MethodError("invalidArguments", "a filter is an object")
    if depth > MAX_DEPTH:
        raise MethodError("unsupportedFilter", "the filter is too deep")
    if "operator" not in value:
        tests = [_condition(name, wanted) for name, wanted in value.items()]
        return lambda one: all(test(one) for test in tests)
    operator, inner = value["operator"], value.get("conditions")
    if operator not in ("AND", "OR", "NOT") or not isinstance(inner, list) or None in inner:
        raise MethodError("invalidArguments", "operator is not AND, OR or NOT of a list")
    below = [_filter(one, depth + 1) for one in inner]
    if operator == "AND":
        return lambda one: all(test(one) for test in below)
    if operator == "OR":
        return lambda one: any(test(one) for test in below)
    return lambda one: not any(test(one) for test in below)


def _condition(name: str, wanted: Any) -> _Test:
    if name in _KINDS:
        if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
            raise MethodError("invalidArguments", f"{name} is not a list of ids")
        numbers = {ids.number(_KINDS[name], one) for one in wanted}
        field = _FIELDS[name]
        return lambda one: getattr(one, field) in numbers
    if name == "undoStatus":
        if wanted not in ("pending", "final", "canceled"):
            raise MethodError("invalidArguments", "undoStatus is pending, final or canceled")
        return lambda one: one.state == wanted
    if name in ("before", "after"):
        moment = parse_utc_date(wanted)
        if moment is None:
            raise MethodError("invalidArguments", f"{name} is not a UTCDate")
        if name == "before":
            return lambda one: one.send_at < moment
        return lambda one: one.send_at >= moment
    raise MethodError("unsupportedFilter", f"unknown condition {name[:100]}")
