"""Preferences/get and Preferences/set: one object for each account; docs/jmap_own.md."""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.base.errors import TooMany
from pillarbox.jmap import preferences as rules
from pillarbox.jmap.arguments import Get, Set
from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.serve.visitor import Visitor
from pillarbox.store import preferences, wishes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

URN: Final = "urn:pillarbox:jmap:preferences"
TYPE: Final = "Preferences"


def capability() -> Capability:
    """Return what app.py gives to the API."""
    return Capability(
        URN,
        {"Preferences/get": get, "Preferences/set": set_},
        account=_account,
        states=_states,
    )


def _account(_: Visitor) -> Mapping[str, Any]:
    return {"maxSizePreferences": preferences.MAX_OCTETS}


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {TYPE: str(preferences.version(tx, account_id))}


async def get(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Preferences/get (RFC 8620 §5.1)."""
    asked = Get.read(arguments, rules.NAMES, context.limits.max_objects_in_get)
    version, body = await context.db.read(preferences.find, context.visitor.account_id)
    whole = rules.read(body)
    wanted = [rules.ID] if asked.ids is None else asked.ids
    shown = whole
    if asked.properties is not None:
        shown = {name: whole[name] for name in ("id", *asked.properties)}
    return {
        "accountId": asked.account_id,
        "state": str(version),
        "list": [shown] if rules.ID in wanted else [],
        "notFound": sorted({one for one in wanted if one != rules.ID}),
    }


async def set_(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Preferences/set (RFC 8620 §5.3): only an update of the one object there is."""
    asked = Set.read(arguments, context.limits.max_objects_in_set)
    singleton = SetError("singleton", "there is one object, and it stays")
    answer: dict[str, Any] = {
        "accountId": asked.account_id,
        "created": None,
        "updated": None,
        "destroyed": None,
        "notCreated": {one: singleton.as_object() for one in asked.create} or None,
        "notUpdated": None,
        "notDestroyed": {one: singleton.as_object() for one in asked.destroy} or None,
    }
    refused: dict[str, Any] = {}
    account_id = context.visitor.account_id
    changes = dict(asked.update)
    patch = changes.pop(rules.ID, None)
    for other in changes:
        refused[other] = SetError("notFound").as_object()
    try:
        old, new = await context.db.write(_update, account_id, patch, asked)
    except SetError as exc:
        refused[rules.ID] = exc.as_object()
        old = new = await context.db.read(preferences.version, account_id)
    else:
        if patch is not None:
            answer["updated"] = {rules.ID: None}
    answer["notUpdated"] = refused or None
    if new != old:
        context.changed(account_id)
    return {**answer, "oldState": str(old), "newState": str(new)}


def _update(
    tx: Transaction, account_id: AccountId, patch: Mapping[str, Any] | None, asked: Set
) -> tuple[int, int]:
    """Apply a patch, and return the versions before and after. Raises SetError, MethodError."""
    version, body = preferences.find_to_change(tx, account_id)
    asked.check_state(str(version))
    if patch is None:
        return version, version
    before = rules.read(body)
    changed = rules.apply(before, patch)
    if changed["blockedSenders"] != before["blockedSenders"]:
        wishes.set_blocked(tx, account_id, changed["blockedSenders"])
    try:
        return version, preferences.put(tx, account_id, rules.write(changed))
    except TooMany:
        text = f"preferences take at most {preferences.MAX_OCTETS} octets"
        raise SetError("tooLarge", text) from None
