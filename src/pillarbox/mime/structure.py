"""ENVELOPE, BODY and BODYSTRUCTURE as IMAP sends them (RFC 9051 §7.5.2).

7-bit clean: header text is sent as it was written where it is ASCII; raw 8-bit text is
written as encoded words, which every client reads, and as RFC 2231 values in parameters.
"""

import re
from functools import lru_cache
from typing import Final

from pillarbox.mime.addresses import Address, Mailbox, parse_addresses
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.parameters import extended
from pillarbox.mime.tree import Part
from pillarbox.mime.words import decode_words, encode_words

MAX_STRING: Final = 4096  # octets of one header value
MAX_CACHED: Final = 40  # characters of a word that is remembered
_SAFE: Final = re.compile(rb"[ !#-\[\]-~]*")


def string(octets: bytes) -> bytes:
    """Return an IMAP string."""
    if _SAFE.fullmatch(octets):
        return b'"' + octets + b'"'
    if octets.isascii() and b"\r" not in octets and b"\n" not in octets and b"\0" not in octets:
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    octets = octets.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(octets), octets)


def _clean(value: bytes) -> bytes:
    """Return a header value without control characters, and 7-bit."""
    value = value[:MAX_STRING]
    if not value.isascii():
        value = encode_words(decode_words(value))
    return bytes(value.translate(_CONTROLS)) if _CONTROL.search(value) else value


_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_CONTROLS: Final = bytes(32 if n < 32 or n == 127 else n for n in range(256))


def nstring(value: bytes) -> bytes:
    """Return a string, NIL for nothing."""
    return string(value) if value else b"NIL"


def envelope(header: Header) -> bytes:
    """Return the ENVELOPE of a message."""
    sender = _addresses(header, "from")
    parts = [
        nstring(_clean(header.value("date"))),
        nstring(_clean(header.value("subject"))),
        sender,
        _addresses(header, "sender", sender),
        _addresses(header, "reply-to", sender),
        _addresses(header, "to"),
        _addresses(header, "cc"),
        _addresses(header, "bcc"),
        nstring(_clean(header.value("in-reply-to"))),
        nstring(_clean(header.value("message-id"))),
    ]
    return b"(" + b" ".join(parts) + b")"


def _addresses(header: Header, name: str, default: bytes = b"NIL") -> bytes:
    fields = header.all(name)
    if not fields:
        return default
    found = [address for field in fields for address in parse_addresses(field.value)]
    written = b"".join(map(_address, found))
    return b"(" + written + b")" if written else default


def _address(address: Address) -> bytes:
    if isinstance(address, Mailbox):
        name = encode_words(address.display_name) if address.display_name else b""
        local = _clean(address.localpart.encode("utf-8", "replace"))
        domain = _clean(address.domain.encode("utf-8", "replace"))
        # A mailbox without a host would read as the begin of a group.
        return b"(%b NIL %b %b)" % (nstring(name), string(local), string(domain))
    start = b"(NIL NIL %b NIL)" % string(encode_words(address.display_name) or b"")
    return start + b"".join(map(_address, address.members)) + b"(NIL NIL NIL NIL)"


def structures(message: bytes, part: Part) -> tuple[bytes, bytes]:
    """Return BODY and BODYSTRUCTURE: the second is the first with extension data."""
    if part.is_multipart:
        pairs = [structures(message, child) for child in part.children]
        end = b" " + _upper(part.subtype)
        body = b"(" + b"".join([pair[0] for pair in pairs]) + end + b")"
        more = b" " + _parameters(part.parameters) + _tail(part)
        return body, b"(" + b"".join([pair[1] for pair in pairs]) + end + more + b")"
    kind, subtype = part.kind, part.subtype
    if kind == "multipart":
        # Without a usable boundary it is opaque octets.
        kind, subtype = "application", "octet-stream"
    elif kind == "message" and subtype in {"rfc822", "global"} and not part.children:
        # Encoded or beyond a limit: the grammar wants an envelope, and there is none.
        kind, subtype = "application", "octet-stream"
    head = b" ".join(
        (
            b"(" + _upper(kind),
            _upper(subtype),
            _parameters(part.parameters, needs_charset=kind == "text"),
            nstring(_text(part.content_id)),
            nstring(_text(part.description)),
            _upper(part.encoding or "7bit"),
            b"%d" % part.octets,
        )
    )
    tail = nstring(_text(part.md5)) + _tail(part) + b")"
    if part.is_message:
        inner = part.children[0]
        body, full = structures(message, inner)
        lines = b"%d" % part.lines
        inside = envelope(parse_header(message, inner.header_start, inner.end))
        start = head + b" " + inside + b" "
        return start + body + b" " + lines + b")", b" ".join((start + full, lines, tail))
    if kind == "text":
        head += b" %d" % part.lines
    return head + b")", head + b" " + tail


def _tail(part: Part) -> bytes:
    """Return the extension data that single parts and multiparts share."""
    if not (part.disposition or part.language or part.location):
        return b" NIL NIL NIL"
    disposition = language = b"NIL"
    if part.disposition:
        disposition = b"(%b %b)" % (
            string(_text(part.disposition)),
            _parameters(part.disposition_parameters),
        )
    if tags := [string(_text(tag.strip())) for tag in part.language.split(",") if tag.strip()]:
        language = tags[0] if len(tags) == 1 else b"(" + b" ".join(tags) + b")"
    return b" " + disposition + b" " + language + b" " + nstring(_text(part.location))


def _parameters(parameters: dict[str, str], *, needs_charset: bool = False) -> bytes:
    """Return names and values in the order received; text without a charset is US-ASCII."""
    words = []
    for name, value in parameters.items():
        wide = not value.isascii()
        words.append(string(_text(name + "*" if wide else name)))
        words.append(string(_text(extended(value) if wide else value)))
    if needs_charset and "charset" not in parameters:
        words.append(b'"charset" "us-ascii"')
    return b"(" + b" ".join(words) + b")" if words else b"NIL"


def _text(value: str) -> bytes:
    if not value:
        return b""
    return _clean(value.encode("utf-8", "replace"))


def _upper(value: str) -> bytes:
    return _upper_cached(value) if len(value) <= MAX_CACHED else string(_text(value.upper()))


@lru_cache(256)
def _upper_cached(value: str) -> bytes:
    return string(_text(value.upper()))
