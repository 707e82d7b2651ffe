"""The Email property `senderVerdict`: who each message of a list is from (docs/jmap.md).

One query for the whole list, and of each trace only the steps of the decision are read.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from pillarbox.jmap.types.trace import SenderVerdict
from pillarbox.store import message_traces
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.trace import view
from pillarbox.trace.step import Trace

URN: Final = "urn:pillarbox:jmap:sender"
PROPERTY: Final = "senderVerdict"


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


async def sender_verdicts(
    db: Database, account_id: AccountId, message_ids: Collection[MessageId], language: str
) -> Mapping[MessageId, dict[str, Any] | None]:
    """Return the property for each of the messages: None where there is nothing to say."""
    found = await db.read(message_traces.verdicts, account_id, message_ids)
    told: dict[MessageId, dict[str, Any] | None] = dict.fromkeys(message_ids)
    for message_id, trace in found.items():
        verdict = sender_verdict(trace, language)
        told[message_id] = None if verdict is None else msgspec.to_builtins(verdict)
    return told
