"""The text of parts: transfer encodings undone, charsets decoded, HTML made plain."""

import binascii
import html
import re
from typing import Final

from pillarbox.mime.tree import Part, parse, walk
from pillarbox.mime.words import decode

MAX_PREVIEW: Final = 256  # characters (RFC 8970 §3.1 allows 256)
PREVIEW_OCTETS: Final = 1024
HTML_OCTETS: Final = 8192  # of which most may be style
MAX_TEXT_PARTS: Final = 50

_SOFT: Final = re.compile(rb"=[ \t]*\r?\n")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_HIDDEN: Final = re.compile(r"(?is)<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li|/table|hr)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>?")
_QUOTE_LINE: Final = re.compile(r"^\s*>.*$", re.MULTILINE)


def decode_transfer(octets: bytes, encoding: str, max_octets: int) -> bytes:
    """Return octets with their transfer encoding undone, at most `max_octets`.

    Tolerant: what is no base64 is skipped, an unknown encoding changes nothing.
    """
    if encoding == "quoted-printable":
        found = binascii.a2b_qp(_SOFT.sub(b"=\n", octets[: max_octets * 4]))
    elif encoding == "base64":
        found = _base64(octets[: max_octets * 2])
    elif encoding in {"x-uuencode", "uuencode", "x-uue"}:
        found = _uudecode(octets)
    else:
        found = octets
    return found[:max_octets]


def _base64(octets: bytes) -> bytes:
    body = octets.split(b"=", 1)[0] if b"=" in octets[:-4] else octets
    clean = _NOT_BASE64.sub(b"", body)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _uudecode(octets: bytes) -> bytes:
    found = []
    lines = iter(octets.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(found)


def part_text(message: bytes, part: Part, max_octets: int) -> str:
    """Return a text part as plain text; HTML without its tags."""
    octets = message[part.body_start : min(part.end, part.body_start + max_octets * 3)]
    decoded = decode_transfer(octets, part.encoding, max_octets)
    text = decode(decoded, part.parameters.get("charset", "utf-8"))
    return html_to_text(text) if part.subtype == "html" else text


def html_to_text(markup: str) -> str:
    """Return the text of HTML, one line for each block. For previews and search only."""
    text = _HIDDEN.sub(" ", _COMMENT.sub(" ", markup))
    text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return html.unescape(text)


def searchable(message: bytes, max_octets: int) -> str:
    """Return the text of all text parts, for SEARCH and for reading without HTML."""
    found = []
    left = max_octets
    texts = [part for part in walk(parse(message)) if part.kind == "text"]
    for part in texts[:MAX_TEXT_PARTS]:
        if left <= 0:
            break
        text = part_text(message, part, left)
        left -= len(text)
        found.append(text)
    return "\n".join(found)


def best_text(root: Part) -> Part | None:
    """Return the part that a reader sees first: plain text before HTML, never a file."""
    best = None
    for part in walk(root):
        if part.kind != "text" or part.disposition == "attachment":
            continue
        if part.subtype == "plain":
            return part
        best = best or part
    return best


def preview(message: bytes, root: Part) -> str:
    """Return the first words of a message, at most 256 characters on one line."""
    part = best_text(root)
    if part is None or part.octets == 0:
        return ""
    text = part_text(message, part, HTML_OCTETS if part.subtype == "html" else PREVIEW_OCTETS)
    own = _QUOTE_LINE.sub("", text) if ">" in text else text
    words = " ".join(own.split()) or " ".join(text.split())
    if not words.isprintable():
        words = "".join(c if c.isprintable() else " " for c in words)
    return words[:MAX_PREVIEW]
