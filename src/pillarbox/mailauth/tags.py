"""Lists of tag=value pairs: the syntax of DKIM signatures and key records, and of ARC.

    tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]          RFC 6376 §3.2
    tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]

Names are case-sensitive, order is kept, and a name that occurs twice makes the whole
list invalid. What a tag means is not known here. Values keep inner white space; RFC 8616
§4 lets them hold UTF-8. A fold is CRLF (a bare LF is read as a line end in header
sections, as every reader of mail does) followed by white space.
"""

import re
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import Invalid

MAX_LIST_OCTETS: Final = 65536

_FWS: Final = b" \t\r\n"
# The tags of DKIM, ARC and key records, so that these need no further look.
_USUAL: Final = {
    **{bytes([letter]): chr(letter) for letter in b"vabcdghiklnpqstxz"},
    b"bh": "bh",
    b"cv": "cv",
}
_NAME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_VISIBLE: Final = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)) + b"\t"
_ILLEGAL: Final = re.compile(rb"[^\x20-\x7e\x80-\xff\t\r\n]|\r(?!\n[ \t])|\n(?![ \t])")


class TagError(Invalid):
    """The octets are no tag-list. position: octet offset of the fault, from 0."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} at octet {position}")
        self.reason = reason
        self.position = position


@dataclass(slots=True)
class Tag:
    """One pair. value: without the white space around it.

    start, end: the span of everything between "=" and the next ";" (or the end), with the
    white space, as offsets into the octets that were parsed.
    """

    name: str
    value: bytes
    start: int
    end: int

    @property
    def text(self) -> str:
        """The value as text: `parse_tags` has checked that it is UTF-8."""
        return self.value.decode()

    @property
    def compact(self) -> bytes:
        """The value without any white space, for base64 and lists."""
        return b"".join(self.value.split())


def parse_tags(data: bytes, start: int = 0) -> dict[str, Tag]:
    """Return the tags of `data[start:]` by name, in their order.

    Raises TagError for anything that is not a tag-list, or is longer than 64 KiB.
    """
    _check_octets(data, start)
    tags: dict[str, Tag] = {}
    position = start
    specs = data[start:].split(b";") if start else data.split(b";")
    last = len(specs) - 1
    for index, spec in enumerate(specs):
        name, equals, value = spec.partition(b"=")
        name = name.strip(_FWS)
        if not equals:
            if not name and index == last and tags:
                break
            raise TagError("a tag without '='" if name else "an empty tag", position)
        key = _USUAL.get(name)
        if key is None:
            if _NAME.fullmatch(name) is None:
                raise TagError("not the name of a tag", position)
            key = name.decode()
        if key in tags:
            raise TagError(f"the tag {key}= occurs twice", position)
        end = position + len(spec)
        tags[key] = Tag(key, value.strip(_FWS), end - len(value), end)
        position = end + 1
    return tags


def _check_octets(data: bytes, start: int) -> None:
    if len(data) - start > MAX_LIST_OCTETS:
        raise TagError("too long", start + MAX_LIST_OCTETS)
    # In C for the usual case: text and folds. What is left over is looked at closely.
    flat = data.replace(b"\r\n\t", b"\t").replace(b"\r\n ", b" ")
    if flat.translate(None, _VISIBLE):
        fault = _ILLEGAL.search(data, start)
        if fault is not None:
            raise TagError("an octet that no tag may hold", fault.start())
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as exc:
            raise TagError("not UTF-8", exc.start) from None
