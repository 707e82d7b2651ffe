"""The capability urn:ietf:params:jmap:core: Core/echo, Blob/copy (RFC 8620 §4, §6.3)."""

from collections.abc import Mapping
from typing import Any

from pillarbox.jmap.arguments import check_names, string, strings
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.jmap.limits import Limits
from pillarbox.jmap.session import CORE, core_properties
from pillarbox.serve.jmap.blobs import Blobs
from pillarbox.serve.jmap.method import Capability, Context, Method


async def echo(_: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Core/echo (RFC 8620 §4)."""
    return arguments


def capability(limits: Limits, blobs: Blobs, push: Mapping[str, Method]) -> Capability:
    """Return the capability that every request asks for. push: methods of subscriptions."""

    async def copy(context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        return await _copy(blobs, context, arguments)

    return Capability(
        CORE,
        {"Core/echo": echo, "Blob/copy": copy, **push},
        core_properties(limits),
        personal=False,
        anywhere=frozenset({"Core/echo", *push}),
    )


async def _copy(blobs: Blobs, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Blob/copy (RFC 8620 §6.3): who has one account copies within it, and ids stay."""
    check_names(arguments, ("fromAccountId", "accountId", "blobIds"))
    wanted = strings(arguments, "blobIds")
    if wanted is None:
        raise MethodError("invalidArguments", "blobIds is missing")
    if len(wanted) > context.limits.max_objects_in_set:
        raise MethodError("requestTooLarge", "too many blobIds")
    if string(arguments, "fromAccountId") != arguments["accountId"]:
        raise MethodError("fromAccountNotFound")
    missing = SetError("notFound").as_object()
    copied: dict[str, str] = {}
    refused: dict[str, Any] = {}
    for one in wanted:
        if await blobs.exists(context.visitor.account_id, one):
            copied[one] = one
        else:
            refused[one] = missing
    return {
        "fromAccountId": arguments["fromAccountId"],
        "accountId": arguments["accountId"],
        "copied": copied or None,
        "notCopied": refused or None,
    }
