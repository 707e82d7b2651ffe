"""jmap/preferences.py: what is kept of how somebody wants to see their mail."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import preferences
from pillarbox.jmap.error import SetError

DEFAULTS = preferences.read("")


def changed(patch):
    """Return what differs from the defaults after a patch."""
    after = preferences.apply(DEFAULTS, patch)
    assert preferences.read(preferences.write(after)) == after
    return {name: value for name, value in after.items() if value != DEFAULTS[name]}


PATCHES = [
    ({}, {}),
    ({"theme": "dark"}, {"theme": "dark"}),
    ({"theme": None, "undoSeconds": 0}, {"undoSeconds": 0}),
    ({"keyboard/on": False}, {"keyboard": {"on": False, "map": {}}}),
    ({"keyboard/map/archive": "y"}, {"keyboard": {"on": True, "map": {"archive": "y"}}}),
    ({"keyboard/map/a~1b~0": "y"}, {"keyboard": {"on": True, "map": {"a/b~": "y"}}}),
    ({"keyboard/map/none": None}, {}),
    ({"blockedSenders": ["spam@x.example"]}, {"blockedSenders": ["spam@x.example"]}),
    ({"labels": [{"keyword": "work", "name": "Work"}]},
     {"labels": [{"keyword": "work", "name": "Work", "color": "#5f6368", "hidden": False}]}),
    ({"own": {"listWidth": "320"}}, {"own": {"listWidth": "320"}}),
    ({"id": "singleton"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("patch", "after"), PATCHES)
def test_a_patch_changes_what_it_names(patch, after):
    assert changed(patch) == after


REFUSED = [
    ({"colour": "red"}, "invalidProperties", ["colour"]),
    ({"theme": "pink"}, "invalidProperties", ["theme"]),
    ({"theme": "dark", "undoSeconds": 61}, "invalidProperties", ["undoSeconds"]),
    ({"keyboard/colour": "red"}, "invalidProperties", ["keyboard"]),
    ({"labels": [{"keyword": "a b", "name": "x"}]}, "invalidProperties", ["labels"]),
    ({"remoteContent": {"mode": "ask", "senders": ["nobody"]}}, "invalidProperties",
     ["remoteContent"]),
    ({"id": "other"}, "invalidProperties", ["id"]),
    ({"theme/x": 1}, "invalidPatch", []),
    ({"labels/0": {}}, "invalidPatch", []),
    ({"keyboard/map/a/b/c/d": 1}, "invalidPatch", []),
    ({"keyboard/maps/x": 1}, "invalidPatch", []),
    ({"keyboard": {}, "keyboard/on": False}, "invalidPatch", []),
    ({f"own/{n}": "x" for n in range(51)}, "invalidProperties", ["own"]),
]  # fmt: skip


@pytest.mark.parametrize(("patch", "kind", "properties"), REFUSED)
def test_what_is_wrong_is_refused_by_name(patch, kind, properties):
    with pytest.raises(SetError) as refused:
        preferences.apply(DEFAULTS, patch)
    assert refused.value.type == kind
    assert list(refused.value.properties) == properties
    if properties == ["colour"]:
        assert "'colour'" in refused.value.description


def test_what_no_longer_fits_is_as_if_it_had_never_been_set():
    stored = {"theme": "dark", "density": "huge", "gone": 1}
    assert preferences.read(json.dumps(stored)) == DEFAULTS | {"theme": "dark"}
    assert preferences.read("[]") == preferences.read("no JSON") == DEFAULTS


def test_the_defaults_are_never_changed():
    preferences.apply(DEFAULTS, {"keyboard/map/archive": "y", "own/x": "y"})
    assert preferences.read("") == DEFAULTS


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*sorted(preferences.NAMES), "x", "a/b", "own/x"]), VALUES))
def test_any_patch_gives_preferences_or_an_error(patch):
    try:
        after = preferences.apply(DEFAULTS, patch)
    except SetError:
        return
    assert preferences.read(preferences.write(after)) == after
