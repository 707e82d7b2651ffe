"""ContactCard/get, changes, query, queryChanges, set and copy (RFC 9610 §3)."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pillarbox.base.errors import AlreadyExists, NotFound, TooLarge, TooMany
from pillarbox.jmap import arguments, card_filter, ids
from pillarbox.jmap import card as cards
from pillarbox.jmap.dates import format_utc_date
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.jmap.patch import apply_patch
from pillarbox.serve.jmap.method import Context
from pillarbox.store import contacts
from pillarbox.store.contacts import NewCard
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_CHANGES: Final = 10_000
MAX_LIMIT: Final = 10_000
TYPE: Final = "ContactCard"
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


def shown(card_id: int, body: str) -> dict[str, Any]:
    """Return a card as clients see it."""
    return {
        "id": ids.make(ids.CARD, card_id),
        "addressBookIds": {cards.BOOK_ID: True},
        "@type": "Card",
        "version": "1.0",
        **_DECODER.decode(body),
    }


def kept(card: Mapping[str, Any]) -> NewCard:
    """Return a checked card as it is kept. Raises SetError for one that cannot be written."""
    try:
        body = _ENCODER.encode(card).decode()
    except (UnicodeError, ValueError, TypeError):
        raise SetError("invalidProperties", "a text is no Unicode") from None
    return NewCard(card["uid"], cards.full_name(card), cards.words(card), cards.emails(card), body)


def completed(card: Mapping[str, Any], now: str) -> dict[str, Any]:
    """Return a new card with what it lacks."""
    uid = card.get("uid") or f"urn:uuid:{uuid.uuid4()}"
    return {**card, "uid": uid, "created": card.get("created", now), "updated": now}


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/get. Any property may be asked for: cards may have others than we know."""
    arguments.check_names(args, arguments.GET)
    asked = arguments.ids(args, context.limits.max_objects_in_get)
    properties = arguments.strings(args, "properties")
    account_id = context.visitor.account_id
    numbers = None
    if asked is not None:
        numbers = [number for one in asked if (number := ids.number(ids.CARD, one)) is not None]
    state, found = await context.db.scan(_read, account_id, numbers)
    listed = [shown(card.card_id, card.body) for card in found]
    if asked is None and len(listed) > context.limits.max_objects_in_get:
        raise MethodError("requestTooLarge", "ask for ids")
    there = {one["id"] for one in listed}
    if properties is not None:
        wanted = {"id", *properties}
        listed = [{k: v for k, v in one.items() if k in wanted} for one in listed]
    return {
        "accountId": args["accountId"],
        "state": str(state),
        "list": listed,
        "notFound": [one for one in asked or () if one not in there],
    }


def _read(
    tx: Transaction, account_id: AccountId, numbers: list[int] | None
) -> tuple[int, list[contacts.Card]]:
    return contacts.state(tx, account_id), contacts.list_(tx, account_id, numbers)


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/changes."""
    asked = arguments.Changes.read(args)
    since = arguments.state_number(asked.since_state)
    limit = min(asked.max_changes or MAX_CHANGES, MAX_CHANGES)
    account_id = context.visitor.account_id
    found = await context.db.read(contacts.changes, account_id, since, limit)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": asked.account_id,
        "oldState": asked.since_state,
        "newState": str(found.modseq),
        "hasMoreChanges": found.more,
        "created": [ids.make(ids.CARD, number) for number in found.created],
        "updated": [ids.make(ids.CARD, number) for number in found.updated],
        "destroyed": [ids.make(ids.CARD, number) for number in found.destroyed],
    }


async def query(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/query."""
    asked = arguments.Query.read(args)
    test = card_filter.parse_filter(asked.filter)

    def find(tx: Transaction, account_id: AccountId) -> tuple[int, list[str]]:
        state, found = _read(tx, account_id, None)
        listed: list[tuple[int, Mapping[str, Any]]] = [
            (one.card_id, card) for one in found if test(card := _DECODER.decode(one.body))
        ]
        card_filter.sort(listed, asked.sort)
        return state, [ids.make(ids.CARD, number) for number, _ in listed]

    state, results = await context.db.scan(find, context.visitor.account_id)
    position, page, limit = asked.window(results, MAX_LIMIT)
    response: dict[str, Any] = {
        "accountId": asked.account_id,
        "queryState": str(state),
        "canCalculateChanges": False,
        "position": position,
        "ids": page,
    }
    if asked.calculate_total:
        response["total"] = len(results)
    if limit is not None:
        response["limit"] = limit
    return response


async def query_changes(_: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/queryChanges: lists of contacts are short, and asked for again."""
    arguments.QueryChanges.read(args)
    raise MethodError("cannotCalculateChanges")


async def copy(_: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/copy: there is no other account that a visitor could copy from."""
    arguments.check_names(args, arguments.COPY)
    if arguments.string(args, "fromAccountId") == args["accountId"]:
        raise arguments.invalid("fromAccountId is the account itself")
    raise MethodError("fromAccountNotFound")


async def set_(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer ContactCard/set."""
    asked = arguments.Set.read(args, context.limits.max_objects_in_set)
    account_id = context.visitor.account_id
    change = _Change(asked, context)
    response = await context.db.write(change.run, account_id)
    if response["oldState"] != response["newState"]:
        context.changed(account_id)
    for creation_id, made in (response["created"] or {}).items():
        context.created[creation_id] = made["id"]
    return response


class _Change:
    """One ContactCard/set, in one transaction. Runs again from its beginning if it must."""

    def __init__(self, asked: arguments.Set, context: Context) -> None:
        self._asked = asked
        self._created = context.created
        self._now = format_utc_date(context.now)

    def run(self, tx: Transaction, account_id: AccountId) -> dict[str, Any]:
        asked = self._asked
        contacts.lock(tx, account_id)
        before = contacts.state(tx, account_id)
        asked.check_state(str(before))
        created, not_created = {}, {}
        for creation_id, card in asked.create.items():
            try:
                created[creation_id] = self._create(tx, account_id, card)
            except SetError as exc:
                not_created[creation_id] = exc.as_object()
        made = {key: one["id"] for key, one in created.items()}
        updated, not_updated = {}, {}
        for name, patch in asked.update.items():
            try:
                updated[name] = self._update(tx, account_id, self._number(name, made), patch)
            except SetError as exc:
                not_updated[name] = exc.as_object()
        destroyed, not_destroyed = [], {}
        for name in asked.destroy:
            try:
                contacts.remove(tx, account_id, self._number(name, made))
                destroyed.append(name)
            except (NotFound, SetError):
                not_destroyed[name] = SetError("notFound").as_object()
        return {
            "accountId": asked.account_id,
            "oldState": str(before),
            "newState": str(contacts.state(tx, account_id)),
            "created": created or None,
            "updated": updated or None,
            "destroyed": destroyed or None,
            "notCreated": not_created or None,
            "notUpdated": not_updated or None,
            "notDestroyed": not_destroyed or None,
        }

    def _number(self, name: str, made: Mapping[str, str]) -> int:
        """Return the number of an id, or of a creation id of this request."""
        if name.startswith("#"):
            name = made.get(name[1:]) or self._created.get(name[1:], "")
        found = ids.number(ids.CARD, name)
        if found is None:
            raise SetError("notFound")
        return found

    def _create(
        self, tx: Transaction, account_id: AccountId, card: dict[str, Any]
    ) -> dict[str, Any]:
        if "id" in card:
            raise SetError("invalidProperties", "the server gives ids", ["id"])
        whole = completed(cards.check(card), self._now)
        number = put(tx, account_id, None, whole)
        return {
            "id": ids.make(ids.CARD, number),
            **{name: whole[name] for name in ("uid", "created", "updated")},
            "addressBookIds": {cards.BOOK_ID: True},
        }

    def _update(
        self, tx: Transaction, account_id: AccountId, number: int, patch: dict[str, Any]
    ) -> dict[str, Any]:
        found = contacts.list_(tx, account_id, [number])
        if not found:
            raise SetError("notFound")
        whole = shown(number, found[0].body)
        changed = apply_patch(whole, patch, {})
        if changed.get("id") != whole["id"]:
            raise SetError("invalidProperties", "ids stay", ["id"])
        card = cards.check(changed)
        if card.get("uid") != whole["uid"]:
            raise SetError("invalidProperties", "a uid stays", ["uid"])
        put(tx, account_id, number, {**card, "updated": self._now})
        return {"updated": self._now}


def put(tx: Transaction, account_id: AccountId, number: int | None, card: Mapping[str, Any]) -> int:
    """Add or replace a card, and return its id. Raises SetError."""
    try:
        if number is None:
            return contacts.add(tx, account_id, kept(card))
        contacts.change(tx, account_id, number, kept(card))
    except AlreadyExists:
        raise SetError("invalidProperties", "another card has this uid", ["uid"]) from None
    except TooLarge as exc:
        raise SetError("tooLarge", str(exc)) from None
    except TooMany as exc:
        raise SetError("overQuota", str(exc)) from None
    return number
