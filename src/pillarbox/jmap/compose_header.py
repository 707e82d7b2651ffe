"""Header fields from the values that clients give (RFC 8621 §4.1.2, §4.6). Pure.

What is written is the plainest form that holds the value: names and texts are encoded where they
are not ASCII, addresses stay as they are. No value can begin a field of its own.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from pillarbox.jmap.dates import parse_date
from pillarbox.jmap.header_forms import HeaderProperty
from pillarbox.mime.addresses import Mailbox, format_mailbox, format_phrase, parse_addresses
from pillarbox.mime.build import format_field
from pillarbox.mime.date import format_date
from pillarbox.mime.words import encode_words

MAX_VALUES: Final = 1000
"""Addresses, identifiers or URLs in one field, and fields of one name."""
MAX_TEXT: Final = 100_000  # characters of one value
MAX_LINE: Final = 998  # octets (RFC 5322 §2.1.1)

_BREAK: Final = re.compile(r"\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n|\0")
_ID: Final = re.compile(r"[^\s<>]{1,900}")
_URL: Final = re.compile(r"[^\s<>]{1,2000}")


class WrongValue(ValueError):
    """The value is none that the form can hold."""


def write(wanted: HeaderProperty, value: Any) -> bytes:
    """Return the field, or fields, complete with line ends; nothing for None.

    Raises WrongValue.
    """
    if value is None:
        return b""
    values = value if wanted.all else [value]
    if not isinstance(values, list) or len(values) > MAX_VALUES:
        raise WrongValue
    return b"".join(_write(wanted, one) for one in values)


def _write(wanted: HeaderProperty, value: Any) -> bytes:
    if wanted.form == "Raw":
        return _raw(wanted.name, value)
    written = _FORMS[wanted.form](value)
    return format_field(wanted.name, written) if written else b""


def _raw(name: str, value: Any) -> bytes:
    """Write octets as they are; where lines are too long for mail, fold them."""
    text = _string(value)
    if _BREAK.search(text):
        raise WrongValue
    octets = text.encode("utf-8", "replace")
    field = name.encode() + b":" + (octets if octets[:1] in {b" ", b"\t", b"\r"} else b" " + octets)
    if any(len(line) > MAX_LINE for line in field.split(b"\r\n")):
        return format_field(name, octets.strip())
    return field + b"\r\n"


def _string(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise WrongValue
    return value


def _strings(value: Any, pattern: re.Pattern[str]) -> list[str]:
    if not isinstance(value, list) or not value or len(value) > MAX_VALUES:
        raise WrongValue
    if not all(isinstance(one, str) and pattern.fullmatch(one) for one in value):
        raise WrongValue
    return value


def _text(value: Any) -> bytes:
    text = " ".join(_string(value).splitlines())
    return encode_words(text)


def mailbox(value: Any) -> Mailbox:
    """Read an EmailAddress; what is no address is kept for a draft. Raises WrongValue."""
    if not isinstance(value, dict) or set(value) - {"name", "email"}:
        raise WrongValue
    name, email = value.get("name"), value.get("email")
    if not isinstance(email, str) or not (name is None or isinstance(name, str)):
        raise WrongValue
    if len(email) > MAX_LINE or len(name or "") > MAX_TEXT:
        raise WrongValue
    found = parse_addresses(email.encode("utf-8", "replace"))
    shown = " ".join((name or "").split())
    if len(found) == 1 and isinstance(found[0], Mailbox) and found[0].domain:
        return Mailbox(shown, found[0].localpart, found[0].domain)
    loose = " ".join(email.replace("<", "").replace(">", "").split())
    return Mailbox(shown, loose, "")


def _mailbox(value: Any) -> bytes:
    found = mailbox(value)
    if found.domain:
        return format_mailbox(found)
    loose = found.localpart.encode("utf-8", "replace")
    name = format_phrase(found.display_name)
    return name + b" <" + loose + b">" if name else loose


def _addresses(value: Any) -> bytes:
    if not isinstance(value, list) or len(value) > MAX_VALUES:
        raise WrongValue
    return b", ".join(map(_mailbox, value))


def _grouped(value: Any) -> bytes:
    if not isinstance(value, list) or len(value) > MAX_VALUES:
        raise WrongValue
    found: list[bytes] = []
    for group in value:
        if not isinstance(group, dict) or set(group) - {"name", "addresses"}:
            raise WrongValue
        name = group.get("name")
        members = _addresses(group.get("addresses"))
        if name is None:
            found += [members] if members else []
            continue
        phrase = format_phrase(" ".join(_string(name).split())) or b'""'
        found.append(phrase + b": " + members + b";")
    return b", ".join(found)


def _ids(value: Any) -> bytes:
    return " ".join(f"<{one}>" for one in _strings(value, _ID)).encode("utf-8", "replace")


def _date(value: Any) -> bytes:
    found = parse_date(value)
    if found is None:
        raise WrongValue
    return format_date(found).encode()


def _urls(value: Any) -> bytes:
    return ", ".join(f"<{one}>" for one in _strings(value, _URL)).encode("utf-8", "replace")


_FORMS: Final[dict[str, Callable[[Any], bytes]]] = {
    "Text": _text,
    "Addresses": _addresses,
    "GroupedAddresses": _grouped,
    "MessageIds": _ids,
    "Date": _date,
    "URLs": _urls,
}
