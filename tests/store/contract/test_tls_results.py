"""store/tls_results.py: connections that are alike are one row."""

from pillarbox.store import tls_results
from pillarbox.store.ids import day_of
from pillarbox.store.tls_results import Counted

from .world import NOON, in_transaction

DAY = day_of(NOON)


@in_transaction
def test_counts(tx):
    found = [("d.example", "good"), ("d.example", "bad"), ("e.example", "good\0")]
    tls_results.count(tx, DAY, found)
    tls_results.count(tx, DAY, found[:1])
    tls_results.count(tx, DAY - 1, found[:1])
    assert tls_results.domains(tx, DAY) == ["d.example", "e.example"]
    counted = [Counted("d.example", "good", 2), Counted("d.example", "bad", 1)]
    assert tls_results.list_(tx, DAY, "d.example", 10) == counted
    assert tls_results.list_(tx, DAY, "d.example", 1) == counted[:1]
    assert tls_results.list_(tx, DAY - 1, "e.example", 10) == []


@in_transaction
def test_old_days_go(tx):
    for day in (DAY, DAY - tls_results.KEEP_DAYS, DAY - tls_results.KEEP_DAYS - 1):
        tls_results.count(tx, day, [("d.example", "good")])
    assert tls_results.purge(tx, DAY) == 1
    assert tls_results.domains(tx, DAY - tls_results.KEEP_DAYS) == ["d.example"]


@in_transaction
def test_a_long_one_is_cut(tx):
    tls_results.count(tx, DAY, [("d.example", "x" * 100_000), ("d.example", "x" * 200_000)])
    (one,) = tls_results.list_(tx, DAY, "d.example", 10)
    assert (len(one.body), one.count) == (tls_results.MAX_BODY, 2)
