"""Reports that come by mail are read, and kept, when they are about a domain of ours.

The message is delivered like any other; this is beside it. What is no report, or not about
us, changes nothing.
"""

import asyncio
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
import structlog

from pillarbox.base.errors import Corrupt, MailError
from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.dmarc_report import MAX_XML_OCTETS, AggregateReport, BadReport
from pillarbox.mailauth.report_file import read_message
from pillarbox.mailauth.tls_report import TlsReport
from pillarbox.store import domains, reports
from pillarbox.store.database import Database, Transaction
from pillarbox.store.reports import NewReport

log = structlog.get_logger()

KIND: Final = "dmarc"
TLS_KIND: Final = "tls"
T = TypeVar("T")
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


class NotOurs(BadReport):
    """The report is about a domain that is not ours."""


class ReportIntake:
    """Keeps the reports that come to `local_parts` at our domains."""

    def __init__(self, db: Database, local_parts: Sequence[str]) -> None:
        self._db = db
        self._local_parts = frozenset(part.lower() for part in local_parts)

    def wants(self, recipients: Sequence[str]) -> bool:
        """Tell whether a message to these addresses may be a report."""
        return any(r.rpartition("@")[0].lower() in self._local_parts for r in recipients)

    async def offer(self, recipients: Sequence[str], message: bytes) -> None:
        """Keep the report in a message, if it came to one of our mailboxes for them."""
        if self.wants(recipients):
            await self.take(message)

    async def take(self, message: bytes) -> int | None:
        """Keep the report in a message that was delivered; return its number, None if none."""
        try:
            # Unpacking and reading may take a second: not on the loop.
            report = await asyncio.to_thread(read_message, message)
            return await self._db.write(keep, report)
        except NotOurs as exc:
            log.info("report.not_ours", reason=str(exc))
        except BadReport as exc:
            log.debug("report.none", reason=str(exc))
        except MailError as exc:
            log.warning("report.not_kept", reason=str(exc))
        return None


def keep(tx: Transaction, report: AggregateReport | TlsReport) -> int | None:
    """Keep a report, and return its number; None if it is here already.

    Raises NotOurs, and what the store raises.
    """
    new = _dmarc(report) if isinstance(report, AggregateReport) else _tls(report)
    if not any(is_under(new.domain, ours.name) for ours in domains.list_(tx)):
        raise NotOurs(f"a report about {new.domain[:80]}, which is no domain of ours")
    return reports.add(tx, new)


def _dmarc(report: AggregateReport) -> NewReport:
    counts = [(row.count, row.is_aligned) for row in report.rows]
    return NewReport(
        kind=KIND,
        domain=report.policy.domain,
        org=report.org_name,
        name=report.report_id,
        begin_at=_moment(report.begin),
        end_at=_moment(report.end),
        messages=sum(count for count, _ in counts),
        aligned=sum(count for count, aligned in counts if aligned),
        body=zlib.compress(msgspec.json.encode(report)),
    )


def _tls(report: TlsReport) -> NewReport:
    """Return a report on encryption: messages stands for connections, aligned for good ones."""
    succeeded = sum(policy.succeeded for policy in report.policies)
    failed = sum(policy.failed for policy in report.policies)
    return NewReport(
        kind=TLS_KIND,
        domain=report.policies[0].domain,
        org=report.org_name or report.contact.rpartition("@")[2],
        name=report.report_id,
        begin_at=report.begin,
        end_at=report.end,
        messages=succeeded + failed,
        aligned=succeeded,
        body=zlib.compress(msgspec.json.encode(report)),
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC)


def open_report(body: bytes) -> AggregateReport:
    """Return the DMARC report in a stored body. Raises Corrupt."""
    return _open(body, AggregateReport)


def open_tls_report(body: bytes) -> TlsReport:
    """Return the report on encryption in a stored body. Raises Corrupt."""
    return _open(body, TlsReport)


def _open(body: bytes, kind: type[T]) -> T:
    try:
        octets = zlib.decompressobj().decompress(body, 4 * MAX_XML_OCTETS)
        return msgspec.json.decode(octets, type=kind)
    except (zlib.error, msgspec.DecodeError) as exc:
        raise Corrupt("the stored report cannot be read") from exc
