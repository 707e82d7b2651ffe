"""store/sent_reports.py: each report is noted once."""

from dataclasses import replace

from pillarbox.store import sent_reports
from pillarbox.store.ids import day_of
from pillarbox.store.sent_reports import SentReport

from .world import NOON, in_transaction

DAY = day_of(NOON)
ONE = SentReport("dmarc", "d.example", DAY, NOON, "sent to a@d.example", "t1")


@in_transaction
def test_once(tx):
    assert not sent_reports.is_done(tx, "dmarc", DAY, "d.example")
    assert sent_reports.add(tx, ONE)
    assert not sent_reports.add(tx, replace(ONE, outcome="again"))
    assert sent_reports.is_done(tx, "dmarc", DAY, "d.example")
    assert not sent_reports.is_done(tx, "tls", DAY, "d.example")
    tls = replace(ONE, kind="tls", day=DAY + 1)
    assert sent_reports.add(tx, tls)
    assert sent_reports.list_(tx, DAY, 10) == [tls, ONE]
    assert sent_reports.list_(tx, DAY + 1, 10) == [tls]
    assert sent_reports.list_(tx, DAY, 1) == [tls]


@in_transaction
def test_old_notes_go(tx):
    sent_reports.add(tx, ONE)
    sent_reports.add(tx, replace(ONE, day=DAY + sent_reports.KEEP_DAYS + 1))
    assert [one.day for one in sent_reports.list_(tx, 0, 10)] == [DAY + sent_reports.KEEP_DAYS + 1]
