"""Trials on a body whose hash does not fit: undo one kind of damage, and hash again."""

from dataclasses import replace
from hashlib import sha256
from itertools import zip_longest
from typing import Final

from pillarbox.mailauth.dkim_canon import Header, body_pieces, hash_body
from pillarbox.mailauth.dkim_header import Canon, Signature
from pillarbox.mailauth.forensics_finding import Cause, Effort, Finding
from pillarbox.mailauth.forensics_inserted import find_inserted
from pillarbox.mailauth.forensics_undo import undone

MAX_LINES: Final = 5000  # looked at for a footer, in each form of the body
MAX_BANNER_LINES: Final = 40


def diagnose_body(
    message: bytes, header: Header, signature: Signature, effort: Effort, *, header_intact: bool
) -> Finding:
    """Return what happened to the body. header_intact: b= verifies, so bh= is the signer's."""
    start = header.body_start
    unknown = Finding(
        Cause.UNKNOWN, 0.0, "body" if header_intact else "", params={"octets": len(message) - start}
    )
    limit = signature.limit
    if limit is not None and header_intact:
        octets = hash_body(message, start, relaxed=signature.body_canon is Canon.RELAXED).octets
        if limit > octets:
            missing: dict[str, str | int] = {"missing": limit - octets}
            return Finding(Cause.BODY_SHORTENED, 1.0, "body", params=missing)
    if len(message) - start > effort.body_octets:
        return unknown
    return _Trials(message[start:], signature, effort.hashed_octets).run() or unknown


class _Trials:
    """Trials on one body. A trial that fits proves what the signer hashed."""

    def __init__(self, body: bytes, signature: Signature, budget: int) -> None:
        self._body = body
        self._relaxed = signature.body_canon is Canon.RELAXED
        self._limit = signature.limit
        self._target = signature.body_hash
        self._left = budget

    def run(self) -> Finding | None:
        found = self._other_form() or self._cut(self._body)
        if found is not None:
            return found
        for cause, how, changed in undone(self._body):
            if self._left <= 0:
                break
            fits = self._fits(changed, relaxed=self._relaxed)
            found = None if fits else self._cut(changed)
            if fits or found is not None:
                params: dict[str, str | int] = {"how": how} if how else {}
                line = _first_difference(self._body, changed)
                undid = Finding(cause, 0.95, "body", line=line, params=params)
                return undid if found is None else replace(found, also=(undid,))
        return self._inserted()

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

    def _cut(self, body: bytes) -> Finding | None:
        """Look for the original as a beginning, or as an end, of `body`."""
        if self._limit is not None or self._left <= 0:
            return None
        lines = b"".join(body_pieces(body, 0, relaxed=self._relaxed)).split(b"\r\n")[:-1]
        self._left -= 2 * len(body) + 64
        kept = self._beginning(lines)
        if kept is not None:
            return _added(Cause.FOOTER_ADDED, kept + 1, len(lines) - kept)
        for dropped in range(1, min(MAX_BANNER_LINES, len(lines))):
            rest = lines[dropped:]
            if self._left <= 0:
                break
            self._left -= len(body)
            if sha256(b"\r\n".join(rest) + b"\r\n").digest() == self._target:
                if any(lines[:dropped]):
                    return _added(Cause.BANNER_ADDED, 1, dropped)
                blank: dict[str, str | int] = {"how": "empty lines added"}
                return Finding(Cause.BODY_WHITESPACE, 0.95, "body", line=1, params=blank)
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

    def _inserted(self) -> Finding | None:
        if self._limit is not None or self._left <= 0:
            return None
        body = b"".join(body_pieces(self._body, 0, relaxed=self._relaxed))
        found, spent = find_inserted(body, self._target, self._left)
        self._left -= spent
        if found is None:
            return None
        line = body.count(b"\r\n", 0, found.spans[0][0]) + 1
        count = sum(max(1, body.count(b"\r\n", start, stop)) for start, stop in found.spans)
        return _added(found.cause, line, count, found.how)


def _added(cause: Cause, line: int, count: int, how: str = "") -> Finding:
    params: dict[str, str | int] = {"lines": count}
    if how:
        params["how"] = how
    return Finding(cause, 0.95, "body", line=line, params=params)


def _first_difference(one: bytes, other: bytes) -> int:
    lines = zip_longest(one.split(b"\r\n"), other.split(b"\r\n"))
    for number, (left, right) in enumerate(lines, start=1):
        if left != right:
            return number
    return 0
