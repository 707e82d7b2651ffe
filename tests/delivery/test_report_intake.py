"""delivery/report_intake.py: reports that come by mail, beside those that are none."""

import gzip
from dataclasses import replace

import pytest

from pillarbox.base.errors import Corrupt
from pillarbox.delivery.report_intake import NotOurs, ReportIntake, keep, open_report
from pillarbox.mailauth.dmarc_report import format_xml
from pillarbox.store import domains, reports
from pillarbox.store.connect import connect
from tests.fakes import START, FakeClock
from tests.mailauth.test_dmarc_report import REPORT
from tests.mailauth.test_report_file import message

from .passing import server, signed, step, zone

MAIL = message(gzip.compress(format_xml(REPORT)))


@pytest.fixture
async def db(tmp_path):
    opened = connect(tmp_path, "", FakeClock())
    await opened.open()
    await opened.write(domains.add, "example.org")
    yield opened
    await opened.close()


async def kept(db):
    since = START.replace(year=2000)
    return await db.read(reports.list_, "", since, 10)


async def test_a_report_is_kept_once(db):
    intake = ReportIntake(db, ("postmaster",))
    number = await intake.take(MAIL)
    assert number is not None
    assert await intake.take(MAIL) is None
    (report,) = await kept(db)
    assert (report.domain, report.messages, report.aligned) == ("example.org", 6, 3)
    _, body = await db.read(reports.get, number)
    assert open_report(body) == REPORT


@pytest.mark.parametrize(
    ("recipients", "count"),
    [(["Postmaster@example.org"], 1), (["anna@example.org"], 0), (["a@x", "postmaster@x"], 1)],
)
async def test_only_the_mailboxes_for_reports_are_read(db, recipients, count):
    await ReportIntake(db, ("postmaster",)).offer(recipients, MAIL)
    assert len(await kept(db)) == count


@pytest.mark.parametrize(
    "mail",
    [
        b"From: a@b.example\r\n\r\nHello.\r\n",
        message(gzip.compress(b"<feedback/>")),
        message(gzip.compress(format_xml(replace(REPORT, policy=replace(
            REPORT.policy, domain="other.example"))))),
    ],
    ids=["a letter", "a broken report", "about another domain"],
)  # fmt: skip
async def test_what_changes_nothing(db, mail):
    assert await ReportIntake(db, ("postmaster",)).take(mail) is None
    assert await kept(db) == []


async def test_subdomains_are_ours_and_odd_times_are_kept(db):
    policy = replace(REPORT.policy, domain="news.example.org")
    await db.write(keep, replace(REPORT, policy=policy, begin=0, end=10**12))
    (report,) = await kept(db)
    assert (report.domain, report.end_at.year) == ("news.example.org", 9999)
    with pytest.raises(NotOurs):
        await db.write(keep, replace(REPORT, policy=replace(policy, domain="badexample.org")))


async def test_a_proven_report_is_delivered_and_kept_an_unproven_one_only_delivered(tmp_path):
    mail = MAIL.replace(b"r@b.example", b"r@uni.example", 1)
    options = {"report_mailboxes": ("anna",), "records": zone("none")}
    async with server(tmp_path, **options) as w:
        answer, _ = await w.receive(mail, sender="r@uni.example")
        assert (answer.code, await kept(w.db)) == (250, [])
        answer, trace = await w.receive(signed(mail), sender="r@uni.example")
        assert (answer.code, trace.verdict) == (250, "via")
        assert [report.messages for report in await kept(w.db)] == [6]
        assert step(trace, "filed") is not None


@pytest.mark.parametrize("body", [b"", b"x", b"x\x9c\x03\x00"])
def test_a_damaged_body_is_told(body):
    with pytest.raises(Corrupt):
        open_report(body)
