"""JSContact cards from vCards, and vCards from cards (RFC 9555). Pure.

The properties that address books show are turned into those of RFC 9553; every other is kept
under `vCardProps` (RFC 9555 §2.15.1) and written again.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pillarbox.mime.vcard import Line, escape, structured

MAX_UNKNOWN: Final = 200
"""Properties of a card that nothing is known of and that are kept."""
MAX_UID: Final = 255

Card = dict[str, Any]

_CONTEXTS: Final = {"work": "work", "home": "private"}
_FEATURES: Final = {
    "voice": "voice", "fax": "fax", "cell": "mobile", "video": "video", "pager": "pager",
    "text": "text", "textphone": "textphone", "main-number": "main-number",
}  # fmt: skip
_TYPES: Final = {value: key for key, value in (_CONTEXTS | _FEATURES).items()}
_NAME: Final = ("surname", "given", "given2", "title", "credential")
_ADDRESS: Final = (
    "postOfficeBox", "apartment", "name", "locality", "region", "postcode", "country",
)  # fmt: skip
_DATE: Final = re.compile(r"(\d{4}|--)-?(\d\d)?-?(\d\d)?(?:T.*)?")
_LABEL: Final = re.compile(r"_\$!<(.*)>!\$_")
_TEXT_MAPS: Final = {
    "nickname": ("nicknames", "name"),
    "title": ("titles", "name"),
    "role": ("titles", "name"),
    "note": ("notes", "note"),
    "url": ("links", "uri"),
    "email": ("emails", "address"),
    "tel": ("phones", "number"),
    "lang": ("preferredLanguages", "language"),
    "impp": ("onlineServices", "uri"),
    "x-jabber": ("onlineServices", "uri"),
    "key": ("cryptoKeys", "uri"),
    "caluri": ("calendars", "uri"),
    "caladruri": ("schedulingAddresses", "uri"),
}
_MEDIA: Final = {"photo": "photo", "logo": "logo", "sound": "sound"}
_ANNIVERSARIES: Final = {"bday": "birth", "anniversary": "wedding", "deathdate": "death"}
_KINDS: Final = {kind: name for name, kind in _ANNIVERSARIES.items()}


def card_of(lines: Sequence[Line]) -> Card:
    """Return the card that a vCard says; anything may be missing, uid too. Never raises."""
    reader = _Reader(lines)
    for line in lines:
        reader.read(line)
    return reader.card


class _Reader:
    def __init__(self, lines: Sequence[Line]) -> None:
        self.card: Card = {}
        self._unknown: list[Any] = []
        self._labels = {
            line.group.lower(): _LABEL.sub(r"\1", line.text)
            for line in lines
            if line.name == "x-ablabel" and line.group
        }

    def read(self, line: Line) -> None:
        name = line.name
        if name in {"version", "x-ablabel", "begin", "end"} or not line.value.strip(" ;"):
            return
        if name in _TEXT_MAPS:
            self._text(line, *_TEXT_MAPS[name])
        elif name in _MEDIA:
            self._media(line)
        elif name in _ANNIVERSARIES:
            self._date(line)
        elif name in _READERS:
            _READERS[name](self, line)
        else:
            self._keep(line)

    def _add(self, kind: str, line: Line, value: dict[str, Any]) -> None:
        found = self.card.setdefault(kind, {})
        contexts = {_CONTEXTS[one]: True for one in line.all("type") if one in _CONTEXTS}
        if contexts:
            value["contexts"] = contexts
        if pref := _pref(line):
            value["pref"] = pref
        if label := self._labels.get(line.group.lower()) if line.group else None:
            value["label"] = label
        found[str(len(found) + 1)] = value

    def _text(self, line: Line, kind: str, name: str) -> None:
        texts = [line.text]
        if line.name == "nickname":
            texts = [text for part in line.parts() for text in part]
        for text in texts:
            text = text.strip()  # noqa: PLW2901 - only its edges
            if not text:
                continue
            value: dict[str, Any] = {name: text}
            if line.name == "tel":
                value["number"] = text.removeprefix("tel:")
                features = {_FEATURES[one]: True for one in line.all("type") if one in _FEATURES}
                if features:
                    value["features"] = features
            elif kind == "titles":
                value["kind"] = line.name
            elif kind == "emails":
                value["address"] = text.removeprefix("mailto:")
            elif kind == "onlineServices" and (service := line.parameters.get("service-type")):
                value["service"] = service[0]
            self._add(kind, line, value)

    def _media(self, line: Line) -> None:
        value = line.value.strip()
        if {"b", "base64"} & set(line.all("encoding")):
            types = [one for one in line.all("type") if one not in {"pref", *_CONTEXTS}]
            media = f"image/{types[0]}" if types and "/" not in types[0] else "".join(types[:1])
            value = f"data:{media or 'image/jpeg'};base64,{''.join(value.split())}"
        else:
            value = line.text
        if ":" in value:
            self._add("media", line, {"kind": _MEDIA[line.name], "uri": value})

    def _date(self, line: Line) -> None:
        match = _DATE.fullmatch(line.value.strip())
        if match is None or not (match[1] != "--" or match[2]):
            self._keep(line)
            return
        date: dict[str, Any] = {"@type": "PartialDate"}
        if match[1] != "--":
            date["year"] = int(match[1])
        for name, text in (("month", match[2]), ("day", match[3])):
            if text:
                date[name] = int(text)
        self._add("anniversaries", line, {"kind": _ANNIVERSARIES[line.name], "date": date})

    def full_name(self, line: Line) -> None:
        self.card.setdefault("name", {})["full"] = line.text.strip()

    def name(self, line: Line) -> None:
        parts = [
            {"kind": kind, "value": text.strip()}
            for kind, texts in zip(_NAME, line.parts(), strict=False)
            for text in texts
            if text.strip()
        ]
        if parts:
            self.card.setdefault("name", {})["components"] = parts

    def organization(self, line: Line) -> None:
        names = [text.strip() for part in line.parts() for text in part]
        value: dict[str, Any] = {}
        if names[0]:
            value["name"] = names[0]
        if units := [{"name": name} for name in names[1:] if name]:
            value["units"] = units
        if value:
            self._add("organizations", line, value)

    def address(self, line: Line) -> None:
        parts = [
            {"kind": kind, "value": text.strip()}
            for kind, texts in zip(_ADDRESS, line.parts(), strict=False)
            for text in texts
            if text.strip()
        ]
        value: dict[str, Any] = {"components": parts} if parts else {}
        if full := "\n".join(line.parameters.get("label", ())):
            value["full"] = full
        if value:
            self._add("addresses", line, value)

    def categories(self, line: Line) -> None:
        found = {text.strip(): True for part in line.parts() for text in part if text.strip()}
        self.card.setdefault("keywords", {}).update(found)

    def uid(self, line: Line) -> None:
        uid = "".join(char for char in line.text.strip() if char.isprintable())
        if 0 < len(uid) <= MAX_UID:
            self.card["uid"] = uid

    def kind(self, line: Line) -> None:
        self.card["kind"] = line.text.strip().lower()

    def member(self, line: Line) -> None:
        self.card.setdefault("members", {})[line.text.strip()] = True

    def language(self, line: Line) -> None:
        self.card["language"] = line.text.strip()

    def product(self, line: Line) -> None:
        self.card["prodId"] = line.text.strip()

    def revised(self, line: Line) -> None:
        """REV says when another program wrote the file; here the server sets `updated`."""

    def _keep(self, line: Line) -> None:
        if len(self._unknown) >= MAX_UNKNOWN:
            return
        parameters: dict[str, Any] = {
            name: values[0] if len(values) == 1 else values
            for name, values in line.parameters.items()
        }
        if line.group:
            parameters["group"] = line.group
        self._unknown.append([line.name, parameters, "unknown", line.value])
        self.card["vCardProps"] = self._unknown


_READERS: Final[dict[str, Callable[[_Reader, Line], None]]] = {
    "fn": _Reader.full_name,
    "n": _Reader.name,
    "org": _Reader.organization,
    "adr": _Reader.address,
    "categories": _Reader.categories,
    "uid": _Reader.uid,
    "kind": _Reader.kind,
    "x-addressbookserver-kind": _Reader.kind,
    "member": _Reader.member,
    "x-addressbookserver-member": _Reader.member,
    "language": _Reader.language,
    "prodid": _Reader.product,
    "rev": _Reader.revised,
}


def _pref(line: Line) -> int:
    for text in line.all("pref"):
        if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= 100:
            return int(text)
    return 1 if "pref" in line.all("type") else 0


def lines_of(card: Card, full_name: str, version: str = "4.0") -> Iterator[Line]:
    """Yield the lines of a vCard for a checked card. full_name: FN, which must be there."""
    yield Line("uid", escape(card.get("uid", "")))
    if version == "4.0" and card.get("kind"):
        yield Line("kind", escape(card["kind"]))
    yield Line("fn", escape(full_name or next(_texts(card, "emails", "address"), "")))
    parts = (card.get("name") or {}).get("components") or ()
    if parts or version != "4.0":
        texts = [[p["value"] for p in parts if p["kind"] == kind] for kind in _NAME]
        yield Line("n", structured(texts))
    if nicknames := list(_texts(card, "nicknames", "name")):
        yield Line("nickname", ",".join(map(escape, nicknames)))
    yield from _plain(card, version)
    yield from _structured(card, version)
    if keywords := card.get("keywords"):
        yield Line("categories", ",".join(map(escape, keywords)))
    for member in card.get("members") or ():
        yield Line("member", escape(member))
    if isinstance(card.get("updated"), str):
        yield Line("rev", escape(card["updated"].replace("-", "").replace(":", "")))
    yield from _unknown(card)


def _plain(card: Card, version: str) -> Iterator[Line]:
    """Yield what is one text."""
    for name, (kind, key) in _TEXT_MAPS.items():
        if name in {"nickname", "role", "x-jabber"}:
            continue
        for one in _objects(card, kind):
            if isinstance(one.get(key), str):
                written = "role" if name == "title" and one.get("kind") == "role" else name
                yield Line(written, escape(one[key]), _parameters(one, version))


def _structured(card: Card, version: str) -> Iterator[Line]:
    """Yield what has parts."""
    for one in _objects(card, "organizations"):
        given = one.get("units")
        units = given if isinstance(given, list) else []
        names = [one.get("name", ""), *(u.get("name", "") for u in units if isinstance(u, dict))]
        yield Line("org", structured([[str(name)] for name in names]), _parameters(one, version))
    for one in _objects(card, "addresses"):
        yield _address(one, version)
    for one in _objects(card, "anniversaries"):
        if (date := _date(one.get("date"))) and (name := _KINDS.get(str(one.get("kind")))):
            yield Line(name, date)
    for one in _objects(card, "media"):
        if str(one.get("kind")) in _MEDIA and isinstance(one.get("uri"), str):
            yield _picture(one, version)


def _objects(card: Card, kind: str) -> Iterator[dict[str, Any]]:
    yield from (card.get(kind) or {}).values()


def _texts(card: Card, kind: str, name: str) -> Iterator[str]:
    for one in _objects(card, kind):
        if isinstance(one.get(name), str):
            yield one[name]


def _parameters(one: dict[str, Any], version: str) -> dict[str, list[str]]:
    features = one.get("features")
    names = [*(one.get("contexts") or ()), *(features if isinstance(features, dict) else ())]
    types = [_TYPES[name] for name in names if name in _TYPES]
    found: dict[str, list[str]] = {}
    pref = one.get("pref")
    if pref and version != "4.0":
        types += ["pref"] if pref == 1 else []
    elif pref:
        found["pref"] = [str(pref)]
    return {"type": types, **found} if types else found


def _address(one: dict[str, Any], version: str) -> Line:
    given = one.get("components")
    parts = [part for part in given if isinstance(part, dict)] if isinstance(given, list) else []
    kinds = {"number": "name", "block": "name", "district": "locality"}
    texts = [
        [
            str(p.get("value", ""))
            for p in parts
            if kinds.get(str(p.get("kind")), p.get("kind")) == kind
        ]
        for kind in _ADDRESS
    ]
    parameters = _parameters(one, version)
    if isinstance(one.get("full"), str):
        parameters["label"] = [one["full"]]
    return Line("adr", structured(texts), parameters)


def _date(date: Any) -> str:
    if not isinstance(date, dict):
        return ""
    if isinstance(date.get("utc"), str):
        return str(date["utc"])[:10].replace("-", "")
    numbers = [date.get(name) for name in ("year", "month", "day")]
    year, month, day = (n if isinstance(n, int) and 0 < n < 10_000 else None for n in numbers)
    if month is None:
        return f"{year:04d}" if year else ""
    shown = f"{year:04d}{'' if day else '-'}" if year else "--"
    return f"{shown}{month:02d}" + (f"{day:02d}" if day else "")


def _picture(one: dict[str, Any], version: str) -> Line:
    uri = one["uri"]
    if version != "4.0" and uri.startswith("data:") and ";base64," in uri[:200]:
        head, _, data = uri.partition(";base64,")
        media = head.rpartition("/")[2].upper() or "JPEG"
        return Line(one["kind"], data, {"encoding": ["b"], "type": [media]})
    return Line(one["kind"], uri.replace("\n", "").replace("\r", ""), {})


def _unknown(card: Card) -> Iterator[Line]:
    """Yield what was kept of another program's card."""
    kept = card.get("vCardProps")
    for one in kept[:MAX_UNKNOWN] if isinstance(kept, list) else ():
        if not isinstance(one, list) or len(one) != 4 or not isinstance(one[1], dict):
            continue
        name, parameters, _, value = one
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,100}", name):
            continue
        given = {
            key: [str(v) for v in (values if isinstance(values, list) else [values])]
            for key, values in parameters.items()
            if re.fullmatch(r"[A-Za-z0-9-]{1,100}", key) and key != "group"
        }
        group = parameters.get("group", "")
        group = (
            group if isinstance(group, str) and re.fullmatch(r"[A-Za-z0-9-]{1,50}", group) else ""
        )
        text = str(value).replace("\r", "").replace("\n", "\\n")
        yield Line(name.lower(), text, given, group)
