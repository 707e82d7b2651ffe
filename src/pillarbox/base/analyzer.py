"""Words as search sees them: from text to tokens, the same for mail and for what is asked. Pure.

A token is a word without case, accents and forms of width (NFKC, casefold). Scripts that put no
space between words are cut into pairs of characters, so that any two neighbours are found; the
last character of such a run is a token too. Addresses are cut at their punctuation like all text
and are kept whole as well: `addresses`. Tokens never hold spaces, quotes, commas or controls.

There is no list of languages and no stemming: what a reader types is what is looked for.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

MAX_TOKEN: Final = 40
"""Characters of a token; what is longer is cut."""
MAX_ADDRESS: Final = 100
"""Characters of an address that is kept whole."""
MAX_ADDRESSES: Final = 200
"""Addresses of one text that are kept whole."""
MAX_SIGNS: Final = 2000
"""Signs "@" that are looked at."""
MAX_QUERY: Final = 1000
"""Characters of a query that are looked at."""
MAX_PHRASES: Final = 32
MAX_PHRASE: Final = 64
"""Tokens of one phrase."""
ADDRESS_MARKS: Final = "!#$%&*+-./=?^_{|}~@"
"""ASCII that tokens may hold beside letters and digits: in addresses."""

_ASCII_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_LOCAL: Final = re.compile(r"[\w!#$%&*+/=?^{|}~.-]+\Z")
_DOMAIN: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_ASKED_ADDRESS: Final = re.compile(r"[\w!#$%&*+/=?^{|}~.-]{1,64}@[\w.-]*")
_TERM: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'(?=\s|$)|(\S+)")
_PAIR: Final = re.compile(r"\\(.)")
# Invisible: they do not part words, and are no part of them.
_IGNORED: Final = (
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
# Accents, and the points of Hebrew and Arabic, which are written or not.
_ACCENTS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
)
_DROPPED: Final = re.compile(f"[{_IGNORED}{_ACCENTS}]+")
_SPACELESS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3100-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE: Final = re.compile(f"([{_SPACELESS}]+)|[^{_SPACELESS}]+")
# Letters that Unicode does not take apart, and readers do.
_LETTERS: Final = str.maketrans(
    {
        "\u0131": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "æ": "ae",
        "œ": "oe",
    }
)


class Span(NamedTuple):
    """A token and the characters [start, end) of the text that it stands for."""

    token: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens in a row. prefix: the last one is the beginning of a word."""

    tokens: tuple[str, ...]
    prefix: bool = False


@cache
def _word() -> re.Pattern[str]:
    """Return what a word is in text that is not ASCII. Marks belong to the letter before them."""
    marks = "".join(
        char
        for number in range(0x300, 0x1F000)
        if unicodedata.category(char := chr(number))[0] == "M"
    )
    return re.compile(rf"\w[\w{marks}{_IGNORED}]*")


def words(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower())
        return [word[:MAX_TOKEN] for word in found] if _has_long(found) else found
    found = []
    for raw in _word().findall(text.replace("_", " ")):
        if raw.isascii():
            found.append(raw[:MAX_TOKEN].lower())
        else:
            found += [piece.token for piece in _pieces(raw)]
    return found


def spans(text: str) -> Iterator[Span]:
    """Yield the tokens of a text with the places where they stand.

    Of a word that folding takes apart every token stands for the whole word.
    """
    for match in _word().finditer(text.replace("_", " ")):
        raw, start = match[0], match.start()
        if raw.isascii():
            yield Span(raw[:MAX_TOKEN].lower(), start, match.end())
        else:
            for token, low, high in _pieces(raw):
                yield Span(token, start + low, start + high)


def fold(text: str) -> str:
    """Return text without case, accents and forms of width, spaces made one. Signs stay."""
    return " ".join((text.lower() if text.isascii() else _fold(text)).split())


def addresses(text: str) -> list[str]:
    """Return the addresses in a text as tokens, each once."""
    if "@" not in text:
        return []
    found: dict[str, None] = {}
    at = -1
    for _ in range(MAX_SIGNS):
        at = text.find("@", at + 1)
        if at < 0:
            break
        local = _LOCAL.search(text[max(0, at - MAX_ADDRESS) : at])
        domain = _DOMAIN.match(text, at + 1, at + 1 + MAX_ADDRESS)
        if local is None or domain is None or len(local[0]) + len(domain[0]) >= MAX_ADDRESS:
            continue
        if token := _whole(f"{local[0]}@{domain[0]}"):
            found[token] = None
            if len(found) >= MAX_ADDRESSES:
                break
    return list(found)


def phrases(text: str, *, typing: bool = True) -> tuple[Phrase, ...]:
    """Return what a query asks for: each phrase must be there, in any order.

    Quoted text is one phrase (RFC 8621 §4.4.1), and so is a word that punctuation cuts. An
    address is one token. typing: the last word, if not quoted, may be the beginning of one.
    Empty if there is no word in the query.
    """
    found: list[Phrase] = []
    last = False
    for match in _TERM.finditer(text[:MAX_QUERY]):
        quoted = match[1] if match[1] is not None else match[2]
        term = match[3] if quoted is None else _PAIR.sub(r"\1", quoted)
        last = quoted is None
        phrase = _phrase(term)
        if phrase is None:
            last = False
            continue
        if phrase not in found[-1:]:
            found.append(phrase)
    if typing and last and found:
        found[-1] = Phrase(found[-1].tokens, prefix=True)
    return tuple(found[-MAX_PHRASES:])


def _phrase(term: str) -> Phrase | None:
    if _ASKED_ADDRESS.fullmatch(term) and len(term) <= MAX_ADDRESS and (token := _whole(term)):
        return Phrase((token,))
    tokens = words(term)
    if not tokens:
        return None
    prefix = False
    if _is_spaceless(tokens[-1]):
        # The last character alone stands behind the pairs only where a run ends.
        if len(tokens) > 1 and len(tokens[-2]) == 2 and tokens[-2][1] == tokens[-1]:
            tokens = tokens[:-1]
        else:
            prefix = True
    return Phrase(tuple(tokens[:MAX_PHRASE]), prefix=prefix)


def _is_spaceless(token: str) -> bool:
    return len(token) == 1 and not token.isascii() and bool(_PIECE.match(token)[1])  # type: ignore[index]


def _has_long(found: list[str]) -> bool:
    return any(len(word) > MAX_TOKEN for word in found)


def _whole(address: str) -> str:
    """Return an address as a token, "" if folding leaves something else."""
    if address.isascii():
        return address.lower().rstrip(".")
    local, _, domain = address.partition("@")
    token = f"{_fold(local)}@{_fold(domain)}".rstrip(".")
    return token if _ASKED_ADDRESS.fullmatch(token) else ""


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _DROPPED.sub("", unicodedata.normalize("NFKD", folded)).translate(_LETTERS)
    folded = unicodedata.normalize("NFC", folded)
    return folded if folded.isascii() else "".join(map(_digit, folded))


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char


def _pieces(raw: str) -> Sequence[Span]:
    """Return the tokens of a word that is not ASCII, with places in it."""
    if len(raw) <= MAX_TOKEN:
        return _short_pieces(raw)
    # Scripts without spaces: a whole line. Of others only the beginning counts.
    found: list[Span] = []
    for match in _PIECE.finditer(raw):
        text, shift = match[0], match.start()
        if match[1] is None:
            text = text[: 2 * MAX_TOKEN]
        found += [Span(token, shift + low, shift + high) for token, low, high in _cut(text)]
    return found


@lru_cache(8192)
def _short_pieces(raw: str) -> tuple[Span, ...]:
    return tuple(_cut(raw))


def _cut(raw: str) -> Iterator[Span]:
    folded = _fold(raw)
    exact = len(folded) == len(raw)
    for word in _word().finditer(folded.replace("_", " ")):
        for match in _PIECE.finditer(word[0]):
            start, end = word.start() + match.start(), word.start() + match.end()
            if match[1] is None:
                yield Span(match[0][:MAX_TOKEN], *((start, end) if exact else (0, len(raw))))
                continue
            for at in range(start, end):
                pair = folded[at : min(at + 2, end)]
                yield Span(pair, *((at, at + len(pair)) if exact else (0, len(raw))))
