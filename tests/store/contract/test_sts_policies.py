"""store/sts_policies.py: one policy for each domain, until it runs out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pillarbox.base.errors import TooLarge
from pillarbox.store import sts_policies
from pillarbox.store.sts_policies import StoredPolicy

from .world import NOON, in_transaction

DAY = timedelta(days=1)
ONE = StoredPolicy("d.example", "1", NOON, NOON + 7 * DAY, "version: STSv1\n")


@in_transaction
def test_the_last_one_counts(tx):
    assert sts_policies.find(tx, "d.example") is None
    sts_policies.put(tx, ONE)
    assert sts_policies.find(tx, "d.example") == ONE
    newer = replace(ONE, policy_id="2", fetched_at=NOON + DAY, text="\u00e4")
    sts_policies.put(tx, newer)
    assert sts_policies.find(tx, "d.example") == newer
    assert sts_policies.find(tx, "\0") is None


@in_transaction
def test_old_ones_go(tx):
    sts_policies.put(tx, ONE)
    tx.wait(days=7, seconds=1)
    assert sts_policies.find(tx, "d.example") == ONE
    sts_policies.put(tx, replace(ONE, domain="e.example", expires_at=tx.now + DAY))
    assert sts_policies.find(tx, "d.example") is None


@in_transaction
def test_limits(tx):
    with pytest.raises(TooLarge):
        sts_policies.put(tx, replace(ONE, text="x" * (sts_policies.MAX_TEXT + 1)))
