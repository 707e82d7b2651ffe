"""Reports to other domains as messages (RFC 9990 §3.5, RFC 8460 §5.3). Pure."""

import gzip
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.mailauth.dmarc_report import AggregateReport, format_xml
from pillarbox.mailauth.tls_report import TlsReport, format_json
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.build import Attachment, Draft, build

TLS_TYPE: Final = "application/tlsrpt+gzip"
_AUTOMATIC: Final = ("Auto-Submitted", "auto-generated")


@dataclass(frozen=True, slots=True)
class Letter:
    """Who writes when. sender: our address. hostname: of our server, for the Message-ID."""

    sender: str
    hostname: str
    now: datetime

    @property
    def submitter(self) -> str:
        """Our domain, as subjects and file names have it."""
        return self.sender.rpartition("@")[2]


def dmarc_file(report: AggregateReport, submitter: str) -> Attachment:
    """Return the file of a DMARC report (RFC 9990 §3.5.1)."""
    name = f"{submitter}!{report.policy.domain}!{report.begin}!{report.end}.xml.gz"
    return Attachment(name, "application/gzip", gzip.compress(format_xml(report), mtime=0))


def tls_file(report: TlsReport, domain: str, submitter: str) -> Attachment:
    """Return the file of a report on encryption (RFC 8460 §5.1)."""
    begin, end = int(report.begin.timestamp()), int(report.end.timestamp())
    unique = report.report_id.partition("@")[0]
    name = f"{submitter}!{domain}!{begin}!{end}!{unique}.json.gz"
    return Attachment(name, TLS_TYPE, gzip.compress(format_json(report), mtime=0))


def dmarc_message(
    report: AggregateReport, file: Attachment, to: tuple[str, ...], letter: Letter
) -> bytes:
    """Return the message with a DMARC report. to: addresses."""
    domain = report.policy.domain
    count = sum(row.count for row in report.rows)
    return build(
        Draft(
            sender=_mailbox(letter.sender),
            to=[_mailbox(address) for address in to],
            subject=_subject(domain, letter.submitter, report.report_id),
            text=f"This is a report on {count} messages that came to {letter.submitter} in the "
            f"name of {domain}.\nIt is for programs (DMARC, RFC 9990), and is attached.\n",
            date=letter.now,
            message_id=f"{report.report_id}@{letter.hostname}",
            attachments=[file],
            headers=[_AUTOMATIC],
        )
    )


def tls_message(
    report: TlsReport, file: Attachment, domain: str, to: tuple[str, ...], letter: Letter
) -> bytes:
    """Return the message with a report on encryption. to: addresses.

    It must arrive also where encryption is what fails (RFC 8460 §5.3, RFC 8689 §5).
    """
    return build(
        Draft(
            sender=_mailbox(letter.sender),
            to=[_mailbox(address) for address in to],
            subject=_subject(domain, letter.submitter, report.report_id),
            text=f"This is a report on the encryption of connections from {letter.submitter} to "
            f"the mail servers of {domain}.\nIt is for programs (TLS-RPT, RFC 8460), and is "
            "attached.\n",
            date=letter.now,
            message_id=f"{report.report_id}@{letter.hostname}",
            attachments=[file],
            headers=[
                ("TLS-Report-Domain", domain),
                ("TLS-Report-Submitter", letter.submitter),
                ("TLS-Required", "No"),
                _AUTOMATIC,
            ],
            report_type="tlsrpt",
        )
    )


def _subject(domain: str, submitter: str, report_id: str) -> str:
    return f"Report Domain: {domain} Submitter: {submitter} Report-ID: <{report_id}>"


def _mailbox(address: str) -> Mailbox:
    localpart, _, domain = address.rpartition("@")
    return Mailbox("", localpart, domain)
