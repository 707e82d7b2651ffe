"""The property `snoozed` of Email (urn:pillarbox:jmap:snooze; docs/sending.md)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from pillarbox.jmap import ids
from pillarbox.jmap.dates import format_utc_date, parse_utc_date
from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.extras import EmailExtra
from pillarbox.serve.jmap.method import Capability
from pillarbox.store import mailboxes, snoozes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.snoozes import Snooze

URN: Final = "urn:pillarbox:jmap:snooze"
MAX_DAYS: Final = 366 * 5
_NAMES: Final = frozenset({"until", "moveToMailboxId"})


def capability() -> Capability:
    """Return what app.py gives to the API."""
    return Capability(URN, {}, account=lambda _: {"maxDays": MAX_DAYS})


def extra() -> EmailExtra:
    """Return the property."""
    return EmailExtra("snoozed", URN, _load, _change, _check)


def _load(
    tx: Transaction, account_id: AccountId, numbers: Sequence[int], _: Mapping[str, Any]
) -> Mapping[int, Any]:
    return {
        number: {
            "until": format_utc_date(found.until),
            "moveToMailboxId": (
                ids.make(ids.MAILBOX, found.mailbox_id) if found.mailbox_id else None
            ),
        }
        for number, found in snoozes.find(tx, account_id, numbers).items()
    }


def _read(tx: Transaction, account_id: AccountId, value: Any) -> Snooze:
    """Read the value. Raises SetError."""
    wrong = SetError("invalidProperties", "until, and moveToMailboxId or null", ["snoozed"])
    if not isinstance(value, dict) or not value.keys() <= _NAMES:
        raise wrong
    until = parse_utc_date(value.get("until"))
    if until is None or until > tx.now + timedelta(days=MAX_DAYS):
        raise wrong
    target = value.get("moveToMailboxId")
    number = 0 if target is None else ids.number(ids.MAILBOX, target)
    known = {one.mailbox_id for one in mailboxes.list_(tx, account_id)}
    if number is None or (number and number not in known):
        raise wrong
    return Snooze(until, number)


def _check(tx: Transaction, account_id: AccountId, value: Any) -> None:
    _read(tx, account_id, value)


def _change(tx: Transaction, account_id: AccountId, number: int, value: Any) -> None:
    if value is None:
        snoozes.end(tx, account_id, MessageId(number))
    else:
        snoozes.put(tx, account_id, MessageId(number), _read(tx, account_id, value))
