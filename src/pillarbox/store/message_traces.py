"""From the messages of an account to the traces that tell how they came or went.

`verdicts` is for lists: one query for all, and of each trace only what a list shows is read.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pillarbox.store import traces
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId, listed, pack
from pillarbox.trace.step import Step, Trace

_TOLD: Final = "decision."  # the steps that a list needs
_VERDICTS: Final = """
SELECT m.message_id, t.trace_id, t.direction, t.action, t.verdict, t.account, t.header_from, t.data
FROM messages m JOIN traces t ON t.trace_id = m.trace_id
WHERE m.account_id = ?1 AND m.message_id IN LIST(?2)
"""
_NAMES: Final = """
SELECT message_id, trace_id, header_id, envelope FROM messages
WHERE account_id = ?1 AND message_id IN LIST(?2)
"""
_OF_VERDICT: Final = """
SELECT m.message_id FROM messages m JOIN traces t ON t.trace_id = m.trace_id
WHERE m.account_id = ?1 AND m.trace_id <> '' AND t.verdict = ?2
"""


class _Brief(msgspec.Struct):
    """The steps alone, without their evidence."""

    steps: list["_Step"] = []


class _Step(msgspec.Struct):
    key: str
    at: float
    params: dict[str, Any] = {}


_BRIEF: Final = msgspec.json.Decoder(_Brief)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a list shows of a trace; opened only where it must be. data: the trace, compressed."""

    trace_id: str
    direction: str
    action: str
    verdict: str
    account: str
    header_from: str
    data: bytes

    def open(self) -> Trace:
        """Return the trace with no steps but those of the decision."""
        brief = _BRIEF.decode(traces.unpack(self.data))
        return Trace(
            id=self.trace_id,
            direction=self.direction,
            started_at=0.0,
            action=self.action,
            verdict=self.verdict,
            account=self.account,
            header_from=self.header_from,
            steps=[
                Step(key=step.key, at=step.at, params=step.params)
                for step in brief.steps
                if step.key.startswith(_TOLD)
            ],
        )


def verdicts(
    tx: Transaction, account_id: AccountId, message_ids: Collection[MessageId]
) -> dict[MessageId, Judged]:
    """Return what lists show of the traces of messages.

    Messages without a trace, or whose trace was purged, are missing.
    """
    rows = tx.all(listed(tx, _VERDICTS), account_id, pack(message_ids))
    return {row[0]: Judged(*row[1:]) for row in rows}


def of_verdict(tx: Transaction, account_id: AccountId, verdict: str) -> set[MessageId]:
    """Return the messages with a verdict of `trace/view`, as far as traces are kept.

    It looks at every message: use `db.scan`.
    """
    return {row[0] for row in tx.all(_OF_VERDICT, account_id, verdict)}


@dataclass(frozen=True, slots=True)
class Named:
    """What leads from a message to its trace. header_id: Message-ID. envelope: as IMAP has it."""

    trace_id: str
    header_id: str
    envelope: bytes


def names(
    tx: Transaction, account_id: AccountId, message_ids: Collection[MessageId]
) -> dict[MessageId, Named]:
    """Return the names of the messages that exist."""
    rows = tx.all(listed(tx, _NAMES), account_id, pack(message_ids))
    return {row[0]: Named(row[1], row[2], bytes(row[3])) for row in rows}


def sent(tx: Transaction, account: str, message_id: str) -> str:
    """Return the latest trace of what an account sent under a Message-ID, "" if there is none.

    For copies that mail programs put into Sent themselves. account: its address.
    """
    if not message_id:
        return ""
    query = traces.Query(message_id=message_id, account=account, direction="submitted")
    found = traces.list_(tx, query, 1)
    return found[0].trace_id if found else ""
