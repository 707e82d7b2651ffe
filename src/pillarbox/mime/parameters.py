"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2231).

Never raises. Understood beyond the grammar: comments, spaces in bare values, missing
quotes, encoded words in quoted strings, raw 8-bit text, pieces that begin at 1.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from pillarbox.mime.words import decode, decode_words

MAX_PARAMETERS: Final = 100
MAX_SECTIONS: Final = 100  # of one parameter in pieces
MAX_CACHED: Final = 500  # octets of a value that is remembered
MAX_NAME: Final = 100  # characters of the name of a parameter
MAX_MAIN: Final = 200  # characters of what stands before the first ";"

_PARAMETER: Final = re.compile(
    rb";[ \t\r\n]*([^=;\s\"]+)[ \t\r\n]*=[ \t\r\n]*"
    rb"(?:\"([^\"\\]*+(?:\\.[^\"\\]*+)*)\"?|([^;]*))",
    re.DOTALL,
)
_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_PIECE: Final = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")
_COMMENT: Final = re.compile(rb"\([^()\"]*\)")
_TAIL: Final = re.compile(rb"[ \t]\([^()]*\)[ \t]*$")
_EXTENDED: Final = "!#$&+-.^_`|~"  # RFC 2231 §7: attribute-char beyond letters and digits

_Pieces = dict[int, tuple[bool, bytes]]


def parse_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """Return (the value before the first ";", lower case, and its parameters).

    value: unfolded. Names are lower case, in the order received; of repeated ones the first
    counts. Pieces and charsets of RFC 2231 are put together, and win over the plain form;
    encoded words, which do not belong there and are common, are decoded too. Do not change
    the result.
    """
    return _cached(value) if len(value) <= MAX_CACHED else _parse(value)


def _parse(value: bytes) -> tuple[str, dict[str, str]]:
    head, _, rest = value.partition(b";")
    if b"(" in head:
        head = _COMMENT.sub(b"", head)
    main = decode(b"".join(head[: 4 * MAX_MAIN].split()), "utf-8").lower()[:MAX_MAIN]
    if not rest:
        return main, {}
    found: dict[str, str] = {}
    pieces: dict[str, _Pieces] = {}
    for count, (raw_name, quoted, bare) in enumerate(_PARAMETER.findall(b";" + rest)):
        if count >= MAX_PARAMETERS:
            break
        written = decode(raw_name, "utf-8").lower()
        match = _PIECE.match(written) if "*" in written else None
        if match is None:
            found.setdefault(written[:MAX_NAME], decode_words(_content(quoted, bare)))
            continue
        name = match[1][:MAX_NAME]
        found.setdefault(name, "")
        sections = pieces.setdefault(name, {})
        if len(sections) < MAX_SECTIONS:
            sections.setdefault(int(match[2] or 0), (bool(match[3]), _content(quoted, bare)))
    for name, sections in pieces.items():
        found[name] = _join(sections)
    return main, found


_cached: Final = lru_cache(1024)(_parse)


def _content(quoted: bytes, bare: bytes) -> bytes:
    if quoted:
        return _PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted
    # RFC 2045 §5.1 shows "charset=us-ascii (Plain text)".
    return _TAIL.sub(b"", bare).strip() if b"(" in bare else bare.strip()


def _join(pieces: _Pieces) -> str:
    """Put a parameter in pieces together (RFC 2231 §3, §4); a gap ends it."""
    octets, charset = b"", "utf-8"
    first = min(pieces)
    for number in range(first, first + len(pieces)):
        if number not in pieces:
            break
        encoded, content = pieces[number]
        if encoded and number == first and content.count(b"'") >= 2:
            name, _, content = content.split(b"'", 2)
            charset = name.decode("ascii", "replace") or "utf-8"
        octets += unquote_to_bytes(content) if encoded else content
    text = decode(octets, charset)
    return decode_words(octets) if "=?" in text else text


def extended(value: str) -> str:
    """Return a value with charset and percent signs (RFC 2231 §4), for a name that ends in `*`."""
    return "utf-8''" + quote(value, safe=_EXTENDED, errors="replace")
