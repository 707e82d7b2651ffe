"""A message with 8-bit bodies rewritten for a server that takes 7-bit text only (RFC 6152 §3).

Each part that needs it gets a transfer encoding: quoted-printable for text, base64 for the rest
(RFC 2045 §6). What the parts decode to stays the same, but not the octets: signatures over
the body no longer fit. So it is the last resort before returning a message.
"""

import binascii
import textwrap
from typing import Final

from pillarbox.mime import tree
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.tree import Part

_PLAIN: Final = frozenset({"7bit", "8bit", "binary"})
_BASE64_COLUMNS: Final = 76  # RFC 2045 §6.8


class _CannotRewrite(Exception):
    """Something in the message must stay as it is."""


def to_seven_bit(message: bytes) -> bytes | None:
    """Return the message in 7-bit octets, None if that cannot be done without loss.

    That is so for 8-bit lines in a header, for what stands between parts, for parts under
    multipart/signed (RFC 1847 §2.1), under an encoding that they break, for text with a bare CR
    or LF, and beyond the limits of `tree`. A message in 7-bit octets is returned as it is.
    """
    if message.isascii():
        return message
    root = tree.parse(message)
    if root.limited:
        return None
    try:
        return _rewrite(message, root, top=True)
    except _CannotRewrite:
        return None


def _rewrite(message: bytes, part: Part, *, top: bool = False) -> bytes:
    octets = message[part.header_start : part.end]
    if octets.isascii():
        return octets
    if part.kind == "multipart" and part.subtype == "signed":
        raise _CannotRewrite
    header = parse_header(message, part.header_start, part.end)
    if part.children:
        return _header(message, part, header, "", top=top) + _inside(message, part)
    body = message[part.body_start : part.end]
    if part.encoding not in _PLAIN or part.kind in {"multipart", "message"}:
        raise _CannotRewrite
    if part.kind == "text" and not body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n"):
        raise _CannotRewrite
    encoding = "quoted-printable" if part.kind == "text" else "base64"
    encode = _quoted_printable if part.kind == "text" else _base64
    return _header(message, part, header, encoding, top=top) + encode(body)


def _inside(message: bytes, part: Part) -> bytes:
    """Return the body of a part with children; what is between them stays."""
    pieces = []
    here = part.body_start
    for child in part.children:
        pieces += [_ascii(message[here : child.header_start]), _rewrite(message, child)]
        here = child.end
    return b"".join([*pieces, _ascii(message[here : part.end])])


def _header(message: bytes, part: Part, header: Header, encoding: str, *, top: bool) -> bytes:
    """Return the header of a part with another transfer encoding, "" for none."""
    kept = [
        field.raw for field in header.fields if field.name.lower() != "content-transfer-encoding"
    ]
    if kept and not kept[-1].endswith(b"\n"):
        raise _CannotRewrite
    if top and header.find("mime-version") is None:
        kept.append(b"MIME-Version: 1.0\r\n")
        if header.find("content-type") is None:
            # RFC 1428 §3: nobody has said what the octets mean.
            kept.append(b"Content-Type: text/plain; charset=unknown-8bit\r\n")
    if encoding:
        kept.append(f"Content-Transfer-Encoding: {encoding}\r\n".encode())
    blank = message[header.end : part.body_start]
    if not blank:
        raise _CannotRewrite
    return _ascii(b"".join(kept)) + blank


def _ascii(octets: bytes) -> bytes:
    if not octets.isascii():
        raise _CannotRewrite
    return octets


def _quoted_printable(body: bytes) -> bytes:
    encoded = binascii.b2a_qp(body.replace(b"\r\n", b"\n"), istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(body: bytes) -> bytes:
    text = binascii.b2a_base64(body, newline=False).decode("ascii")
    lines = textwrap.wrap(text, _BASE64_COLUMNS)
    return "\r\n".join(lines).encode() + b"\r\n"
