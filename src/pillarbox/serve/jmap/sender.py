"""The Email property `senderVerdict`: who each message of a list is from (docs/jmap_own.md).

One query for the whole list, and of each trace only the steps of the decision are read.
"""

from collections import OrderedDict
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
from pillarbox.store.message_traces import Judged
from pillarbox.trace import catalogue, view
from pillarbox.trace.step import Trace

URN: Final = "urn:pillarbox:jmap:sender"
PROPERTY: Final = "senderVerdict"
LANGUAGE: Final = "language"
MAX_KEPT: Final = 10_000
MAX_LANGUAGE: Final = 200  # characters; an Accept-Language field will do


def capability() -> Capability:
    """Return what app.py gives to the API; the property is `extra`."""
    return Capability(URN, {}, account=lambda _: {"languages": list(catalogue.LANGUAGES)})


def extra() -> EmailExtra:
    """Return the property for Email/get."""
    return EmailExtra(PROPERTY, URN, Verdicts().load, arguments={LANGUAGE: check_language})


def check_language(value: Any) -> None:
    """Raise MethodError unless a language can be chosen by it."""
    if not isinstance(value, str) or len(value) > MAX_LANGUAGE:
        raise MethodError("invalidArguments", f"{LANGUAGE} is a string, such as de-AT")


class Verdicts:
    """Puts verdicts in words. Those of the latest messages are kept: they never change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], dict[str, Any] | None] = OrderedDict()

    def load(
        self,
        tx: Transaction,
        account_id: AccountId,
        message_ids: Sequence[int],
        arguments: Mapping[str, Any],
    ) -> dict[int, Any]:
        """Return the property of each message that has one."""
        language = catalogue.choose(str(arguments.get(LANGUAGE, "")))
        wanted = [MessageId(message_id) for message_id in message_ids]
        found = message_traces.verdicts(tx, account_id, wanted)
        told = {message_id: self._tell(one, language) for message_id, one in found.items()}
        return {message_id: one for message_id, one in told.items() if one is not None}

    def _tell(self, judged: Judged, language: str) -> dict[str, Any] | None:
        # What became of mail from here may change, and with it what can be said.
        key = (judged.trace_id, judged.action, language)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        verdict = sender_verdict(judged.open(), language)
        told = self._kept[key] = None if verdict is None else msgspec.to_builtins(verdict)
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return told


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
