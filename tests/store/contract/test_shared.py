"""What the whole installation shares: settings, leases, reference counts."""

from datetime import timedelta

from pillarbox.store import leases, queue, refcounts, settings

from .world import account, deliver, in_transaction, ref


@in_transaction
def test_settings(tx):
    assert settings.find(tx, "a") is None
    settings.set_(tx, "a", "1")
    settings.set_(tx, "a", "2")
    assert settings.set_default(tx, "a", "3") == "2"
    assert settings.set_default(tx, "b", "é") == "é"
    assert settings.list_(tx) == {"a": "2", "b": "é"}
    settings.remove(tx, "a")
    settings.remove(tx, "a")
    assert settings.list_(tx) == {"b": "é"}


@in_transaction
def test_a_lease_has_one_owner_until_it_ends(tx):
    assert leases.find(tx, "acme") is None
    assert leases.take(tx, "acme", "one", 60)
    assert not leases.take(tx, "acme", "two", 60)
    tx.wait(seconds=30)
    assert leases.take(tx, "acme", "one", 60)
    tx.wait(seconds=59)
    assert not leases.take(tx, "acme", "two", 60)
    tx.wait(seconds=1)
    assert leases.take(tx, "acme", "two", 60)
    assert leases.find(tx, "acme") == ("two", tx.now + timedelta(seconds=60))
    leases.release(tx, "acme", "one")
    assert not leases.take(tx, "acme", "one", 60)
    leases.release(tx, "acme", "two")
    assert leases.take(tx, "acme", "one", 60)


@in_transaction
def test_blobs_that_nobody_needs(tx):
    blob = ref()
    blob_id = refcounts.hold(tx, blob, 2, 10)
    assert refcounts.hold(tx, blob, 1, 10) == blob_id
    assert refcounts.get(tx, blob_id) == blob
    assert refcounts.held(tx) == [(blob_id, blob, 10)]
    assert refcounts.held(tx, after=blob_id) == []
    refcounts.release(tx, [blob_id, blob_id])
    assert refcounts.unused(tx) == []
    assert not refcounts.forget(tx, blob)
    refcounts.release(tx, [blob_id])
    assert refcounts.unused(tx) == [blob]
    assert refcounts.forget(tx, blob)
    assert refcounts.unused(tx) == []
    refcounts.release(tx, [])


@in_transaction
def test_compaction_moves_blobs(tx):
    deliver(tx, account(tx))
    ((_, before, _),) = refcounts.held(tx)
    after = ref()
    assert refcounts.moved(tx, before, after)
    assert [one for _, one, _ in refcounts.held(tx)] == [after]
    assert not refcounts.moved(tx, before, ref())


@in_transaction
def test_the_queue_holds_its_blob(tx):
    item = queue.NewItem(ref(), 7, "a@example.org", tx.now + timedelta(days=1))
    queue.enqueue(tx, item, [queue.NewRecipient("b@b.example", "b.example")])
    assert [(one, octets) for _, one, octets in refcounts.held(tx)] == [(item.blob, 7)]
