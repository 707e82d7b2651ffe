"""Which parts of a message are its text, and which its attachments (RFC 8621 §4.1.4). Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.jmap import header_forms
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.text import decode_transfer
from pillarbox.mime.tree import Part

DEFAULT_PROPERTIES: Final = (
    "partId",
    "blobId",
    "size",
    "name",
    "type",
    "charset",
    "disposition",
    "cid",
    "language",
    "location",
)
"""What is told of a part if nobody says what (RFC 8621 §4.2)."""

IDENTITY: Final = frozenset({"", "7bit", "8bit", "binary"})
_KNOWN: Final = IDENTITY | {"quoted-printable", "base64", "x-uuencode", "uuencode", "x-uue"}
_MEDIA: Final = ("image/", "audio/", "video/")


@dataclass(slots=True)
class BodyPart:
    """A part as JMAP sees it. An enclosed message is a leaf.

    part_id: "1.2", as IMAP numbers it; "" for a multipart. name: "" if it has none.
    """

    part: Part
    part_id: str
    type: str
    children: list["BodyPart"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return not self.part_id

    @property
    def is_text(self) -> bool:
        return self.type.startswith("text/")

    @property
    def name(self) -> str:
        return self.part.file_name

    @property
    def is_encoded(self) -> bool:
        """Whether its size can only be told by undoing its encoding."""
        return bool(self.part_id) and self.part.encoding not in IDENTITY

    @property
    def is_encoding_known(self) -> bool:
        return self.part.encoding in _KNOWN

    def walk(self) -> Iterator["BodyPart"]:
        """Yield this part and all below it, in the order of the message."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Bodies:
    """The three lists of RFC 8621 §4.1.4; a part may be in several."""

    text: list[BodyPart]
    html: list[BodyPart]
    attachments: list[BodyPart]


def view(root: Part) -> BodyPart:
    """Return a message's tree as JMAP sees it."""
    return _view(root, "")


def _view(part: Part, path: str) -> BodyPart:
    if part.is_multipart:
        found = BodyPart(part, "", f"multipart/{part.subtype}")
        prefix = path + "." if path else ""
        found.children = [
            _view(child, f"{prefix}{number}") for number, child in enumerate(part.children, 1)
        ]
        return found
    # A multipart in which no boundary was found is shown as what it then is: text.
    kind = "text/plain" if part.kind == "multipart" else f"{part.kind}/{part.subtype}"
    return BodyPart(part, path or "1", kind)


def bodies(root: BodyPart) -> Bodies:
    """Divide the parts into text body, HTML body and attachments."""
    found = Bodies([], [], [])
    _divide([root], "mixed", found.text, found.html, found.attachments, in_alternative=False)
    return found


def _is_inline(part: BodyPart, index: int, multipart: str) -> bool:
    """Tell whether a part is shown in the body rather than offered as a file."""
    media = part.type.startswith(_MEDIA)
    if part.part.disposition == "attachment":
        return False
    if not media and part.type not in {"text/plain", "text/html"}:
        return False
    return index == 0 or (multipart != "related" and (media or not part.name))


def _divide(
    parts: Sequence[BodyPart],
    multipart: str,
    text: list[BodyPart] | None,
    html: list[BodyPart] | None,
    attachments: list[BodyPart],
    *,
    in_alternative: bool,
) -> None:
    text_length = -1 if text is None else len(text)
    html_length = -1 if html is None else len(html)
    for index, part in enumerate(parts):
        if part.is_multipart:
            below = part.part.subtype
            inside = in_alternative or below == "alternative"
            _divide(part.children, below, text, html, attachments, in_alternative=inside)
        elif not _is_inline(part, index, multipart):
            attachments.append(part)
        elif multipart == "alternative":
            chosen = {"text/plain": text, "text/html": html}.get(part.type, attachments)
            _add(part, chosen)
        else:
            if in_alternative:
                html = None if part.type == "text/plain" else html
                text = None if part.type == "text/html" else text
            _add(part, text, html)
            if (text is None or html is None) and part.type.startswith(_MEDIA):
                attachments.append(part)
    if multipart == "alternative" and text is not None and html is not None:
        if len(text) == text_length and len(html) != html_length:
            text += html[html_length:]
        elif len(html) == html_length and len(text) != text_length:
            html += text[text_length:]


def _add(part: BodyPart, *lists: list[BodyPart] | None) -> None:
    for chosen in lists:
        if chosen is not None:
            chosen.append(part)


def decoded(message: bytes, part: Part) -> bytes:
    """Return the content of a part with its transfer encoding undone."""
    return decoded_body(message[part.body_start : part.end], part)


def decoded_body(octets: bytes, part: Part) -> bytes:
    """Do the same where only the body of the part is at hand."""
    return decode_transfer(octets, part.encoding, len(octets) + 1)


class PartWriter:
    """Writes parts as EmailBodyPart objects.

    properties: the wanted ones, checked. blob_id: gives the id of a leaf. message: the octets, or
    None if `needs_octets` says that they are not needed.
    """

    def __init__(
        self,
        properties: Sequence[str],
        blob_id: Callable[[BodyPart], str],
        message: bytes | None,
    ) -> None:
        self._blob_id = blob_id
        self._message = message
        self._plain = [name for name in properties if not name.startswith(header_forms.PREFIX)]
        self._fields = [
            (name, wanted)
            for name in properties
            if (wanted := header_forms.parse_property(name)) is not None
        ]

    def write(self, part: BodyPart, *, deep: bool = False) -> dict[str, Any]:
        """Return the object. deep: with its subParts."""
        found = {name: self._property(part, name) for name in self._plain if name != "subParts"}
        if self._fields:
            header = self._header(part)
            for name, wanted in self._fields:
                found[name] = header_forms.value(header, wanted)
        if (deep and part.is_multipart) or "subParts" in self._plain:
            children = [self.write(child, deep=True) for child in part.children]
            found["subParts"] = children if part.is_multipart else None
        return found

    def _header(self, part: BodyPart) -> Header:
        assert self._message is not None
        place = part.part
        return parse_header(self._message[place.header_start : place.body_start])

    def _size(self, part: BodyPart) -> int:
        if not part.is_encoded:
            return part.part.octets if part.part_id else 0
        assert self._message is not None
        return len(decoded(self._message, part.part))

    def _property(self, part: BodyPart, name: str) -> Any:
        if name == "size":
            return self._size(part)
        if name == "headers":
            return header_forms.headers(self._header(part))
        if name == "blobId":
            return self._blob_id(part) if part.part_id else None
        return _PROPERTIES[name](part)


def needs_octets(properties: Sequence[str], parts: Sequence[BodyPart]) -> bool:
    """Tell whether parts can only be written with the octets of the message at hand."""
    if any(name == "headers" or name.startswith(header_forms.PREFIX) for name in properties):
        return True
    return "size" in properties and any(p.is_encoded for part in parts for p in part.walk())


def charset(part: BodyPart) -> str | None:
    """Return the charset parameter, and for text what it is without one (RFC 8621 §4.1.4)."""
    given = part.part.parameters.get("charset")
    return given or ("us-ascii" if part.is_text else None)


def _cid(part: BodyPart) -> str | None:
    found = part.part.content_id.strip()
    if "<" in found:
        found = found.split("<", 1)[1].split(">", 1)[0].strip()
    return found or None


def _language(part: BodyPart) -> list[str] | None:
    return [tag for word in part.part.language.split(",") if (tag := word.strip())] or None


_PROPERTIES: Final[dict[str, Callable[[BodyPart], Any]]] = {
    "partId": lambda part: part.part_id or None,
    "name": lambda part: part.name or None,
    "type": lambda part: part.type,
    "charset": charset,
    "disposition": lambda part: part.part.disposition or None,
    "cid": _cid,
    "language": _language,
    "location": lambda part: part.part.location or None,
}
