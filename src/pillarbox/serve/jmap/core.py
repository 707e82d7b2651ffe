"""The capability urn:ietf:params:jmap:core: Core/echo, and the limits (RFC 8620 §2, §4)."""

from typing import Any

from pillarbox.jmap.limits import Limits
from pillarbox.jmap.session import CORE, core_properties
from pillarbox.serve.jmap.method import Capability, Context


async def echo(_: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Core/echo (RFC 8620 §4)."""
    return arguments


def capability(limits: Limits) -> Capability:
    """Return the capability that every request asks for."""
    return Capability(
        CORE,
        {"Core/echo": echo},
        core_properties(limits),
        personal=False,
        anywhere=frozenset({"Core/echo"}),
    )
