"""The tokens of a message, field by field: what is put into the index. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from pillarbox.base import analyzer
from pillarbox.base.analyzer import Phrase
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.text import MAX_TEXT_PARTS, part_text
from pillarbox.mime.tree import Part, walk

FIELDS: Final = ("from", "to", "cc", "bcc", "subject", "body", "attachment", "list")
TEXT: Final = ("from", "to", "cc", "bcc", "subject", "body", "attachment")
"""Where `text` looks (RFC 8621 §4.4.1: "any text/* or other body parts")."""

MAX_BODY_OCTETS: Final = 512 * 1024
"""Of all text parts of a message together, decoded."""
MAX_FIELD: Final = 4000
"""Characters of a header field, and of all attachments' names."""
MAX_TOKENS: Final = 16_000
"""Tokens of one field. PostgreSQL counts no position above 16383."""
MAX_TOKEN_OCTETS: Final = 250_000
"""Octets of the tokens of one field."""
MAX_REPEATS: Final = 250
"""How often a token counts in one field. PostgreSQL keeps 255 places of each."""
FILLER: Final = "_"
"""Stands in the place of a token that counts no more. No query asks for it."""
WHOLE_OCTETS: Final = 1024 * 1024
"""A message of no more octets is read in one piece."""

_HEADERS: Final = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "subject": "subject"}

Document = dict[str, list[str]]
"""The tokens of each field that has any, in order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition of a search: phrases, all of them in some of the fields.

    fields: of FIELDS. A phrase stands in one field.
    """

    fields: tuple[str, ...]
    phrases: tuple[Phrase, ...]


def document(octets: int, root: Part, read: Callable[[int, int], bytes]) -> Document:
    """Return the tokens of a message.

    octets: its size. read: returns its octets [start, stop); raises what the blob store raises.
    """
    if octets <= WHOLE_OCTETS:
        message = read(0, octets)
        return _document(parse_header(message), root, lambda start, stop: message[start:stop])
    return _document(parse_header(read(0, root.body_start)), root, read)


def _document(header: Header, root: Part, read: Callable[[int, int], bytes]) -> Document:
    texts = {
        name: " \n ".join(field.text[:MAX_FIELD] for field in header.all(field_name)[:10])
        for name, field_name in _HEADERS.items()
    }
    texts["list"] = header.text("list-id")[:MAX_FIELD]
    parts = walk(root)
    names = [part.file_name for part in parts if not part.children and part.file_name]
    texts["attachment"] = " \n ".join(names)[:MAX_FIELD]
    texts["body"] = _body(parts, read)
    return {name: tokens for name in FIELDS if (tokens := _tokens(texts[name]))}


def _body(parts: Sequence[Part], read: Callable[[int, int], bytes]) -> str:
    found = []
    left = MAX_BODY_OCTETS
    for part in [part for part in parts if part.kind == "text"][:MAX_TEXT_PARTS]:
        if left <= 0:
            break
        octets = read(part.body_start, min(part.end, part.body_start + 3 * left))
        alone = msgspec.structs.replace(part, body_start=0, end=len(octets))
        text = part_text(octets, alone, left)
        left -= len(text)
        found.append(text)
    return "\n".join(found)


def _tokens(text: str) -> list[str]:
    """Return the words of a text, and behind them the addresses in it."""
    found = analyzer.words(text)
    whole = analyzer.addresses(text)
    if whole:
        found = [*found[: MAX_TOKENS - len(whole) - 1], FILLER, *whole]
    return limited(found)


def limited(tokens: list[str]) -> list[str]:
    """Return tokens within the limits that all databases keep."""
    del tokens[MAX_TOKENS:]
    if len(tokens) * analyzer.MAX_ADDRESS > MAX_TOKEN_OCTETS:
        octets = 0
        for index, token in enumerate(tokens):
            octets += len(token) if token.isascii() else len(token.encode())
            if octets > MAX_TOKEN_OCTETS:
                del tokens[index:]
                break
    if len(tokens) > MAX_REPEATS:
        often = {token for token, count in Counter(tokens).items() if count > MAX_REPEATS}
        left = dict.fromkeys(often, MAX_REPEATS)
        for index, token in enumerate(tokens if often else ()):
            if token in left:
                left[token] -= 1
                if left[token] < 0:
                    tokens[index] = FILLER
    return tokens


def matches(found: Document, asked: Asked) -> bool:
    """Tell whether a message holds what is asked for, as every index would."""
    return all(
        any(_holds(found.get(field, ()), phrase) for field in asked.fields)
        for phrase in asked.phrases
    )


def _holds(tokens: Sequence[str], phrase: Phrase) -> bool:
    first = phrase.tokens[0]
    wanted, length = phrase.tokens, len(phrase.tokens)
    if length == 1:
        return any(map(_starts(first), tokens)) if phrase.prefix else first in tokens
    return any(
        token == first and _is_at(tokens, at, wanted, prefix=phrase.prefix)
        for at, token in enumerate(tokens[: len(tokens) - length + 1])
    )


def _starts(prefix: str) -> Callable[[str], bool]:
    return lambda token: token.startswith(prefix)


def _is_at(tokens: Sequence[str], at: int, wanted: tuple[str, ...], *, prefix: bool) -> bool:
    there = tokens[at : at + len(wanted)]
    *inner, last = wanted
    if list(there[:-1]) != inner:
        return False
    return there[-1].startswith(last) if prefix else there[-1] == last


def ask(field: str, text: str) -> Asked | None:
    """Return the condition that a text means for a field of FIELDS or "text".

    None if there is no word in it.
    """
    found = analyzer.phrases(text)
    if not found:
        return None
    return Asked(TEXT if field == "text" else (field,), found)


def every_token(found: Document) -> Iterable[str]:
    """Yield all tokens of all fields."""
    for tokens in found.values():
        yield from tokens
