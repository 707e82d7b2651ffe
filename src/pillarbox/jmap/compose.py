"""Messages from the objects that clients create (RFC 8621 §4.6). Pure.

`read` checks an object and says which blobs it needs; `Draft.build` makes the octets. Text is
kept as it was given, in the plainest encoding that holds it; files are base64.
"""

import hashlib
import quopri
import re
from base64 import encodebytes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.jmap import compose_header, header_forms
from pillarbox.jmap.body_parts import DEFAULT_PROPERTIES
from pillarbox.jmap.compose_header import MAX_LINE, WrongValue
from pillarbox.jmap.error import SetError
from pillarbox.mime.build import format_field, format_parameter

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 500
MAX_FIELDS: Final = 500

_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}")
_CID: Final = re.compile(r"[^\s<>]{1,500}")
_LONG: Final = re.compile(rb"[^\n]{%d}" % (MAX_LINE - 1))
_BODY: Final = ("bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments")
_STORED: Final = frozenset({"mailboxIds", "keywords", "receivedAt"})
_PART: Final = frozenset({*DEFAULT_PROPERTIES, "subParts"})


def invalid(*properties: str, why: str = "") -> SetError:
    """Return the error for properties that cannot be."""
    return SetError("invalidProperties", why, properties)


@dataclass(slots=True)
class NewPart:
    """A part to be written. fields: its header but the transfer encoding.

    names: of the fields that were given as such, lower case, and the properties that gave them.
    One of these is set: children, for a multipart; text; blob_id.
    """

    type: str
    fields: list[bytes]
    names: dict[str, str] = field(default_factory=dict)
    children: list["NewPart"] = field(default_factory=list)
    text: str | None = None
    blob_id: str = ""

    def walk(self) -> Iterator["NewPart"]:
        """Yield this part and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")


@dataclass(slots=True)
class Draft:
    """A message to be built. names: of the fields in `fields`, lower case."""

    fields: list[bytes]
    names: set[str]
    root: NewPart

    def blob_ids(self) -> set[str]:
        """Return the blobs that are needed."""
        return {part.blob_id for part in self.root.walk() if part.blob_id}

    def build(self, blobs: Mapping[str, bytes], date: str, message_id: str) -> bytes:
        """Return the message with CRLF line ends.

        date: the value of Date, message_id: without brackets; for messages that have none.
        """
        head = list(self.fields)
        if "date" not in self.names:
            head.append(format_field("Date", date.encode()))
        if "message-id" not in self.names:
            head.append(format_field("Message-ID", f"<{message_id}>".encode()))
        if "mime-version" not in self.names:
            head.append(b"MIME-Version: 1.0\r\n")
        return b"".join(head) + _write(self.root, blobs)


def read(given: Mapping[str, Any], more: frozenset[str] = frozenset()) -> Draft:
    """Read an Email object. more: names of further properties that are somebody else's.

    Raises SetError.
    """
    skipped = _STORED | more | set(_BODY)
    fields, names = _fields(given, header_forms.CONVENIENCE, skipped, "")
    content = [given_as for name, given_as in names.items() if name.startswith("content-")]
    if content:
        raise invalid(*content, why="Content- fields belong to parts")
    root = _Parts(given).root()
    twice = [given_as for name, given_as in root.names.items() if name in names]
    if twice:
        raise invalid(*twice, why="a field of the email is given again")
    return Draft(fields, names.keys() | root.names.keys(), root)


def _fields(
    given: Mapping[str, Any],
    known: Mapping[str, header_forms.HeaderProperty],
    skipped: frozenset[str] | set[str],
    path: str,
) -> tuple[list[bytes], dict[str, str]]:
    """Return the fields that an object's properties stand for, and from which each name comes."""
    found: list[bytes] = []
    names: dict[str, str] = {}
    wrong: list[str] = []
    for name, value in given.items():
        if name in skipped:
            continue
        wanted = known.get(name) or header_forms.parse_property(name)
        if wanted is None or wanted.name.lower() in names or len(names) >= MAX_FIELDS:
            wrong.append(path + name)
            continue
        try:
            octets = compose_header.write(wanted, value)
        except WrongValue:
            wrong.append(path + name)
            continue
        if octets:
            found.append(octets)
            names[wanted.name.lower()] = path + name
    if wrong:
        raise invalid(*wrong)
    return found, names


class _Parts:
    """Reads the parts of one Email object."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {name: given[name] for name in _BODY if given.get(name) is not None}
        self._left = MAX_PARTS
        self._values = self._read_values()

    def _read_values(self) -> dict[str, str]:
        given = self._given.get("bodyValues", {})
        if not isinstance(given, dict):
            raise invalid("bodyValues")
        found: dict[str, str] = {}
        for part_id, value in given.items():
            path = f"bodyValues/{part_id}"
            if not isinstance(value, dict) or not isinstance(value.get("value"), str):
                raise invalid(path)
            flags = [f for f in ("isEncodingProblem", "isTruncated") if value.get(f)]
            if flags:
                raise invalid(*[f"{path}/{flag}" for flag in flags])
            if set(value) - {"value", "isEncodingProblem", "isTruncated"}:
                raise invalid(path)
            found[part_id] = value["value"]
        return found

    def root(self) -> NewPart:
        """Return the whole body."""
        if "bodyStructure" in self._given:
            both = [name for name in _BODY[2:] if name in self._given]
            if both:
                raise invalid(*both, why="there is a bodyStructure")
            return self._part(self._given["bodyStructure"], "bodyStructure", 0)
        shown = [
            self._only(name, kind)
            for name, kind in (("textBody", "text/plain"), ("htmlBody", "text/html"))
            if name in self._given
        ]
        files = self._list("attachments")
        shows_html = "htmlBody" in self._given
        inline = [part for part, is_inline in files if is_inline and shows_html]
        attached = [part for part, is_inline in files if not (is_inline and shows_html)]
        if inline:
            shown[-1] = _multipart("related", [shown[-1], *inline])
        body = _multipart("alternative", shown) if len(shown) > 1 else None
        parts = [body] if body else shown
        if attached:
            return _multipart("mixed", [*parts, *attached])
        return parts[0] if parts else NewPart("text/plain", _text_fields("text/plain"), text="")

    def _only(self, name: str, kind: str) -> NewPart:
        given = self._given[name]
        if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
            raise invalid(name)
        if str(given[0].get("type") or kind).lower() != kind:
            raise invalid(f"{name}/0/type")
        return self._part({**given[0], "type": kind}, f"{name}/0", 0)

    def _list(self, name: str) -> list[tuple[NewPart, bool]]:
        given = self._given.get(name, [])
        if not isinstance(given, list):
            raise invalid(name)
        found = []
        for index, one in enumerate(given):
            path = f"{name}/{index}"
            if not isinstance(one, dict):
                raise invalid(path)
            is_inline = bool(one.get("cid")) and one.get("disposition") == "inline"
            shown = one if one.get("disposition") else {**one, "disposition": "attachment"}
            found.append((self._part(shown, path, 0), is_inline))
        return found

    def _part(self, given: Any, path: str, depth: int) -> NewPart:
        self._left -= 1
        if not isinstance(given, dict) or depth > MAX_DEPTH or self._left < 0:
            raise invalid(path)
        prefix = path + "/"
        given = {name: value for name, value in given.items() if value is not None}
        more, names = _fields(given, {}, _PART, prefix)
        if "content-transfer-encoding" in names:
            raise invalid(names["content-transfer-encoding"])
        kind = self._kind(given, prefix)
        fields = _part_fields(given, kind, names, prefix)
        if kind.startswith("multipart/"):
            return self._multipart(given, NewPart(kind, fields + more, names), path, depth)
        if given.get("subParts"):
            raise invalid(prefix + "subParts")
        part_id, blob_id = given.get("partId"), given.get("blobId")
        if (part_id is None) == (blob_id is None):
            raise invalid(prefix + "partId", prefix + "blobId")
        if part_id is None:
            if not isinstance(blob_id, str):
                raise invalid(prefix + "blobId")
            if "content-type" not in names:
                fields.insert(0, _content_type(kind, given, given.get("charset")))
            return NewPart(kind, fields + more, names, blob_id=blob_id)
        wrong = [prefix + name for name in ("charset", "size") if name in given]
        if not isinstance(part_id, str) or part_id not in self._values:
            wrong.append(prefix + "partId")
        if wrong:
            raise invalid(*wrong)
        text = self._values[part_id]
        if "content-type" not in names:
            charset = "us-ascii" if text.isascii() else "utf-8"
            fields.insert(0, _content_type(kind, given, charset))
        return NewPart(kind, fields + more, names, text=text)

    def _kind(self, given: Mapping[str, Any], prefix: str) -> str:
        """Return the media type: of the property, else of a Content-Type field."""
        kind = given.get("type")
        if kind is None:
            raw = next(
                (v for n, v in given.items() if n.lower().startswith("header:content-type")), None
            )
            kind = raw.split(";")[0].strip() if isinstance(raw, str) else None
        if kind is None:
            if "subParts" in given:
                return "multipart/mixed"
            return "text/plain" if "partId" in given else "application/octet-stream"
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            raise invalid(prefix + "type")
        return kind.lower()

    def _multipart(
        self, given: Mapping[str, Any], found: NewPart, path: str, depth: int
    ) -> NewPart:
        """Read what is in a multipart. Its Content-Type is ours: it names the boundary."""
        children = given.get("subParts")
        if not isinstance(children, list) or not children:
            raise invalid(f"{path}/subParts")
        wrong = [f"{path}/{name}" for name in ("partId", "blobId") if name in given]
        if wrong:
            raise invalid(*wrong)
        found.children = [
            self._part(child, f"{path}/subParts/{index}", depth + 1)
            for index, child in enumerate(children)
        ]
        found.fields = [f for f in found.fields if not f.lower().startswith(b"content-type")]
        return found


def _multipart(subtype: str, children: list[NewPart]) -> NewPart:
    return NewPart(f"multipart/{subtype}", [], children=children)


def _text_fields(kind: str) -> list[bytes]:
    return [f"Content-Type: {kind}; charset=us-ascii\r\n".encode()]


def _content_type(kind: str, given: Mapping[str, Any], charset: Any) -> bytes:
    name = given.get("name")
    parameters = f"; charset={charset}" if charset and kind.startswith("text/") else ""
    if isinstance(name, str):
        parameters += format_parameter("name", name)
    return f"Content-Type: {kind}{parameters}\r\n".encode("utf-8", "replace")


def _part_fields(
    given: Mapping[str, Any], kind: str, names: Mapping[str, str], prefix: str
) -> list[bytes]:
    """Return the fields for the plain properties of a part; Content-Type is not among them."""
    checks: dict[str, Callable[[Any], bool]] = {
        "name": lambda v: isinstance(v, str) and len(v) <= MAX_LINE,
        "charset": lambda v: isinstance(v, str) and bool(_TOKEN.fullmatch(v)),
        "disposition": lambda v: isinstance(v, str) and bool(_TOKEN.fullmatch(v)),
        "cid": lambda v: isinstance(v, str) and bool(_CID.fullmatch(v)),
        "language": lambda v: (
            isinstance(v, list) and all(isinstance(tag, str) and _TOKEN.fullmatch(tag) for tag in v)
        ),
        "location": lambda v: isinstance(v, str) and bool(_CID.fullmatch(v)),
    }
    wrong = [name for name, check in checks.items() if name in given and not check(given[name])]
    implied = {
        "type": "content-type",
        "charset": "content-type",
        "disposition": "content-disposition",
        "cid": "content-id",
        "language": "content-language",
        "location": "content-location",
    }
    wrong += [name for name, header in implied.items() if name in given and header in names]
    if wrong:
        raise invalid(*[prefix + name for name in wrong], why=f"of a part of type {kind}")
    fields: list[bytes] = []
    disposition = given.get("disposition") or ("attachment" if given.get("name") else "")
    if disposition and "content-disposition" not in names:
        parameter = format_parameter("filename", given.get("name", ""))
        fields.append(f"Content-Disposition: {disposition}{parameter}\r\n".encode())
    if "cid" in given:
        fields.append(format_field("Content-ID", f"<{given['cid']}>".encode("utf-8", "replace")))
    if given.get("language"):
        fields.append(format_field("Content-Language", ", ".join(given["language"]).encode()))
    if "location" in given:
        fields.append(
            format_field("Content-Location", given["location"].encode("utf-8", "replace"))
        )
    return fields


def _write(part: NewPart, blobs: Mapping[str, bytes]) -> bytes:
    """Return a part with its header."""
    if part.is_multipart:
        bodies = [_write(child, blobs) for child in part.children]
        boundary = "=_" + hashlib.blake2b(b"\0".join(bodies), digest_size=15).hexdigest()
        mark = b"--" + boundary.encode()
        head = f'Content-Type: {part.type}; boundary="{boundary}"\r\n'.encode()
        inner = b"".join(mark + b"\r\n" + body + b"\r\n" for body in bodies)
        return head + b"".join(part.fields) + b"\r\n" + inner + mark + b"--\r\n"
    if part.text is not None:
        encoding, body = _encode_text(part.text)
    else:
        encoding, body = _encode_blob(part.type, blobs[part.blob_id])
    head = b"".join(part.fields)
    return head + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body


def _encode_text(text: str) -> tuple[str, bytes]:
    """Return a transfer encoding, and text in it; exactly this text comes back."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if lines.isascii() and b"\0" not in lines and not _LONG.search(lines):
        return "7bit", lines.replace(b"\n", b"\r\n")
    if _is_mostly_ascii(lines):
        return "quoted-printable", quopri.encodestring(lines).replace(b"\n", b"\r\n")
    whole = lines.replace(b"\n", b"\r\n")
    return "base64", encodebytes(whole).replace(b"\n", b"\r\n")


def _is_mostly_ascii(octets: bytes) -> bool:
    return 6 * sum(octet > 127 for octet in octets[:4096]) < len(octets[:4096]) or not octets


def _encode_blob(kind: str, octets: bytes) -> tuple[str, bytes]:
    """Return a transfer encoding, and octets in it."""
    is_message = kind in {"message/rfc822", "message/global"}
    crlf = octets.count(b"\r\n")
    is_lines = crlf == octets.count(b"\n") == octets.count(b"\r") and b"\0" not in octets
    if (is_message or kind.startswith("text/")) and is_lines and not _LONG.search(octets):
        if octets.isascii():
            return "7bit", octets
        if is_message:
            return "8bit", octets
    if is_message:
        # RFC 2046 §5.2.1: an enclosed message may not be encoded.
        return "binary", octets
    return "base64", encodebytes(octets).replace(b"\n", b"\r\n")
