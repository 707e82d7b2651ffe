"""One transaction for one message: file it, queue it, keep its trace.

Whatever a message needs to be acknowledged happens here, together or not at all: copies
in local mailboxes, queue rows for other servers, and the trace. Runs on the writer
thread, on either database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pillarbox.delivery import away, people
from pillarbox.delivery.envelope import Envelope, Recipient
from pillarbox.delivery.route import Local
from pillarbox.mailauth.alignment import normalise
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.header import Header
from pillarbox.mime.summary import Summary
from pillarbox.store import correspondents, messages, queue, traces, wishes
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.mailboxes import Role
from pillarbox.store.wishes import Wish
from pillarbox.trace.step import Step, Trace

_NAMES = {Role.INBOX: "INBOX", Role.JUNK: "Junk", Role.ARCHIVE: "Archive"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Copies for other servers, with the reverse-path they leave with."""

    sender: str
    recipients: tuple[Recipient, ...]


NOBODY: Final = AccountId(0)
BRIEF_TARGETS: Final = 20  # of one message that take less than a few milliseconds


@dataclass(slots=True)
class Filing:
    """What is to be done with one message whose blob is durable.

    local: the accounts, each once. outgoing: by reverse-path; what leaves is the last blob, of
    `outgoing_octets`. account_id: whose mail it is, 0 for mail of no account. trace: finished
    but for the steps of this filing. told: it was saved before, and these are later steps.
    header: of what who is away may owe an answer to, None for what nobody does.
    """

    summary: Summary
    received_at: datetime
    expires_at: datetime
    envelope: Envelope
    trace: Trace
    role: Role = Role.INBOX
    local: Sequence[Local] = ()
    outgoing: Sequence[Outgoing] = ()
    outgoing_octets: int = 0
    account_id: AccountId = NOBODY
    people: Sequence[Mailbox] = ()
    told: bool = False
    header: Header | None = None


@dataclass(slots=True)
class Filed:
    """What was done. refused: accounts that could not take it, with the reason."""

    delivered: list[messages.Delivered] = field(default_factory=list)
    refused: list[tuple[Local, messages.Refusal]] = field(default_factory=list)
    queued: int = 0


async def submit(db: Database, filing: Filing, blobs: Sequence[bytes]) -> Filed:
    """Make the blobs durable and `file` the message."""
    if len(filing.local) + sum(len(o.recipients) for o in filing.outgoing) <= BRIEF_TARGETS:
        return await db.write_brief(file, filing, blobs=blobs)
    return await db.write(file, filing, blobs=blobs)


def file(tx: Transaction, filing: Filing) -> Filed:
    """Do it. Raises what the store raises: then nothing is done.

    What is kept here is `tx.blobs[0]`, what leaves is the last of them. If no account takes
    the message and nothing is queued, only the trace is kept.
    """
    filed = Filed()
    trace = filing.trace
    at = tx.now.timestamp()
    blob = tx.blobs[0]
    if filing.local:
        incoming = messages.Incoming(
            filing.summary, blob, filing.received_at, trace.id, trace.header_from
        )
        targets = [messages.Target(local.account_id, filing.role) for local in filing.local]
        outcomes = messages.deliver_many(tx, targets, incoming)
        for local, outcome in zip(filing.local, outcomes, strict=True):
            if isinstance(outcome, messages.Refusal):
                filed.refused.append((local, outcome))
                continue
            filed.delivered.append(outcome)
            role = filing.role if outcome.wish is None else wishes.ROLES[outcome.wish]
            params = {"account": local.address, "mailbox": _NAMES.get(role, role.value)}
            if outcome.wish is not None:
                told = params | {"sender": trace.header_from}
                trace.steps.append(Step(key=f"own.{outcome.wish.value}", at=at, params=told))
            trace.steps.append(Step(key="filed", at=at, params={**params, "uid": outcome.uid}))
        if filing.role is Role.INBOX:
            _remember_author(tx, filing, filed)
            _note_away(tx, filing, filed)
        if _all_blocked(filed) and trace.action == "delivered":
            trace.action = "junked"
    for outgoing in filing.outgoing:
        filed.queued += len(outgoing.recipients)
        names = [recipient.address for recipient in outgoing.recipients]
        trace.steps.append(Step(key="queued", at=at, params={"recipients": names}))
        enqueue(tx, filing, outgoing)
    if filing.people and (filed.delivered or filed.queued):
        correspondents.note_sent(tx, filing.account_id, filing.people)
    if filing.told:
        traces.append(tx, trace.id, trace.steps, trace.action)
    elif trace.steps:
        traces.save(tx, traces.prepare(trace))
    return filed


def _remember_author(tx: Transaction, filing: Filing, filed: Filed) -> None:
    """Let the accounts that got a message remember who wrote it."""
    wanted = [
        outcome.account_id
        for outcome in filed.delivered
        if outcome.wish is None and not outcome.again
    ]
    for author in people.author(filing.trace, filing.summary.from_text) if wanted else ():
        correspondents.note_received(tx, wanted, author)


def _note_away(tx: Transaction, filing: Filing, filed: Filed) -> None:
    """Let who is away owe an answer to what came to their inbox."""
    if filing.header is None:
        return
    wanted = {d.account_id for d in filed.delivered if d.wish is None and not d.again}
    here = [local for local in filing.local if local.account_id in wanted]
    if here:
        away.note(tx, filing.header, filing.envelope.sender, here, filing.trace)


def _all_blocked(filed: Filed) -> bool:
    """Tell whether nobody who got the message wanted it."""
    wanted = [outcome for outcome in filed.delivered if outcome.wish is not Wish.BLOCKED]
    return bool(filed.delivered) and not wanted


def enqueue(tx: Transaction, filing: Filing, outgoing: Outgoing) -> None:
    """Put one set of recipients in the queue."""
    envelope = filing.envelope
    item = queue.NewItem(
        blob=tx.blobs[-1],
        octets=filing.outgoing_octets or filing.summary.size,
        sender=outgoing.sender,
        expires_at=filing.expires_at,
        account_id=filing.account_id,
        trace_id=filing.trace.id,
        envid=envelope.envid,
        ret=envelope.ret,
        body_type=envelope.body,
        smtputf8=envelope.smtputf8,
        require_tls=envelope.require_tls,
    )
    recipients = [
        queue.NewRecipient(
            recipient.address,
            domain_of(recipient.address),
            notify=",".join(recipient.notify),
            orcpt=recipient.orcpt,
        )
        for recipient in outgoing.recipients
    ]
    queue.enqueue(tx, item, recipients)


def domain_of(address: str) -> str:
    """Return what attempts are grouped by: the domain of an address, normalised."""
    domain = address.rpartition("@")[2]
    return normalise(domain) or domain.lower()
