"""Marking in a text what a search found there (RFC 8621 §5). Pure.

Marked is what the index found: tokens, not letters. So "muller" marks "Müller", and "art" does
not mark a part of "party".
"""

import html
from collections.abc import Iterator, Sequence
from typing import Final

from pillarbox.base import analyzer
from pillarbox.base.analyzer import Phrase, Span

MAX_OCTETS: Final = 255
"""Of a preview, marks and escapes included (RFC 8621 §5)."""
MAX_SUBJECT: Final = 20_000
"""Octets of a subject with its marks."""
_BEFORE: Final = 60
"""Characters shown before the first word that was found."""


def mark(text: str, phrases: Sequence[Phrase], *, whole: bool = False) -> str | None:
    """Return text as HTML in which the phrases are marked, None if there is none of them.

    whole: all of the text, else at most MAX_OCTETS around the first phrase.
    """
    if not phrases:
        return None
    text = " ".join(text.split())
    places = list(_joined(sorted(_places(list(analyzer.spans(text)), phrases))))
    if not places:
        return None
    start = 0
    first = places[0][0]
    if not whole and first > _BEFORE:
        start = text.find(" ", first - _BEFORE, first) + 1 or first - _BEFORE
    pieces: list[str] = []
    left = MAX_SUBJECT if whole else MAX_OCTETS
    at = start
    for low, high in places:
        left = _add(pieces, text[at:low], left)
        found = f"<mark>{html.escape(text[low:high])}</mark>"
        size = len(found.encode("utf-8", "replace"))
        if size > left:
            return "".join(pieces)
        pieces.append(found)
        left -= size
        at = high
    _add(pieces, text[at:], left)
    return "".join(pieces)


def _places(spans: Sequence[Span], phrases: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Yield [start, end) of each phrase that is there, in no order."""
    whole: dict[str, list[Phrase]] = {}
    begins: list[str] = []
    for asked in phrases:
        phrase = _spelt(asked)
        if len(phrase.tokens) == 1 and phrase.prefix:
            begins.append(phrase.tokens[0])
        elif phrase.tokens:
            whole.setdefault(phrase.tokens[0], []).append(phrase)
    prefixes = tuple(begins)
    for index, span in enumerate(spans):
        if prefixes and span.token.startswith(prefixes):
            yield span.start, span.end
        for phrase in whole.get(span.token, ()):
            there = spans[index : index + len(phrase.tokens)]
            if _is(there, phrase):
                yield span.start, there[-1].end


def _spelt(phrase: Phrase) -> Phrase:
    """Return an address as the words it is made of: they are what stands in a text."""
    if len(phrase.tokens) == 1 and "@" in phrase.tokens[0]:
        return Phrase(tuple(analyzer.words(phrase.tokens[0])), phrase.prefix)
    return phrase


def _is(there: Sequence[Span], phrase: Phrase) -> bool:
    *inner, last = phrase.tokens
    if len(there) != len(phrase.tokens) or [span.token for span in there[:-1]] != inner:
        return False
    token = there[-1].token
    return token.startswith(last) if phrase.prefix else token == last


def _joined(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield places that overlap or touch as one. places: sorted."""
    low, high = -1, -1
    for start, end in places:
        if start > high or high < 0:
            if high >= 0:
                yield low, high
            low, high = start, end
        else:
            high = max(high, end)
    if high >= 0:
        yield low, high


def _add(pieces: list[str], text: str, left: int) -> int:
    """Add as much of a text as there is room for; return the room that is left."""
    for char in text[: left + 1]:
        escaped = html.escape(char)
        size = len(escaped.encode("utf-8", "replace"))
        if size > left:
            return 0
        pieces.append(escaped)
        left -= size
    return left
