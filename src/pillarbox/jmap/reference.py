"""References to results of earlier calls of a request (RFC 8620 §3.7). Pure."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pillarbox.jmap.error import MethodError
from pillarbox.jmap.request import Invocation

MARK: Final = "#"
MAX_PATH: Final = 1000  # characters


class ResultReference(msgspec.Struct, rename="camel"):
    """Where a value is: a path into the response that a call had."""

    result_of: str
    name: str
    path: str


class References:
    """What the calls of one request refer to.

    max_octets: how much all resolved values of a request may be, as JSON: else a response that
    is referred to twice, and that response twice again, would soon fill the memory.
    """

    def __init__(self, max_octets: int) -> None:
        self._left = max_octets
        self._encoder = msgspec.json.Encoder()

    def resolve(self, arguments: dict[str, Any], responses: Sequence[Invocation]) -> dict[str, Any]:
        """Return arguments without references.

        Raises MethodError: invalidArguments, invalidResultReference, requestTooLarge.
        """
        if not any(name.startswith(MARK) for name in arguments):
            return arguments
        found: dict[str, Any] = {}
        for name, value in arguments.items():
            if not name.startswith(MARK):
                found[name] = value
                continue
            plain = name[1:]
            if plain in arguments:
                raise MethodError("invalidArguments", f"{plain[:100]} is there twice")
            found[plain] = self._pay(_look_up(value, responses))
        return found

    def _pay(self, value: Any) -> Any:
        self._left -= len(self._encoder.encode(value))
        if self._left < 0:
            raise MethodError("requestTooLarge", "the references lead to too much")
        return value


def _look_up(value: Any, responses: Sequence[Invocation]) -> Any:
    try:
        wanted = msgspec.convert(value, ResultReference)
    except msgspec.ValidationError as exc:
        raise MethodError("invalidArguments", f"not a ResultReference: {exc}") from None
    for response in responses:
        if response.call_id == wanted.result_of:
            if response.name != wanted.name:
                break
            return evaluate(wanted.path, response.arguments)
    raise MethodError("invalidResultReference", "no such call has this response")


def evaluate(path: str, value: Any) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to, where `*` is each item of an array.

    Raises MethodError invalidResultReference.
    """
    if len(path) > MAX_PATH or (path and not path.startswith("/")):
        raise MethodError("invalidResultReference", "the path is no JSON pointer")
    tokens = [unescape(token) for token in path.split("/")[1:]]
    return _walk(value, tokens)


def unescape(token: str) -> str:
    """Return a token of a JSON pointer as the name that it is (RFC 6901 §4)."""
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def _walk(value: Any, tokens: Sequence[str]) -> Any:
    for position, token in enumerate(tokens):
        if isinstance(value, list):
            if token == "*":  # noqa: S105 - no password
                return _each(value, tokens[position + 1 :])
            if not token.isascii() or not token.isdecimal() or len(token) > 9:
                raise MethodError("invalidResultReference", f"{token[:100]!r} is no index")
            if (len(token) > 1 and token[0] == "0") or int(token) >= len(value):
                raise MethodError("invalidResultReference", f"{token!r} is not in the array")
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            value = value[token]
        else:
            raise MethodError("invalidResultReference", f"there is no {token[:100]!r}")
    return value


def _each(items: list[Any], tokens: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        value = _walk(item, tokens)
        if isinstance(value, list):
            found += value
        else:
            found.append(value)
    return found
