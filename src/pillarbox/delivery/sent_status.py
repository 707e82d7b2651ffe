"""What became of a submission for each recipient, as JMAP has it (RFC 8621 §7). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pillarbox.trace.recipients import fates
from pillarbox.trace.step import Trace

Delivered = Literal["queued", "yes", "no", "unknown"]

_DELIVERED: Final[Mapping[str, tuple[Delivered, str]]] = {
    "delivered": ("yes", "250 2.0.0 Delivered to the mailbox"),
    "accepted": ("unknown", "250 2.0.0 Accepted by the other server"),
    "queued": ("queued", "250 2.0.0 Queued"),
    "held": ("queued", "250 2.0.0 Held until its time"),
    "failed": ("no", "550 5.0.0 Not delivered"),
    "": ("unknown", "250 2.0.0 Accepted"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """Of one recipient. reply: the last words of whoever had it; they begin with a code."""

    reply: str
    delivered: Delivered


def statuses(trace: Trace) -> dict[str, Status]:
    """Return what became of it for each recipient of the envelope."""
    replies = _replies(trace)
    found = {}
    for fate in fates(trace):
        delivered, usual = _DELIVERED[fate.state]
        reply = replies.get(fate.address.lower(), "")
        # What we found out ourselves has no code of a reply.
        said = reply if reply[:3].isdigit() and fate.state != "held" else usual
        found[fate.address] = Status(said, delivered)
    return found


def _replies(trace: Trace) -> dict[str, str]:
    found: dict[str, str] = {}
    for step in trace.steps:
        params: Mapping[str, Any] = step.params
        recipient, reply = params.get("recipient"), params.get("reply")
        if isinstance(recipient, str) and isinstance(reply, str):
            found[recipient.lower()] = reply
    return found
