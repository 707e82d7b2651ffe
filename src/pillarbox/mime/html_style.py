"""CSS of messages, reduced to what cannot reach outside: an allow-list of properties and tokens.

Everything is parsed (tinycss2) and written anew; nothing is kept because it merely looks
harmless. Nothing that names another resource survives: no `url()`, `image-set()`, `var()`,
`attr()`, `@import`, `@font-face`. `position` is static or relative, sizes are clamped, and of
the at-rules only `@media` stays. Pure; never raises.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import tinycss2

MAX_ATTRIBUTE: Final = 4_000  # characters of a style attribute; of longer ones nothing is kept
MAX_SHEET: Final = 150_000  # characters of all style elements of a message
MAX_RULES: Final = 3_000
MAX_PRELUDE: Final = 1_000  # characters of a selector or a media query
MAX_NESTING: Final = 6  # of functions, brackets and @media
MAX_TOKENS: Final = 200  # of one value

_WORDS: Final = frozenset(
    re.findall(
        r"\S+",
        """
    align-content align-items align-self background background-color background-clip
    background-origin background-position background-repeat background-size background-image
    border border-bottom
    border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style
    border-bottom-width border-collapse border-color border-left border-left-color
    border-left-style border-left-width border-radius border-right border-right-color
    border-right-style border-right-width border-spacing border-style border-top border-top-color
    border-top-left-radius border-top-right-radius border-top-style border-top-width border-width
    bottom box-shadow box-sizing caption-side clear color column-count column-gap direction display
    empty-cells flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font
    font-family font-size font-style font-variant font-weight gap height hyphens justify-content
    left letter-spacing line-height list-style list-style-position list-style-type margin
    margin-bottom margin-inline margin-left margin-right margin-top max-height max-width min-height
    min-width object-fit opacity order overflow overflow-wrap overflow-x overflow-y padding
    padding-bottom padding-inline padding-left padding-right padding-top position right row-gap
    table-layout text-align text-decoration text-decoration-color text-decoration-line
    text-decoration-style text-indent text-overflow text-shadow text-transform top vertical-align
    visibility white-space width word-break word-spacing word-wrap
    """,
    )
)
_FUNCTIONS: Final = frozenset(
    re.findall(
        r"\S+",
        "rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient "
        "repeating-linear-gradient repeating-radial-gradient",
    )
)
_MAXIMA: Final = {
    "px": 4000, "pt": 3000, "pc": 250, "in": 40, "cm": 100, "mm": 1000, "em": 250, "rem": 250,
    "ex": 500, "ch": 500, "vw": 100, "deg": 360, "rad": 7, "turn": 1, "fr": 100,
}  # fmt: skip
_MAX_NUMBER: Final = 10_000
_MAX_PERCENT: Final = 1_000
_FONT_MAXIMA: Final = {"px": 200, "pt": 150, "em": 12, "rem": 12, "ex": 24, "ch": 24, "vw": 30}
_VALUE_LITERALS: Final = frozenset(",/+-*")
_SELECTOR_LITERALS: Final = frozenset({".", ">", "+", "~", "*", ",", ":", "::", "-"})
_MATCHERS: Final = frozenset({"=", "~=", "|=", "^=", "$=", "*=", "-"})
_SELECTOR_FUNCTIONS: Final = frozenset(
    re.findall(r"\S+", "not is where nth-child nth-last-child nth-of-type nth-last-of-type lang")
)
_MEDIA_LITERALS: Final = frozenset({",", ":", "/"})
_LOADS: Final = frozenset(
    re.findall(r"\S+", "url image-set -webkit-image-set image cross-fade src element")
)
_BLANK: Final = frozenset({"whitespace", "comment"})  # two tokens never grow together
_COLOURS: Final = frozenset({"color", "background", "background-color", "background-image"})


@dataclass(frozen=True, slots=True)
class Style:
    """Filtered CSS. text: declarations or rules. loads: how many resources were left out.

    colours: it sets a colour of text or ground, so the message expects a sheet of its own.
    """

    text: str = ""
    loads: int = 0
    colours: bool = False


class _Refused(Exception):
    """A value or selector holds what is not on the list."""


def filter_attribute(style: str) -> Style:
    """Return what is left of a style attribute."""
    if len(style) > MAX_ATTRIBUTE:
        return Style()
    return _attribute(style)


@lru_cache(8192)
def _attribute(style: str) -> Style:
    return _declarations(tinycss2.parse_declaration_list(style, skip_whitespace=True))


def filter_sheet(css: str) -> Style:
    """Return what is left of the contents of style elements, fit to stand in one."""
    return _sheet(css[:MAX_SHEET])


@lru_cache(64)
def _sheet(css: str) -> Style:
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    found = _rules(rules, [MAX_RULES], 0)
    # No character of a tag can stand in a style element: it may only have come from a string.
    return Style(found.text.replace("<", "\\3c "), found.loads, found.colours)


def _rules(nodes: Iterable[Any], left: list[int], depth: int) -> Style:
    texts: list[str] = []
    loads, colours = 0, False
    for node in nodes:
        if left[0] <= 0:
            break
        left[0] -= 1
        if node.type == "qualified-rule":
            inner = _declarations(
                tinycss2.parse_declaration_list(node.content, skip_whitespace=True)
            )
            head = _prelude(node.prelude, _selector)
        elif node.type == "at-rule" and node.lower_at_keyword == "media" and node.content:
            if depth >= MAX_NESTING:
                continue
            inner = _rules(
                tinycss2.parse_rule_list(node.content, skip_whitespace=True),
                left,
                depth + 1,
            )
            head = _prelude(node.prelude, _media)
            head = head and f"@media {head}"
        else:
            loads += node.type == "at-rule" and node.lower_at_keyword in {"import", "font-face"}
            continue
        loads += inner.loads
        if head and inner.text:
            colours = colours or inner.colours
            texts.append(f"{head}{{{inner.text}}}")
    return Style("\n".join(texts), loads, colours)


def _declarations(nodes: Iterable[Any]) -> Style:
    texts: list[str] = []
    loads, colours = 0, False
    for node in nodes:
        if node.type != "declaration":
            continue
        name = node.lower_name
        loads += sum(map(_is_load, node.value))
        if name not in _WORDS:
            continue
        value = node.value
        if name == "background":
            # The colour beside a picture is what the text was written for.
            value = [token for token in value if not _is_load(token)]
        try:
            text = _value(value, _FONT_MAXIMA if name in {"font", "font-size"} else _MAXIMA, 0)
        except _Refused:
            continue
        text = text.strip()
        if not text or not _fits(name, text.lower()):
            continue
        colours = colours or name in _COLOURS
        mark = " !important" if node.important and name != "position" else ""
        texts.append(f"{name}:{text}{mark};")
    return Style("".join(texts), loads, colours)


def _fits(name: str, text: str) -> bool:
    """Tell whether a value that holds nothing bad may be given to the property."""
    return name != "position" or text in {"static", "relative"}


def _is_load(token: Any) -> bool:
    if token.type == "url":
        return True
    return token.type == "function" and token.lower_name in _LOADS


def _value(tokens: Sequence[Any], maxima: dict[str, int], depth: int) -> str:
    if depth > MAX_NESTING or len(tokens) > MAX_TOKENS:
        raise _Refused
    return "".join([_token(token, maxima, depth) for token in tokens])


def _token(token: Any, maxima: dict[str, int], depth: int) -> str:
    kind = token.type
    if kind in _BLANK:
        return " "
    if kind in {"ident", "hash", "string"}:
        text: str = token.serialize()
        return text
    if kind == "number":
        return _number(token.value, _MAX_NUMBER)
    if kind == "percentage":
        return _number(token.value, _MAX_PERCENT) + "%"
    if kind == "dimension" and token.lower_unit in maxima:
        return f"{_number(token.value, maxima[token.lower_unit])}{token.lower_unit}"
    if kind == "literal" and token.value in _VALUE_LITERALS:
        return str(token.value)
    if kind == "function" and token.lower_name in _FUNCTIONS:
        return f"{token.lower_name}({_value(token.arguments, maxima, depth + 1)})"
    if kind == "() block":
        return f"({_value(token.content, maxima, depth + 1)})"
    raise _Refused


def _number(value: float, most: int) -> str:
    text = f"{max(-most, min(most, value)):.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _prelude(tokens: Sequence[Any], check: Any) -> str:
    """Return a selector or media query, "" if it holds what is not on the list."""
    try:
        text: str = "".join([check(token, 0) for token in tokens]).strip()
    except _Refused:
        return ""
    return text if len(text) <= MAX_PRELUDE else ""


def _selector(token: Any, depth: int) -> str:
    if depth > 2:
        raise _Refused
    kind = token.type
    if kind in _BLANK:
        return " "
    if kind in {"ident", "hash"} or (depth and kind in {"string", "number", "dimension"}):
        text: str = token.serialize()
        return text
    if kind == "literal" and token.value in (_MATCHERS if depth == 2 else _SELECTOR_LITERALS):
        return str(token.value)
    if kind == "[] block":
        return "[" + "".join([_selector(one, 2) for one in token.content]) + "]"
    if kind == "function" and token.lower_name in _SELECTOR_FUNCTIONS:
        inside = "".join([_selector(one, depth + 1) for one in token.arguments])
        return f"{token.lower_name}({inside})"
    raise _Refused


def _media(token: Any, depth: int) -> str:
    kind = token.type
    if kind in _BLANK:
        return " "
    if kind in {"ident", "number", "dimension"}:
        text: str = token.serialize()
        return text
    if kind == "literal" and token.value in _MEDIA_LITERALS:
        return str(token.value)
    if kind == "() block" and depth < MAX_NESTING:
        return "(" + "".join([_media(one, depth + 1) for one in token.content]) + ")"
    raise _Refused
