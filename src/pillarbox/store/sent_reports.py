"""Which reports we sent to others, so that each goes out once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros, moment, text

KEEP_DAYS: Final = 400

_ADD: Final = """
INSERT INTO sent_reports (kind, domain, day, sent_at, outcome, trace_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kind, day, domain) DO NOTHING
"""
_FIND: Final = "SELECT 1 FROM sent_reports WHERE kind = ?1 AND day = ?2 AND domain = ?3"
_LIST: Final = """
SELECT kind, domain, day, sent_at, outcome, trace_id FROM sent_reports WHERE day >= ?1
ORDER BY day DESC, kind, domain LIMIT ?2
"""
_PURGE: Final = "DELETE FROM sent_reports WHERE day < ?1"


@dataclass(frozen=True, slots=True)
class SentReport:
    """One report. kind: "dmarc" or "tls". day: since 1970. trace_id: "" if none was sent."""

    kind: str
    domain: str
    day: int
    sent_at: datetime
    outcome: str
    trace_id: str


def add(tx: Transaction, report: SentReport) -> bool:
    """Note a report; False if it was noted before. Old notes go."""
    tx.run(_PURGE, report.day - KEEP_DAYS)
    at, outcome = micros(report.sent_at), text(report.outcome[:500])
    row = (report.kind, text(report.domain), report.day, at, outcome, text(report.trace_id))
    return tx.run(_ADD, *row) > 0


def is_done(tx: Transaction, kind: str, day: int, domain: str) -> bool:
    """Tell whether the report of a day was noted."""
    return tx.one(_FIND, kind, day, text(domain)) is not None


def list_(tx: Transaction, since_day: int, limit: int) -> list[SentReport]:
    """Return what was noted, the latest days first."""
    return [_report(row) for row in tx.all(_LIST, since_day, limit)]


def _report(row: tuple[Any, ...]) -> SentReport:
    kind, domain, day, sent_at, outcome, trace_id = row
    return SentReport(kind, domain, day, moment(sent_at), outcome, trace_id)
