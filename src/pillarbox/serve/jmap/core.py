"""The capability urn:ietf:params:jmap:core: Core/echo, Blob/copy (RFC 8620 §4, §6.3)."""

from collections.abc import Mapping
from typing import Any

from pillarbox.jmap.arguments import check_names, string, strings
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.limits import Limits
from pillarbox.jmap.session import CORE, core_properties
from pillarbox.serve.jmap.method import Capability, Context, Method


async def echo(_: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Core/echo (RFC 8620 §4)."""
    return arguments


def capability(limits: Limits, push: Mapping[str, Method]) -> Capability:
    """Return the capability that every request asks for. push: methods of subscriptions."""
    return Capability(
        CORE,
        {"Core/echo": echo, "Blob/copy": copy, **push},
        core_properties(limits),
        personal=False,
        anywhere=frozenset({"Core/echo", *push}),
    )


async def copy(_: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Blob/copy (RFC 8620 §6.3): who has one account has none to copy from."""
    check_names(arguments, ("fromAccountId", "accountId", "blobIds"))
    if strings(arguments, "blobIds") is None:
        raise MethodError("invalidArguments", "blobIds is missing")
    if string(arguments, "fromAccountId") == arguments["accountId"]:
        raise MethodError("invalidArguments", "fromAccountId and accountId are the same")
    raise MethodError("fromAccountNotFound")
