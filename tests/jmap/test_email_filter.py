"""Filters and sorts: whatever a client sends is read, or refused as the RFC says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import arguments, email_filter
from pillarbox.jmap.collation import collate
from pillarbox.jmap.dates import format_date, parse_date, parse_utc_date
from pillarbox.jmap.email_filter import Condition, Operator, parse_filter, parse_sort
from pillarbox.jmap.error import MethodError

NAMES = st.sampled_from(
    [*sorted(email_filter._READERS), "operator", "conditions", "odd", "property", "isAscending"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
REFUSALS = {"invalidArguments", "unsupportedFilter", "unsupportedSort"}


@given(JSON)
def test_any_value_is_a_filter_or_refused(value):
    try:
        found = parse_filter(value)
    except MethodError as exc:
        assert exc.type in REFUSALS  # noqa: PT017
    else:
        hash(found)


@given(JSON | st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=3))
def test_any_value_is_a_sort_or_refused(value):
    try:
        hash(parse_sort(arguments.sort({"sort": value})))
    except MethodError as exc:
        assert exc.type in REFUSALS  # noqa: PT017


def test_several_conditions_all_apply():
    assert parse_filter({"inMailbox": "m5", "minSize": 3}) == Operator(
        "AND", (Condition("inMailbox", 5), Condition("minSize", 3))
    )


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"odd": 1}, "unsupportedFilter"),
        ({"minSize": -1}, "invalidArguments"),
        ({"minSize": True}, "invalidArguments"),
        ({"before": "2026-01-01T00:00:00+01:00"}, "invalidArguments"),
        ({"header": []}, "invalidArguments"),
        ({"text": "x" * 5000}, "invalidArguments"),
        ({"operator": "XOR", "conditions": []}, "invalidArguments"),
        ({"operator": "AND"}, "invalidArguments"),
        ([], "invalidArguments"),
    ],
)
def test_filters_that_cannot_be(value, error):
    with pytest.raises(MethodError) as caught:
        parse_filter(value)
    assert caught.value.type == error


def test_too_deep_and_too_much():
    deep: dict[str, object] = {"minSize": 1}
    for _ in range(100):
        deep = {"operator": "AND", "conditions": [deep]}
    wide = {"operator": "OR", "conditions": [{"minSize": 1}] * 1000}
    for value in (deep, wide):
        with pytest.raises(MethodError) as caught:
            parse_filter(value)
        assert caught.value.type == "unsupportedFilter"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.250+05:30", "2026-01-02T03:04:05.25+05:30"),
        ("2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2026-01-02t03:04:05Z", None),
        ("2026-13-02T03:04:05Z", None),
        ("2026-01-02T03:04:05", None),
        ("2026-01-02T03:04:05+99:00", None),
    ],
)
def test_dates(text, expected):
    found = parse_date(text)
    assert (None if found is None else format_date(found)) == expected
    assert (parse_utc_date(text) is not None) == (expected is not None and text.endswith("Z"))


def test_collations():
    def ordered(collation, *texts):
        return sorted(texts, key=lambda text: collate(text, collation))

    assert ordered("", "b", "B", "a", "Ä") == ["a", "Ä", "b", "B"]
    assert ordered("i;octet", "b", "B", "a") == ["B", "a", "b"]
    assert ordered("i;ascii-casemap", "b", "B", "a") == ["a", "b", "B"]
    assert ordered("i;ascii-numeric", "10", "9", "x", "007") == ["007", "9", "10", "x"]
