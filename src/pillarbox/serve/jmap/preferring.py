"""Preferences/get and Preferences/set: one object for each account; docs/jmap_own.md."""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.base.errors import TooMany
from pillarbox.jmap import preferences as rules
from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.singleton import Singleton
from pillarbox.serve.visitor import Visitor
from pillarbox.store import preferences, wishes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

URN: Final = "urn:pillarbox:jmap:preferences"
TYPE: Final = "Preferences"


def capability() -> Capability:
    """Return what app.py gives to the API."""
    methods = Singleton(rules.NAMES, _find, _find_to_change, _change)
    return Capability(
        URN,
        {"Preferences/get": methods.get, "Preferences/set": methods.set},
        account=_account,
        states=_states,
    )


def _account(_: Visitor) -> Mapping[str, Any]:
    return {"maxSizePreferences": preferences.MAX_OCTETS}


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {TYPE: str(preferences.version(tx, account_id))}


def _find(tx: Transaction, account_id: AccountId) -> tuple[int, dict[str, Any]]:
    version, body = preferences.find(tx, account_id)
    return version, rules.read(body)


def _find_to_change(tx: Transaction, account_id: AccountId) -> tuple[int, dict[str, Any]]:
    version, body = preferences.find_to_change(tx, account_id)
    return version, rules.read(body)


def _change(
    tx: Transaction, account_id: AccountId, before: dict[str, Any], patch: Mapping[str, Any]
) -> int:
    changed = rules.apply(before, patch)
    if changed["blockedSenders"] != before["blockedSenders"]:
        wishes.set_blocked(tx, account_id, changed["blockedSenders"])
    try:
        return preferences.put(tx, account_id, rules.write(changed))
    except TooMany:
        text = f"preferences take at most {preferences.MAX_OCTETS} octets"
        raise SetError("tooLarge", text) from None
