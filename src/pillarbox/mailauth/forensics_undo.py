"""What servers do to whole bodies, undone: each entry turns a body into what it may have been."""

import binascii
import re
from collections.abc import Callable, Iterator
from quopri import decodestring
from typing import Final
from urllib.parse import unquote_to_bytes

from pillarbox.mailauth.forensics_finding import Cause

Change = Callable[[bytes], bytes]

_LONE_LF: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)")
# Each pattern is linear on any body: a run is tried from its start alone.
_SPACE_AT_END: Final = re.compile(rb"(?<![ \t])[ \t]++(?=\r\n)")
_LONG_LINE: Final = re.compile(rb"(?m)^([^\r\n]{900,999}?)!?\r\n[ \t]?(?=[^\r\n])")
_EXCLAMATION: Final = re.compile(rb"!\r\n ")
_PART_ENCODING: Final = re.compile(
    rb"(?im)^Content-Transfer-Encoding:[ \t]*(quoted-printable|base64)[ \t]*\r\n"
)
_BASE64_LINES: Final = re.compile(rb"(?:^|(?<=\n))(?:[A-Za-z0-9+/]{40,}+\r\n)+[A-Za-z0-9+/=]*+")
_MAX_PARTS: Final = 20

# Links that lead by way of a checker and name the old one: url=https%3A%2F%2F...
_CHECKED_LINK: Final = re.compile(
    rb"https://[^\s\"'<>?]{4,200}+\?(?:[^\s\"'<>&]{1,200}+&(?:amp;)?){0,4}?"
    rb"(?:url|u|a|target|q)=(https?%3[Aa][^\s\"'<>&]{1,2000})[^\s\"'<>]{0,2000}"
)
_DASHED_LINK: Final = re.compile(
    rb"https://urldefense\.[a-z.]{3,30}/v2/url\?u=(https?-3A[^\s\"'<>&]{1,2000})[^\s\"'<>]{0,2000}"
)
_WRAPPED_LINK: Final = re.compile(
    rb"https://urldefense\.[a-z.]{3,30}/v3/__(https?:[^\s\"'<>;]{1,2000}?)__;[^\s\"'<>$]{0,2000}\$"
)


def undone(body: bytes) -> Iterator[tuple[Cause, str, bytes]]:
    """Yield (cause, how, what the body may have been), each body once, likely ones first."""
    seen = {body}
    for cause, how, change in _CHANGES:
        try:
            changed = change(body)
        except (UnicodeError, ValueError):
            continue
        if changed not in seen:
            seen.add(changed)
            yield cause, how, changed


def _unstuff_from(body: bytes) -> bytes:
    # A line end is put before, so that the first line counts as a line too.
    return (b"\r\n" + body).replace(b"\r\n>From ", b"\r\nFrom ")[2:]


def _stuff_from(body: bytes) -> bytes:
    return (b"\r\n" + body).replace(b"\r\nFrom ", b"\r\n>From ")[2:]


def _decode_base64(body: bytes) -> bytes:
    try:
        return binascii.a2b_base64(body)
    except binascii.Error:
        return body


def _encode_quoted(body: bytes) -> bytes:
    lines = body.split(b"\r\n")
    return b"\r\n".join(
        binascii.b2a_qp(line, istext=True).replace(b"=\n", b"=\r\n") for line in lines
    )


def _decode_parts(encoding: bytes, *, trim: bool = False) -> Change:
    """Decode every encoded part of a multipart body; its field then names `encoding`, or is gone.

    trim: the encoder took the line end before the boundary for one of the text.
    """
    field = b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""

    def decode(body: bytes) -> bytes:
        kept, here = [], 0
        for found in list(_PART_ENCODING.finditer(body))[:_MAX_PARTS]:
            start = body.find(b"\r\n\r\n", found.end() - 2) + 4
            stop = body.find(b"\r\n--", start)
            if start < 4 or stop < 0 or found.start() < here:
                continue
            content = body[start:stop]
            decode_part = _decode_base64 if found[1].lower() == b"base64" else decodestring
            kept += [body[here : found.start()], field, body[found.end() : start]]
            kept.append(decode_part(content))
            here = stop + 2 if trim and kept[-1].endswith(b"\r\n") else stop
        return b"".join((*kept, body[here:]))

    return decode


def _rewrap(columns: int) -> Change:
    """Break base64 into lines of `columns`."""

    def wrap(found: re.Match[bytes]) -> bytes:
        text = found[0].replace(b"\r\n", b"")
        return b"\r\n".join(text[at : at + columns] for at in range(0, len(text), columns))

    return lambda body: _BASE64_LINES.sub(wrap, body)


def _to(charset: str) -> Change:
    return lambda body: body.decode().encode(charset)


def _from(charset: str) -> Change:
    return lambda body: body.decode(charset).encode()


def _keep_dash(body: bytes) -> bytes:
    """Give the line before a signature its space back (RFC 3676 §4.3)."""
    return body.replace(b"\r\n--\r\n", b"\r\n-- \r\n")


def _first_part(body: bytes) -> bytes:
    """Return the content of the first part, if the body begins with a boundary line."""
    return _split_first_part(body)[1]


def _decoded_first_part(body: bytes) -> bytes:
    """As `_first_part`, decoded: lists encode anew what they put into a part."""
    fields, content = _split_first_part(body)
    found = _PART_ENCODING.search(fields)
    if found is None:
        return body
    return _decode_base64(content) if found[1].lower() == b"base64" else decodestring(content)


def _split_first_part(body: bytes) -> tuple[bytes, bytes]:
    start = body.find(b"--")
    line_end = body.find(b"\r\n", start)
    if start < 0 or line_end < 0 or b"\r\n" in body[:start].strip(b"\r\n"):
        return b"", body
    content = body.find(b"\r\n\r\n", line_end)
    stop = body.find(b"\r\n" + body[start:line_end], content)
    if not 0 <= content < stop:
        return b"", body
    return body[line_end + 2 : content + 2], body[content + 4 : stop]


def _plain_links(body: bytes) -> bytes:
    body = _CHECKED_LINK.sub(lambda found: unquote_to_bytes(found[1]), body)
    body = _DASHED_LINK.sub(
        lambda found: unquote_to_bytes(found[1].replace(b"-", b"%").replace(b"_", b"/")), body
    )
    return _WRAPPED_LINK.sub(rb"\1", body)


# What to undo, in order; each must change the body to be tried. The parameter says more.
_CHANGES: Final[tuple[tuple[Cause, str, Change], ...]] = (
    (Cause.LINE_ENDS, "to CRLF", lambda body: body.replace(b"\r\n", b"\n")),
    (Cause.LINE_ENDS, "to LF", lambda body: _LONE_LF.sub(b"\r\n", body)),
    (Cause.LINE_ENDS, "doubled", lambda body: body.replace(b"\r\r\n", b"\r\n")),
    (Cause.LINE_ENDS, "doubled", lambda body: body.replace(b"\r\n\r\n", b"\r\n")),
    (Cause.FROM_STUFFED, "", _unstuff_from),
    (Cause.FROM_STUFFED, "removed", _stuff_from),
    (Cause.DOTS_STUFFED, "added", lambda body: body.replace(b"\r\n..", b"\r\n.")),
    (Cause.DOTS_STUFFED, "removed", lambda body: body.replace(b"\r\n.", b"\r\n..")),
    (Cause.BODY_WHITESPACE, "added", lambda body: _SPACE_AT_END.sub(b"", body)),
    (Cause.BODY_WHITESPACE, "added", lambda body: _keep_dash(_SPACE_AT_END.sub(b"", body))),
    (Cause.BODY_WHITESPACE, "removed", _keep_dash),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.expandtabs(8)),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.replace(b"        ", b"\t")),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.replace(b"    ", b"\t")),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.replace(b"\t", b" ")),
    (Cause.BLANK_LINE_REMOVED, "", lambda body: b"\r\n" + body),
    (Cause.LINES_WRAPPED, "", lambda body: _EXCLAMATION.sub(b"", body)),
    (Cause.LINES_WRAPPED, "", lambda body: _LONG_LINE.sub(rb"\1", body)),
    (Cause.LINKS_REWRITTEN, "", _plain_links),
    (Cause.REENCODED, "to quoted-printable", decodestring),
    (Cause.REENCODED, "to base64", _decode_base64),
    (Cause.REENCODED, "parts", _decode_parts(b"8bit")),
    (Cause.REENCODED, "parts", _decode_parts(b"7bit")),
    (Cause.REENCODED, "parts", _decode_parts(b"")),
    (Cause.REENCODED, "parts", _decode_parts(b"8bit", trim=True)),
    (Cause.REENCODED, "parts", _decode_parts(b"7bit", trim=True)),
    (Cause.REENCODED, "parts", _decode_parts(b"", trim=True)),
    (Cause.REENCODED, "from quoted-printable", _encode_quoted),
    (Cause.REENCODED, "base64 lines", _rewrap(76)),
    (Cause.REENCODED, "base64 lines", _rewrap(72)),
    (Cause.REENCODED, "base64 lines", _rewrap(64)),
    (Cause.REENCODED, "base64 lines", _rewrap(60)),
    (Cause.CHARSET_CONVERTED, "to utf-8", _to("latin-1")),
    (Cause.CHARSET_CONVERTED, "to utf-8", _to("cp1252")),
    (Cause.CHARSET_CONVERTED, "to iso-8859-1", _from("latin-1")),
    (Cause.CHARSET_CONVERTED, "to windows-1252", _from("cp1252")),
    (Cause.WRAPPED_IN_MULTIPART, "", _first_part),
    (Cause.WRAPPED_IN_MULTIPART, "and encoded", _decoded_first_part),
)
