r"""The encodings of DSN and AUTH parameters: xtext and utf-8-addr (RFC 3461 §4, RFC 6533 §3).

Decoded values are printable, so that they cannot break a header field of a report.
"""

import re
from typing import Final

_XTEXT: Final = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_HEX: Final = re.compile(rb"\+([0-9A-F]{2})")
_EMBEDDED: Final = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
_ADDR_TYPE: Final = re.compile(rb"[A-Za-z0-9-]{1,40}")
# What utf-8-addr-xtext cannot have as itself: controls, space, +, =, \ and all but ASCII.
_TO_EMBED: Final = re.compile(r"[^!-*,-<>-\[\]-~]")
_TO_HEX: Final = re.compile(rb"[^!-*,-<>-~]")


class XtextProblem(ValueError):
    """The value is not in the encoding that it must be in, or not printable."""


def decode_xtext(data: bytes) -> str:
    """Decode xtext to printable ASCII (RFC 3461 §4). Raises XtextProblem."""
    if not _XTEXT.fullmatch(data):
        raise XtextProblem("not xtext")
    text = _HEX.sub(lambda match: bytes.fromhex(match[1].decode()), data).decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        raise XtextProblem("not printable")
    return text


def encode_xtext(text: str) -> bytes:
    """Encode text as xtext. What is not ASCII goes as its UTF-8 octets."""
    return _TO_HEX.sub(lambda match: b"+%02X" % match[0][0], text.encode())


def decode_orcpt(data: bytes) -> str:
    """Return an ORCPT value as the report field has it: "rfc822;bob@example.org".

    Raises XtextProblem.
    """
    kind, semicolon, value = data.partition(b";")
    if not semicolon or not value or not _ADDR_TYPE.fullmatch(kind):
        raise XtextProblem("no address type")
    if kind.lower() != b"utf-8":
        return f"{kind.decode()};{decode_xtext(value)}"
    try:
        text = _EMBEDDED.sub(_character, value.decode())
    except UnicodeDecodeError:
        raise XtextProblem("not UTF-8") from None
    if not text.isprintable():
        raise XtextProblem("not printable")
    return f"{kind.decode()};{text}"


def encode_orcpt(orcpt: str) -> bytes:
    """Encode what `decode_orcpt` returns, in ASCII for any peer."""
    kind, _, value = orcpt.partition(";")
    if kind.lower() == "utf-8":
        value = _TO_EMBED.sub(lambda match: f"\\x{{{ord(match[0]):02X}}}", value)
        return f"{kind};{value}".encode()
    return f"{kind};".encode() + encode_xtext(value)


def _character(match: re.Match[str]) -> str:
    """EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}" (RFC 6533 §3)."""
    number = int(match[1], 16)
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise XtextProblem("no character")
    return chr(number)
