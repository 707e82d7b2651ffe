"""Text that was put into a body, not at its ends: footers and banners inside a part.

Scanners and lists add theirs at the end of a text part, before `</body>`, behind `<body>`, or as
a part of its own. Every such piece of at most 60 lines is cut out on trial.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import Final

from pillarbox.mailauth.forensics_finding import Cause

MAX_LINES: Final = 60  # of one piece
MAX_OCTETS: Final = 8192  # of one piece
MAX_TAGS: Final = 60  # places inside a line of HTML, for each site
MAX_SITES: Final = 12

_BOUNDARY: Final = re.compile(rb"(?:^|(?<=\n))--[!-~][^\r\n]{0,71}\r\n")
_HTML_END: Final = re.compile(rb"(?i)</(?:body|html)[ \t]*>")
_HTML_START: Final = re.compile(rb"(?i)<body(?:[ \t\r\n][^<>]{0,1000})?>")
_TAG_START: Final = re.compile(rb"<")
_TAG_END: Final = re.compile(rb">")
_LINE: Final = re.compile(rb"\n")


@dataclass(frozen=True, slots=True)
class Inserted:
    """What was cut out so that the hash fits. spans: offsets into the canonical body, in order."""

    cause: Cause
    how: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Site:
    cause: Cause
    how: str
    spans: tuple[tuple[int, int], ...]


def find_inserted(body: bytes, target: bytes, budget: int) -> tuple[Inserted | None, int]:
    """Return what was inserted into the canonical `body`, and how many octets of `budget` it took.

    target: the hash of the body without it. One piece is tried first, then two in two places.
    """
    sites = list(_sites(body))
    spent = len(body) * 2
    for site in sites:
        for start, stop in site.spans:
            spent += len(body) - (stop - start) + 64
            if spent > budget:
                return None, spent
            digest = sha256(memoryview(body)[:start])
            digest.update(memoryview(body)[stop:])
            if digest.digest() == target:
                return Inserted(site.cause, site.how, ((start, stop),)), spent
    for one, other in combinations(sites, 2):
        found, more = _both(body, target, (one, other), budget - spent)
        spent += more
        if found is not None or spent > budget:
            return found, spent
    return None, spent


def _both(
    body: bytes, target: bytes, sites: tuple[_Site, _Site], budget: int
) -> tuple[Inserted | None, int]:
    spent = 0
    view = memoryview(body)
    for first, stop in sites[0].spans:
        begun = sha256(view[:first])
        for second, end in sites[1].spans:
            if second < stop:
                continue
            spent += len(body) - end + second - stop + 64
            if spent > budget:
                return None, spent
            digest = begun.copy()
            digest.update(view[stop:second])
            digest.update(view[end:])
            if digest.digest() == target:
                spans = ((first, stop), (second, end))
                return Inserted(sites[0].cause, "in several parts", spans), spent
    return None, spent


def _sites(body: bytes) -> Iterator[_Site]:
    """Yield the places where things are put in, with the pieces that may have been."""
    for found in _take(_BOUNDARY, body):
        at = found.start()
        spans = list(_before(body, at, _LINE))
        # The empty line before the boundary may be the sender's.
        blank = at - 2
        if body.endswith(b"\r\n\r\n", 0, at):
            spans += _before(body, blank, _LINE)
        yield _Site(Cause.FOOTER_ADDED, "in a part", tuple(spans))
    for found in _take(_HTML_END, body):
        at = found.start()
        spans = [*_before(body, at, _LINE), *_before(body, at, _TAG_START)]
        yield _Site(Cause.FOOTER_ADDED, "in HTML", tuple(dict.fromkeys(spans)))
    for found in _take(_HTML_START, body):
        at = found.end()
        spans = [*_after(body, at, _LINE), *_after(body, at, _TAG_END)]
        if body.startswith(b"\r\n", at):
            spans += _after(body, at + 2, _LINE)
        yield _Site(Cause.BANNER_ADDED, "in HTML", tuple(dict.fromkeys(spans)))
    for found in _take(_BOUNDARY, body):
        at = body.find(b"\r\n\r\n", found.end() - 2, found.end() + MAX_OCTETS) + 4
        if at >= 4:
            yield _Site(Cause.BANNER_ADDED, "in a part", tuple(_after(body, at, _LINE)))


def _take(pattern: re.Pattern[bytes], body: bytes) -> Iterator[re.Match[bytes]]:
    for count, found in enumerate(pattern.finditer(body)):
        if count == MAX_SITES:
            return
        yield found


def _before(body: bytes, at: int, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """Yield (start, at) for the places before `at`, the nearest first."""
    places = [found.start() for found in pattern.finditer(body, max(0, at - MAX_OCTETS), at)]
    step = 1 if pattern is _LINE else 0
    for place in reversed(places[-MAX_LINES - 1 :]):
        if place + step < at:
            yield place + step, at


def _after(body: bytes, at: int, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, int]]:
    """Yield (at, stop) for the places after `at`, the nearest first."""
    for count, found in enumerate(pattern.finditer(body, at, at + MAX_OCTETS)):
        if count == MAX_LINES:
            return
        yield at, found.end()
