"""Arguments of standard methods: what is accepted, and that nothing else happens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import arguments
from pillarbox.jmap.error import MethodError

from .test_request import JSON

KINDS: dict[str, Any] = {
    "get": lambda args: arguments.Get.read(args, {"id", "name"}, 3),
    "changes": arguments.Changes.read,
    "set": lambda args: arguments.Set.read(args, 3),
    "query": arguments.Query.read,
    "queryChanges": arguments.QueryChanges.read,
}


@pytest.mark.parametrize(
    ("kind", "args", "error"),
    [
        ("get", {}, ""),
        ("get", {"ids": None, "properties": None}, ""),
        ("get", {"ids": ["a", "b"], "properties": ["id"]}, ""),
        ("get", {"ids": "a"}, "invalidArguments"),
        ("get", {"ids": [1]}, "invalidArguments"),
        ("get", {"ids": ["a", "b", "c", "d"]}, "requestTooLarge"),
        ("get", {"ids": ["a"] * 4}, ""),
        ("get", {"properties": ["color"]}, "invalidArguments"),
        ("get", {"color": 1}, "invalidArguments"),
        ("changes", {}, "invalidArguments"),
        ("changes", {"sinceState": "1"}, ""),
        ("changes", {"sinceState": 1}, "invalidArguments"),
        ("changes", {"sinceState": "1", "maxChanges": 0}, "invalidArguments"),
        ("changes", {"sinceState": "1", "maxChanges": 1.0}, ""),
        ("changes", {"sinceState": "1", "maxChanges": 1.5}, "invalidArguments"),
        ("changes", {"sinceState": "1", "maxChanges": True}, "invalidArguments"),
        ("changes", {"sinceState": "1", "maxChanges": 2**53}, "invalidArguments"),
        ("set", {}, ""),
        ("set", {"create": {"k": {}}, "update": {"a": {}}, "destroy": ["b"]}, ""),
        ("set", {"create": []}, "invalidArguments"),
        ("set", {"update": {"a": None}}, "invalidArguments"),
        ("set", {"destroy": {"a": True}}, "invalidArguments"),
        ("set", {"destroy": ["a", "b", "c", "d"]}, "requestTooLarge"),
        ("set", {"ifInState": 1}, "invalidArguments"),
        ("query", {}, ""),
        ("query", {"position": -5, "anchorOffset": -5, "limit": 0, "calculateTotal": True}, ""),
        ("query", {"limit": -1}, "invalidArguments"),
        ("query", {"anchor": 7}, "invalidArguments"),
        ("query", {"sort": [{"property": "x", "isAscending": False}]}, ""),
        ("query", {"sort": [{}]}, "invalidArguments"),
        ("query", {"sort": [{"property": "x", "isAscending": "no"}]}, "invalidArguments"),
        ("query", {"sort": {"property": "x"}}, "invalidArguments"),
        ("query", {"calculateTotal": 1}, "invalidArguments"),
        ("queryChanges", {"sinceQueryState": "1", "upToId": None}, ""),
        ("queryChanges", {}, "invalidArguments"),
    ],
)
def test_what_is_accepted(kind, args, error):
    given_ = {"accountId": "a1", **args}
    if not error:
        assert KINDS[kind](given_).account_id == "a1"
        return
    with pytest.raises(MethodError) as caught:
        KINDS[kind](given_)
    assert caught.value.type == error


NAMES = sorted(
    arguments.GET | arguments.CHANGES | arguments.SET | arguments.QUERY | arguments.QUERY_CHANGES
)


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_any_arguments_are_read_or_refused(kind, args):
    try:
        KINDS[kind]({"accountId": "a1", **args})
    except MethodError as exc:
        assert exc.type in {"invalidArguments", "requestTooLarge"}  # noqa: PT017


RESULTS = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ({}, (0, ["a", "b", "c", "d"], 4)),
        ({"limit": 2}, (0, ["a", "b"], None)),
        ({"limit": 0}, (0, [], None)),
        ({"limit": 9}, (0, ["a", "b", "c", "d"], 4)),
        ({"position": 3}, (3, ["d", "e"], None)),
        ({"position": -2}, (3, ["d", "e"], None)),
        ({"position": -9, "limit": 1}, (0, ["a"], None)),
        ({"position": 9}, (9, [], None)),
        ({"anchor": "c", "position": 4}, (2, ["c", "d", "e"], None)),
        ({"anchor": "c", "anchorOffset": -1, "limit": 1}, (1, ["b"], None)),
        ({"anchor": "c", "anchorOffset": -9, "limit": 1}, (0, ["a"], None)),
        ({"anchor": "c", "anchorOffset": 1}, (3, ["d", "e"], None)),
    ],
)
def test_the_window_of_a_query(args, found):
    query = arguments.Query.read({"accountId": "a1", **args})
    assert query.window(RESULTS, 4) == found


def test_an_anchor_that_is_not_there():
    with pytest.raises(MethodError) as caught:
        arguments.Query.read({"accountId": "a1", "anchor": "x"}).window(RESULTS, 4)
    assert caught.value.type == "anchorNotFound"


@pytest.mark.parametrize(
    ("state", "number"),
    [("0", 0), ("17", 17), ("", None), ("-1", None), ("x", None), ("9" * 30, None)],
)
def test_states(state, number):
    if number is not None:
        assert arguments.state_number(state) == number
        return
    with pytest.raises(MethodError) as caught:
        arguments.state_number(state)
    assert caught.value.type == "cannotCalculateChanges"


def test_a_state_that_is_expected():
    wanted = arguments.Set.read({"accountId": "a1", "ifInState": "5"}, 3)
    wanted.check_state("5")
    with pytest.raises(MethodError) as caught:
        wanted.check_state("6")
    assert caught.value.type == "stateMismatch"
