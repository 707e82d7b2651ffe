"""Arguments and answers of /set methods (RFC 8620 §5.3). Stands in until core's are there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap import mail_args
from pillarbox.serve.jmap.method import Context


@dataclass(slots=True)
class SetArguments:
    """What is to be created, updated and destroyed."""

    if_in_state: str | None
    create: dict[str, Any]
    update: dict[str, Any]
    destroy: list[str]

    @classmethod
    def read(cls, args: dict[str, Any], max_objects: int) -> "SetArguments":
        """Check the arguments. Raises MethodError."""
        state = args.get("ifInState")
        if state is not None and not isinstance(state, str):
            raise mail_args.invalid("ifInState is not a string")
        found = cls(
            state, _objects(args, "create"), _objects(args, "update"),
            mail_args.strings(args, "destroy") or [],
        )  # fmt: skip
        if len(found.create) + len(found.update) + len(found.destroy) > max_objects:
            raise mail_args.too_large(f"more than {max_objects} objects")
        return found

    def check_state(self, state: str) -> None:
        """Raise MethodError if the client did not know the present state."""
        if self.if_in_state is not None and self.if_in_state != state:
            raise MethodError("stateMismatch")


def _objects(args: dict[str, Any], name: str) -> dict[str, Any]:
    found = args.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise mail_args.invalid(f"{name} is not an object")
    return found


@dataclass(slots=True)
class SetAnswer:
    """What became of each."""

    created: dict[str, dict[str, Any]] = field(default_factory=dict)
    updated: dict[str, Any] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    not_created: dict[str, Any] = field(default_factory=dict)
    not_updated: dict[str, Any] = field(default_factory=dict)
    not_destroyed: dict[str, Any] = field(default_factory=dict)

    def as_object(self, account_id: Any, old: str, new: str) -> dict[str, Any]:
        """Return the response's arguments."""
        return {
            "accountId": account_id,
            "oldState": old,
            "newState": new,
            "created": self.created or None,
            "updated": self.updated or None,
            "destroyed": self.destroyed or None,
            "notCreated": self.not_created or None,
            "notUpdated": self.not_updated or None,
            "notDestroyed": self.not_destroyed or None,
        }


def created_ids(context: Context, answer: SetAnswer | None = None) -> Callable[[str], str]:
    """Return what finds the id for "#name" of something made in this request (RFC 8620 §5.3)."""

    def resolve(name: str) -> str:
        if not name.startswith("#"):
            return name
        if answer is not None and name[1:] in answer.created:
            return str(answer.created[name[1:]]["id"])
        return context.created.get(name[1:], name)

    return resolve
