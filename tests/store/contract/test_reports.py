"""store/reports.py: each report once, in order, and not for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound, TooLarge, TooMany
from pillarbox.store import reports
from pillarbox.store.reports import NewReport

from .world import NOON, in_transaction

DAY = timedelta(days=1)
NEW = NewReport("dmarc", "example.org", "b.example", "1", NOON - DAY, NOON, 10, 7, b"\x00body")


@in_transaction
def test_a_report_is_kept_once(tx):
    number = reports.add(tx, NEW)
    assert number is not None
    assert reports.add(tx, NEW) is None
    assert reports.add(tx, replace(NEW, org="c.example")) not in {None, number}
    report, body = reports.get(tx, number)
    assert body == NEW.body
    assert (report.domain, report.org, report.name) == ("example.org", "b.example", "1")
    assert (report.begin_at, report.end_at, report.received_at) == (NOON - DAY, NOON, NOON)
    assert (report.messages, report.aligned) == (10, 7)
    for other in (0, -1, 10**9, 2**70):
        with pytest.raises(NotFound):
            reports.get(tx, other)


@in_transaction
def test_lists_are_by_domain_and_time(tx):
    for days, domain in ((3, "example.org"), (1, "b.example"), (2, "example.org")):
        end = NOON - days * DAY
        reports.add(tx, replace(NEW, domain=domain, name=f"{days}", end_at=end))
    listed = reports.list_(tx, "", NOON - 9 * DAY, 10)
    assert [one.name for one in listed] == ["1", "2", "3"]
    assert [one.name for one in reports.list_(tx, "Example.org", NOON - 2 * DAY, 10)] == ["2"]
    assert [one.name for one in reports.list_(tx, "", NOON - 9 * DAY, 1)] == ["1"]
    assert reports.list_(tx, "\0", NOON, 1) == []


@in_transaction
def test_limits(tx):
    with pytest.raises(TooLarge):
        reports.add(tx, replace(NEW, body=bytes(reports.MAX_BODY_OCTETS + 1)))
    number = reports.add(tx, replace(NEW, org="\0" * 300, messages=2**60, aligned=2**61))
    assert number is not None
    report, _ = reports.get(tx, number)
    assert len(report.org) == reports.MAX_NAME
    assert report.messages == report.aligned == reports.MAX_COUNT


@in_transaction
def test_nobody_fills_the_store(tx):
    sql = (
        "INSERT INTO reports (kind, domain, org, name, begin_at, end_at, received_at, messages,"
        " aligned, body) VALUES ('dmarc', 'd', 'o', ?1, 0, 0, ?2, 0, 0, ?3)"
    )
    at = int(NOON.timestamp() * 1_000_000)
    tx.many(sql, [(str(n), at, b"") for n in range(reports.MAX_A_DAY)])
    with pytest.raises(TooMany):
        reports.add(tx, NEW)
    tx.wait(days=2)
    reports.add(tx, NEW)
    tx.wait(days=401)
    number = reports.add(tx, replace(NEW, name="2"))
    assert [one.report_no for one in reports.list_(tx, "", NOON - 999 * DAY, 10)] == [number]
