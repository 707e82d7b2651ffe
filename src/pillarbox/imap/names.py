"""Mailbox names on the wire: modified UTF-7 or UTF-8, and `str` inside (RFC 3501 §5.1.3).

A session that enabled IMAP4rev2 or UTF8=ACCEPT sends and receives UTF-8, where "&" is
an ordinary character (RFC 9051 §5.1, RFC 6855 §3). All others use modified UTF-7. There
is exactly one encoding of a name: anything else is refused, because a client must find
the name it created in the next LIST.
"""

import binascii
import re
from typing import Final

MAX_NAME_OCTETS: Final = 1024

_RUN: Final = re.compile(r"[^\x20-\x7e]+|&")
_SHIFT: Final = re.compile(rb"&([A-Za-z0-9+,]*)-")


def decode_mailbox(data: bytes, *, utf8: bool) -> str | None:
    """Return the name, or None when `data` does not encode one.

    "INBOX" is returned for every case variant of it (RFC 9051 §5.1). Control
    characters never pass.
    """
    if len(data) > MAX_NAME_OCTETS:
        return None
    name = _decode_utf8(data) if utf8 else decode_utf7(data)
    if name is None or any(c < " " or "\x7f" <= c <= "\x9f" for c in name):
        return None
    return "INBOX" if name.upper() == "INBOX" else name


def encode_mailbox(name: str, *, utf8: bool) -> bytes:
    """Return the octets that stand for `name`, without quotes."""
    return name.encode() if utf8 else encode_utf7(name)


def encode_utf7(text: str) -> bytes:
    """Return modified UTF-7 (RFC 3501 §5.1.3)."""
    if text.isascii() and text.isprintable() and "&" not in text:
        return text.encode()
    return _RUN.sub(lambda match: _shifted(match[0]), text).encode()


def decode_utf7(data: bytes) -> str | None:
    """Return the text of canonical modified UTF-7, or None."""
    if not data.isascii():
        return None
    if b"&" not in data:
        text = data.decode()
        return text if text.isprintable() else None
    parts: list[str] = []
    at = 0
    for match in _SHIFT.finditer(data):
        parts.append(data[at : match.start()].decode())
        if not match[1]:
            parts.append("&")
        else:
            try:
                raw = binascii.a2b_base64(
                    match[1].replace(b",", b"/") + b"=" * (-len(match[1]) % 4)
                )
                parts.append(raw.decode("utf-16-be"))
            except (binascii.Error, UnicodeDecodeError):
                return None
        at = match.end()
    parts.append(data[at:].decode())
    text = "".join(parts)
    return text if encode_utf7(text) == data else None


def _decode_utf8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _shifted(run: str) -> str:
    if run == "&":
        return "&-"
    coded = binascii.b2a_base64(run.encode("utf-16-be"), newline=False)
    return "&" + coded.rstrip(b"=").replace(b"/", b",").decode() + "-"
