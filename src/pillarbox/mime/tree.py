"""The part tree of a message, with octet offsets (RFC 2045, RFC 2046).

Made once at delivery and stored, so that `BODY[1.2]<0.100>` is one ranged read. Survives any
input: what is too deep or too much becomes a leaf and the tree is flagged, a missing end
boundary ends with its parent, a parent's boundary ends the parts inside. The CRLF before a
boundary belongs to the boundary (RFC 2046 §5.1.1).

Invariants: a child lies within its parent's body; children do not overlap, in order.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec

from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.parameters import parse_parameters
from pillarbox.mime.words import decode

MAX_DEPTH: Final = 50
MAX_PARTS: Final = 1000
MAX_TEXT: Final = 1000  # characters of Content-ID, -Description, -Language, -Location, -MD5
MAX_BOUNDARY: Final = 70 * 4  # octets; RFC 2046 §5.1.1 says 70, some write more

_TYPE: Final = re.compile(r"([!#$%&'*+.^_`|~0-9a-z{}-]+)/([!#$%&'*+.^_`|~0-9a-z{}-]+)")

_SUBTYPES: Final = {"text": "plain", "multipart": "mixed", "message": "rfc822"}  # where missing


class Part(msgspec.Struct, array_like=True):
    """One part. Offsets are in the whole message. The order of the fields is the stored form.

    header_start..body_start is its header with the empty line, body_start..end its body.
    lines: of the body. parameters: of Content-Type, in order. Text fields are "" where the
    header says nothing. children: of multipart/*, or the one message of message/rfc822.
    limited: of the root; some limit cut the tree short.
    """

    header_start: int = 0
    body_start: int = 0
    end: int = 0
    lines: int = 0
    kind: str = "text"
    subtype: str = "plain"
    encoding: str = "7bit"
    parameters: dict[str, str] = {}
    disposition: str = ""
    disposition_parameters: dict[str, str] = {}
    children: list["Part"] = []
    content_id: str = ""
    description: str = ""
    language: str = ""
    location: str = ""
    md5: str = ""
    limited: bool = False

    @property
    def is_multipart(self) -> bool:
        """True with a boundary that was found."""
        return self.kind == "multipart" and bool(self.children)

    @property
    def is_message(self) -> bool:
        """True for an enclosed message that was read."""
        return self.kind == "message" and bool(self.children)

    @property
    def octets(self) -> int:
        """The size of the body."""
        return self.end - self.body_start

    @property
    def file_name(self) -> str:
        """The name to save it under, "" if it has none."""
        return self.disposition_parameters.get("filename") or self.parameters.get("name", "")


class _Budget:
    """How many parts may still be made, and whether some limit was hit."""

    __slots__ = ("exceeded", "left")

    def __init__(self) -> None:
        self.left = MAX_PARTS
        self.exceeded = False


def parse(message: bytes, header: Header | None = None) -> Part:
    """Return the tree of a message. header: if it was read already. Never raises."""
    budget = _Budget()
    if header is None:
        header = parse_header(message)
    root = _parse(message, header, (0, len(message)), budget, 0, digest=False)
    root.limited = budget.exceeded
    return root


def _parse(
    message: bytes,
    header: Header,
    place: tuple[int, int],
    budget: _Budget,
    depth: int,
    *,
    digest: bool,
) -> Part:
    budget.left -= 1
    budget.exceeded = budget.exceeded or header.over_limit
    start, stop = place
    part = Part(header_start=start, body_start=header.body_start, end=stop)
    _describe(part, header, digest=digest)
    part.lines = message.count(b"\n", part.body_start, stop)
    if stop > part.body_start and message[stop - 1 : stop] != b"\n":
        part.lines += 1
    if part.kind == "multipart":
        boundary = part.parameters.get("boundary", "")
        bodies = _bodies(message, part, boundary) if boundary and depth < MAX_DEPTH else []
        budget.exceeded = budget.exceeded or depth >= MAX_DEPTH
        is_digest = part.subtype == "digest"
    elif _encloses_message(part):
        bodies, is_digest = [(part.body_start, stop)], False
    else:
        return part
    for low, high in bodies:
        if budget.left <= 0 or depth >= MAX_DEPTH:
            budget.exceeded = True
            break
        inner = parse_header(message, low, high)
        child = _parse(message, inner, (low, high), budget, depth + 1, digest=is_digest)
        part.children.append(child)
    return part


def _encloses_message(part: Part) -> bool:
    """Say whether the body is a message that can be read where it stands (RFC 2046 §5.2.1)."""
    named = part.kind == "message" and part.subtype in {"rfc822", "global"}
    return named and part.encoding in {"7bit", "8bit", "binary"}


def _describe(part: Part, header: Header, *, digest: bool) -> None:
    """Read the Content- fields."""
    if digest:
        part.kind, part.subtype = "message", "rfc822"  # RFC 2046 §5.1.5
    if value := header.value("content-type"):
        main, parameters = parse_parameters(value)
        match = _TYPE.match(main)
        if match is not None:
            part.kind, part.subtype = match[1], match[2]
        elif main in _SUBTYPES:
            part.kind, part.subtype = main, _SUBTYPES[main]
        else:
            part.kind, part.subtype = "text", "plain"
        part.parameters = parameters
    if value := header.value("content-transfer-encoding"):
        part.encoding = _encoding(value)
    if value := header.value("content-disposition"):
        part.disposition, part.disposition_parameters = parse_parameters(value)
    part.content_id = _short(header, "content-id")
    part.description = _short(header, "content-description")
    part.language = _short(header, "content-language")
    part.location = _short(header, "content-location")
    part.md5 = _short(header, "content-md5")


@lru_cache(64)
def _encoding(value: bytes) -> str:
    return decode(value[:40].split(b";")[0].split(b"(")[0].strip(b' \t"'), "ascii").lower()


def _short(header: Header, name: str) -> str:
    return header.text(name)[:MAX_TEXT] if header.find(name) else ""


def _bodies(message: bytes, part: Part, boundary: str) -> list[tuple[int, int]]:
    """Return (start, end) of each body part between the boundaries."""
    mark = b"--" + boundary.encode("utf-8", "replace")[:MAX_BOUNDARY].rstrip()
    start, stop = part.body_start, part.end
    found: list[tuple[int, int]] = []
    opened = -1
    at = start
    while (at := message.find(mark, at, stop)) >= 0:
        after = at + len(mark)
        if at > start and message[at - 1 : at] != b"\n":
            at = after
            continue
        line_end = message.find(b"\n", after, stop)
        rest = message[after : stop if line_end < 0 else line_end].rstrip()
        closing = rest.startswith(b"--") and not rest[2:].strip()
        if rest and not closing:
            # Another boundary that begins like ours.
            at = after
            continue
        if opened >= 0:
            end = at
            if message[end - 1 : end] == b"\n":
                end -= 2 if message[end - 2 : end] == b"\r\n" else 1
            found.append((opened, max(opened, end)))
        opened = -1
        if closing:
            break
        at = opened = stop if line_end < 0 else line_end + 1
        if len(found) >= MAX_PARTS:
            break
    if opened >= 0:
        found.append((opened, stop))
    return found


def walk(part: Part) -> list[Part]:
    """Return a part and all below it, in the order of the message."""
    found = [part]
    for child in part.children:
        found += walk(child)
    return found


def find(root: Part, path: tuple[int, ...]) -> Part | None:
    """Return the part that an IMAP section path names (RFC 9051 §6.4.5), None if there is none.

    () is the message itself.
    """
    part = root
    for position, number in enumerate(path):
        holder = part.children[0] if part.is_message and position else part
        if holder.is_multipart:
            if not 1 <= number <= len(holder.children):
                return None
            part = holder.children[number - 1]
        elif number == 1 and (position == 0 or part.is_message):
            # Part 1 of what is no multipart is its body.
            part = holder
        else:
            return None
    return part


def section(root: Part, path: tuple[int, ...], text: str) -> tuple[int, int] | None:
    """Return where a section is (RFC 9051 §6.4.5), None if it does not exist.

    text: "" for the content, or "HEADER", "TEXT", "MIME".
    """
    part = find(root, path)
    if part is None:
        return None
    if not path:
        places = {
            "": (root.header_start, root.end),
            "HEADER": (root.header_start, root.body_start),
            "TEXT": (root.body_start, root.end),
        }
        return places.get(text)
    if text == "":
        return part.body_start, part.end
    if text == "MIME":
        return part.header_start, part.body_start
    # HEADER and TEXT of a part are those of the message in it.
    if not part.is_message:
        return None
    inner = part.children[0]
    if text == "HEADER":
        return inner.header_start, inner.body_start
    return inner.body_start, inner.end


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Part)


def encode(root: Part) -> bytes:
    """Return the form for the store."""
    return _ENCODER.encode(root)


def decode_tree(data: bytes) -> Part:
    """Read what `encode` wrote. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(data)
