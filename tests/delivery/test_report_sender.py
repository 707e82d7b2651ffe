"""delivery/report_sender.py: each report once, when its day is over, to those who want it."""

import contextlib
from datetime import timedelta

import pytest

from pillarbox.delivery.https import NotFetched, Page
from pillarbox.delivery.report_sender import Reporter, ReportPolicy
from pillarbox.delivery.signing import Sealer, Signer
from pillarbox.delivery.tls_sessions import unfetched
from pillarbox.mailauth.dmarc_report import AggregateReport
from pillarbox.mailauth.report_file import read_message
from pillarbox.mailauth.tls_report import TlsReport
from pillarbox.store import sent_reports, tls_results, traces
from pillarbox.store.ids import day_of
from pillarbox.trace.words import explanation
from tests.fakes import START

from .passing import footer, server, signed, zone
from .policy_host import FakeFetcher

DAY = day_of(START)
RUA = "; rua=mailto:dmarc@uni.example"


def records(rua=RUA, more=""):
    return zone("reject").replace('p=reject"', f'p=reject{rua}"') + more


@contextlib.asynccontextmanager
async def reporting(tmp_path, dns, **options):
    async with server(tmp_path, dns) as s:
        s.web = FakeFetcher()
        s.changed = []
        signer = Signer(s.db, Sealer(b"k" * 32), s.clock)
        policy = ReportPolicy(
            "mx.example.org", "Example", "post@example.org", "+", timedelta(days=5), **options
        )
        s.reporter = Reporter(s.db, s.resolver, s.clock, signer, s.web, policy, s.changed.append)
        yield s


def tomorrow(s):
    s.clock.advance(86400)


async def test_a_dmarc_report_goes_out_once_when_the_day_is_over(tmp_path):
    async with reporting(tmp_path, records()) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        await s.receive(footer())
        assert await s.reporter.send_due() == []
        tomorrow(s)
        (pending,) = await s.reporter.pending(DAY)
        assert (pending.kind, pending.domain, pending.count) == ("dmarc", "uni.example", 3)
        (sent,) = await s.reporter.send_due()
        assert (sent.domain, sent.outcome) == ("uni.example", "sent to dmarc@uni.example")
        assert await s.reporter.send_due() == []
        assert await s.reporter.pending(DAY) == []
        assert s.changed == [0]
        ((item, recipients, octets),) = await s.queued()
        assert (item.sender, recipients[0].address) == ("post@example.org", "dmarc@uni.example")
        assert recipients[0].notify == "NEVER"
        assert octets.startswith(b"DKIM-Signature:")
        report = read_message(octets)
        assert isinstance(report, AggregateReport)
        assert (report.org_name, report.email) == ("Example", "post@example.org")
        assert [(row.count, row.disposition, row.source_ip) for row in report.rows] == [
            (2, "pass", "192.0.2.1"),
            (1, "reject", "203.0.113.5"),
        ]
        assert report.begin == DAY * 86400
        assert report.end == report.begin + 86399
        trace = await s.db.read(traces.get, sent.trace_id)
        assert explanation(trace.steps[0]).endswith("the DMARC report for uni.example about "
                                                    "2026-01-02.")  # fmt: skip


async def test_nothing_for_those_who_do_not_ask(tmp_path):
    async with reporting(tmp_path, records("")) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        tomorrow(s)
        assert await s.reporter.send_due() == []
        assert await s.queued() == []


async def test_nothing_when_it_is_off(tmp_path):
    async with reporting(tmp_path, records(), dmarc=False) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        tomorrow(s)
        assert await s.reporter.send_due() == []


async def test_strangers_are_not_sent_reports(tmp_path):
    async with reporting(tmp_path, records("; rua=mailto:victim@far.example")) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        tomorrow(s)
        (sent,) = await s.reporter.send_due()
        assert sent.outcome.startswith("not sent: mailto:victim@far.example: far.example does not")
        assert await s.queued() == []
        assert await s.reporter.send_due() == []


async def test_what_cannot_be_asked_now_is_asked_later(tmp_path):
    fails = "$FAIL uni.example._report._dmarc.far.example.\n"
    async with reporting(tmp_path, records("; rua=mailto:r@far.example", fails)) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        tomorrow(s)
        assert await s.reporter.send_due() == []
        agreement = 'uni.example._report._dmarc.far.example. TXT "v=DMARC1"\n'
        agreed = records("; rua=mailto:r@far.example", agreement)
        s.resolver._zones = type(s.resolver._zones)(agreed, s.clock)
        (sent,) = await s.reporter.send_due()
        assert sent.outcome == "sent to r@far.example"


async def test_a_report_to_ourselves_is_delivered_here(tmp_path):
    to = '; rua=mailto:anna@example.org"'
    dns = records(to[:-1], 'uni.example._report._dmarc.example.org. TXT "v=DMARC1"\n')
    async with reporting(tmp_path, dns) as s:
        await s.receive(signed(), sender="carol@uni.example", ip="192.0.2.1")
        tomorrow(s)
        (sent,) = await s.reporter.send_due()
        assert sent.outcome == "sent to anna@example.org"
        assert await s.queued() == []
        assert (await s.db.read(traces.get, sent.trace_id)).action == "delivered"


TLSRPT = '_smtp._tls.far.example. TXT "v=TLSRPTv1; rua={}"\n'


async def counted(s, domain="far.example"):
    found = [(domain, unfetched("sts-policy-fetch-error", "down"))]
    await s.db.write(tls_results.count, DAY, found)
    await s.db.write(tls_results.count, DAY, found)
    tomorrow(s)


async def test_a_report_on_encryption_by_mail(tmp_path):
    async with reporting(tmp_path, TLSRPT.format("mailto:tls@far.example")) as s:
        await counted(s)
        (pending,) = await s.reporter.pending(DAY)
        assert (pending.kind, pending.count, pending.to) == ("tls", 2, ("mailto:tls@far.example",))
        (sent,) = await s.reporter.send_due()
        assert sent.outcome == "sent to tls@far.example"
        assert await s.reporter.send_due() == []
        ((_, _, octets),) = await s.queued()
        report = read_message(octets)
        assert isinstance(report, TlsReport)
        assert report.policies[0].failures[0].count == 2
        assert report.begin.isoformat() == "2026-01-02T00:00:00+00:00"
        assert b"TLS-Required: No" in octets


@pytest.mark.parametrize(
    ("page", "done"),
    [(Page(201, "", b""), True), (Page(500, "", b""), False), (NotFetched("no"), False)],
)
async def test_a_report_on_encryption_by_post(tmp_path, page, done):
    async with reporting(tmp_path, TLSRPT.format("https://r.far.example/in")) as s:
        await counted(s)
        s.web.page = page
        sent = await s.reporter.send_due()
        assert [one.outcome for one in sent] == ["posted to https://r.far.example/in"] * done
        host, path, body, kind = s.web.posted[0]
        assert (host, path, kind) == ("r.far.example", "/in", "application/tlsrpt+gzip")
        assert body.startswith(b"\x1f\x8b")
        assert len(await s.reporter.pending(DAY)) == (0 if done else 1)


async def test_a_domain_that_no_longer_asks(tmp_path):
    async with reporting(tmp_path, "") as s:
        await counted(s)
        (sent,) = await s.reporter.send_due()
        assert sent.outcome == "not sent: the domain does not ask for it now"


async def test_old_days_are_left_alone(tmp_path):
    async with reporting(tmp_path, TLSRPT.format("mailto:tls@far.example")) as s:
        await counted(s)
        s.clock.advance(2 * 86400)
        assert await s.reporter.send_due() == []
        s.clock.advance(10 * 86400)
        await s.reporter.send_due()
        assert await s.db.read(tls_results.domains, DAY) == []
        assert await s.db.read(sent_reports.list_, 0, 10) != []
