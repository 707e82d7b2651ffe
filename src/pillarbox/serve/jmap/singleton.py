"""/get and /set of a type of which each account has one object (RFC 8620 §5.3, "singleton")."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.jmap.arguments import Get, Set
from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.method import Context
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

ID: Final = "singleton"

Find = Callable[[Transaction, AccountId], tuple[int, dict[str, Any]]]
Change = Callable[[Transaction, AccountId, dict[str, Any], Mapping[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Singleton:
    """The two methods. names: its properties. find: (version, the whole object).

    to_change: the same, while nobody else changes it. change: applies a patch to the whole object,
    keeps it, and returns the new version; raises SetError.
    """

    names: Collection[str]
    find: Find
    to_change: Find
    change: Change

    async def get(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer /get (RFC 8620 §5.1)."""
        asked = Get.read(arguments, self.names, context.limits.max_objects_in_get)
        version, shown = await context.db.read(self.find, context.visitor.account_id)
        wanted = [ID] if asked.ids is None else asked.ids
        if asked.properties is not None:
            shown = {name: shown[name] for name in ("id", *asked.properties)}
        return {
            "accountId": asked.account_id,
            "state": str(version),
            "list": [shown] if ID in wanted else [],
            "notFound": sorted({one for one in wanted if one != ID}),
        }

    async def set(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer /set (RFC 8620 §5.3): only an update of the one object there is."""
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
        patch = changes.pop(ID, None)
        for other in changes:
            refused[other] = SetError("notFound").as_object()
        try:
            old, new = await context.db.write(self._update, account_id, patch, asked)
        except SetError as exc:
            refused[ID] = exc.as_object()
            old = new = (await context.db.read(self.find, account_id))[0]
        else:
            if patch is not None:
                answer["updated"] = {ID: None}
        answer["notUpdated"] = refused or None
        if new != old:
            context.changed(account_id)
        return {**answer, "oldState": str(old), "newState": str(new)}

    def _update(
        self,
        tx: Transaction,
        account_id: AccountId,
        patch: Mapping[str, Any] | None,
        asked: Set,
    ) -> tuple[int, int]:
        """Apply a patch, and return the versions before and after."""
        version, whole = self.to_change(tx, account_id)
        asked.check_state(str(version))
        if patch is None:
            return version, version
        return version, self.change(tx, account_id, whole, patch)
