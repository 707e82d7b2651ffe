"""The way a message says that it came, as steps of a trace: what others claim, never what we saw.

The oldest first. A wait of more than a minute is told, and so are clocks that differ.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from pillarbox.mime.header import Header
from pillarbox.mime.received import Hop, hops
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step

MAX_HOPS: Final = 30
LONG: Final = timedelta(seconds=60)
_SLACK: Final = timedelta(seconds=2)
# (less than so many seconds, unit, its seconds)
_UNITS: Final = (
    (120, "unit-s", 1),
    (7200, "unit-min", 60),
    (172_800, "unit-h", 3600),
    (float("inf"), "unit-d", 86_400),
)


def way(header: Header, now: datetime) -> list[Step]:
    """Return what others claim of the way, and where that ends; nothing where they claim nothing.

    The boundary tells how long the last of them kept it, by its account and our clock.
    """
    steps, last = _walk(header, now)
    if not steps:
        return []
    params = _gap(last, now)
    boundary = Step(key="boundary", at=now.timestamp(), params=params, rfc="RFC 5321 §4.4")
    return [*steps, boundary]


def claimed(header: Header, now: datetime) -> list[Step]:
    """Return a step for each Received field, the newest MAX_HOPS of them."""
    return _walk(header, now)[0]


def _walk(header: Header, now: datetime) -> tuple[list[Step], datetime | None]:
    """Return the steps, oldest first, and the time of the last hand that tells one."""
    steps = []
    before: datetime | None = None
    for hop in reversed(hops(header, MAX_HOPS)):
        steps.append(_step(hop, before, now))
        before = hop.at or before
    return steps, before


def _step(hop: Hop, before: datetime | None, now: datetime) -> Step:
    params: dict[str, Any] = {
        "from": hop.from_ or phrase("unnamed"),
        "by": hop.by or phrase("unnamed"),
        "with": hop.with_,
        "encrypted": "yes" if hop.encrypted else "no",
        **_gap(before, hop.at),
    }
    at = (hop.at or now).timestamp()
    return Step(key="claimed.hop", at=at, params=params, rfc="RFC 5321 §4.4", claimed=True)


def _gap(before: datetime | None, then: datetime | None) -> dict[str, Any]:
    """Return what is to be told of the time between two hands."""
    if before is None or then is None:
        return {"gap": "no"}
    waited = then - before
    if waited > LONG:
        return {"gap": "waited", **_amount(waited)}
    if waited < -_SLACK:
        return {"gap": "clock", **_amount(-waited)}
    return {"gap": "no"}


def _amount(span: timedelta) -> dict[str, Any]:
    seconds = span.total_seconds()
    unit, length = next((unit, length) for limit, unit, length in _UNITS if seconds < limit)
    count = round(seconds / length)
    return {"amount": count, "unit": phrase(unit, amount=count)}
