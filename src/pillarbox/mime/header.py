"""The header of a message: fields with their octets (RFC 5322 §2.2).

Tolerant of everything that arrives: lines without a colon, a mailbox "From " line, bare
LF, a header without an end. The octets of each field are kept as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.thread import message_ids
from pillarbox.mime.words import decode_words

MAX_HEADER: Final = 256 * 1024  # octets; what is beyond belongs to the body
MAX_ID: Final = 2000  # octets of a Message-ID that are looked at

_END: Final = re.compile(rb"(?:\A|\n)(\r?\n)")
_FIELD: Final = re.compile(rb"([^\r\n:]*)(:?)([^\n]*(?:\n[ \t][^\n]*)*\n?)")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_REST: Final = re.compile(rb"[ \t\v\f]*:([^\n]*(?:\n[ \t][^\n]*)*\n?)")


def unfold(octets: bytes) -> bytes:
    """Return octets without the line ends that space or tab follows (RFC 5322 §2.2.3)."""
    if b"\n\n" in octets or b"\n\r\n" in octets:
        # Not one after the other: what is left could look like another fold.
        return _FOLD.sub(b"", octets)
    octets = octets.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    return octets.replace(b"\n ", b" ").replace(b"\n\t", b"\t")


@dataclass(slots=True)
class Field:
    """One field. name: as written, without trailing space. raw: all its octets.

    start: offset in the message. rest: what follows the colon.
    """

    name: str
    raw: bytes
    start: int
    rest: bytes

    @property
    def value(self) -> bytes:
        """The octets after the colon, unfolded (RFC 5322 §2.2.3) and stripped."""
        body = self.rest
        return unfold(body).strip() if b"\n" in body[:-1] else body.strip()

    @property
    def text(self) -> str:
        """The value as text, encoded words decoded, on one line."""
        text = decode_words(self.value)
        return text if text.isprintable() else " ".join(text.split())


class Header:
    """All fields, in order. end: where the fields end. body_start: behind the empty line.

    over_limit: there was more than MAX_HEADER; the rest counts as body.
    """

    __slots__ = ("_by_name", "body_start", "end", "fields", "over_limit")

    def __init__(
        self, fields: Sequence[Field], end: int, body_start: int, *, over_limit: bool = False
    ) -> None:
        self.fields = fields
        self.end = end
        self.body_start = body_start
        self.over_limit = over_limit
        by_name: dict[str, list[Field]] = {}
        for field in fields:
            by_name.setdefault(field.name.lower(), []).append(field)
        self._by_name = by_name

    def all(self, name: str) -> list[Field]:
        """Return the fields of a name (lower case), top first."""
        return self._by_name.get(name, [])

    def find(self, name: str) -> Field | None:
        """Return the topmost field of a name (lower case), or None."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def value(self, name: str) -> bytes:
        """Return the value of the topmost field of a name, b"" if there is none."""
        found = self._by_name.get(name)
        return found[0].value if found else b""

    def text(self, name: str) -> str:
        """Return the decoded text of the topmost field of a name, "" if there is none."""
        found = self._by_name.get(name)
        return found[0].text if found else ""

    def author_text(self) -> str:
        """Return the first address of From, or the field's text: for traces and lists."""
        for address in parse_addresses(self.value("from")):
            members = (address,) if isinstance(address, Mailbox) else address.members
            for member in members:
                if member.domain:
                    return f"{member.localpart}@{member.domain}"
        return self.text("from")[:320]

    def message_id(self) -> str:
        """Return the Message-ID without its brackets, "" if there is none."""
        value = self.value("message-id")
        found = message_ids(value[:MAX_ID])
        return found[0] if found else value[:500].decode("utf-8", "replace").strip("<>")


def prepend(top: bytes, header: Header) -> Header:
    """Return the header of a message when complete fields are put on top of it.

    Only the new fields are read; the offsets of the others move.
    """
    shift = len(top)
    moved = [Field(f.name, f.raw, f.start + shift, f.rest) for f in header.fields]
    fields = [*parse_header(top).fields, *moved]
    over_limit = header.over_limit
    return Header(fields, header.end + shift, header.body_start + shift, over_limit=over_limit)


def field_texts(octets: bytes, name: str) -> list[str]:
    """Return the texts of the fields of a name (lower case), top first, and read nothing else.

    octets: a whole header and no more. The same as `parse_header` would find, much sooner.
    """
    word = name.encode("utf-8", "replace")
    if not name.isascii() or not word.strip() or b":" in word or word != word.strip():
        return [field.text for field in parse_header(octets).all(name)]
    lower = b"\n" + octets.lower()
    found = []
    mark = b"\n" + word
    at = lower.find(mark)
    while at >= 0:
        match = _REST.match(octets, at + len(word))
        if match is not None:
            found.append(Field(name, b"", 0, match[1]).text)
        at = lower.find(mark, at + 1)
    return found


def header_text(octets: bytes) -> str:
    """Return a whole header as text, unfolded and decoded, for searching in it."""
    if octets.isascii():
        return decode_words(unfold(octets.rstrip(b"\r\n"))).replace("\t", " ")
    fields = parse_header(octets).fields
    return "\n".join(f"{field.name}: {field.text}" for field in fields)


def header_end(message: bytes, start: int = 0, stop: int | None = None) -> tuple[int, int]:
    """Return (end of the fields, start of the body) of what begins at `start`."""
    stop = len(message) if stop is None else stop
    limit = min(stop, start + MAX_HEADER)
    if message[start : min(start + 2, stop)] == b"\r\n":
        return start, start + 2
    if message[start : min(start + 1, stop)] == b"\n":
        return start, start + 1
    crlf = message.find(b"\r\n\r\n", start, limit)
    lf = message.find(b"\n\n", start, limit if crlf < 0 else crlf)
    mixed = message.find(b"\n\r\n", start, limit if crlf < 0 else crlf)
    best = min((x for x in (lf, mixed) if x >= 0), default=-1)
    if best >= 0:
        return best + 1, best + (2 if message[best + 1 : best + 2] == b"\n" else 3)
    if crlf >= 0:
        return crlf + 2, crlf + 4
    if stop > limit:
        # Over the limit: cut at a line end.
        cut = message.rfind(b"\n", start, limit) + 1
        return (cut, cut) if cut > start else (limit, limit)
    return stop, stop


def parse_header(message: bytes, start: int = 0, stop: int | None = None) -> Header:
    """Read the header of the message (or part) that begins at `start`. Never raises."""
    end, body = header_end(message, start, stop)
    # The end of a header that is too long is no empty line.
    over_limit = end == body and body < (len(message) if stop is None else stop)
    fields: list[Field] = []
    strays: dict[int, int] = {}  # field -> where the lines behind it end that are no fields
    for match in _FIELD.finditer(message, start, end):
        name, colon, rest = match.groups()
        if colon:
            raw_name = name.rstrip().decode("utf-8", "replace")
            fields.append(Field(raw_name, match[0], match.start(), rest))
        elif not rest.strip() and not name.strip():
            continue
        elif fields:
            # No field: it goes with the one before, so that no octets are lost.
            strays[len(fields) - 1] = match.end()
        elif not name.startswith((b"From ", b">From ")):
            fields.append(Field("", match[0], match.start(), match[0]))
    for index, stray_end in strays.items():
        field = fields[index]
        field.raw = message[field.start : stray_end]
    return Header(fields, end, body, over_limit=over_limit)
