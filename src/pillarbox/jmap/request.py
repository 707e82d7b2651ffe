"""Reading a JMAP request, and the errors of a whole request (RFC 8620 §3.3, §3.6.1). Pure."""

import re
from collections.abc import Container, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from pillarbox.jmap.limits import Limits

PREFIX: Final = "urn:ietf:params:jmap:error:"
MAX_DEPTH: Final = 100  # arrays and objects in each other
MAX_TEXT: Final = 300  # characters of a detail

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class RequestError(Exception):
    """A request that is refused as a whole. type: without PREFIX. limit: of the session object."""

    def __init__(self, type_: str, detail: str, *, limit: str = "", status: int = 400) -> None:
        super().__init__(f"{type_}: {detail}")
        self.type = type_
        self.detail = detail[:MAX_TEXT]
        self.limit = limit
        self.status = status

    def as_object(self) -> dict[str, Any]:
        """Return the problem details object (RFC 7807)."""
        found: dict[str, Any] = {
            "type": PREFIX + self.type,
            "status": self.status,
            "detail": self.detail,
        }
        return {**found, "limit": self.limit} if self.limit else found


class Invocation(NamedTuple):
    """One method call. arguments: as sent, references unresolved."""

    name: str
    arguments: dict[str, Any]
    call_id: str


class Request(msgspec.Struct, rename="camel"):
    """A request object. created_ids: None if the client sent none, and wants none back."""

    using: list[str]
    method_calls: list[Invocation]
    created_ids: dict[str, str] | None = None


def parse_request(octets: bytes | str, limits: Limits, known: Container[str]) -> Request:
    """Return a request. known: the capabilities there are. Raises RequestError."""
    return check_request(decode(octets), limits, known)


def decode(octets: bytes | str) -> Any:
    """Return the value of an I-JSON text (RFC 7493). Raises RequestError notJSON."""
    try:
        value = msgspec.json.decode(octets)
        members = _members(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise RequestError("notJSON", str(exc)) from None
    raw = octets.encode() if isinstance(octets, str) else octets
    # RFC 7493 §2.3: each member once. Outside of strings there is one colon for each.
    if _STRING.sub(b"", raw).count(b":") != members:
        raise RequestError("notJSON", "an object has two members of one name")
    return value


def _members(value: Any) -> int:
    """Return how many members all objects in a value have. Raises RequestError."""
    count = 0
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                count += len(each)
                below += [inner for inner in each.values() if isinstance(inner, dict | list)]
            elif isinstance(each, list):
                below += [inner for inner in each if isinstance(inner, dict | list)]
        if not below:
            return count
        level = below
    raise RequestError("notJSON", f"more than {MAX_DEPTH} arrays and objects in each other")


def check_request(value: Any, limits: Limits, known: Container[str]) -> Request:
    """Return the request that a JSON value is. Raises RequestError."""
    try:
        request = msgspec.convert(value, Request)
    except msgspec.ValidationError as exc:
        raise RequestError("notRequest", str(exc)) from None
    for urn in request.using:
        if urn not in known:
            raise RequestError("unknownCapability", f"there is no {urn[:200]!r}")
    if len(request.method_calls) > limits.max_calls_in_request:
        raise RequestError(
            "limit",
            f"at most {limits.max_calls_in_request} method calls in a request",
            limit="maxCallsInRequest",
        )
    return request


class Response(msgspec.Struct):
    """What is answered (RFC 8620 §3.4). methodResponses: already encoded, one by one."""

    methodResponses: list[msgspec.Raw]  # noqa: N815 - the name on the wire
    sessionState: str  # noqa: N815
    createdIds: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
