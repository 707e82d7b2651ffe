"""How a JMAP method says no (RFC 8620 §3.6.2, §5.3).

A method raises `MethodError` and the whole call becomes an "error" response. One object of
a /set that cannot be changed is a `SetError` inside an ordinary response.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class MethodError(Exception):
    """A method call that failed. type: of RFC 8620 §3.6.2 or of the method's own RFC.

    description: for the developer of the client, in English. more: further properties of the
    error object.
    """

    def __init__(self, type_: str, description: str = "", **more: Any) -> None:
        super().__init__(f"{type_}: {description}")
        self.type = type_
        self.description = description
        self.more: Mapping[str, Any] = more

    def as_object(self) -> dict[str, Any]:
        """Return the arguments of the "error" response."""
        return _object(self.type, self.description, self.more)


class SetError(Exception):
    """One object that could not be created, updated or destroyed (RFC 8620 §5.3).

    properties: which of the object's properties are wrong.
    """

    def __init__(
        self, type_: str, description: str = "", properties: Sequence[str] = (), **more: Any
    ) -> None:
        super().__init__(f"{type_}: {description}")
        self.type = type_
        self.description = description
        self.properties = tuple(properties)
        self.more: Mapping[str, Any] = more

    def as_object(self) -> dict[str, Any]:
        """Return the value in notCreated, notUpdated or notDestroyed."""
        found = _object(self.type, self.description, self.more)
        if self.properties:
            found["properties"] = list(self.properties)
        return found


def _object(type_: str, description: str, more: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": type_, **more}
    if description:
        found["description"] = description
    return found
