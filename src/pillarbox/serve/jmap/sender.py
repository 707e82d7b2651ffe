"""The Email property `senderVerdict`: who each message of a list is from (docs/jmap.md).

One query for the whole list, and of each trace only the steps of the decision are read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types.trace import SenderVerdict
from pillarbox.serve.jmap.extras import EmailExtra
from pillarbox.serve.jmap.method import Capability
from pillarbox.store import message_traces
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.trace import catalogue, view
from pillarbox.trace.step import Trace

URN: Final = "urn:pillarbox:jmap:sender"
PROPERTY: Final = "senderVerdict"
LANGUAGE: Final = "language"
MAX_LANGUAGE: Final = 200  # characters; an Accept-Language field will do


def capability() -> Capability:
    """Return what app.py gives to the API; the property is `extra`."""
    return Capability(URN, {}, account=lambda _: {"languages": list(catalogue.LANGUAGES)})


def extra() -> EmailExtra:
    """Return the property for Email/get."""
    return EmailExtra(PROPERTY, URN, load, arguments={LANGUAGE: check_language})


def check_language(value: Any) -> None:
    """Raise MethodError unless a language can be chosen by it."""
    if not isinstance(value, str) or len(value) > MAX_LANGUAGE:
        raise MethodError("invalidArguments", f"{LANGUAGE} is a string, such as de-AT")


def load(
    tx: Transaction, account_id: AccountId, message_ids: Sequence[int], arguments: Mapping[str, Any]
) -> dict[int, Any]:
    """Return the property of each message that has one."""
    language = catalogue.choose(str(arguments.get(LANGUAGE, "")))
    wanted = [MessageId(message_id) for message_id in message_ids]
    found = message_traces.verdicts(tx, account_id, wanted)
    told = {message_id: sender_verdict(trace, language) for message_id, trace in found.items()}
    return {
        message_id: msgspec.to_builtins(verdict)
        for message_id, verdict in told.items()
        if verdict is not None
    }


def sender_verdict(trace: Trace, language: str) -> SenderVerdict | None:
    """Return what a list shows of a trace; None where nothing was judged."""
    verdict = view.verdict(trace)
    if not verdict:
        return None
    headline, line = view.heading(trace, language)
    return SenderVerdict(
        verdict=verdict,
        tone=view.tone(trace),
        line=line,
        headline=headline,
        proven=verdict in view.PROVEN,
    )
