"""Mail that was refused for an account: who may read why."""

from datetime import timedelta

from pillarbox.store import accounts, refused, traces, verify
from pillarbox.store.refused import Wanted
from pillarbox.trace.step import Trace

from .world import ABSENT, NOON, account, in_transaction


def save(tx, number, readers, action="refused", **fields):
    trace = Trace(
        id=f"t{number}",
        direction="in",
        started_at=NOON.timestamp() + number,
        action=action,
        **{"sender": "Bank@evil.example", "header_from": "bank@bank.example", **fields},
    )
    traces.save(tx, traces.prepare(trace), readers)


def found(tx, account_id, limit=10, position=0, **wanted):
    ids = refused.list_(tx, account_id, Wanted(**wanted), limit, position)
    if not position and limit == 10:
        assert refused.count(tx, account_id, Wanted(**wanted)) == len(ids)
    return ids


@in_transaction
def test_each_reads_what_was_for_them(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    save(tx, 1, {anna})
    save(tx, 2, {anna, ben}, "deferred", subject="Your ACCOUNT")
    save(tx, 3, [ben, ben])
    save(tx, 4, ())
    assert found(tx, anna) == ["t2", "t1"]
    assert found(tx, ben) == ["t3", "t2"]
    assert found(tx, ABSENT) == []
    assert [refused.is_reader(tx, anna, f"t{n}") for n in range(5)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert found(tx, anna, action="deferred") == ["t2"]
    assert found(tx, anna, text="account") == ["t2"]
    assert found(tx, anna, text="BANK.example") == ["t2", "t1"]
    assert found(tx, anna, text="evil") == ["t2", "t1"]
    assert found(tx, anna, text="%") == []
    assert found(tx, anna, after=NOON + timedelta(seconds=2)) == ["t2"]
    assert found(tx, anna, before=NOON + timedelta(seconds=2)) == ["t1"]
    assert found(tx, anna, limit=1) == ["t2"]
    assert found(tx, anna, position=1) == ["t1"]
    assert found(tx, anna, limit=0) == []


@in_transaction
def test_a_number_grows_with_each(tx):
    anna = account(tx, "anna")
    assert refused.newest(tx, anna) == 0
    save(tx, 1, {anna})
    first = refused.newest(tx, anna)
    save(tx, 2, ())
    assert refused.newest(tx, anna) == first
    save(tx, 3, {anna})
    assert refused.newest(tx, anna) > first


@in_transaction
def test_nothing_is_left_of_purged_traces_and_accounts(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    save(tx, 1, {anna, ben})
    save(tx, 100, {anna, ben})
    assert traces.purge(tx, NOON + timedelta(seconds=50)) == 1
    assert found(tx, anna) == ["t100"]
    accounts.delete(tx, anna)
    while accounts.purge(tx):
        pass
    assert found(tx, anna) == []
    assert found(tx, ben) == ["t100"]
    tx.run("DELETE FROM traces")
    tx.run("DELETE FROM trace_terms")
    assert [finding.rule for finding in verify.check(tx)] == ["R3 readers"]
    tx.run("DELETE FROM trace_readers")
