"""Encoded words in headers (RFC 2047), and parameters with charsets (RFC 2231). Never raises.

What cannot be decoded stays as it was written: a reader sees odd text, not an error.
"""

import binascii
import codecs
import re
from base64 import b64encode
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_PARAMETERS: Final = 100
MAX_SECTIONS: Final = 100  # of one parameter in pieces

_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN: Final = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_QUOTED_OCTET: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_PARAMETER: Final = re.compile(
    rb";[ \t\r\n]*([^=;\s\"]+?)[ \t\r\n]*=[ \t\r\n]*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.DOTALL
)
_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_PIECE: Final = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")
_ALIASES: Final = {"unicode-1-1-utf-7": "utf-7", "x-unknown": "ascii", "cp-850": "cp850"}


@lru_cache(256)
def codec(charset: str) -> str:
    """Return Python's name of a charset that is text, or "" if there is none."""
    name = charset.strip().lower()
    try:
        info = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return ""
    return info.name if info._is_text_encoding else ""  # noqa: SLF001 - the documented way is bytes.decode, slower


def decode(octets: bytes, charset: str) -> str:
    """Decode octets; an unknown or wrong charset gives UTF-8 if it fits, else Latin-1."""
    name = codec(charset) if charset else ""
    if name and name not in {"ascii", "utf-8"}:
        try:
            return octets.decode(name, "replace")
        except (UnicodeError, ValueError):
            pass
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("utf-8", "replace") if name == "utf-8" else octets.decode("latin-1")


def decode_words(value: bytes) -> str:
    """Return a header value as text (RFC 2047 §6). value: unfolded."""
    text = decode(value, "")
    if "=?" not in text:
        return text
    text = _BETWEEN.sub(r"\1", text)
    parts: list[str] = []
    at = 0
    pending: tuple[str, bytes] | None = None
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        octets = _word_octets(match[2], match[3])
        charset = match[1].lower()
        if pending is not None and (between or pending[0] != charset or octets is None):
            parts.append(decode(pending[1], pending[0]))
            pending = None
        parts.append(between)
        if octets is None:
            parts.append(match[0])
        else:
            # Neighbours are joined before decoding: some cut characters in two.
            pending = (charset, (pending[1] if pending else b"") + octets)
        at = match.end()
    if pending is not None:
        parts.append(decode(pending[1], pending[0]))
    parts.append(text[at:])
    return "".join(parts)


def _word_octets(encoding: str, text: str) -> bytes | None:
    raw = text.encode("ascii", "replace")
    if encoding in "qQ":
        raw = raw.replace(b"_", b" ")
        return _QUOTED_OCTET.sub(lambda m: binascii.unhexlify(m[1]), raw)
    raw = raw.rstrip(b"=")
    if len(raw) % 4 == 1:
        raw = raw[:-1]
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return None


def encode_words(text: str) -> bytes:
    """Return text for a header: ASCII as it is, else encoded words of at most 75 octets."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text.encode("ascii")
    words = []
    room = 45  # octets of UTF-8 whose base64 fits into one word (RFC 2047 §2)
    chunk = b""
    for char in text:
        octets = char.encode("utf-8", "replace")
        if len(chunk) + len(octets) > room:
            words.append(b"=?utf-8?B?" + b64encode(chunk) + b"?=")
            chunk = b""
        chunk += octets
    words.append(b"=?utf-8?B?" + b64encode(chunk) + b"?=")
    return b" ".join(words)


@lru_cache(1024)
def parse_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """Return (the value before the first ";", lower case, and its parameters).

    Names in lower case. Pieces and charsets of RFC 2231 are put together; encoded words,
    which do not belong there and are common, are decoded too. Do not change the result.
    """
    head, _, rest = value.partition(b";")
    main = decode(b"".join(head.split()), "utf-8").lower()
    if not rest:
        return main, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for count, (raw_name, quoted, bare) in enumerate(_PARAMETER.findall(b";" + rest)):
        if count >= MAX_PARAMETERS:
            break
        content = _PAIR.sub(rb"\1", quoted) if quoted else bare.strip()
        match = _PIECE.match(decode(raw_name, "utf-8").lower())
        if match is None:
            continue
        name, number, encoded = match.groups()
        if number is None and not encoded:
            plain.setdefault(name, decode_words(content))
        elif len(pieces.setdefault(name, {})) < MAX_SECTIONS:
            pieces[name].setdefault(int(number or 0), (bool(encoded), content))
    for name, found in pieces.items():
        plain[name] = _join(found)
    return main, plain


def _join(pieces: dict[int, tuple[bool, bytes]]) -> str:
    """Put a parameter in pieces together (RFC 2231 §3, §4); a gap ends it."""
    octets, charset = b"", "utf-8"
    for number in range(len(pieces)):
        if number not in pieces:
            break
        encoded, content = pieces[number]
        if encoded and number == 0 and content.count(b"'") >= 2:
            name, _, content = content.split(b"'", 2)
            charset = name.decode("ascii", "replace") or "utf-8"
        octets += unquote_to_bytes(content) if encoded else content
    return decode(octets, charset)
