"""Reading, changing and checking preferences (docs/jmap_own.md). Pure."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pillarbox.jmap.error import SetError
from pillarbox.jmap.patch import apply_patch
from pillarbox.jmap.types.preferences import Preferences

ID: Final = "singleton"
NAMES: Final = frozenset(field.encode_name for field in msgspec.structs.fields(Preferences))

_ENCODER: Final = msgspec.json.Encoder()


def write(whole: dict[str, Any]) -> str:
    """Return what is stored."""
    return _ENCODER.encode(whole).decode()


def apply(whole: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return preferences after a PatchObject (RFC 8620 §5.3).

    Raises SetError invalidPatch or invalidProperties, with the key that is wrong.
    """
    defaults = _whole(Preferences())
    changed = apply_patch(whole, patch, defaults)
    if unknown := sorted(changed.keys() - defaults.keys()):
        raise SetError("invalidProperties", f"there is no {unknown[0][:100]!r}", unknown[:10])
    if changed["id"] != ID:
        raise SetError("invalidProperties", "the id cannot be changed", ["id"])
    try:
        return _whole(msgspec.convert(changed, Preferences))
    except msgspec.ValidationError as exc:
        raise SetError("invalidProperties", str(exc)[:500], _blame(changed, patch)) from None


def _blame(changed: Mapping[str, Any], patch: Mapping[str, Any]) -> list[str]:
    """Return which properties of a patch are wrong."""
    found = []
    touched = dict.fromkeys(path.partition("/")[0] for path in patch)
    for name in touched.keys() & changed.keys():
        try:
            msgspec.convert({name: changed[name]}, Preferences)
        except msgspec.ValidationError:
            found.append(name)
    return sorted(found)


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
