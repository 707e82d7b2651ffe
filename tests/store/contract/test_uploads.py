"""Uploads: in chunks, for a while, within a quota."""

from datetime import timedelta

import pytest

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.store import accounts, uploads
from pillarbox.store.blobs import BlobRef

from .world import ABSENT, account, in_transaction


def put(tx, account_id, *sizes, finish=True, quota=1000):
    """Upload chunks of these sizes and return the number."""
    number = uploads.begin(tx, account_id, "text/plain")
    for position, size in enumerate(sizes):
        tx.blobs = (BlobRef.parse(f"pack/{account_id}-{number}-{position}"),)
        uploads.append(tx, account_id, number, size, quota)
    if finish:
        uploads.finish(tx, account_id, number)
    return number


def get(tx, account_id, number):
    found = uploads.find(tx, account_id, number)
    assert found is not None
    return found


@in_transaction
def test_what_is_whole_is_found_by_its_owner(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    number = put(tx, anna, 10, 5)
    found = get(tx, anna, number)
    assert (found.media_type, found.octets) == ("text/plain", 15)
    assert [octets for _, octets in found.chunks] == [10, 5]
    assert uploads.find(tx, ben, number) is None
    assert uploads.find(tx, anna, put(tx, anna, 7, finish=False)) is None
    with pytest.raises(NotFound):
        uploads.append(tx, anna, number, 1, 1000)
    with pytest.raises(NotFound):
        uploads.finish(tx, ben, put(tx, anna, 7, finish=False))
    with pytest.raises(NotFound):
        uploads.begin(tx, ABSENT, "")
    assert get(tx, anna, put(tx, anna)).octets == 0


@in_transaction
def test_old_uploads_make_room_and_new_ones_do_not(tx):
    anna = account(tx, "anna")
    first = put(tx, anna, 600)
    with pytest.raises(OverQuota):
        put(tx, anna, 600)
    tx.wait(minutes=61)
    put(tx, anna, 600)
    assert uploads.find(tx, anna, first) is None


@in_transaction
def test_they_go_with_time_with_the_client_and_with_the_account(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    old = put(tx, anna, 5, 5)
    tx.wait(hours=2)
    new, theirs = put(tx, anna, 5), put(tx, ben, 5)
    assert uploads.purge(tx, tx.now - timedelta(hours=1)) is False
    assert uploads.find(tx, anna, old) is None
    assert uploads.find(tx, anna, new) is not None
    uploads.remove(tx, ben, new)
    assert uploads.find(tx, anna, new) is not None
    uploads.remove(tx, anna, new)
    assert uploads.find(tx, anna, new) is None
    accounts.delete(tx, ben)
    while accounts.purge(tx):
        pass
    assert uploads.find(tx, ben, theirs) is None
