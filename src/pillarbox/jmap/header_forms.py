"""Header fields as JMAP's forms: Raw, Text, Addresses, MessageIds, Date, URLs (RFC 8621 §4.1.2).

Pure and tolerant: whatever stands in a field gives a value or None, never an error. Only the
name of a property can be wrong (`parse_property`).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pillarbox.jmap.dates import format_date
from pillarbox.mime.addresses import Group, Mailbox, mailboxes, parse_addresses, quote_localpart
from pillarbox.mime.date import parse_date
from pillarbox.mime.header import Field, Header, unfold
from pillarbox.mime.thread import message_ids
from pillarbox.mime.words import decode_words

PREFIX: Final = "header:"
MAX_PROPERTY: Final = 400  # characters

_NAME: Final = re.compile(r"[!-9;-~]+")
_URL: Final = re.compile(r"<([^<>]*)>")
# RFC 8621 §4.1.2.2 drops controls that encoded words bring; raw ones do no good either.
_CONTROLS: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")

_ADDRESS_FIELDS: Final = frozenset(
    f"{resent}{name}"
    for resent in ("", "resent-")
    for name in ("from", "sender", "reply-to", "to", "cc", "bcc")
)
_ID_FIELDS: Final = frozenset({"message-id", "in-reply-to", "references", "resent-message-id"})
_DATE_FIELDS: Final = frozenset({"date", "resent-date"})
_TEXT_FIELDS: Final = frozenset({"subject", "comments", "keywords"})
_URL_FIELDS: Final = frozenset(
    f"list-{name}" for name in ("help", "unsubscribe", "subscribe", "post", "owner", "archive")
)
_OTHER: Final = frozenset({"return-path", "received"})
_KNOWN: Final = _ADDRESS_FIELDS | _ID_FIELDS | _DATE_FIELDS | _TEXT_FIELDS | _URL_FIELDS | _OTHER
"""The fields that RFC 5322 and RFC 2369 define: each has its own forms, others have all."""

_ALLOWED: Final = {
    "Raw": None,
    "Text": _TEXT_FIELDS,
    "Addresses": _ADDRESS_FIELDS,
    "GroupedAddresses": _ADDRESS_FIELDS,
    "MessageIds": _ID_FIELDS,
    "Date": _DATE_FIELDS,
    "URLs": _URL_FIELDS,
}


class HeaderProperty(NamedTuple):
    """What a property `header:...` asks for. name: of the field, as written."""

    name: str
    form: str
    all: bool


@lru_cache(1000)
def parse_property(text: str) -> HeaderProperty | None:
    """Read `header:Name[:asForm][:all]`; None if it is not well formed or the form not allowed."""
    if not text.startswith(PREFIX) or len(text) > MAX_PROPERTY:
        return None
    name, *rest = text[len(PREFIX) :].split(":")
    if not _NAME.fullmatch(name):
        return None
    form = "Raw"
    if rest and rest[0].startswith("as"):
        form = rest.pop(0)[2:]
    every = rest == ["all"]
    if (rest and not every) or form not in _ALLOWED:
        return None
    fields = _ALLOWED[form]
    lower = name.lower()
    if fields is not None and lower in _KNOWN and lower not in fields:
        return None
    return HeaderProperty(name, form, every)


def value(header: Header, wanted: HeaderProperty) -> Any:
    """Return the value of a property: of the last field of that name, or of all (§4.1.3)."""
    fields = header.all(wanted.name.lower())
    convert = FORMS[wanted.form]
    if wanted.all:
        return [convert(field) for field in fields]
    return convert(fields[-1]) if fields else None


def headers(header: Header) -> list[dict[str, str]]:
    """Return all fields in order, in the Raw form."""
    return [{"name": field.name, "value": raw(field)} for field in header.fields if field.name]


def raw(field: Field) -> str:
    """Return what follows the colon up to the CRLF that ends the field (§4.1.2.1)."""
    octets = field.rest
    if octets.endswith(b"\n"):
        octets = octets[: -2 if octets.endswith(b"\r\n") else -1]
    return octets.decode("utf-8", "replace").replace("\0", "")


def text(field: Field) -> str:
    """Return the text, unfolded and decoded (§4.1.2.2)."""
    found = decode_words(unfold(field.rest).rstrip(b"\r\n").lstrip(b" \t"))
    if not found.isprintable():
        found = _CONTROLS.sub("", found)
    return found if found.isascii() else unicodedata.normalize("NFC", found)


def address(mailbox: Mailbox) -> dict[str, str | None]:
    """Return an EmailAddress object (§4.1.2.3)."""
    name: str | None = unicodedata.normalize("NFC", mailbox.display_name) or None
    if mailbox.domain:
        return {"name": name, "email": str(mailbox)}
    if mailbox.localpart:
        return {"name": name, "email": quote_localpart(mailbox.localpart)}
    # Text that is no address, as in an unfinished draft.
    return {"name": None, "email": name or ""}


def addresses(field: Field) -> list[dict[str, str | None]]:
    """Return the addresses, those of groups too (§4.1.2.3)."""
    return [address(mailbox) for mailbox in mailboxes(field.value)]


def grouped_addresses(field: Field) -> list[dict[str, Any]]:
    """Return groups; addresses that stand in none make groups without a name (§4.1.2.4)."""
    found: list[dict[str, Any]] = []
    loose: list[dict[str, str | None]] | None = None
    for item in parse_addresses(field.value):
        if isinstance(item, Group):
            loose = None
            name = unicodedata.normalize("NFC", item.display_name)
            found.append({"name": name, "addresses": [address(m) for m in item.members]})
            continue
        if loose is None:
            loose = []
            found.append({"name": None, "addresses": loose})
        loose.append(address(item))
    return found


def ids(field: Field) -> list[str] | None:
    """Return message identifiers without brackets, None if there are none (§4.1.2.5)."""
    return message_ids(field.value) or None


def date(field: Field) -> str | None:
    """Return the date in its own zone, None if it is none (§4.1.2.6)."""
    found = parse_date(field.value)
    return None if found is None else format_date(found)


def urls(field: Field) -> list[str] | None:
    """Return the URLs in angle brackets, None if there are none (§4.1.2.7)."""
    found = [
        "".join(match.split())
        for match in _URL.findall(field.value.decode("utf-8", "replace").replace("\0", ""))
    ]
    return found or None


FORMS: Final[dict[str, Callable[[Field], Any]]] = {
    "Raw": raw,
    "Text": text,
    "Addresses": addresses,
    "GroupedAddresses": grouped_addresses,
    "MessageIds": ids,
    "Date": date,
    "URLs": urls,
}

CONVENIENCE: Final = {
    "messageId": HeaderProperty("Message-ID", "MessageIds", all=False),
    "inReplyTo": HeaderProperty("In-Reply-To", "MessageIds", all=False),
    "references": HeaderProperty("References", "MessageIds", all=False),
    "sender": HeaderProperty("Sender", "Addresses", all=False),
    "from": HeaderProperty("From", "Addresses", all=False),
    "to": HeaderProperty("To", "Addresses", all=False),
    "cc": HeaderProperty("Cc", "Addresses", all=False),
    "bcc": HeaderProperty("Bcc", "Addresses", all=False),
    "replyTo": HeaderProperty("Reply-To", "Addresses", all=False),
    "subject": HeaderProperty("Subject", "Text", all=False),
    "sentAt": HeaderProperty("Date", "Date", all=False),
}
"""Properties of Email that stand for a header property (RFC 8621 §4.1.3)."""


def find_invalid(properties: Iterable[str], known: frozenset[str]) -> Sequence[str]:
    """Return the names that are neither known properties nor well-formed header properties."""
    return [name for name in properties if name not in known and parse_property(name) is None]
