"""References to earlier results (RFC 8620 §3.7)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap.error import MethodError
from pillarbox.jmap.reference import References, evaluate
from pillarbox.jmap.request import Invocation

from .test_request import JSON

DATA = {
    "ids": ["a", "b"],
    "list": [
        {"id": "a", "to": ["x", "y"], "by": {"k/~": 1}},
        {"id": "b", "to": [], "by": {"k/~": 2}},
    ],
    "deep": [[1, 2], [3], 4],
    "*": "star",
    "": "empty",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", DATA),
        ("/", "empty"),
        ("/*", "star"),
        ("/ids", ["a", "b"]),
        ("/ids/1", "b"),
        ("/ids/*", ["a", "b"]),
        ("/list/*/id", ["a", "b"]),
        ("/list/*/to", ["x", "y"]),
        ("/list/0/by/k~1~0", 1),
        ("/list/*/by/k~1~0", [1, 2]),
        ("/deep/*", [1, 2, 3, 4]),
        ("/list/*/to/*", ["x", "y"]),
    ],
)
def test_where_a_path_leads(path, value):
    assert evaluate(path, DATA) == value


@pytest.mark.parametrize(
    "path",
    ["ids", "/nothing", "/ids/2", "/ids/-", "/ids/-1", "/ids/01", "/ids/x", "/ids/0/x",
     "/ids/\u0661", "/list/*/nothing", "/deep/*/*", "/" + "x" * 2000],
)  # fmt: skip
def test_where_it_leads_nowhere(path):
    with pytest.raises(MethodError) as caught:
        evaluate(path, DATA)
    assert caught.value.type == "invalidResultReference"


@given(st.text(st.sampled_from("/*~01ids-listby")), JSON)
def test_any_path_leads_somewhere_or_fails(path, value):
    try:
        evaluate(path, value)
    except MethodError as exc:
        assert exc.type == "invalidResultReference"  # noqa: PT017


def reference(path="/ids", result_of="c1", name="A/query"):
    return {"resultOf": result_of, "name": name, "path": path}


RESPONSES = [
    Invocation("A/query", {"ids": ["a"]}, "c1"),
    Invocation("B/query", {"ids": ["b"]}, "c1"),
    Invocation("error", {"type": "unknownMethod"}, "c2"),
]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"ids": 1}, {"ids": 1}),
        ({"#ids": reference()}, {"ids": ["a"]}),
        ({"x": {"#ids": 1}, "#ids": reference()}, {"x": {"#ids": 1}, "ids": ["a"]}),
        ({"#": reference("")}, {"": {"ids": ["a"]}}),
        ({"ids": 1, "#ids": reference()}, "invalidArguments"),
        ({"#ids": "x"}, "invalidArguments"),
        ({"#ids": {"resultOf": "c1", "name": "A/query"}}, "invalidArguments"),
        ({"#ids": reference(result_of="c9")}, "invalidResultReference"),
        # Only the first response of a call counts.
        ({"#ids": reference(name="B/query")}, "invalidResultReference"),
        ({"#ids": reference(result_of="c2")}, "invalidResultReference"),
    ],
)
def test_arguments(arguments, found):
    references = References(1000)
    if isinstance(found, str):
        with pytest.raises(MethodError) as caught:
            references.resolve(arguments, RESPONSES)
        assert caught.value.type == found
    else:
        assert references.resolve(arguments, RESPONSES) == found


def test_a_value_that_doubles_again_and_again_ends():
    references = References(100_000)
    responses = [Invocation("E", {"a": "x" * 100}, "0")]

    def double():
        whole = reference("", responses[-1].call_id, "E")
        value = references.resolve({"#a": whole, "#b": whole}, responses)
        responses.append(Invocation("E", value, str(len(responses))))

    def go_on():
        for _ in range(64):
            double()

    with pytest.raises(MethodError) as caught:
        go_on()
    assert caught.value.type == "requestTooLarge"
    assert len(json.dumps(responses[-1])) < 200_000
