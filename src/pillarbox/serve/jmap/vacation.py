"""VacationResponse/get and /set (RFC 8621 §8); the answers are sent by delivery/vacation.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from pillarbox.base.errors import TooMany
from pillarbox.delivery.vacation import Words
from pillarbox.jmap.dates import format_utc_date, parse_utc_date
from pillarbox.jmap.error import SetError
from pillarbox.jmap.patch import apply_patch
from pillarbox.jmap.types.submission import names
from pillarbox.jmap.types.vacation import VacationResponse
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.singleton import ID, Singleton
from pillarbox.serve.visitor import Visitor
from pillarbox.store import vacations
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.vacations import Vacation

URN: Final = "urn:ietf:params:jmap:vacationresponse"
TYPE: Final = "VacationResponse"
MAX_SUBJECT: Final = 500  # characters
MAX_BODY: Final = 50_000
_LIMITS: Final = {"subject": MAX_SUBJECT, "textBody": MAX_BODY, "htmlBody": MAX_BODY}
_NAMES: Final = names(VacationResponse)


def capability() -> Capability:
    """Return what app.py gives to the API."""
    methods = Singleton(_NAMES, _find, _find_to_change, _change)
    return Capability(
        URN,
        {"VacationResponse/get": methods.get, "VacationResponse/set": methods.set},
        account=_account,
        states=_states,
    )


def _account(_: Visitor) -> Mapping[str, Any]:
    return {}


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {TYPE: str(vacations.version(tx, account_id))}


def _find(tx: Transaction, account_id: AccountId) -> tuple[int, dict[str, Any]]:
    version, found = vacations.find(tx, account_id)
    return version, _as_object(found)


def _find_to_change(tx: Transaction, account_id: AccountId) -> tuple[int, dict[str, Any]]:
    version, found = vacations.find_to_change(tx, account_id)
    return version, _as_object(found)


def _as_object(found: Vacation) -> dict[str, Any]:
    words = msgspec.json.decode(found.body or "{}", type=Words)
    whole: dict[str, Any] = msgspec.to_builtins(
        VacationResponse(
            is_enabled=found.enabled,
            from_date=_written(found.since),
            to_date=_written(found.until),
            subject=words.subject,
            text_body=words.text_body,
            html_body=words.html_body,
        )
    )
    return whole


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else format_utc_date(moment)


def _change(
    tx: Transaction, account_id: AccountId, before: dict[str, Any], patch: Mapping[str, Any]
) -> int:
    defaults: dict[str, Any] = msgspec.to_builtins(VacationResponse())
    changed = apply_patch(before, patch, defaults)
    if unknown := sorted(changed.keys() - _NAMES):
        raise _wrong(unknown[0][:100], "there is no such property")
    if changed["id"] != ID:
        raise _wrong("id", "the id cannot be changed")
    if not isinstance(changed["isEnabled"], bool):
        raise _wrong("isEnabled", "true or false")
    for name, most in _LIMITS.items():
        given = changed[name]
        if given is not None and (not isinstance(given, str) or len(given) > most):
            raise _wrong(name, f"a text of at most {most} characters, or null")
    subject = changed["subject"]
    if subject is not None and not subject.isprintable():
        raise _wrong("subject", "one line")
    since, until = _read("fromDate", changed), _read("toDate", changed)
    if since and until and since >= until:
        raise _wrong("toDate", "it is not after fromDate")
    words = Words(subject, changed["textBody"], changed["htmlBody"])
    body = msgspec.json.encode(words).decode()
    vacation = Vacation(changed["isEnabled"], since, until, body)
    try:
        return vacations.put(tx, account_id, vacation)
    except TooMany:
        raise SetError("tooLarge", f"at most {vacations.MAX_OCTETS} octets") from None


def _read(name: str, whole: Mapping[str, Any]) -> datetime | None:
    given = whole[name]
    if given is None:
        return None
    found = parse_utc_date(given)
    if found is None or found.year < 1971:
        raise _wrong(name, "a UTCDate since 1971, or null")
    return found


def _wrong(name: str, why: str) -> SetError:
    return SetError("invalidProperties", why, [name])
