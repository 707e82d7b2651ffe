"""Answers of /set methods, and ids of what a request has made (RFC 8620 §5.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pillarbox.serve.jmap.method import Context


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
