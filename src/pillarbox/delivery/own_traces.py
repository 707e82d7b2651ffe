"""Traces for the people whose mail it is: who may read one, and which part of it.

A trace belongs to an account that sent the message, and to those that it was for: it lies in a
mailbox of theirs, was put into one, or was refused and would have been. `trace/reader` takes out
what is others' business.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.delivery.route import Local, resolve
from pillarbox.mailauth import psl
from pillarbox.mailauth.alignment import normalise
from pillarbox.mime import envelope
from pillarbox.store import history, message_traces, refused, traces
from pillarbox.store.accounts import Account
from pillarbox.store.database import Transaction
from pillarbox.store.ids import MessageId, moment
from pillarbox.trace import reader
from pillarbox.trace.page import NOTHING_SHOWN, Relation, Shown
from pillarbox.trace.step import Trace
from pillarbox.trace.view import Earlier

MAX_ID: Final = 40  # characters of a trace's id that are looked at


@dataclass(frozen=True, slots=True)
class Seen:
    """What one account may read of a trace.

    part: its own part. told_by: what the fates of the recipients of `part` are read from; never
    to be shown. earlier: mail that came before, None where that is not the question. shown: what
    the reader sees of the message, as far as it is here.
    """

    part: Trace
    told_by: Trace
    earlier: Earlier | None = None
    shown: Shown = NOTHING_SHOWN


def of_messages(
    tx: Transaction, account: Account, message_ids: Collection[MessageId], separator: str
) -> dict[MessageId, Seen]:
    """Return what an account may read of the traces of its own messages.

    Messages that do not exist, and those without a trace, are missing. separator: of subaddresses.
    """
    found = {}
    for message_id, named in message_traces.names(tx, account.account_id, message_ids).items():
        # What a program put into Sent itself has no trace of its own; the sending has.
        trace_id = named.trace_id or message_traces.sent(tx, account.address, named.header_id)
        seen = _open(tx, account, trace_id, separator, owned=True)
        if seen is not None:
            found[message_id] = replace(seen, shown=shown_of(named.envelope))
    return found


def shown_of(octets: bytes) -> Shown:
    """Return what a reader sees, from a message's envelope; nothing of what is none."""
    try:
        read = envelope.read(octets)
    except ValueError:
        return NOTHING_SHOWN
    author, answered = (next(iter(some or ()), None) for some in (read.from_, read.reply_to))
    if author is None:
        return NOTHING_SHOWN
    if answered is None:
        return Shown(author.display_name)
    relation: Relation = "other"
    mine, theirs = normalise(author.domain), normalise(answered.domain)
    if mine == theirs and author.localpart.lower() == answered.localpart.lower():
        relation = "same"
    elif mine and psl.organisational_domain(mine) == psl.organisational_domain(theirs):
        relation = "organisation"
    return Shown(author.display_name, f"{answered.localpart}@{answered.domain}", relation)


def find(tx: Transaction, account: Account, trace_id: str, separator: str) -> Seen | None:
    """Return what an account may read of a trace; None if it is none of its business."""
    return _open(tx, account, trace_id[:MAX_ID], separator, owned=False)


def _open(
    tx: Transaction, account: Account, trace_id: str, separator: str, *, owned: bool
) -> Seen | None:
    """Do it. owned: a message of the account has this trace."""
    if not trace_id:
        return None
    try:
        whole = traces.get(tx, trace_id)
    except NotFound:
        return None
    # An address may have been somebody else's before.
    ours = moment(round(whole.started_at * 1_000_000)) >= account.created_at
    if ours and whole.direction == "submitted" and whole.account == account.address:
        return Seen(reader.as_sender(whole), whole)
    filed = ours and reader.is_filed_for(whole, account.address)
    if not (owned or filed or refused.is_reader(tx, account.account_id, trace_id)):
        return None
    led = reader.recipients_of(whole, account.address)
    if not led:
        # Refused before anybody was looked up; and what came while the address was another.
        led = tuple(
            address for address in whole.recipients if _leads(tx, address, account, separator)
        )
    part = reader.as_recipient(whole, account.address, led)
    return Seen(part, part, history.earlier(tx, part))


def _leads(tx: Transaction, address: str, account: Account, separator: str) -> bool:
    return any(
        isinstance(target, Local) and target.account_id == account.account_id
        for target in resolve(tx, address, separator).targets
    )
