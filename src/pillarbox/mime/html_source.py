"""HTML of messages before it is parsed: how much there is of it, and where its styles stand.

Guesses by patterns, in linear time. Nothing of it is a safeguard: what is found here is filtered
afterwards, and what is missed is dropped by the sanitizer.
"""

import html
import re
from typing import Final

from pillarbox.mime.html_style import MAX_SHEET

_OPENED: Final = re.compile(r"<[a-zA-Z]")
COLOUR: Final = re.compile(r"\s*#?[0-9a-z]{1,30}\s*\Z", re.IGNORECASE | re.ASCII)
"""A colour as attributes write it."""
_BODY: Final = re.compile(r"<body\b([^>]{0,4000})>", re.IGNORECASE)
_BODY_WORD: Final = re.compile(
    r"""(bgcolor|text|style)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_MEDIA: Final = re.compile(r"""\bmedia\s*=\s*["']?([\w\s():,-]{1,200})""", re.IGNORECASE)

# What has no end tag, or mostly none, tells nothing.
_NESTING: Final = re.compile(
    r"<(/?)(?!(?:area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p|tbody|td|th|tr|wbr)\b)[a-z]",
    re.IGNORECASE,
)


def tags(markup: str) -> int:
    """Return how many elements are opened, about."""
    return len(_OPENED.findall(markup))


def depth(markup: str) -> int:
    """Estimate how deep elements stand in each other, before they are parsed."""
    deepest, level = 0, 0
    for match in _NESTING.finditer(_without_comments(markup)):
        if not match[1]:
            level += 1
            deepest = max(deepest, level)
        elif level:
            level -= 1
    return deepest


def _without_comments(markup: str) -> str:
    if "<!--" not in markup:
        return markup
    found, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        found.append(markup[at:start])
        end = markup.find("-->", start + 2)
        if end < 0:
            return "".join(found)
        at = end + 3
    found.append(markup[at:])
    return "".join(found)


def styles(markup: str) -> str:
    """Return the contents of all style elements, and what the body element says of colours.

    Where exactly they stand may be misjudged: what is returned is filtered as a sheet anyway.
    """
    found: list[str] = []
    room = MAX_SHEET
    body = _BODY.search(markup)
    if body is not None:
        found.append(_body_rule(body[1]))
    # The one letter that grows in lower case would move all that follows.
    lower = markup.replace("\u0130", "I").lower()
    at = 0
    while room > 0 and (start := lower.find("<style", at)) >= 0:
        comment = lower.find("<!--", at, start)
        if comment >= 0:
            end = lower.find("-->", comment + 2)
            if end < 0:
                break
            if end > start:
                at = end + 3
                continue
        opened = lower.find(">", start)
        closed = lower.find("</style", opened)
        if opened < 0 or closed < 0:
            break
        css = markup[opened + 1 : min(closed, opened + 1 + room)]
        css = css.replace("<!--", " ").replace("-->", " ")
        media = _MEDIA.search(markup, start, min(opened, start + 500))
        found.append(f"@media {media[1]}{{{css}}}" if media else css)
        room -= len(css)
        at = closed + 7
    return "\n".join(found)


def _body_rule(attributes: str) -> str:
    said = {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _BODY_WORD.finditer(attributes)}
    rule = ""
    if COLOUR.match(said.get("bgcolor", "")):
        rule += f"background-color:{said['bgcolor'].strip()};"
    if COLOUR.match(said.get("text", "")):
        rule += f"color:{said['text'].strip()};"
    return f"body{{{rule}{html.unescape(said.get('style', ''))}}}"
