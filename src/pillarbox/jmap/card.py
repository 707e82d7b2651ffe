"""Cards of contacts: JSContact (RFC 9553), checked, and what is looked for in them. Pure.

Unknown properties are kept as they are (RFC 9553 §1.7.1). Every card has a uid, and belongs to the
one address book there is.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pillarbox.base import analyzer
from pillarbox.jmap import ids
from pillarbox.jmap.error import SetError

BOOK_ID: Final = ids.make(ids.ADDRESS_BOOK, 1)
MAX_DEPTH: Final = 12
MAX_VALUES: Final = 5000
"""Numbers, texts and lists in one card."""
MAX_TEXT: Final = 64 * 1024
"""Characters of one text; of pictures 256 KiB, which is what a card may have at all."""
MAX_UID: Final = 255
MAX_WORDS: Final = 10_000

_SERVER_SET: Final = ("id", "@type", "version")
# Maps of objects, and the text that each object must have, "" for none.
_MAPS: Final = {
    "nicknames": "name",
    "organizations": "",
    "titles": "name",
    "emails": "address",
    "onlineServices": "",
    "phones": "number",
    "preferredLanguages": "language",
    "calendars": "uri",
    "schedulingAddresses": "uri",
    "addresses": "",
    "cryptoKeys": "uri",
    "directories": "uri",
    "links": "uri",
    "media": "uri",
    "anniversaries": "",
    "notes": "note",
    "personalInfo": "value",
    "relatedTo": "",
}
_SETS: Final = ("members", "keywords")
_TEXTS: Final = ("kind", "language", "prodId", "created", "updated")
_NAME_KINDS: Final = ("title", "given", "given2", "surname", "surname2", "generation", "credential")
_SEARCHED: Final = (
    "name", "nicknames", "organizations", "titles", "emails", "onlineServices", "phones",
    "addresses", "notes", "links", "keywords",
)  # fmt: skip

Card = dict[str, Any]


def check(card: Mapping[str, Any]) -> Card:
    """Return a card as it is kept: without what only the server sets. Raises SetError."""
    found = {name: value for name, value in card.items() if name not in _SERVER_SET}
    wrong = [name for name, value in found.items() if not _is_right(name, value)]
    if card.get("@type", "Card") != "Card":
        wrong.append("@type")
    if wrong:
        raise SetError("invalidProperties", "not as RFC 9553 says", sorted(wrong))
    books = found.pop("addressBookIds", None)
    if books is not None and books != {BOOK_ID: True}:
        text = f"a card is in the one address book, {BOOK_ID}"
        raise SetError("invalidProperties", text, ["addressBookIds"])
    left = [MAX_VALUES]
    for name, value in found.items():
        if not _is_bounded(value, 0, left, MAX_TEXT if name != "media" else 4 * MAX_TEXT):
            raise SetError("tooLarge", "too many, too long or too deep values", properties=[name])
    return found


def _is_right(name: str, value: Any) -> bool:
    if not isinstance(name, str):
        return False
    if name in _MAPS:
        return _is_map(value, _MAPS[name])
    if name in _SETS:
        return isinstance(value, dict) and all(one is True for one in value.values())
    if name == "uid":
        return isinstance(value, str) and 0 < len(value) <= MAX_UID and value.isprintable()
    if name in _TEXTS:
        return isinstance(value, str)
    if name == "name":
        return _is_name(value)
    return True


def _is_map(value: Any, text: str) -> bool:
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        return False
    if not all(_is_id(key) for key in value):
        return False
    for one in value.values():
        if text and not isinstance(one.get(text), str):
            return False
        pref = one.get("pref", 1)
        if not isinstance(pref, int) or isinstance(pref, bool) or not 1 <= pref <= 100:
            return False
        if not isinstance(one.get("contexts", {}), dict):
            return False
    return True


def _is_id(key: Any) -> bool:
    return isinstance(key, str) and 0 < len(key) <= 255 and key.isprintable()


def _is_name(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("full", ""), str):
        return False
    parts = value.get("components", [])
    return isinstance(parts, list) and all(
        isinstance(part, dict)
        and isinstance(part.get("kind"), str)
        and isinstance(part.get("value"), str)
        for part in parts
    )


def _is_bounded(value: Any, depth: int, left: list[int], max_text: int) -> bool:
    left[0] -= 1
    if left[0] < 0 or depth > MAX_DEPTH:
        return False
    if isinstance(value, str):
        return len(value) <= max_text
    if isinstance(value, dict):
        return all(_is_bounded(one, depth + 1, left, max_text) for one in value.values())
    if isinstance(value, list):
        return all(_is_bounded(one, depth + 1, left, max_text) for one in value)
    return True


def full_name(card: Mapping[str, Any]) -> str:
    """Return the name for people: as given, or put together, or of the organisation, or ""."""
    name = card.get("name") or {}
    if name.get("full"):
        return str(name["full"])
    parts = name.get("components", ())
    if name.get("isOrdered"):
        separator = name.get("defaultSeparator", " ")
        separator = separator if isinstance(separator, str) else " "
        found = separator.join(part["value"] for part in parts if part["kind"] != "separator")
    else:
        found = " ".join(component(card, kind) for kind in _NAME_KINDS if component(card, kind))
    if found:
        return found
    for key in ("organizations", "nicknames"):
        for one in (card.get(key) or {}).values():
            if isinstance(one.get("name"), str) and one["name"]:
                return str(one["name"])
    return ""


def component(card: Mapping[str, Any], kind: str) -> str:
    """Return the parts of a name that are of a kind, "" if there are none."""
    parts = (card.get("name") or {}).get("components", ())
    return " ".join(part["value"] for part in parts if part["kind"] == kind)


def emails(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the addresses, lower case, the preferred first."""
    found = sorted((card.get("emails") or {}).values(), key=lambda one: one.get("pref", 101))
    return tuple(dict.fromkeys(one["address"].strip().lower() for one in found if one["address"]))


def texts(card: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield the texts in a property that people read, keywords among them."""
    if name == "keywords":
        yield from card.get(name) or ()
    elif name == "name":
        yield full_name(card)
        yield from _strings(card.get(name))
    else:
        yield from _strings(card.get(name))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in {"@type", "kind", "contexts", "features"}:
                yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def words(card: Mapping[str, Any], *names: str) -> str:
    """Return what is searched of some properties, or of all that are: folded."""
    found = " ".join(text for name in names or _SEARCHED for text in texts(card, name))
    return analyzer.fold(found[: 2 * MAX_WORDS])[:MAX_WORDS]
