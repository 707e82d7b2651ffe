"""The envelope of a submission: as a client gives it, or as the header says (RFC 8621 §7). Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pillarbox.base.address import AddressProblem, parse
from pillarbox.jmap.dates import parse_utc_date
from pillarbox.jmap.error import SetError
from pillarbox.mime.addresses import mailboxes
from pillarbox.mime.header import Header

MAX_HOLD: Final = timedelta(days=366)
"""How long a message may wait (RFC 4865 §3)."""
EXTENSIONS: Final[Mapping[str, list[str]]] = {
    "DSN": [],
    "FUTURERELEASE": [str(int(MAX_HOLD.total_seconds()))],
    "REQUIRETLS": [],
    "SMTPUTF8": [],
    "8BITMIME": [],
}
"""What `parameters` may use."""
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_XTEXT: Final = re.compile(r"[!-~]{1,500}", re.ASCII)
_NOTIFY: Final = frozenset({"NEVER", "SUCCESS", "FAILURE", "DELAY"})


@dataclass(frozen=True, slots=True)
class Forward:
    """A recipient. notify, orcpt: RFC 3461 §4.1, §4.2."""

    email: str
    notify: tuple[str, ...] = ()
    orcpt: str = ""


@dataclass(slots=True)
class Handed:
    """An envelope. sender: "" for the null reverse-path. hold_until: None for at once."""

    sender: str
    recipients: tuple[Forward, ...]
    ret: str = ""
    envid: str = ""
    require_tls: bool = False
    hold_until: datetime | None = None


def _wrong(path: str, why: str = "") -> SetError:
    return SetError("invalidProperties", why, [path])


def read(value: Any, now: datetime) -> Handed:
    """Read what a client gives. Raises SetError invalidProperties, invalidRecipients."""
    if not isinstance(value, dict) or not value.keys() <= {"mailFrom", "rcptTo"}:
        raise _wrong("envelope")
    sender, parameters = _address(value.get("mailFrom"), "envelope/mailFrom")
    if sender and not _is_address(sender):
        raise _wrong("envelope/mailFrom", "not an address")
    recipients = value.get("rcptTo")
    if not isinstance(recipients, list):
        raise _wrong("envelope/rcptTo")
    handed = Handed(sender, tuple(_recipients(recipients)))
    _mail_parameters(handed, parameters, now)
    return handed


def derive(header: Header, fallback: str) -> Handed:
    """Return the envelope that a header says (RFC 8621 §7.5). fallback: of the identity."""
    sender = fallback
    for name in ("sender", "from"):
        named = [str(one) for field in header.all(name) for one in mailboxes(field.value)]
        if named:
            sender = named[0]
            break
    found: dict[str, Forward] = {}
    for name in ("to", "cc", "bcc"):
        for field in header.all(name):
            for one in mailboxes(field.value):
                if one.domain:
                    found.setdefault(str(one).lower(), Forward(str(one)))
    return Handed(sender, tuple(found.values()))


def check_recipients(handed: Handed, most: int) -> None:
    """Raise SetError noRecipients, tooManyRecipients, invalidRecipients."""
    if not handed.recipients:
        raise SetError("noRecipients")
    if len(handed.recipients) > most:
        raise SetError("tooManyRecipients", "", (), maxRecipients=most)
    bad = [one.email for one in handed.recipients if not _is_address(one.email)]
    if bad:
        raise invalid_recipients(bad)


def invalid_recipients(bad: Sequence[str]) -> SetError:
    """Return the error for recipients that cannot get the message."""
    return SetError("invalidRecipients", "", (), invalidRecipients=list(bad))


def _is_address(text: str) -> bool:
    try:
        return bool(parse(text).domain)
    except AddressProblem:
        return False


def _address(value: Any, path: str) -> tuple[str, dict[str, str]]:
    """Return an address and its parameters, names in capitals."""
    if not isinstance(value, dict) or not value.keys() <= {"email", "parameters"}:
        raise _wrong(path)
    email, parameters = value.get("email"), value.get("parameters")
    if not isinstance(email, str) or len(email) > 1000:
        raise _wrong(path)
    if parameters is None:
        return email, {}
    if not isinstance(parameters, dict) or len(parameters) > 50:
        raise _wrong(f"{path}/parameters")
    found = {}
    for name, given in parameters.items():
        if given is not None and not isinstance(given, str):
            raise _wrong(f"{path}/parameters")
        found[name.upper()] = given or ""
    return email, found


def _recipients(values: Sequence[Any]) -> list[Forward]:
    found: dict[str, Forward] = {}
    for value in values:
        email, parameters = _address(value, "envelope/rcptTo")
        notify: tuple[str, ...] = ()
        if "NOTIFY" in parameters:
            notify = tuple(parameters.pop("NOTIFY").upper().split(","))
            if not set(notify) <= _NOTIFY or ("NEVER" in notify and len(notify) > 1):
                raise _wrong("envelope/rcptTo", "NOTIFY")
        orcpt = parameters.pop("ORCPT", "")
        if parameters or (orcpt and not _XTEXT.fullmatch(orcpt)):
            raise _wrong("envelope/rcptTo", "a parameter that is not supported")
        found.setdefault(email.lower(), Forward(email, notify, orcpt))
    return list(found.values())


def _mail_parameters(handed: Handed, given: dict[str, str], now: datetime) -> None:
    path = "envelope/mailFrom/parameters"
    handed.hold_until = hold(given, now, path)
    handed.ret = given.pop("RET", "").upper()
    handed.envid = given.pop("ENVID", "")
    handed.require_tls = given.pop("REQUIRETLS", None) is not None
    for name in ("SIZE", "BODY", "SMTPUTF8"):
        given.pop(name, None)  # Found out from the message.
    if handed.ret not in {"", "FULL", "HDRS"}:
        raise _wrong(path, "RET")
    if given or (handed.envid and not _XTEXT.fullmatch(handed.envid)):
        raise _wrong(path, "a parameter that is not supported")


def hold(given: dict[str, str], now: datetime, path: str) -> datetime | None:
    """Take HOLDFOR or HOLDUNTIL out of parameters (RFC 4865 §4). Raises SetError."""
    seconds, date = given.pop("HOLDFOR", None), given.pop("HOLDUNTIL", None)
    if seconds is None and date is None:
        return None
    if seconds is not None:
        if date is not None or not _DIGITS.fullmatch(seconds):
            raise _wrong(path, "HOLDFOR")
        until = now + timedelta(seconds=int(seconds))
    else:
        found = parse_utc_date(date)
        if found is None:
            raise _wrong(path, "HOLDUNTIL")
        until = found
    if until > now + MAX_HOLD:
        raise _wrong(path, f"at most {MAX_HOLD.days} days")
    return until if until > now else None
