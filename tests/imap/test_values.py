"""imap/values.py."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import values as v
from pillarbox.imap.values import STAR, SequenceSet
from tests.imap.strategies import RANGES, quick

SETS = [
    (b"1", ((1, 1),)),
    (b"4294967295", ((4294967295, 4294967295),)),
    (b"*", ((STAR, STAR),)),
    (b"3:1", ((1, 3),)),
    (b"*:4", ((4, STAR),)),
    (b"2,4:7,9,12:*", ((2, 2), (4, 7), (9, 9), (12, STAR))),  # RFC 9051 §9
    (b"*:4,5:7", ((4, STAR),)),
    (b"1:3,4,2:6", ((1, 6),)),
    (b"4294967295,*", ((4294967295, 4294967295), (STAR, STAR))),
    (b"1,1,1", ((1, 1),)),
]


@pytest.mark.parametrize(("wire", "ranges"), SETS)
def test_parse(wire, ranges):
    assert v.parse_sequence_set(wire) == SequenceSet(ranges)


@pytest.mark.parametrize(
    "wire",
    [
        *(b"", b"0", b"01", b"1:", b":1", b"1:2:3", b"1,", b",1", b"a", b"-1", b"1 ", b"$"),
        *(b"4294967296", b"1:4294967296", b"1,4294967296", b"4294967296:*", b"99999999999"),
        *(b"0:1", b"1,,2", b"**", "\uff11".encode(), b"1:0", b"*:0"),
    ],
)
def test_no_set(wire):
    assert v.parse_sequence_set(wire) is None


RESOLVED = [
    (b"3:5", 4, [(3, 4)]),
    (b"3:5", 2, []),
    (b"9:*", 3, [(3, 3)]),
    (b"*", 7, [(7, 7)]),
    (b"*", 0, []),
    (b"1:*", 0, []),
    (b"1,5:*", 5, [(1, 1), (5, 5)]),
    (b"2:3,9:*", 3, [(2, 3)]),
]


@pytest.mark.parametrize(("wire", "highest", "ranges"), RESOLVED)
def test_resolve(wire, highest, ranges):
    found = v.parse_sequence_set(wire)
    assert found is not None
    assert found.resolve(highest) == ranges


def model(ranges, highest):
    out: set[int] = set()
    for a, b in ranges:
        low, high = sorted(highest if n == STAR else n for n in (a, b))
        out.update(range(low, min(high, highest) + 1))
    return {n for n in out if 1 <= n <= highest}


@quick
@given(RANGES, st.integers(0, 70))
def test_a_set_is_what_its_ranges_say(ranges, highest):
    found = v.from_ranges(ranges)
    expected = model(ranges, highest)
    assert list(found.iter_numbers(highest)) == sorted(expected)
    assert found.count(highest) == len(expected)
    assert {n for n in range(-1, 75) if found.contains(n, highest)} == expected
    if ranges:
        assert v.parse_sequence_set(found.format()) == found
        assert str(found) == found.format().decode()
    assert bool(found) is bool(ranges)
    assert found.is_static is all(STAR not in pair for pair in ranges)


NUMBERS = st.sets(st.integers(1, 40))


@quick
@given(NUMBERS, NUMBERS)
def test_sets_of_numbers(left, right):
    a, b = v.sequence_set(left), v.sequence_set(right)
    assert set(a.iter_numbers(50)) == left
    assert set(a.difference(b).iter_numbers(50)) == left - right
    assert a.difference(b) == v.sequence_set(left - right)


@pytest.mark.parametrize(
    ("wire", "day"),
    [
        (b"1-Feb-1994", date(1994, 2, 1)),
        (b"01-FEB-1994", date(1994, 2, 1)),
        (b"29-feb-2024", date(2024, 2, 29)),
        (b"29-Feb-2023", None),
        (b"1-Foo-1994", None),
        (b"1-Feb-94", None),
        (b"00-Feb-1994", None),
        (b"1-Feb-0000", None),
        (b" 1-Feb-1994", None),
        (b"", None),
    ],
)
def test_date(wire, day):
    assert v.parse_date(wire) == day


@given(st.dates())
def test_date_round_trip(day):
    assert v.parse_date(v.format_date(day)) == day


@pytest.mark.parametrize(
    ("wire", "at"),
    [
        (
            b" 7-Feb-1994 21:52:25 -0800",
            datetime(1994, 2, 7, 21, 52, 25, tzinfo=timezone(-timedelta(hours=8))),
        ),
        (b"17-Jul-1996 02:44:60 +0000", datetime(1996, 7, 17, 2, 44, 59, tzinfo=UTC)),
        (b"7-Feb-1994 21:52:25 -0800", None),
        (b"17-Jul-1996 24:00:00 +0000", None),
        (b"17-Jul-1996 02:44:25 +0060", None),
        (b"17-Jul-1996 02:44:25 +9959", None),
        (b"31-Jun-1996 02:44:25 +0000", None),
        (b"17-XXX-1996 02:44:25 +0000", None),
        (b"17-Jul-1996 02:44:25 GMT", None),
        (b"17-Jul-1996 02:44:61 +0000", None),
    ],
)
def test_date_time(wire, at):
    assert v.parse_date_time(wire) == at


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_date_time_round_trip(at, minutes):
    at = at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    wire = v.format_date_time(at)
    assert wire[:1] == wire[-1:] == b'"'
    found = v.parse_date_time(wire[1:-1])
    assert found == at
    assert found is not None
    assert found.utcoffset() == at.utcoffset()


def test_flags():
    assert v.canonical_flag("\\SEEN") == "\\Seen"
    assert v.canonical_flag("\\Other") == "\\Other"
    assert v.canonical_flag("$Junk") == "$Junk"
