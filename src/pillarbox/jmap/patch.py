"""Changing an object by a PatchObject (RFC 8620 §5.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.jmap.error import SetError
from pillarbox.jmap.reference import unescape

MAX_PATHS: Final = 1000  # of one patch
MAX_DEPTH: Final = 20  # names in one path

Paths = dict[tuple[str, ...], Any]


def parse_patch(patch: Mapping[str, Any]) -> Paths:
    """Return the new values by where they belong. Raises SetError invalidPatch."""
    if len(patch) > MAX_PATHS:
        raise SetError("invalidPatch", f"more than {MAX_PATHS} paths")
    found: Paths = {}
    for path, value in patch.items():
        names = tuple(unescape(name) for name in path.split("/"))
        if len(names) > MAX_DEPTH or "" in names[:1]:
            raise SetError("invalidPatch", f"{path[:100]!r} is no path")
        if names in found:
            raise SetError("invalidPatch", f"{path[:100]!r} is there twice")
        found[names] = value
    for names in found:
        # A path must not be the beginning of another.
        if any(names[:length] in found for length in range(1, len(names))):
            raise SetError("invalidPatch", f"{'/'.join(names)[:100]!r} is below another path")
    return found


def apply_patch(
    whole: Mapping[str, Any], patch: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an object as it is after a patch; the object itself stays as it was.

    defaults: what null means for a property of the object. A property without one goes away.
    Raises SetError invalidPatch.
    """
    changed = dict(whole)
    copied: set[tuple[str, ...]] = set()
    for names, value in parse_patch(patch).items():
        place = changed
        for depth, name in enumerate(names[:-1], 1):
            below = place.get(name)
            if not isinstance(below, dict):
                # Neither into an array nor to where nothing is.
                raise SetError("invalidPatch", f"there is no object at {'/'.join(names)[:100]!r}")
            if names[:depth] not in copied:
                copied.add(names[:depth])
                below = place[name] = dict(below)
            place = below
        if value is not None:
            place[names[-1]] = value
        elif len(names) == 1 and names[0] in defaults:
            place[names[0]] = defaults[names[0]]
        else:
            place.pop(names[-1], None)
    return changed
