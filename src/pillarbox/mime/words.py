"""Encoded words in headers (RFC 2047), and the charsets behind them. Never raises.

What cannot be decoded stays as it was written: a reader sees odd text, not an error.
"""

import binascii
import codecs
import re
from base64 import b64encode
from functools import lru_cache
from typing import Final

MAX_CHARSET: Final = 40  # characters of a charset's name
MAX_WORD: Final = 75  # octets of an encoded word (RFC 2047 §2)
MAX_PLAIN: Final = 200  # octets without a space that may stay as they are; lines fold at spaces

# Spaces inside do not belong to RFC 2047 §2, and are common in the Q encoding.
_WORD: Final = re.compile(
    r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?(?:([qQ])\?([^?]*)|([bB])\?([^?\s]*))\?="
)
_QUOTED_OCTET: Final = re.compile(rb"=([0-9A-Fa-f]{2})")
_LONG: Final = re.compile(r"[^ ]{%d}" % (MAX_PLAIN + 1))  # noqa: UP031 - braces of a pattern
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Names that mail uses for charsets that Python knows by another name, or knows too narrowly:
# what calls itself Latin-1, GB2312 or Shift_JIS is nearly always the vendor's superset.
_ALIASES: Final = {
    "unicode-1-1-utf-7": "utf-7",
    "x-unknown": "ascii",
    "unknown-8bit": "ascii",
    "cp-850": "cp850",
    "ansi_x3.110-1983": "cp1252",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
}
_SUPERSETS: Final = {
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
}
# Text encodings that are no charsets of mail; some take time quadratic in their input.
_REFUSED: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)


def codec(charset: str) -> str:
    """Return Python's name of a charset that is text, or "" if there is none."""
    return _codec(charset) if len(charset) <= MAX_CHARSET else ""


@lru_cache(256)
def _codec(charset: str) -> str:
    name = charset.strip(" \t\"'").lower()
    try:
        info = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return ""
    if info.name in _REFUSED or not info._is_text_encoding:  # noqa: SLF001 - the documented way is bytes.decode, slower
        return ""
    return _SUPERSETS.get(info.name, info.name)


def decode(octets: bytes, charset: str) -> str:
    """Decode octets; an unknown or wrong charset gives UTF-8 if it fits, else Windows-1252."""
    name = codec(charset) if charset else ""
    if name and name not in {"ascii", "utf-8"}:
        try:
            return octets.decode(name, "replace")
        except (UnicodeError, ValueError):
            pass
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("utf-8" if name == "utf-8" else "cp1252", "replace")


def decode_words(value: bytes) -> str:
    """Return a header value as text (RFC 2047 §6). value: unfolded."""
    text = decode(value, "")
    if "=?" not in text:
        return text
    parts: list[str] = []
    at = 0
    charset, pending = "", b""
    for match in _WORD.finditer(text):
        octets = _octets(match)
        if octets is None:
            continue
        between = text[at : match.start()]
        name = match[1].lower()
        at = match.end()
        # Neighbours are joined before decoding: some cut characters in two.
        if charset and charset == name and (not between or between.isspace()):
            pending += octets
            continue
        if charset:
            parts.append(decode(pending, charset))
        # RFC 2047 §6.2: space between encoded words is not shown.
        if not charset or not between.isspace():
            parts.append(between)
        charset, pending = name, octets
    if charset:
        parts.append(decode(pending, charset))
    parts.append(text[at:])
    return "".join(parts)


def _octets(word: re.Match[str]) -> bytes | None:
    """Return what an encoded word holds, None if it cannot be read."""
    if word[2]:
        raw = word[3].encode("utf-8", "replace").replace(b"_", b" ")
        return _QUOTED_OCTET.sub(lambda m: binascii.unhexlify(m[1]), raw)
    raw = word[5].encode("utf-8", "replace").rstrip(b"=")
    if len(raw) % 4 == 1:
        raw = raw[:-1]
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return None


def is_plain(text: str, *, utf8: bool = False) -> bool:
    """Say whether text may stand in a header unencoded, and a line be folded around it.

    utf8: so may UTF-8 (RFC 6532).
    """
    plain = (utf8 or text.isascii()) and text.isprintable() and "=?" not in text
    return plain and (len(text) <= MAX_PLAIN or _LONG.search(text) is None)


def visible(text: str) -> str:
    """Return text without what moves the cursor: controls, line ends, changes of direction.

    Joiners stay: names in Persian and family emoji need them.
    """
    return text if text.isprintable() else _INVISIBLE.sub("", text)


def encode_words(text: str) -> bytes:
    """Return text for a header: ASCII as it is, else encoded words of at most 75 octets."""
    if is_plain(text):
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
