"""delivery/report_mail.py: messages that other programs know as reports."""

import email
import email.policy
import gzip

from pillarbox.delivery import report_mail
from pillarbox.delivery.report_mail import Letter
from pillarbox.mailauth.report_file import read, read_message
from tests.fakes import START
from tests.mailauth.test_dmarc_report import REPORT as DMARC
from tests.mailauth.test_tls_report import REPORT as TLS

LETTER = Letter("reports@we.example", "mx.we.example", START)


def opened(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def test_a_dmarc_report():
    file = report_mail.dmarc_file(DMARC, "we.example")
    domain = DMARC.policy.domain
    assert file.name == f"we.example!{domain}!{DMARC.begin}!{DMARC.end}.xml.gz"
    octets = report_mail.dmarc_message(DMARC, file, ("a@d.example", "b@d.example"), LETTER)
    message = opened(octets)
    assert message["Subject"] == (
        f"Report Domain: {domain} Submitter: we.example Report-ID: <{DMARC.report_id}>"
    )
    assert message["To"] == "a@d.example, b@d.example"
    assert message["Auto-Submitted"] == "auto-generated"
    (part,) = message.iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("application/gzip", file.name)
    assert read_message(octets) == read(file.octets) == DMARC


def test_a_report_on_encryption():
    file = report_mail.tls_file(TLS, "example.org", "we.example")
    assert file.name.startswith("we.example!example.org!1767225600!1767311999!20260101")
    assert file.name.endswith(".json.gz")
    octets = report_mail.tls_message(TLS, file, "example.org", ("a@example.org",), LETTER)
    message = opened(octets)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "tlsrpt"
    assert message["TLS-Report-Domain"] == "example.org"
    assert message["TLS-Report-Submitter"] == "we.example"
    assert message["TLS-Required"] == "No"
    parts = list(message.iter_parts())
    assert [p.get_content_type() for p in parts] == ["text/plain", "application/tlsrpt+gzip"]
    assert gzip.decompress(parts[1].get_payload(decode=True)).startswith(b"{")
    assert read_message(octets) == read(file.octets) == TLS
