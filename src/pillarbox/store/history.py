"""Earlier mail from the same address to the same people, from the traces that are kept.

Asked for when somebody reads a trace, never while mail comes in.
"""

from typing import Final

from pillarbox.store import traces
from pillarbox.store.database import Transaction
from pillarbox.store.ids import moment
from pillarbox.store.traces import Query
from pillarbox.trace.step import Trace
from pillarbox.trace.view import Earlier

MAX_COUNTED: Final = 200
_TAKEN: Final = frozenset({"delivered", "junked"})


def earlier(tx: Transaction, trace: Trace) -> Earlier | None:
    """Return what came before a message; None for what did not come from outside.

    Counts what any of its recipients got of the address in From, proven or not, the latest
    MAX_COUNTED at most.
    """
    if trace.direction != "in" or not trace.header_from:
        return None
    wanted = {address.lower() for address in trace.recipients}
    begun = moment(round(trace.started_at * 1_000_000))
    query = Query(header_from=trace.header_from, direction="in", until=begun)
    found = [
        entry
        for entry in traces.list_(tx, query, MAX_COUNTED + 1)
        if entry.action in _TAKEN and wanted & {address.lower() for address in entry.recipients}
    ]
    counted = found[:MAX_COUNTED]
    since = counted[-1].started_at if counted else None
    return Earlier(len(counted), since, more=len(found) > MAX_COUNTED)
