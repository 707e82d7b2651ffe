"""How a mailing list lets people leave: List-Unsubscribe and its one-click form.

RFC 2369 §3.2 names addresses in angle brackets, RFC 8058 says which of them may be asked without
the reader's doing. Pure; never raises.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote

from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.header import Header
from pillarbox.mime.html_links import host_of, target
from pillarbox.mime.words import visible

MAX_URLS: Final = 10
MAX_FIELD: Final = 8_000  # octets
MAX_TEXT: Final = 500  # characters of the subject or body of a message that is to be sent

_URL: Final = re.compile(r"<([^<>]*)>")
_ONE_CLICK: Final = re.compile(rb"\s*List-Unsubscribe\s*=\s*One-Click\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """The message that unsubscribes (RFC 6068 §2). subject, body: may be empty."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a message says of leaving its list.

    one_click: an https URL that may be asked by POST, if a signature covers the fields
    (RFC 8058 §4), else "". page: a URL for people, or "". letter: a message to send.
    """

    one_click: str = ""
    page: str = ""
    letter: Letter | None = None


NONE: Final = Leaving()


def read(header: Header) -> Leaving:
    """Return what the header says. Of several fields of one name none is believed."""
    fields = header.all("list-unsubscribe")
    if len(fields) != 1 or len(fields[0].value) > MAX_FIELD:
        return NONE
    found = _URL.findall(fields[0].value.decode("utf-8", "replace"))
    urls = ["".join(url.split()) for url in found[:MAX_URLS]]
    pages = [clean for url in urls if (clean := target(url)) and host_of(clean)]
    letters = [letter for url in urls if (letter := _letter(url))]
    secure = next((url for url in pages if url.startswith("https://")), "")
    posts = header.all("list-unsubscribe-post")
    one_click = len(posts) == 1 and _ONE_CLICK.fullmatch(posts[0].value) is not None
    return Leaving(
        secure if one_click else "",
        secure or next(iter(pages), ""),
        letters[0] if letters else None,
    )


def _letter(url: str) -> Letter | None:
    if url[:7].lower() != "mailto:":
        return None
    address, _, query = url[7:].partition("?")
    found = parse_addresses(unquote(address, errors="replace").encode("utf-8", "replace"))
    if len(found) != 1 or not isinstance(found[0], Mailbox) or not found[0].domain:
        return None
    said: dict[str, str] = {}
    for name, value in parse_qsl(query.replace("+", "%2B"), max_num_fields=None):
        said.setdefault(name.lower(), value)
    body = "\n".join(visible(line) for line in said.get("body", "").splitlines())
    subject = visible(said.get("subject", ""))
    return Letter(str(found[0]), subject[:MAX_TEXT], body[:MAX_TEXT])
