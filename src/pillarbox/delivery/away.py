"""Whether somebody who is away owes an answer: decided in the transaction that files the message.

The rules are those of Sieve's vacation (RFC 5230 §4) and of automatic answers (RFC 3834): people
alone are answered, who wrote to the account by name, once in a while. What is owed is written
down here; `vacation.py` sends it.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pillarbox.base.errors import TooMany
from pillarbox.delivery.automatic import unanswerable
from pillarbox.delivery.route import Local
from pillarbox.mime.addresses import mailboxes
from pillarbox.mime.header import Header
from pillarbox.mime.thread import message_ids
from pillarbox.store import aliases, vacations
from pillarbox.store.database import Transaction
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

MAX_SUBJECT: Final = 200  # characters
MAX_REFERENCES: Final = 20
MAX_FIELD: Final = 20_000  # octets of an address field
_NAMED: Final = ("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc")
_DOUBTED: Final = frozenset({"misfit", "forged"})


class About(msgspec.Struct, frozen=True):
    """What an answer is about. sender: who gets it. own: the address that was written to.

    message_id, references: without brackets. trace: of the message that is answered.
    """

    sender: str
    own: str
    subject: str
    message_id: str
    references: tuple[str, ...]
    trace: str


def note(
    tx: Transaction, header: Header, sender: str, delivered: Sequence[Local], trace: Trace
) -> None:
    """Write down who owes an answer, and tell the trace of it.

    delivered: the accounts whose inbox got the message. sender: the envelope's.
    """
    away = vacations.away(tx, [local.account_id for local in delivered])
    at = tx.now.timestamp()
    for local in delivered:
        if local.account_id not in away:
            continue
        why = _note(tx, header, sender, local, trace)
        params: dict[str, Any] = {"account": local.address, "sender": sender}
        step = Step(key="vacation", at=at, params=params, rfc="RFC 3834 §2")
        if why:
            params["why"] = phrase(f"unanswered-{why}")
            step = Step(key="vacation.none", at=at, params=params, rfc="RFC 3834 §2")
        trace.steps.append(step)


def _note(tx: Transaction, header: Header, sender: str, local: Local, trace: Trace) -> str:
    """Return why no answer is owed, as the end of a phrase's name; "" if it is."""
    if why := unanswerable(header, sender):
        return why
    if trace.verdict in _DOUBTED:
        return "doubted"
    own = _addresses(tx, local)
    if sender.lower() in own:
        return "own"
    named = [one for one in _named(header) if one in own or _is_detailed(one, local)]
    if not named:
        return "not-named"
    about = About(
        sender=sender,
        own=named[0] if named[0] in own else local.address,
        subject=header.text("subject")[:MAX_SUBJECT],
        message_id=header.message_id(),
        references=tuple(message_ids(header.value("references"))[-MAX_REFERENCES:]),
        trace=trace.id,
    )
    try:
        owed = vacations.owe(
            tx, local.account_id, sender, msgspec.json.encode(about).decode("utf-8")
        )
    except TooMany:
        return "many"
    return "" if owed else "again"


def _addresses(tx: Transaction, local: Local) -> set[str]:
    """Return the addresses that are this account's alone: nobody owes what is for a group."""
    own = {
        alias
        for alias in aliases.pointing_to(tx, local.address)
        if len(aliases.targets(tx, alias)) == 1
    }
    return {local.address, *own}


def _named(header: Header) -> list[str]:
    return [
        f"{one.localpart}@{one.domain}".lower()
        for name in _NAMED
        for field in header.all(name)
        for one in mailboxes(field.value[:MAX_FIELD])
    ]


def _is_detailed(address: str, local: Local) -> bool:
    """Tell whether it is a subaddress of the account, the one that was written to."""
    base, _, domain = local.address.rpartition("@")
    ending = f"{local.detail}@{domain}".lower()
    return bool(local.detail) and address.startswith(base) and address.endswith(ending)
