"""The text of parts: transfer encodings undone, charsets decoded, HTML made plain."""

import binascii
import html
import re
from contextlib import suppress
from typing import Final

from pillarbox.mime.tree import Part, parse, walk
from pillarbox.mime.words import decode, visible

MAX_PREVIEW: Final = 256  # characters (RFC 8970 §3.1 allows 256)
ENOUGH: Final = 2 * MAX_PREVIEW  # characters that fill a preview unless most are space
PREVIEW_OCTETS: Final = 4096  # of which most may be quoted
MAX_PREVIEW_PARTS: Final = 3  # that are tried until one has words
HTML_OCTETS: Final = 8192  # of which most may be style
MAX_TEXT_PARTS: Final = 50

_SOFT: Final = re.compile(rb"=[ \t]*\r?\n")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING: Final = re.compile(rb"=[=\s]*")
_UU_BEGIN: Final = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
_HIDDEN: Final = re.compile(r"(?is)<(script|style|title|template|noframes)\b.*?(?:</\1\s*>|\Z)")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li|/table|hr)\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_QUOTE_LINE: Final = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
# Padding that newsletters put behind their first words: it would fill the preview.
_FILLER: Final = re.compile(
    "[\u00ad\u034f\u200b-\u200d\u2060\ufeff]+(?=[\\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]|$)"
)


def decode_transfer(octets: bytes, encoding: str, max_octets: int) -> bytes:
    """Return octets with their transfer encoding undone, at most `max_octets`.

    Tolerant: what is no base64 is skipped, an unknown encoding changes nothing.
    """
    if encoding == "quoted-printable":
        octets = octets[: max_octets * 4]
        if b"= " in octets or b"=\t" in octets:
            octets = _SOFT.sub(b"=\n", octets)
        found = binascii.a2b_qp(octets)
    elif encoding == "base64":
        found = _base64(octets[: max_octets * 2])
    elif encoding in {"x-uuencode", "uuencode", "x-uue"}:
        found = _uudecode(octets[: max_octets * 2 + 1000])
    else:
        found = octets
    return found[:max_octets]


def _base64(octets: bytes) -> bytes:
    """Decode; what follows padding was encoded apart, and is joined."""
    body = octets.rstrip(b"=\r\n \t")
    pieces = _PADDING.split(body) if b"=" in body else [body]
    return b"".join([_base64_piece(piece) for piece in pieces])


def _base64_piece(octets: bytes) -> bytes:
    clean = octets.translate(None, b"\r\n")
    if clean.translate(None, _BASE64):
        clean = _NOT_BASE64.sub(b"", clean)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _uudecode(octets: bytes) -> bytes:
    begin = _UU_BEGIN.search(octets)
    if begin is None:
        return octets
    if octets.startswith(b"begin-base64", begin.start()):
        return _base64(octets[begin.end() :].split(b"\n====", 1)[0])
    found = []
    for line in octets[begin.end() :].split(b"\n"):
        line = line.rstrip(b"\r")  # noqa: PLW2901 - only the line end goes
        if line in {b"end", b"`", b""}:
            break
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Longer than its count says: old programs wrote some octets too many.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            with suppress(binascii.Error):
                found.append(binascii.a2b_uu(line[:count]))
    return b"".join(found)


def part_text(message: bytes, part: Part, max_octets: int) -> str:
    """Return a text part as plain text; HTML without its tags."""
    octets = message[part.body_start : min(part.end, part.body_start + max_octets * 3)]
    decoded = decode_transfer(octets, part.encoding, max_octets)
    if len(decoded) == max_octets:
        decoded = decoded[: max_octets - _cut_character(decoded)]
    text = decode(decoded, part.parameters.get("charset", "utf-8"))
    return html_to_text(text) if part.subtype == "html" else text


def _cut_character(octets: bytes) -> int:
    """Return how many octets at the end begin a UTF-8 character that is not whole."""
    for back, octet in enumerate(reversed(octets[-3:]), 1):
        if octet < 0x80:
            break
        if octet >= 0xC0:
            return back if back < 2 + (octet >= 0xE0) + (octet >= 0xF0) else 0
    return 0


def html_to_text(markup: str) -> str:
    """Return the text of HTML, one line for each block. For previews and search only."""
    if "<!--" in markup:
        markup = _COMMENT.sub(" ", markup)
    text = _HIDDEN.sub(" ", markup)
    text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return html.unescape(text)


def searchable(message: bytes, max_octets: int, root: Part | None = None) -> str:
    """Return the text of all text parts, for SEARCH and for reading without HTML.

    root: the tree of the message, if it is known.
    """
    found = []
    left = max_octets
    texts = [part for part in walk(root or parse(message)) if part.kind == "text"]
    for part in texts[:MAX_TEXT_PARTS]:
        if left <= 0:
            break
        text = part_text(message, part, left)
        left -= len(text)
        found.append(text)
    return "\n".join(found)


def best_text(root: Part) -> Part | None:
    """Return the part that a reader sees first: plain text before HTML, never a file."""
    found = _readable(root)
    return found[0] if found else None


def _readable(part: Part) -> list[Part]:
    """Return the text parts in the order in which a reader sees them."""
    if not part.children:
        return [part] if part.kind == "text" and part.disposition != "attachment" else []
    found = [text for child in part.children for text in _readable(child)]
    if part.subtype == "alternative":
        found.sort(key=lambda text: text.subtype != "plain")
    return found


def preview(message: bytes, root: Part) -> str:
    """Return the first words of a message, at most 256 characters on one line."""
    for part in _readable(root)[:MAX_PREVIEW_PARTS]:
        text = part_text(message, part, HTML_OCTETS if part.subtype == "html" else PREVIEW_OCTETS)
        own = _QUOTE_LINE.sub("", text) if ">" in text else text
        words = _first_words(own) or _first_words(text)
        if words:
            return words
    return ""


def _first_words(text: str) -> str:
    """Return what a preview shows of a text. Most texts need not be read to their end."""
    words = _one_line(text[:ENOUGH])
    if len(words) <= MAX_PREVIEW and len(text) > ENOUGH:
        words = _one_line(text)
    return words[:MAX_PREVIEW].rstrip()


def _one_line(text: str) -> str:
    if not text.isascii():
        text = _FILLER.sub("", text)
    return " ".join(visible(" ".join(text.split())).split())
