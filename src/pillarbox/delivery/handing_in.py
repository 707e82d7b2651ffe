"""Mail that lies in a mailbox, handed in to be sent: at once or at its time (RFC 8621 §7).

The way is that of SMTP submission (`submission.py`); here it is joined with what the account keeps
of it, and with what the client wants done with its copy: all of it in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pillarbox.base.clock import Clock
from pillarbox.base.errors import OverQuota
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery import envelopes
from pillarbox.delivery.envelope import Client, Envelope
from pillarbox.delivery.filing import Filed, Filing, file
from pillarbox.delivery.inbound import Answer
from pillarbox.delivery.route import Routing, resolve
from pillarbox.delivery.submission import Held, Ready, Submission
from pillarbox.store import messages, submissions, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.submissions import NewSubmission
from pillarbox.trace.step import Step

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """A message to be sent. octets: of the email `message_id`."""

    client: Client
    envelope: Envelope
    octets: bytes
    message_id: int
    identity_id: int


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What was handed in. changed: accounts, 0 for the queue. then: what the caller's part gave."""

    submission_id: int
    changed: set[int]
    then: T


class HandingIn:
    """Takes emails that accounts have. separator: of subaddresses."""

    def __init__(self, db: Database, submission: Submission, clock: Clock, separator: str) -> None:
        self._db = db
        self._submission = submission
        self._clock = clock
        self._separator = separator

    async def may_send_as(self, account: str, sender: str) -> bool:
        """Say whether an account may use an address."""
        return await self._submission.may_send_as(account, sender)

    async def routings(self, envelope: Envelope) -> list[Routing]:
        """Return where each recipient's mail goes now."""
        return await self._db.read(_routings, envelope, self._separator)

    async def hand_in(
        self, order: Order, then: Callable[[Transaction, int], T]
    ) -> Taken[T] | Answer:
        """Send a message, or keep it until its time; or refuse it, which is then traced.

        then: runs in the same transaction, with the submission's id; whatever it raises, nothing
        is sent. Raises OverQuota if no recipient here has room, and what the store raises.
        """
        until = order.envelope.hold_until
        if until is not None and until > self._clock.now():
            held = await self._submission.hold(order.client, order.envelope, order.octets)
            if isinstance(held, Answer):
                return held
            found = await self._db.write(_hold, order, held, then)
        else:
            routings = await self.routings(order.envelope)
            ready = await self._submission.prepare(
                order.client, order.envelope, routings, order.octets
            )
            if isinstance(ready, Answer):
                return ready
            found = await self._db.write(_send, order, ready, then, blobs=(ready.octets,))
        MESSAGES_IN.add("queued" if 0 in found.changed else "delivered")
        return found

    async def report(
        self, client: Client, envelope: Envelope, octets: bytes, then: Callable[[Transaction], T]
    ) -> "tuple[set[int], T] | Answer":
        """Send a report about a message, of which nothing is kept here; or refuse it.

        then: runs in the same transaction. Raises OverQuota, and what the store raises. Returns
        the accounts that changed, 0 for the queue, and what `then` gave.
        """
        routings = await self.routings(envelope)
        ready = await self._submission.prepare(client, envelope, routings, octets)
        if isinstance(ready, Answer):
            return ready
        # Who asked for a report is nobody whom the account wrote to.
        filing = replace(ready.filing, people=())
        found = await self._db.write(_report, client, filing, then, blobs=(ready.octets,))
        MESSAGES_IN.add("queued" if 0 in found[0] else "delivered")
        return found


def _routings(tx: Transaction, envelope: Envelope, separator: str) -> list[Routing]:
    return [resolve(tx, recipient.address, separator) for recipient in envelope.recipients]


def _hold(
    tx: Transaction, order: Order, held: Held, then: Callable[[Transaction, int], T]
) -> Taken[T]:
    account_id = AccountId(order.client.account_id)
    new = replace(held.new, message_id=order.message_id, identity_id=order.identity_id)
    number = submissions.add(tx, account_id, new, "pending")
    traces.save(tx, traces.prepare(held.trace))
    return Taken(number, {account_id, 0}, then(tx, number))


def _report(
    tx: Transaction, client: Client, filing: Filing, then: Callable[[Transaction], T]
) -> tuple[set[int], T]:
    changed = _file(tx, client, filing)
    return changed, then(tx)


def _file(tx: Transaction, client: Client, filing: Filing) -> set[int]:
    """File and queue; return who changed. Raises OverQuota if nobody has room."""
    account_id = AccountId(client.account_id)
    messages.lock(tx, {account_id, *(local.account_id for local in filing.local)})
    steps = list(filing.trace.steps)
    filed: Filed = file(tx, filing)
    filing.trace.steps = steps  # A transaction may run again.
    if not filed.delivered and not filed.queued:
        raise OverQuota("no recipient here has room")
    changed: set[int] = {account_id, *(d.account_id for d in filed.delivered)}
    return changed | {0} if filed.queued else changed


def _send(
    tx: Transaction, order: Order, ready: Ready, then: Callable[[Transaction, int], T]
) -> Taken[T]:
    account_id = AccountId(order.client.account_id)
    filing = ready.filing
    changed = _file(tx, order.client, filing)
    new = NewSubmission(
        send_at=tx.now,
        expires_at=filing.expires_at,
        trace_id=filing.trace.id,
        envelope=envelopes.write(order.envelope),
        client=envelopes.write_client(order.client),
        message_id=order.message_id,
        identity_id=order.identity_id,
    )
    number = submissions.add(tx, account_id, new, "final")
    return Taken(number, changed, then(tx, number))


def cancel(tx: Transaction, account_id: AccountId, submission_id: int) -> bool:
    """Take back what is not released yet, and tell whether that was in time. Raises NotFound."""
    found = submissions.find(tx, account_id, submission_id)
    if found is None or not submissions.end(tx, account_id, submission_id, "canceled"):
        return False
    step = Step(key="canceled", at=tx.now.timestamp())
    traces.append(tx, found.trace_id, [step])
    return True
