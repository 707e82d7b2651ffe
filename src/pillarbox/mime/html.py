"""HTML of messages, made safe to show: the sanitizer.

An allow-list of elements and attributes (nh3: html5ever parses as browsers do), styles by
`html_style`. What a tag may not say is left out; what an element may not be is replaced by what
is in it, or dropped with it. Addresses are rewritten inside the sanitizer's last pass: nothing
edits the markup after it. The result is for a frame with no origin and a policy of its own
(`serve/web/frame`): this is the first wall of three.

Pure; never raises; what is too large or too deep is shown as text. Time is linear but for
adversarial nesting, where MAX_TAGS and MAX_DEPTH bound it to about a second.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final
from urllib.parse import unquote

import nh3

from pillarbox.mime import html_source, html_style
from pillarbox.mime.html_links import MAX_URL, Organisation, mark, same_host, target
from pillarbox.mime.html_source import COLOUR
from pillarbox.mime.html_trackers import is_tracker
from pillarbox.mime.text import html_to_text

VERSION: Final = 1
"""To be raised with each change of what comes out, so that nothing older is shown."""

MAX_MARKUP: Final = 2_000_000  # characters; the rest is not shown
MAX_TAGS: Final = 25_000
MAX_DEPTH: Final = 400  # browsers flatten what is deeper than 512
MAX_DATA_URL: Final = 1_000_000  # characters
MAX_SETTLING: Final = 4  # passes after which markup that still changes is shown as text

_BLOCKS: Final = re.findall(
    r"\S+",
    """
    address article aside blockquote center dd details div dl dt figcaption figure footer h1 h2 h3
    h4 h5 h6 header hr li main nav ol p pre section summary ul
""",
)
_TABLES: Final = re.findall(r"\S+", "caption col colgroup table tbody td tfoot th thead tr")
_WORDS: Final = re.findall(
    r"\S+",
    """
    a abbr acronym b bdi bdo big br cite code del dfn em font i img ins kbd map area mark q rp rt
    ruby s samp small span strike strong sub sup time tt u var wbr
""",
)
TAGS: Final = frozenset({*_BLOCKS, *_TABLES, *_WORDS})
DROPPED: Final = frozenset(
    re.findall(
        r"\S+",
        """
    applet audio button canvas datalist iframe math noembed noframes noscript object option
    plaintext script select style svg template textarea title video xmp
    """,
    )
)
"""Elements that go with everything in them."""

_CELL: Final = {"align", "valign", "width", "height", "bgcolor", "background"}
ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"class", "id", "style", "title", "dir", "lang", "align"},
    "a": {"href", "name"},
    "area": {"href", "shape", "coords", "alt"},
    "bdo": {"dir"},
    "br": {"clear"},
    "blockquote": {"type"},
    "col": {"span", "width", "valign", "bgcolor"},
    "colgroup": {"span", "width", "valign"},
    "details": {"open"},
    "div": {"background", "bgcolor"},
    "font": {"color", "face", "size"},
    "hr": {"color", "noshade", "size", "width"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace", "usemap"},
    "li": {"type", "value"},
    "map": {"name"},
    "ol": {"reversed", "start", "type"},
    "pre": {"width"},
    "table": {*_CELL, "border", "bordercolor", "cellpadding", "cellspacing", "frame", "rules"},
    "tbody": _CELL,
    "td": {*_CELL, "abbr", "colspan", "headers", "nowrap", "rowspan", "scope"},
    "tfoot": _CELL,
    "th": {*_CELL, "abbr", "colspan", "headers", "nowrap", "rowspan", "scope"},
    "thead": _CELL,
    "time": {"datetime"},
    "tr": _CELL,
    "ul": {"type"},
}
_SIZES: Final = frozenset(
    re.findall(r"\S+", "border cellpadding cellspacing height hspace vspace width")
)
_SPANS: Final = frozenset({"colspan", "rowspan", "span"})
_SIZE: Final = re.compile(r"\s*\+?(\d{1,6})(?:\.\d*)?\s*(%|px)?", re.ASCII)
_DATA: Final = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp|avif);base64,[A-Za-z0-9+/\s]+={0,2}\s*\Z",
    re.IGNORECASE | re.ASCII,
)
_REMOTE: Final = re.compile(r"(?:https?:)?//[^\s/?#\\]", re.IGNORECASE)
_IGNORED: Final = re.compile("[\t\n\r]")
_BLANKS: Final = "".join(map(chr, range(0x21)))

_MARK: Final = "data-link"
_SCHEMES: Final = {"http", "https", "mailto", "tel", "cid", "data"}
_LINK: Final = re.compile(r'<a((?: [^\s="<>]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_IMG: Final = re.compile(r'<img((?: [^\s="<>]+="[^"]*")*)>')
_PAIR: Final = re.compile(r' ([^\s="<>]+)="([^"]*)"')
_ANY: Final = re.compile(r"<(/?)(?!(?:area|br|col|hr|img|wbr)\b)[a-z]")
_STEP: Final = {"": 1, "/": -1}
_TAGS: Final = re.compile(r"<(/?[a-z0-9]*)[^>]*>")
Rewrite = Callable[[str], str | None]
"""Returns the address to show an image from, None to leave it out."""


@dataclass(frozen=True, slots=True)
class Sanitized:
    """A message's HTML that may be shown.

    markup: for the body of a frame. sheet: for its style element. remote: images that lie
    elsewhere and could be shown. trackers: those that nobody is to see. other: backgrounds and
    fonts from elsewhere, never shown. colours: it says which colours it has, and wants a light
    ground. problem: "" or why it is shown as text ("large", "deep").
    """

    markup: str
    sheet: str = ""
    remote: int = 0
    trackers: int = 0
    other: int = 0
    colours: bool = False
    problem: str = ""


def _nowhere(_: str) -> str | None:
    return None


def sanitize(
    markup: str,
    *,
    part: Rewrite = _nowhere,
    image: Rewrite = _nowhere,
    organisation: Organisation = same_host,
) -> Sanitized:
    """Return what may be shown of HTML.

    part: from the Content-ID of a `cid:` URL (RFC 2392) to the address of that part. image: from
    an http or https URL to an address that is safe to load. organisation: for comparing links.
    """
    problem = "large" if len(markup) > MAX_MARKUP else ""
    markup = markup[:MAX_MARKUP].replace("\0", "\ufffd")
    if html_source.tags(markup) > MAX_TAGS or html_source.depth(markup) > MAX_DEPTH:
        return _as_text(markup, "deep")
    done = _settle(_FIRST.clean(markup), part, image, organisation)
    if done is None:
        return _as_text(markup, "deep")
    final, work = done
    sheet = html_style.filter_sheet(html_source.styles(markup))
    return Sanitized(
        final, sheet.text, work.remote, work.trackers, work.other + sheet.loads,
        sheet.colours or work.colours, problem,
    )  # fmt: skip


def _settle(
    markup: str, part: Rewrite, image: Rewrite, organisation: Organisation
) -> "tuple[str, _Pass] | None":
    """Return markup that parsing does not change any more, None if there is no end of it."""
    for _ in range(MAX_SETTLING):
        if _depth(markup) > MAX_DEPTH:
            return None
        work = _Pass(markup, part, image, organisation)
        final = _cleaner(work).clean(markup)
        if _skeleton(final) == _skeleton(markup):
            return final, work
        markup = _FIRST.clean(markup)
    return None


def _skeleton(markup: str) -> list[str]:
    """Return texts and names of tags of sanitized markup: no value in it has an angle bracket."""
    return _TAGS.split(markup)


def _as_text(markup: str, problem: str) -> Sanitized:
    text = html_to_text(markup[: MAX_MARKUP // 4])
    return Sanitized(f"<pre>{html.escape(text)}</pre>", problem=problem)


def _depth(markup: str) -> int:
    steps = map(_STEP.__getitem__, _ANY.findall(markup))
    return max(accumulate(steps), default=0)


def _cleaner(work: "_Pass | None") -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(DROPPED),
        attributes=ATTRIBUTES,
        attribute_filter=work,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {_MARK: "-"}},
        url_schemes=_SCHEMES,
    )


class _Pass:
    """The filter of the last pass. It is called for each attribute, in the order of the markup."""

    def __init__(
        self, markup: str, part: Rewrite, image: Rewrite, organisation: Organisation
    ) -> None:
        self._part, self._image = part, image
        self._marks = iter(
            [mark(_words(m[1]).get("href", ""), m[2], organisation)
             for m in _LINK.finditer(markup)]
        )  # fmt: skip
        self._hidden = _hidden_images(markup)
        self.remote = self.trackers = self.other = 0
        self.colours = False
        self._handlers: dict[str, Rewrite] = {
            "style": self._style,
            _MARK: self._link_mark,
            "href": target,
            "src": self._source,
            "background": self._background,
            "bgcolor": self._colour,
            "color": self._colour,
            "bordercolor": self._colour,
            "usemap": _place,
            **dict.fromkeys(_SIZES, _size),
            **dict.fromkeys(_SPANS, _span),
        }

    def __call__(self, _: str, name: str, value: str) -> str | None:
        handle = self._handlers.get(name)
        if handle is not None:
            return handle(value)
        return value if len(value) <= MAX_URL else None

    def _style(self, value: str) -> str | None:
        style = html_style.filter_attribute(value)
        self.other += style.loads
        self.colours = self.colours or style.colours
        return style.text or None

    def _link_mark(self, _: str) -> str | None:
        return next(self._marks, "") or None

    def _background(self, _: str) -> str | None:
        self.other += 1
        return None

    def _colour(self, value: str) -> str | None:
        self.colours = True
        return value if COLOUR.match(value) else None

    def _source(self, url: str) -> str | None:
        url = _IGNORED.sub("", url.strip(_BLANKS))
        if url[:5].lower() == "data:":
            return url if len(url) <= MAX_DATA_URL and _DATA.match(url) else None
        if url[:4].lower() == "cid:":
            return self._part(content_id(url[4:]))
        if len(url) > MAX_URL or not _REMOTE.match(url):
            return None
        if url in self._hidden:
            self.trackers += 1
            return None
        self.remote += 1
        address = target("https:" + url if url.startswith("//") else url)
        return None if address is None else self._image(address)


def _place(value: str) -> str | None:
    return value if value.startswith("#") else None


def _size(value: str) -> str | None:
    return _number(value, 4000)


def _span(value: str) -> str | None:
    return _number(value, 1000)


@lru_cache(1024)
def _number(value: str, most: int) -> str | None:
    match = _SIZE.match(value[:20])
    if match is None:
        return None
    return f"{min(int(match[1]), most)}{'%' if match[2] == '%' else ''}"


def _words(attributes: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _PAIR.findall(attributes)}


def _hidden_images(markup: str) -> frozenset[str]:
    """Return the sources of images that count openings."""
    found = set()
    for match in _IMG.finditer(markup):
        said = _words(match[1])
        url = _IGNORED.sub("", said.get("src", "").strip(_BLANKS))
        if _REMOTE.match(url):
            sizes = said.get("width", ""), said.get("height", "")
            if is_tracker(url, *sizes, said.get("style", "")):
                found.add(url)
    return frozenset(found)


_FIRST: Final = _cleaner(None)


def content_id(url: str) -> str:
    """Return the Content-ID that what follows "cid:" names (RFC 2392 §2)."""
    return unquote(url[:MAX_URL], errors="replace").strip().strip("<>")
