"""Trials on a body whose hash does not fit: undo one kind of damage, and hash again."""

import binascii
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import zip_longest
from quopri import decodestring
from typing import Final

from pillarbox.mailauth.dkim_canon import Header, body_pieces, hash_body
from pillarbox.mailauth.dkim_header import Canon, Signature
from pillarbox.mailauth.forensics_finding import Cause, Finding

MAX_BODY_OCTETS: Final = 1024 * 1024
MAX_LINES: Final = 5000  # looked at for a footer, in each form of the body
MAX_BANNER_LINES: Final = 40
MAX_HASHED_OCTETS: Final = 16 * 1024 * 1024

Change = Callable[[bytes], bytes]

_LONE_LF: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)")
# Each pattern is linear on any body: a run is tried from its start alone.
_SPACE_AT_END: Final = re.compile(rb"(?<![ \t])[ \t]++(?=\r\n)")
_LONG_LINE: Final = re.compile(rb"(?m)^([^\r\n]{900,999}?)!?\r\n[ \t]?(?=[^\r\n])")
_ENCODING: Final = re.compile(rb"(?im)^(Content-Transfer-Encoding:[ \t]*)quoted-printable(?=\s)")
_EXCLAMATION: Final = re.compile(rb"!\r\n ")


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


def _decode_parts(body: bytes) -> bytes:
    """Decode every quoted-printable part of a multipart body; its header then says 8bit."""
    if not _ENCODING.search(body):
        return body
    return decodestring(_ENCODING.sub(rb"\g<1>8bit", body))


def _to_latin(body: bytes) -> bytes:
    return body.decode().encode("latin-1")


def _to_utf8(body: bytes) -> bytes:
    return body.decode("latin-1").encode()


def _keep_dash(body: bytes) -> bytes:
    """Give the line before a signature its space back (RFC 3676 §4.3)."""
    return body.replace(b"\r\n--\r\n", b"\r\n-- \r\n")


def _first_part(body: bytes) -> bytes:
    """Return the content of the first part, if the body begins with a boundary line."""
    start = body.find(b"--")
    line_end = body.find(b"\r\n", start)
    if start < 0 or line_end < 0 or b"\r\n" in body[:start].strip(b"\r\n"):
        return body
    content = body.find(b"\r\n\r\n", line_end)
    stop = body.find(b"\r\n" + body[start:line_end], content)
    return body[content + 4 : stop] if 0 <= content < stop else body


# What to undo, in order; each must change the body to be tried. The parameter says more.
_CHANGES: Final[tuple[tuple[Cause, str, Change], ...]] = (
    (Cause.LINE_ENDS, "to CRLF", lambda body: body.replace(b"\r\n", b"\n")),
    (Cause.LINE_ENDS, "to LF", lambda body: _LONE_LF.sub(b"\r\n", body)),
    (Cause.FROM_STUFFED, "", lambda body: b"\r\n" + body.replace(b"\r\n>From ", b"\r\nFrom ")),
    (Cause.DOTS_STUFFED, "added", lambda body: body.replace(b"\r\n..", b"\r\n.")),
    (Cause.DOTS_STUFFED, "removed", lambda body: body.replace(b"\r\n.", b"\r\n..")),
    (Cause.BODY_WHITESPACE, "added", lambda body: _SPACE_AT_END.sub(b"", body)),
    (Cause.BODY_WHITESPACE, "added", lambda body: _keep_dash(_SPACE_AT_END.sub(b"", body))),
    (Cause.BODY_WHITESPACE, "removed", _keep_dash),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.expandtabs(8)),
    (Cause.BODY_WHITESPACE, "tabs", lambda body: body.replace(b"        ", b"\t")),
    (Cause.BLANK_LINE_REMOVED, "", lambda body: b"\r\n" + body),
    (Cause.LINES_WRAPPED, "", lambda body: _EXCLAMATION.sub(b"", body)),
    (Cause.LINES_WRAPPED, "", lambda body: _LONG_LINE.sub(rb"\1", body)),
    (Cause.REENCODED, "to quoted-printable", decodestring),
    (Cause.REENCODED, "to quoted-printable", _decode_parts),
    (Cause.REENCODED, "to base64", _decode_base64),
    (Cause.REENCODED, "from quoted-printable", _encode_quoted),
    (Cause.CHARSET_CONVERTED, "to utf-8", _to_latin),
    (Cause.CHARSET_CONVERTED, "to iso-8859-1", _to_utf8),
    (Cause.WRAPPED_IN_MULTIPART, "", _first_part),
)


def diagnose_body(
    message: bytes, header: Header, signature: Signature, *, header_intact: bool
) -> Finding:
    """Return what happened to the body. header_intact: b= verifies, so bh= is the signer's."""
    start = header.body_start
    unknown = Finding(
        Cause.UNKNOWN, 0.0, "body" if header_intact else "", params={"octets": len(message) - start}
    )
    if len(message) - start > MAX_BODY_OCTETS:
        return unknown
    trials = _Trials(message[start:], signature)
    found = trials.run()
    if found is not None:
        return found
    limit = signature.limit
    octets = hash_body(message, start, relaxed=signature.body_canon is Canon.RELAXED).octets
    if limit is not None and limit > octets and header_intact:
        return Finding(Cause.BODY_SHORTENED, 1.0, "body", params={"missing": limit - octets})
    return unknown


class _Trials:
    """Trials on one body. A trial that fits proves what the signer hashed."""

    def __init__(self, body: bytes, signature: Signature) -> None:
        self._body = body
        self._relaxed = signature.body_canon is Canon.RELAXED
        self._limit = signature.limit
        self._target = signature.body_hash
        self._left = MAX_HASHED_OCTETS

    def run(self) -> Finding | None:
        found = self._other_form() or self._cut(self._body, "")
        if found is not None:
            return found
        for cause, how, changed in self._changed():
            if self._fits(changed, relaxed=self._relaxed):
                params: dict[str, str | int] = {"how": how} if how else {}
                line = _first_difference(self._body, changed)
                return Finding(cause, 0.95, "body", line=line, params=params)
            found = self._cut(changed, str(cause))
            if found is not None:
                return found
        return None

    def _changed(self) -> Iterator[tuple[Cause, str, bytes]]:
        seen = {self._body}
        for cause, how, change in _CHANGES:
            try:
                changed = change(self._body)
            except (UnicodeError, ValueError):
                continue
            # A line end is put before so that the first line counts as a line too.
            if cause is Cause.FROM_STUFFED:
                changed = changed[2:]
                if changed.startswith(b">From "):
                    changed = changed[1:]
            if changed not in seen:
                seen.add(changed)
                yield cause, how, changed

    def _fits(self, body: bytes, *, relaxed: bool) -> bool:
        if self._left <= 0:
            return False
        self._left -= len(body) + 64
        digests = hash_body(body, 0, relaxed=relaxed, limits=(self._limit,))
        return digests.by_limit.get(self._limit) == self._target

    def _other_form(self) -> Finding | None:
        if not self._fits(self._body, relaxed=not self._relaxed):
            return None
        if self._relaxed:
            return Finding(Cause.WRONG_CANONICALISATION, 0.9, "body", params={"used": "simple"})
        # Simple was declared, and the original is this body without its odd white space.
        canonical = b"".join(body_pieces(self._body, 0, relaxed=True))
        line = _first_difference(self._body, canonical)
        return Finding(Cause.BODY_WHITESPACE, 0.8, "body", line=line, params={"how": "added"})

    def _cut(self, body: bytes, also: str) -> Finding | None:
        """Look for the original as a beginning, or as an end, of `body`."""
        if self._limit is not None or self._left <= 0:
            return None
        lines = b"".join(body_pieces(body, 0, relaxed=self._relaxed)).split(b"\r\n")[:-1]
        self._left -= 2 * len(body) + 64
        params: dict[str, str | int] = {"also": also} if also else {}
        kept = self._beginning(lines)
        if kept is not None:
            params["lines"] = len(lines) - kept
            return Finding(Cause.FOOTER_ADDED, 0.95, "body", line=kept + 1, params=params)
        for dropped in range(1, min(MAX_BANNER_LINES, len(lines))):
            rest = lines[dropped:]
            if self._left <= 0:
                break
            self._left -= len(body)
            if sha256(b"\r\n".join(rest) + b"\r\n").digest() == self._target:
                params["lines"] = dropped
                return Finding(Cause.BANNER_ADDED, 0.95, "body", line=1, params=params)
        return None

    def _beginning(self, lines: list[bytes]) -> int | None:
        """Return how many of the canonical `lines` the signer had, None if that is not it."""
        empty = b"" if self._relaxed else b"\r\n"
        if lines and sha256(empty).digest() == self._target:
            return 0
        running = sha256()
        blank = 0
        for number, line in enumerate(lines[:MAX_LINES], start=1):
            if not line:
                blank += 1
                continue
            running.update(b"\r\n" * blank + line + b"\r\n")
            blank = 0
            if number < len(lines) and running.digest() == self._target:
                return number
        return None


def _first_difference(one: bytes, other: bytes) -> int:
    lines = zip_longest(one.split(b"\r\n"), other.split(b"\r\n"))
    for number, (left, right) in enumerate(lines, start=1):
        if left != right:
            return number
    return 0
