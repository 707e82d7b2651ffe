"""The text of parts, decoded and cut (RFC 8621 §4.1.4, §4.2). Pure."""

import re
from typing import Any, Final

from pillarbox.jmap.body_parts import BodyPart, decoded
from pillarbox.mime.words import codec, decode

_OPEN_TAG: Final = re.compile(r"<[^<>]{0,2000}\Z")


def body_value(message: bytes, part: BodyPart, max_octets: int = 0) -> dict[str, Any]:
    """Return the EmailBodyValue of a text part. max_octets: of UTF-8; 0 = no limit."""
    octets = decoded(message, part.part)
    text, problem = _decode(octets, part.part.parameters.get("charset", ""))
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # lone surrogates are no JSON
    problem = problem or not part.is_encoding_known
    cut = _cut(text, max_octets, html=part.type == "text/html") if max_octets else text
    return {
        "value": cut,
        "isEncodingProblem": problem,
        "isTruncated": len(cut) < len(text),
    }


def _decode(octets: bytes, charset: str) -> tuple[str, bool]:
    """Return the text, and whether something in it could not be read as the message says."""
    name = codec(charset) if charset else "ascii"
    if not name:
        return decode(octets, ""), True
    if name == "ascii":
        # What says nothing, or too little, is mostly UTF-8; then nothing is lost.
        return decode(octets, ""), not _is_utf8(octets)
    try:
        return octets.decode(name), False
    except (UnicodeError, ValueError):
        return decode(octets, charset), True


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cut(text: str, max_octets: int, *, html: bool) -> str:
    """Return the beginning of a text: whole characters, and in HTML no half tag."""
    octets = text.encode("utf-8", "replace")
    if len(octets) <= max_octets:
        return text
    cut = octets[:max_octets].decode("utf-8", "ignore")
    if html:
        cut = _OPEN_TAG.sub("", cut)
    return cut
