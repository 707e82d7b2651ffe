"""What FETCH can ask for, the names of the answers, and cutting out header fields.

RFC 9051 §6.4.5 and §7.5.2; BINARY: RFC 3516 §4.2. An item carries the `label` of its
answer ready to send, so that a response is `label + b" " + string(octets)`.
"""

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

# Two groups: the name, and the rest with its continuation lines. No choice in it can be
# undone by backtracking, so the time is linear.
_FIELD: Final = re.compile(rb"^([^\n:]*)(:?[^\n]*(?:\n[ \t][^\n]*)*\n?)", re.MULTILINE)
_PLAIN_NAME: Final = re.compile(rb'[^\x00-\x20"(){%*\\\]\x7f-\xff]+')


class Att(enum.Enum):
    """Items that need no argument. value: the name in the answer, as octets.

    BODY is the structure without extension data.
    """

    UID = b"UID"
    FLAGS = b"FLAGS"
    INTERNALDATE = b"INTERNALDATE"
    RFC822_SIZE = b"RFC822.SIZE"
    ENVELOPE = b"ENVELOPE"
    BODY = b"BODY"
    BODYSTRUCTURE = b"BODYSTRUCTURE"
    MODSEQ = b"MODSEQ"  # RFC 7162 §3.1.4
    EMAILID = b"EMAILID"  # RFC 8474 §5.3
    THREADID = b"THREADID"
    SAVEDATE = b"SAVEDATE"  # RFC 8514 §4.1
    PREVIEW = b"PREVIEW"  # RFC 8970 §3.1
    PREVIEW_LAZY = b"PREVIEW (LAZY)"  # answered with the name PREVIEW


class Text(enum.Enum):
    """What of a part is meant. ALL is the content of the part, or the whole message."""

    ALL = ""
    HEADER = "HEADER"
    HEADER_FIELDS = "HEADER.FIELDS"
    HEADER_FIELDS_NOT = "HEADER.FIELDS.NOT"
    TEXT = "TEXT"
    MIME = "MIME"


@dataclass(frozen=True, slots=True)
class Section:
    r"""BODY[...], BODY.PEEK[...], RFC822, RFC822.HEADER or RFC822.TEXT.

    part: () for the message itself, else numbers from 1. fields: names as sent, for the
    two HEADER_FIELDS kinds. peek: do not set \Seen. partial: first octet and count, of
    the octets of the section. label: the name of the answer.
    """

    part: tuple[int, ...]
    text: Text
    fields: tuple[bytes, ...]
    peek: bool
    partial: tuple[int, int] | None
    label: bytes


@dataclass(frozen=True, slots=True)
class Binary:
    """BINARY[...] or BINARY.PEEK[...]: the part with its transfer encoding undone."""

    part: tuple[int, ...]
    peek: bool
    partial: tuple[int, int] | None
    label: bytes


@dataclass(frozen=True, slots=True)
class BinarySize:
    """BINARY.SIZE[...]: how many octets `Binary` has. The answer is a number."""

    part: tuple[int, ...]
    label: bytes


Item = Att | Section | Binary | BinarySize

FAST: Final = (Att.FLAGS, Att.INTERNALDATE, Att.RFC822_SIZE)
ALL: Final = (*FAST, Att.ENVELOPE)
FULL: Final = (*ALL, Att.BODY)

RFC822: Final = Section((), Text.ALL, (), peek=False, partial=None, label=b"RFC822")
RFC822_HEADER: Final = Section((), Text.HEADER, (), peek=True, partial=None, label=b"RFC822.HEADER")
RFC822_TEXT: Final = Section((), Text.TEXT, (), peek=False, partial=None, label=b"RFC822.TEXT")


def section(
    part: tuple[int, ...],
    text: Text,
    fields: tuple[bytes, ...] = (),
    *,
    peek: bool = False,
    partial: tuple[int, int] | None = None,
) -> Section:
    """Return the section with its label.

    The answer to BODY.PEEK[] is called BODY[], and a partial one names its first octet
    only: BODY[]<0> (RFC 9051 §7.5.2).
    """
    spec = [".".join(map(str, part)).encode()] if part else []
    if text is not Text.ALL:
        spec.append(text.value.encode())
    name = b".".join(spec)
    if fields:
        name += b" (" + b" ".join([_field_name(field) for field in fields]) + b")"
    return Section(part, text, fields, peek, partial, b"BODY[" + name + b"]" + _origin(partial))


def binary(
    part: tuple[int, ...], *, peek: bool = False, partial: tuple[int, int] | None = None
) -> Binary:
    """Return the BINARY item with its label (RFC 3516 §4.2)."""
    return Binary(part, peek, partial, b"BINARY[" + _dotted(part) + b"]" + _origin(partial))


def binary_size(part: tuple[int, ...]) -> BinarySize:
    """Return the BINARY.SIZE item with its label."""
    return BinarySize(part, b"BINARY.SIZE[" + _dotted(part) + b"]")


def cut(octets: bytes, partial: tuple[int, int] | None) -> bytes:
    """Return the asked octets; b"" when they begin after the end (RFC 9051 §6.4.5)."""
    return octets if partial is None else octets[partial[0] : partial[0] + partial[1]]


def header_fields(block: bytes, names: Collection[bytes], *, exclude: bool = False) -> bytes:
    """Return the fields of `block` with one of `names`, or all others, unchanged.

    block: a header with the empty line that ends it, if the message has one; that line
    is kept in the answer (RFC 9051 §6.4.5). Names are compared without case. A line
    without a colon counts as a field of that name, so that nothing is lost with
    `exclude`.
    """
    wanted = {name.lower() for name in names}
    kept: list[bytes] = []
    for name, rest in _FIELD.findall(block):
        if rest == b"\n" and name in (b"\r", b""):
            kept.append(name + rest)
            break
        if (name.strip().lower() in wanted) is not exclude:
            kept.append(name + rest)
    return b"".join(kept)


def _field_name(name: bytes) -> bytes:
    if _PLAIN_NAME.fullmatch(name):
        return name
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _dotted(part: tuple[int, ...]) -> bytes:
    return ".".join(map(str, part)).encode()


def _origin(partial: tuple[int, int] | None) -> bytes:
    return b"" if partial is None else b"<%d>" % partial[0]
