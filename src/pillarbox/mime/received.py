"""Received fields: by whose hands a message went, by their own account (RFC 5321 §4.4).

Every server writes them in its own manner, and anybody can write them: what is read here is a
claim. Any octets give a hop, perhaps an empty one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.mime.date import parse_date
from pillarbox.mime.header import Header

MAX_OCTETS: Final = 2000  # of one field that are looked at
MAX_NAME: Final = 255  # characters of a name that are kept
_CLAUSE: Final = re.compile(rb"(?:^|(?<=\s))(from|by|with)\s+([^\s;]+)", re.IGNORECASE)
_USUAL_DEPTH: Final = 4
_SIMPLE: Final = re.compile(rb"\([^()]*\)")
_BRACKET: Final = re.compile(rb"[()]")
# RFC 3848, RFC 6531 §4.3, and what some write instead.
_ENCRYPTED: Final = re.compile(r"(?:UTF8)?(?:E?SMTP|LMTP|HTTP)SA?", re.IGNORECASE)
_TLS_COMMENT: Final = re.compile(rb"\bTLS|\bSSL|cipher", re.IGNORECASE)
_NO_TLS: Final = re.compile(rb"(?:no|without|not) (?:TLS|SSL)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hop:
    """One hand. from_, by, with_: "" where the field does not say. at: aware, None without a date.

    encrypted: the field claims so.
    """

    from_: str
    by: str
    with_: str
    encrypted: bool
    at: datetime | None


def hops(header: Header, limit: int = 30) -> list[Hop]:
    """Return the hands of a message, the newest first, at most `limit` of them."""
    return [read(field.value) for field in header.all("received")[:limit]]


def read(value: bytes) -> Hop:
    """Read one field. Any octets give a hop."""
    text, _, date = value[:MAX_OCTETS].rpartition(b";")
    if not text:
        text, date = date, b""
    plain, comments = _without_comments(text)
    found: dict[bytes, str] = {}
    for clause in _CLAUSE.finditer(plain):
        found.setdefault(clause[1].lower(), _name(clause[2]))
    with_ = found.get(b"with", "")
    in_comment = _TLS_COMMENT.search(comments) is not None and not _NO_TLS.search(comments)
    return Hop(
        from_=found.get(b"from", ""),
        by=found.get(b"by", ""),
        with_=with_,
        encrypted=_ENCRYPTED.fullmatch(with_) is not None or in_comment,
        at=parse_date(date.strip()),
    )


def _name(octets: bytes) -> str:
    text = octets.decode("utf-8", "replace").strip("[]<>,")
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable())
    return text[:MAX_NAME]


def _without_comments(text: bytes) -> tuple[bytes, bytes]:
    """Return the text outside of comments, and that inside of them. Brackets may nest."""
    plain = text
    comments: list[bytes] = []
    for _ in range(_USUAL_DEPTH):
        if b"(" not in plain:
            break
        comments += _SIMPLE.findall(plain)
        plain = _SIMPLE.sub(b" ", plain)
    if b"(" not in plain and b")" not in plain:
        return plain, b" ".join(comments)
    outside: list[bytes] = []
    inside: list[bytes] = []
    depth = start = 0
    for bracket in _BRACKET.finditer(text):
        (inside if depth else outside).append(text[start : bracket.start()])
        start = bracket.end()
        depth = depth + 1 if bracket[0] == b"(" else max(0, depth - 1)
        outside.append(b" ")
    (inside if depth else outside).append(text[start:])
    return b"".join(outside), b" ".join(inside)
