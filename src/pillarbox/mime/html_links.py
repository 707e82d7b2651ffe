"""Where links of a message lead, and whether they say so. Pure; never raises.

A link is conspicuous when its text is itself an address on another organisation's site, or
when the host's name mixes scripts so that it looks like another. A `www.`, a path or another
case makes no difference: alarms that are mostly false are worse than none.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from typing import Final

import idna

MAX_URL: Final = 8_000  # characters
MAX_TEXT: Final = 300  # characters of a link's text that are looked at

_LEADING: Final = "".join(map(chr, range(0x21)))
_DROPPED: Final = re.compile("[\t\n\r]")  # browsers leave them out anywhere
_ABSOLUTE: Final = re.compile(r"(https?)://([^\s/?#\\]+)([^\s]*)", re.IGNORECASE)
_OTHER: Final = re.compile(r"(?:mailto|tel):[^\s<>\"]+\Z", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(?:[^@]*@)?(\[[0-9a-f:.]+\]|[^@:\[\]<>\"'`|^{}\\%]+)(?::\d{0,5})?\Z", re.IGNORECASE
)
_SHOWN: Final = re.compile(
    r"(https?://)?((?:[\w-]{1,63}\.)+[\w-]{2,63})\.?(?::\d{1,5})?([/?#]\S*)?\Z", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^>]*>")

Organisation = Callable[[str], str]
"""Returns the registrable domain of a host name, "" if it has none or is none."""


def same_host(host: str) -> str:
    """Return the host itself: an Organisation for who has no list of public suffixes."""
    return host


@lru_cache(2048)
def target(url: str) -> str | None:
    """Return a link's target as it may stand in the frame, None if it may not.

    http, https, mailto and tel only (RFC 3986, RFC 6068, RFC 3966), and places in the message.
    """
    url = _DROPPED.sub("", url[: MAX_URL + 1]).strip(_LEADING)
    if len(url) > MAX_URL:
        return None
    if url.startswith("#"):
        return url if url.isprintable() and " " not in url else None
    if _OTHER.match(url):
        return url
    url = url.replace(" ", "%20")
    match = _ABSOLUTE.match(url)
    if match is None or match.end() != len(url) or not _host(match[2]):
        return None
    return f"{match[1].lower()}://{match[2]}{match[3]}"


def host_of(url: str) -> str:
    """Return the host of an http or https URL in lower case and A-labels, "" for others."""
    match = _ABSOLUTE.match(url)
    return _host(match[2]) if match else ""


@lru_cache(1024)
def _host(authority: str) -> str:
    match = _HOST.match(authority)
    if match is None:
        return ""
    host = match[1].lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, ValueError):
        return ""


@lru_cache(1024)
def readable_host(host: str) -> str:
    """Return a host with its A-labels decoded (RFC 5890 §2.3.2.1); as it is if that fails."""
    labels = []
    for label in host.split("."):
        try:
            labels.append(idna.decode(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError, ValueError):
            labels.append(label)
    return ".".join(labels)


def mixes_scripts(host: str) -> bool:
    """Tell whether a label of a readable host has letters of scripts that look alike."""
    return any(len(_scripts(label)) > 1 for label in host.split("."))


@lru_cache(1024)
def _scripts(label: str) -> frozenset[str]:
    """Return which of the scripts that look alike a label has letters of (UTS #39 §5.1)."""
    found = {unicodedata.name(char, "").split(" ", 1)[0] for char in label if char.isalpha()}
    return frozenset(found & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


def mark(href: str, inner: str, organisation: Organisation) -> str:
    """Return what is to be told of a link, as words with spaces between, "" if nothing.

    inner: the HTML between its tags. "shows=HOST": the text is an address on that host.
    "host=HOST": the host as people read it, where it is written in A-labels. "mixed": it mixes
    scripts.
    """
    host = host_of(target(href) or "")
    if not host:
        return ""
    found = []
    text = unescape(_TAG.sub("", inner[: 8 * MAX_TEXT])).strip()[:MAX_TEXT]
    shown = _SHOWN.match(text)
    if shown is not None and (claimed := _host(shown[2])) and claimed != host:
        theirs = organisation(claimed)
        sure = shown[1] or text.lower().startswith("www.") or theirs
        if sure and (theirs or claimed) != (organisation(host) or host):
            found.append(f"shows={claimed}")
    if "xn--" in host:
        readable = readable_host(host)
        found.append(f"host={readable}")
        if mixes_scripts(readable):
            found.append("mixed")
    return " ".join(found)
