"""PatchObjects (RFC 8620 §5.3)."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap.error import SetError
from pillarbox.jmap.patch import apply_patch

from .test_request import JSON

WHOLE = {
    "name": "n",
    "keywords": {"a": True},
    "list": [1],
    "deep": {"x": {"y": 1}},
    "k/~": {"z": 1},
}
DEFAULTS = {"name": "plain", "keywords": {}}


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"name": "m"}, {"name": "m"}),
        ({"name": None}, {"name": "plain"}),
        ({"keywords/b": True}, {"keywords": {"a": True, "b": True}}),
        ({"keywords/a": None}, {"keywords": {}}),
        ({"keywords/c": None}, {}),
        ({"keywords/a": None, "keywords/b": True}, {"keywords": {"b": True}}),
        ({"deep/x/y": 2, "deep/x/z": 3}, {"deep": {"x": {"y": 2, "z": 3}}}),
        ({"list": [2]}, {"list": [2]}),
        ({"k~1~0/z": 2}, {"k/~": {"z": 2}}),
        ({"new": 1}, {"new": 1}),
    ],
)
def test_what_a_patch_does(patch, changed):
    before = copy.deepcopy(WHOLE)
    assert apply_patch(WHOLE, patch, DEFAULTS) == {**WHOLE, **changed}
    assert before == WHOLE


@pytest.mark.parametrize(
    "patch",
    [
        {"list/0": 2},
        {"nothing/x": 1},
        {"name/x": 1},
        {"deep/nothing/x": 1},
        {"keywords": {}, "keywords/a": True},
        {"deep/x": {}, "deep/x/y": 1},
        {"": 1},
        {"/name": 1},
        {"/".join("x" * 30): 1},
        {f"p{number}": 1 for number in range(1001)},
    ],
)
def test_what_is_no_patch(patch):
    with pytest.raises(SetError) as caught:
        apply_patch(WHOLE, patch, DEFAULTS)
    assert caught.value.type == "invalidPatch"


def test_what_is_there_no_more_stays_away():
    assert apply_patch({"a": 1}, {"a": None}, {}) == {}


@given(
    st.dictionaries(st.text(st.sampled_from("/~01abname"), max_size=8), JSON, max_size=4),
    st.dictionaries(st.sampled_from(["a", "b", "name"]), JSON, max_size=3),
)
def test_any_patch_is_applied_or_refused(patch, whole):
    before = copy.deepcopy(whole)
    try:
        apply_patch(whole, patch, {})
    except SetError as exc:
        assert exc.type == "invalidPatch"  # noqa: PT017
    assert whole == before
