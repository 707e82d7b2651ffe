"""Reading requests: any octets are a request or one of the documented errors."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap.limits import Limits
from pillarbox.jmap.request import RequestError, decode, parse_request

LIMITS = Limits(max_calls_in_request=3)
KNOWN = {"urn:a", "urn:b"}
ERRORS = {"notJSON", "notRequest", "unknownCapability", "limit"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False,
    allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", "notJSON"),
        (b"{", "notJSON"),
        (b'{"using":["urn:a"],"methodCalls":[]} x', "notJSON"),
        (b'"\xff"', "notJSON"),
        (b'"\\ud800"', "notJSON"),
        (b"\xef\xbb\xbf{}", "notJSON"),
        (b"NaN", "notJSON"),
        (b"1e999", "notJSON"),
        (b"[" * 200 + b"]" * 200, "notJSON"),
        (b"[" * 100_000, "notJSON"),
        (b'{"a":1,"a":1}', "notJSON"),
        (b'{"using":["urn:a"],"methodCalls":[["A",{"x":{"y":1,"y":2}},"c"]]}', "notJSON"),
        (b'{"a":1,"\\u0061":1}', "notJSON"),
        (b"null", "notRequest"),
        (b"{}", "notRequest"),
        (b'{"using":"urn:a","methodCalls":[]}', "notRequest"),
        (b'{"using":[1],"methodCalls":[]}', "notRequest"),
        (b'{"using":null,"methodCalls":[]}', "notRequest"),
        (b'{"using":[],"methodCalls":[["A",{}]]}', "notRequest"),
        (b'{"using":[],"methodCalls":[["A",[],"c"]]}', "notRequest"),
        (b'{"using":[],"methodCalls":[["A",{},1]]}', "notRequest"),
        (b'{"using":[],"methodCalls":[["A",{},"c","d"]]}', "notRequest"),
        (b'{"using":[],"methodCalls":[],"createdIds":{"a":1}}', "notRequest"),
        (b'{"using":["urn:a","urn:c"],"methodCalls":[]}', "unknownCapability"),
        (b'{"using":[],"methodCalls":[["A",{},"c"],["A",{},"c"],["A",{},"c"],["A",{},"c"]]}',
         "limit"),
    ],
)  # fmt: skip
def test_what_is_no_request(text, error):
    with pytest.raises(RequestError) as caught:
        parse_request(text, LIMITS, KNOWN)
    assert caught.value.type == error
    assert caught.value.as_object()["type"] == f"urn:ietf:params:jmap:error:{error}"
    if error == "limit":
        assert caught.value.as_object()["limit"] == "maxCallsInRequest"


def test_what_is_one():
    text = b'{"using":["urn:a"],"methodCalls":[["A/b",{"x":": \\" :"},"c"]],"more":{"::":":"}}'
    found = parse_request(text, LIMITS, KNOWN)
    assert found.using == ["urn:a"]
    assert found.method_calls == [("A/b", {"x": ': " :'}, "c")]
    assert found.created_ids is None


@given(JSON)
def test_json_is_read_as_it_is(value):
    assert decode(json.dumps(value)) == value
    assert decode(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_is_a_request_or_an_error(octets):
    try:
        parse_request(octets, LIMITS, KNOWN)
    except RequestError as exc:
        assert exc.type in ERRORS  # noqa: PT017
        msgspec.json.encode(exc.as_object())


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, min_size=1))
def test_a_name_that_is_there_twice_is_found(value):
    text = json.dumps(value)
    name = json.dumps(next(iter(value)))
    with pytest.raises(RequestError):
        decode(f"{text[:-1]},{name}:0}}")
