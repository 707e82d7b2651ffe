"""Reports about our domains that other servers sent, each kept once.

What is in them is octets to this module. Old ones are deleted when new ones come.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pillarbox.base.errors import NotFound, TooLarge, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros, moment, text

KEEP: Final = timedelta(days=400)
MAX_BODY_OCTETS: Final = 4 * 1024 * 1024
MAX_A_DAY: Final = 5000  # received in a day, for all domains
MAX_NAME: Final = 250  # characters of org and name
MAX_COUNT: Final = 2**53

_FIELDS: Final = """
SELECT report_no, kind, domain, org, name, begin_at, end_at, received_at, messages, aligned
FROM reports
"""
_ADD: Final = """
INSERT INTO reports
    (kind, domain, org, name, begin_at, end_at, received_at, messages, aligned, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (kind, domain, org, name) DO NOTHING
RETURNING report_no
"""
_RECENT: Final = "SELECT COUNT(*) FROM reports WHERE received_at > ?1"
_PURGE: Final = "DELETE FROM reports WHERE received_at < ?1"
_LIST: Final = (
    _FIELDS + " WHERE end_at >= ?1 AND (domain = ?2 OR ?2 = '') ORDER BY end_at DESC, report_no"
    " LIMIT ?3"
)
_GET: Final = _FIELDS + " WHERE report_no = ?1"
_BODY: Final = "SELECT body FROM reports WHERE report_no = ?1"


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to keep. org, name: who reports, and the report's id there."""

    kind: str
    domain: str
    org: str
    name: str
    begin_at: datetime
    end_at: datetime
    messages: int
    aligned: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is kept, without its body."""

    report_no: int
    kind: str
    domain: str
    org: str
    name: str
    begin_at: datetime
    end_at: datetime
    received_at: datetime
    messages: int
    aligned: int


def _report(row: tuple[Any, ...]) -> Report:
    number, kind, domain, org, name, begin_at, end_at, received_at, messages, aligned = row
    times = (moment(begin_at), moment(end_at), moment(received_at))
    return Report(number, kind, domain, org, name, *times, messages, aligned)


def add(tx: Transaction, new: NewReport) -> int | None:
    """Keep a report, and return its number; None if it is here already.

    Raises TooLarge, and TooMany when more came in a day than anybody needs.
    """
    if len(new.body) > MAX_BODY_OCTETS:
        raise TooLarge(f"a report of {len(new.body)} octets")
    if int(tx.value(_RECENT, micros(tx.now - timedelta(days=1)))) >= MAX_A_DAY:
        raise TooMany(f"{MAX_A_DAY} reports in a day")
    tx.run(_PURGE, micros(tx.now - KEEP))
    aligned = min(new.aligned, new.messages, MAX_COUNT)
    found = tx.one(
        _ADD,
        new.kind,
        text(new.domain),
        text(new.org[:MAX_NAME]),
        text(new.name[:MAX_NAME]),
        micros(new.begin_at),
        micros(new.end_at),
        micros(tx.now),
        min(new.messages, MAX_COUNT),
        aligned,
        new.body,
    )
    return None if found is None else int(found[0])


def list_(tx: Transaction, domain: str, since: datetime, limit: int) -> list[Report]:
    """Return reports whose period ends after `since`, newest first. domain: "" for all."""
    return [_report(row) for row in tx.all(_LIST, micros(since), text(domain.lower()), limit)]


def get(tx: Transaction, report_no: int) -> tuple[Report, bytes]:
    """Return a report and its body. Raises NotFound."""
    row = tx.one(_GET, report_no) if 0 < report_no < 2**63 else None
    if row is None:
        raise NotFound(f"report {report_no}")
    return _report(row), bytes(tx.value(_BODY, report_no))
