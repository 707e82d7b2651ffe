"""base/ratelimit.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.ratelimit import AuthLimiter, AuthLimits, TokenBuckets, network_of

LIMITS = AuthLimits(pair=3, network=5, account=8, window_seconds=60)
HOME, CAFE = "192.0.2.7", "198.51.100.9"


def test_a_bucket_empties_and_refills():
    buckets = TokenBuckets(burst=2, per_second=0.5)
    assert buckets.take("a", 0.0)
    assert buckets.take("a", 0.0)
    assert not buckets.take("a", 0.0)
    assert buckets.wait_seconds("a", 0.0) == 2.0
    assert buckets.wait_seconds("b", 0.0) == 0.0
    assert buckets.take("a", 2.0)
    assert not buckets.take("a", 1.0)  # a clock that goes back gives nothing
    buckets.give("a", 2.0)
    assert buckets.level("a", 2.0) == 1.0
    buckets.forget("a")
    assert buckets.level("a", 2.0) == 2.0
    buckets.give("unknown", 2.0)
    assert len(buckets) == 0


def test_without_refill_the_wait_is_endless():
    buckets = TokenBuckets(burst=1, per_second=0)
    buckets.take("a", 0.0)
    assert buckets.wait_seconds("a", 9.0) == float("inf")


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5)), max_size=80))
def test_memory_is_bounded_and_levels_stay_in_range(takes):
    buckets, now = TokenBuckets(burst=3, per_second=1, max_keys=10), 0.0
    for key, later in takes:
        now += later
        buckets.take(key, now)
        assert len(buckets) <= 10
        assert 0 <= buckets.level(key, now) <= 3


def test_the_oldest_is_forgotten_first():
    buckets = TokenBuckets(burst=2, per_second=0, max_keys=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0.0)
    assert [buckets.level(key, 0.0) for key in "abc"] == [0, 2, 1]


def fail(limiter, account, ip, times, now=0.0):
    return [limiter.attempt(account, ip, now) for _ in range(times)]


def test_guessing_at_one_account_from_one_network():
    limiter = AuthLimiter(LIMITS)
    assert fail(limiter, "jones", HOME, 4) == [0, 0, 0, 20]
    assert limiter.attempt("jones", "192.0.2.200", 0.0) == 20
    assert limiter.attempt("jones", CAFE, 0.0) == 0
    assert limiter.attempt("jones", HOME, 20.0) == 0


def test_guessing_at_many_accounts_from_one_network():
    limiter = AuthLimiter(LIMITS)
    waits = [limiter.attempt(f"user{i}", HOME, 0.0) for i in range(6)]
    assert waits == [0, 0, 0, 0, 0, 12]


def test_guessing_at_one_account_from_everywhere_does_not_lock_the_owner_out():
    limiter = AuthLimiter(LIMITS)
    assert limiter.attempt("jones", HOME, 0.0) == 0
    limiter.succeeded("jones", HOME, 0.0)
    waits = [limiter.attempt("jones", f"203.0.{i}.1", 0.0) for i in range(9)]
    assert waits[-1] > 0
    assert limiter.attempt("jones", CAFE, 0.0) > 0
    assert limiter.attempt("jones", HOME, 0.0) == 0
    fail(limiter, "others", HOME, 3)
    fail(limiter, "more", HOME, 3)
    assert limiter.attempt("jones", HOME, 0.0) == 0
    assert limiter.attempt("jones", HOME, 0.0) == 0
    assert limiter.attempt("jones", HOME, 0.0) > 0


def test_success_costs_nothing_and_helps_nobody_else():
    limiter = AuthLimiter(LIMITS)
    for _ in range(50):
        assert limiter.attempt("mine", CAFE, 0.0) == 0
        limiter.succeeded("mine", CAFE, 0.0)
    assert [limiter.attempt(f"user{i}", CAFE, 0.0) for i in range(6)][-1] > 0


def test_a_refund():
    limiter = AuthLimiter(LIMITS)
    for _ in range(50):
        assert limiter.attempt("jones", HOME, 0.0) == 0
        limiter.refund("jones", HOME, 0.0)


def test_known_networks_are_bounded():
    limiter = AuthLimiter(LIMITS, max_keys=2)
    for i in range(5):
        limiter.succeeded("jones", f"203.0.{i}.1", 0.0)
    assert len(limiter._known) == 2
    assert AuthLimiter().attempt("a", HOME, 0.0) == 0


NETWORKS = [
    ("192.0.2.7", "192.0.2.0/24"),
    ("::ffff:192.0.2.7", "192.0.2.0/24"),
    ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
    ("unix", "unix"),
    ("x" * 99, "x" * 64),
]


@pytest.mark.parametrize(("ip", "network"), NETWORKS)
def test_network_of(ip, network):
    assert network_of(ip) == network
