"""AddressBook/get, changes and set (RFC 9610 §2): each account has one, and it stays."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pillarbox.jmap import arguments
from pillarbox.jmap.arguments import Changes, Get, Set
from pillarbox.jmap.card import BOOK_ID
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.jmap.patch import apply_patch
from pillarbox.serve.jmap.method import Context
from pillarbox.store import contacts
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_NAME: Final = 255
MAX_DESCRIPTION: Final = 5000
_RIGHTS: Final = {"mayRead": True, "mayWrite": True, "mayShare": False, "mayDelete": False}
_OWN: Final[dict[str, Any]] = {"name": "Contacts", "description": None, "sortOrder": 0}
_FIXED: Final[dict[str, Any]] = {
    "id": BOOK_ID,
    "isDefault": True,
    "isSubscribed": True,
    "shareWith": None,
    "myRights": _RIGHTS,
}
NAMES: Final = frozenset({*_OWN, *_FIXED})
_SET: Final = frozenset({"onDestroyRemoveContents", "onSuccessSetIsDefault"})


def _book(text: str) -> dict[str, Any]:
    return {**_OWN, **(msgspec.json.decode(text) if text else {}), **_FIXED}


async def get(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer AddressBook/get."""
    asked = Get.read(args, NAMES, context.limits.max_objects_in_get)
    state, text = await context.db.read(contacts.book, context.visitor.account_id)
    book = _book(text)
    if asked.properties is not None:
        book = {name: book[name] for name in ("id", *asked.properties)}
    wanted = [BOOK_ID] if asked.ids is None else asked.ids
    return {
        "accountId": asked.account_id,
        "state": str(state),
        "list": [book] if BOOK_ID in wanted else [],
        "notFound": [one for one in wanted if one != BOOK_ID],
    }


async def get_changes(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer AddressBook/changes."""
    asked = Changes.read(args)
    since = arguments.state_number(asked.since_state)
    state, _ = await context.db.read(contacts.book, context.visitor.account_id)
    if since > state:
        raise MethodError("cannotCalculateChanges")
    return {
        "accountId": asked.account_id,
        "oldState": asked.since_state,
        "newState": str(state),
        "hasMoreChanges": False,
        "created": [],
        "updated": [BOOK_ID] if since < state else [],
        "destroyed": [],
    }


async def set_(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer AddressBook/set: name, description and order can be changed."""
    asked = Set.read(args, context.limits.max_objects_in_set, _SET)
    account_id = context.visitor.account_id
    there_is_one = SetError("forbidden", "there is one address book, and it stays").as_object()
    changes = dict(asked.update)
    patch = changes.pop(BOOK_ID, None)
    refused = {name: SetError("notFound").as_object() for name in changes}
    updated = None
    try:
        old, new = await context.db.write(_update, account_id, patch, asked)
        if patch is not None:
            updated = {BOOK_ID: None}
    except SetError as exc:
        refused[BOOK_ID] = exc.as_object()
        old, _ = await context.db.read(contacts.book, account_id)
        new = old
    if new != old:
        context.changed(account_id)
    missing = SetError("notFound").as_object()
    destroying = {n: there_is_one if n == BOOK_ID else missing for n in asked.destroy}
    return {
        "accountId": asked.account_id,
        "oldState": str(old),
        "newState": str(new),
        "created": None,
        "updated": updated,
        "destroyed": None,
        "notCreated": dict.fromkeys(asked.create, there_is_one) or None,
        "notUpdated": refused or None,
        "notDestroyed": destroying or None,
    }


def _update(
    tx: Transaction, account_id: AccountId, patch: Mapping[str, Any] | None, asked: Set
) -> tuple[int, int]:
    contacts.lock(tx, account_id)
    state, text = contacts.book(tx, account_id)
    asked.check_state(str(state))
    if patch is None:
        return state, state
    book = apply_patch(_book(text), patch, _OWN)
    wrong = [name for name, value in _FIXED.items() if book.get(name) != value]
    wrong += [name for name in book if name not in NAMES]
    name, description, order = book["name"], book["description"], book["sortOrder"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        wrong.append("name")
    if description is not None and (
        not isinstance(description, str) or len(description) > MAX_DESCRIPTION
    ):
        wrong.append("description")
    if not isinstance(order, int) or isinstance(order, bool) or not 0 <= order < 2**31:
        wrong.append("sortOrder")
    if wrong:
        raise SetError("invalidProperties", "", sorted(wrong))
    try:
        body = msgspec.json.encode({key: book[key] for key in _OWN}).decode()
    except (UnicodeError, ValueError):
        raise SetError("invalidProperties", "a text is no Unicode") from None
    return state, contacts.set_book(tx, account_id, body)
