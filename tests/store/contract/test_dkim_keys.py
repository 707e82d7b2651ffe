"""store/dkim_keys.py: a key's way through its states, and what was seen of it."""

from datetime import timedelta

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import Invalid, NotFound
from pillarbox.store import dkim_keys, domains, migrate, verify
from pillarbox.store.connect import connect
from pillarbox.store.dkim_keys import DkimKey, Look

from .world import NOON, in_transaction

KEY = DkimKey("s1", "rsa", b"\x00sealed", "made", NOON, NOON, record="v=DKIM1; p=AA")


@in_transaction
def test_states_have_a_beginning(tx):
    domains.add(tx, "example.org")
    dkim_keys.add(tx, "example.org", KEY)
    assert dkim_keys.get(tx, "Example.org", "s1") == KEY
    tx.wait(hours=3)
    for state in dkim_keys.STATES[1:]:
        dkim_keys.set_state(tx, "example.org", "s1", state)
        assert dkim_keys.get(tx, "example.org", "s1").state == state
        assert dkim_keys.get(tx, "example.org", "s1").since == NOON + timedelta(hours=3)
    with pytest.raises(Invalid):
        dkim_keys.set_state(tx, "example.org", "s1", "active")
    dkim_keys.forget(tx, "example.org", "s1")
    domains.remove(tx, "example.org")


@in_transaction
def test_what_was_seen_is_kept_and_taken_back(tx):
    domains.add(tx, "example.org")
    dkim_keys.add(tx, "example.org", KEY)
    later = NOON + timedelta(minutes=1)
    dkim_keys.note(tx, "example.org", "s1", Look("ok", later, NOON, 300, "ns1\0" + "x" * 999))
    found = dkim_keys.get(tx, "example.org", "s1")
    assert (found.finding, found.seen_at, found.checked_at, found.ttl) == ("ok", NOON, later, 300)
    assert found.detail == "ns1\ufffd" + "x" * (dkim_keys.MAX_DETAIL - 4)
    dkim_keys.note(tx, "example.org", "s1", Look("missing", later))
    assert dkim_keys.get(tx, "example.org", "s1").seen_at is None
    dkim_keys.set_secret(tx, "example.org", "s1", b"", "v=DKIM1; p=BB")
    found = dkim_keys.get(tx, "example.org", "s1")
    assert (found.private_key, found.record) == (b"", "v=DKIM1; p=BB")
    domains.remove(tx, "example.org")


@in_transaction
def test_keys_that_are_not_there(tx):
    domains.add(tx, "example.org")
    for work in (
        lambda: dkim_keys.get(tx, "example.org", "s1"),
        lambda: dkim_keys.note(tx, "example.org", "s1", Look("ok", NOON)),
        lambda: dkim_keys.set_secret(tx, "example.org", "s1", b"", ""),
        lambda: dkim_keys.add(tx, "a.example", KEY),
    ):
        with pytest.raises(NotFound):
            work()
    domains.remove(tx, "example.org")


OLD = """
INSERT INTO dkim_keys (domain_id, selector, algorithm, private_key, state, created_at)
VALUES (1, ?1, 'rsa', ?2, ?3, ?4)
"""


async def test_keys_of_an_older_program_go_on_signing(tmp_path, monkeypatch):
    first = migrate.ours()[:1]
    monkeypatch.setattr(migrate, "ours", lambda: first)
    db = connect(tmp_path, "", SystemClock())
    await db.open()

    def fill(tx):
        domains.add(tx, "example.org")
        for selector, state in (("a", "active"), ("p", "pending"), ("r", "retired")):
            tx.run(OLD, selector, b"k", state, 1_000_000)

    await db.write(fill)
    await db.close()
    monkeypatch.undo()
    db = connect(tmp_path, "", SystemClock())
    await db.open()
    try:
        keys = await db.read(dkim_keys.list_, "example.org")
        assert [key.state for key in keys] == ["signing", "made", "retired"]
        assert [key.since for key in keys] == [key.created_at for key in keys]
        assert await db.scan(verify.check) == []
    finally:
        await db.close()
