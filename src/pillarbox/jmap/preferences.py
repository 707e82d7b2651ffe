"""Reading, changing and checking preferences (docs/jmap_own.md). Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pillarbox.jmap.error import SetError
from pillarbox.jmap.types.preferences import Preferences

ID: Final = "singleton"
MAX_PATCH: Final = 200  # paths of one update
MAX_DEPTH: Final = 5  # parts of one path
NAMES: Final = frozenset(field.encode_name for field in msgspec.structs.fields(Preferences))

_ENCODER: Final = msgspec.json.Encoder()


def write(whole: dict[str, Any]) -> str:
    """Return what is stored."""
    return _ENCODER.encode(whole).decode()


def apply(whole: dict[str, Any], patch: object) -> dict[str, Any]:
    """Return preferences after a PatchObject (RFC 8620 §5.3). Pure.

    Raises SetError invalidPatch or invalidProperties, with the key that is wrong.
    """
    if not isinstance(patch, dict) or len(patch) > MAX_PATCH:
        raise SetError("invalidPatch", f"an object with at most {MAX_PATCH} paths")
    defaults = msgspec.to_builtins(Preferences())
    changed: dict[str, Any] = msgspec.json.decode(_ENCODER.encode(whole))
    for path, value in patch.items():
        parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
        if parts[0] not in defaults:
            raise SetError("invalidProperties", f"there is no {parts[0][:100]!r}", [parts[0]])
        _put(changed, parts, value, defaults)
    if changed["id"] != ID:
        raise SetError("invalidProperties", "the id cannot be changed", ["id"])
    try:
        return _whole(msgspec.convert(changed, Preferences))
    except msgspec.ValidationError as exc:
        raise SetError("invalidProperties", str(exc)[:500], _blame(changed, patch)) from None


def _put(
    changed: dict[str, Any], parts: list[str], value: object, defaults: dict[str, Any]
) -> None:
    if len(parts) > MAX_DEPTH:
        raise SetError("invalidPatch", f"a path has at most {MAX_DEPTH} parts")
    place: Any = changed
    for part in parts[:-1]:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise SetError("invalidPatch", f"there is nothing at {'/'.join(parts)[:200]!r}")
    if value is not None:
        place[parts[-1]] = value
    elif len(parts) == 1:
        # RFC 8620 §5.3: null is back to what it is by itself.
        place[parts[0]] = defaults[parts[0]]
    else:
        place.pop(parts[-1], None)


def _blame(changed: dict[str, Any], patch: Mapping[str, Any]) -> list[str]:
    """Return which properties of a patch are wrong."""
    found = []
    for name in dict.fromkeys(path.partition("/")[0] for path in patch):
        try:
            msgspec.convert({name: changed[name]}, Preferences)
        except msgspec.ValidationError:
            found.append(name)
    return found


def read(body: str) -> dict[str, Any]:
    """Return what is stored, whole; what no longer fits is as if it had never been set."""
    try:
        stored = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError:
        stored = {}
    kept = Preferences()
    for name, value in stored.items() if isinstance(stored, dict) else ():
        try:
            msgspec.convert({name: value}, Preferences)
        except msgspec.ValidationError:
            continue
        kept = msgspec.convert({**_whole(kept), name: value}, Preferences)
    return _whole(kept)


def _whole(given: Preferences) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.to_builtins(given)
    return whole
