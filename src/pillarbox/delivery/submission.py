"""Mail from our own accounts: completed, signed, filed here and queued for elsewhere.

What is to wait for its time (RFC 4865) is checked at once and kept as it came; it is signed, and
its recipients are looked up, when it is released: `releasing.py`.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pillarbox.base.clock import Clock
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery import envelopes, people, stamp
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.filing import Filing, Outgoing, submit
from pillarbox.delivery.inbound import Answer, new_trace, route_steps
from pillarbox.delivery.route import Local, Routing, may_send_as
from pillarbox.delivery.signing import Signer
from pillarbox.mailauth.author import author_domains, authors
from pillarbox.mime.date import format_date
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.summary import summarise
from pillarbox.store import submissions, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.submissions import NewSubmission
from pillarbox.trace.step import Step, Trace

MAX_AUTHORS: Final = 10
_BCC: Final = re.compile(rb"^(?:resent-)?bcc:.*(?:\r\n[ \t].*)*\r\n", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Policy:
    """hostname: our name. separator: of subaddresses. expire: how long the queue tries."""

    hostname: str
    separator: str
    expire: timedelta


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that is signed. octets: the blob that `filing` is about."""

    filing: Filing
    octets: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A message that is to wait, not signed yet. trace: to be saved with it."""

    new: NewSubmission
    trace: Trace
    octets: bytes


class Submission:
    """Takes messages from signed-in accounts (RFC 6409)."""

    def __init__(self, db: Database, signer: Signer, clock: Clock, policy: Policy) -> None:
        self._db = db
        self._signer = signer
        self._clock = clock
        self._policy = policy

    async def may_send_as(self, account: str, sender: str) -> bool:
        """Say whether an account may use this reverse-path or author address."""
        return await self._db.read(may_send_as, account, sender, self._policy.separator)

    async def receive(
        self,
        client: Client,
        envelope: Envelope,
        routings: Sequence[Routing],
        message: bytes,
        accounts_changed: "set[int]",
    ) -> Answer:
        """Complete, sign, file and queue one message. Durable when it answers 250.

        Arguments as for `Inbound.receive`. Raises what the store raises.
        """
        if envelope.hold_until is not None and envelope.hold_until > self._clock.now():
            return await self._hold(client, envelope, message, accounts_changed)
        ready = await self.prepare(client, envelope, routings, message)
        if isinstance(ready, Answer):
            return ready
        filing = ready.filing
        filed = await submit(self._db, filing, (ready.octets,))
        if not filed.delivered and not filed.queued:
            return Answer(452, "4.2.2", "No recipient here has room for it", filing.trace.id)
        accounts_changed.update(d.account_id for d in filed.delivered)
        if filed.queued:
            accounts_changed.add(0)
        MESSAGES_IN.add(filing.trace.action)
        return Answer(250, "2.0.0", f"Accepted, trace {filing.trace.id}", filing.trace.id)

    async def prepare(
        self,
        client: Client,
        envelope: Envelope,
        routings: Sequence[Routing],
        message: bytes,
        begun: str = "",
    ) -> "Ready | Answer":
        """Complete and sign a message; or refuse it, which is then traced.

        begun: the trace of a message that was held until now, and was checked then.
        """
        now = self._clock.now()
        message = self._complete(message)
        header = parse_header(message)
        trace = new_trace("submitted", client, envelope, header, len(message), now)
        if begun:
            trace.id = begun
            trace.steps.append(released(envelope, now.timestamp()))
        else:
            trace.steps += arrival(client, envelope, now.timestamp(), len(message))
            if problem := await self.foreign_author(client, header):
                return await self._refuse(trace, 550, "5.7.1", problem, now.timestamp())
        domains = author_domains(header)
        signature, steps = await self._signer.sign(message, domains[0] if domains else "")
        trace.steps += steps
        received = stamp.received(
            client, envelope, by=self._policy.hostname, trace_id=trace.id, now=now
        )
        stamped = signature + received + message
        filing = Filing(
            summary=summarise(stamped),
            received_at=now,
            expires_at=now + self._policy.expire,
            envelope=envelope,
            trace=trace,
            account_id=AccountId(client.account_id),
            people=people.written_to(header, envelope),
            told=bool(begun),
            header=header,
        )
        filing.local, filing.outgoing = _targets(envelope, routings, trace, now.timestamp())
        trace.action = "queued" if filing.outgoing else "delivered"
        return Ready(filing, stamped)

    async def hold(self, client: Client, envelope: Envelope, message: bytes) -> "Held | Answer":
        """Check a message that shall wait for its time; or refuse it, which is then traced."""
        now = self._clock.now()
        message = self._complete(message)
        header = parse_header(message)
        trace = new_trace("submitted", client, envelope, header, len(message), now)
        trace.steps += arrival(client, envelope, now.timestamp(), len(message))
        if problem := await self.foreign_author(client, header):
            return await self._refuse(trace, 550, "5.7.1", problem, now.timestamp())
        names = [recipient.address for recipient in envelope.recipients]
        assert envelope.hold_until is not None
        until = f"{envelope.hold_until:%Y-%m-%d %H:%M:%S} UTC"
        params = {"recipients": names, "until": until}
        trace.steps.append(Step(key="held", at=now.timestamp(), params=params, rfc="RFC 4865 §4"))
        trace.action = "queued"
        new = NewSubmission(
            send_at=envelope.hold_until,
            expires_at=envelope.hold_until + self._policy.expire,
            trace_id=trace.id,
            envelope=envelopes.write(envelope),
            client=envelopes.write_client(client),
        )
        return Held(new, trace, message)

    async def _hold(
        self, client: Client, envelope: Envelope, message: bytes, changed: "set[int]"
    ) -> Answer:
        held = await self.hold(client, envelope, message)
        if isinstance(held, Answer):
            return held
        await self._db.write(_keep, client.account_id, held, blobs=(held.octets,))
        changed.update({client.account_id, 0})
        MESSAGES_IN.add("queued")
        return Answer(250, "2.0.0", f"Held, trace {held.trace.id}", held.trace.id)

    def _complete(self, message: bytes) -> bytes:
        """Add Date and Message-ID where they are missing, take out Bcc (RFC 6409 §8)."""
        header = parse_header(message)
        end = header.end
        if header.find("bcc") or header.find("resent-bcc"):
            message = _BCC.sub(b"", message[:end]) + message[end:]
        added = b""
        now = self._clock.now()
        if header.find("date") is None:
            added += b"Date: " + format_date(now).encode() + b"\r\n"
        if header.find("message-id") is None:
            added += f"Message-ID: <{secrets.token_hex(12)}@{self._policy.hostname}>\r\n".encode()
        return added + message

    async def foreign_author(self, client: Client, header: Header) -> str:
        """Return why the From field may not stand, "" if it may (RFC 6409 §6.1)."""
        named = authors(header)
        if not named:
            return "From is missing or empty; write your address there"
        for author in named[:MAX_AUTHORS]:
            address = f"{author.localpart}@{author.domain}"
            if not await self.may_send_as(client.account, address):
                return f"{client.account} may not write as {address[:200]}"
        return "" if len(named) <= MAX_AUTHORS else "Too many addresses in From"

    async def _refuse(self, trace: Trace, code: int, enhanced: str, text: str, at: float) -> Answer:
        trace.action = "refused"
        params = {"code": code, "enhanced": enhanced, "text": text}
        trace.steps.append(Step(key="reply", at=at, params=params))
        await self._db.write_brief(_save, trace)
        MESSAGES_IN.add("refused")
        return Answer(code, enhanced, text, trace.id)


def _keep(tx: Transaction, account_id: int, held: Held) -> None:
    submissions.add(tx, AccountId(account_id), held.new, "pending", len(held.octets))
    _save(tx, held.trace)


def released(envelope: Envelope, at: float) -> Step:
    """Return the step that tells that a message was held until now."""
    names = [recipient.address for recipient in envelope.recipients]
    return Step(key="released", at=at, params={"recipients": names})


def _save(tx: Transaction, trace: Trace) -> None:
    traces.save(tx, traces.prepare(trace))


def arrival(client: Client, envelope: Envelope, at: float, octets: int) -> list[Step]:
    """Return the steps that tell who handed a message in."""
    who = {"account": client.account, "ip": client.ip, "mechanism": client.mechanism}
    steps = [Step(key="signin", at=at, params=who, rfc="RFC 4954 §4")]
    if client.listener == "jmap":
        steps = [Step(key="signin.web", at=at, params={"account": client.account})]
    if client.tls:
        version, cipher = client.tls
        params = {"version": version, "cipher": cipher}
        steps.append(Step(key="tls", at=at, params=params, rfc="RFC 8314 §3"))
    params_envelope = {
        "sender": envelope.sender,
        "recipients": [recipient.address for recipient in envelope.recipients],
        "size": octets,
    }
    steps.append(Step(key="envelope", at=at, params=params_envelope, rfc="RFC 6409 §3"))
    return steps


def _targets(
    envelope: Envelope, routings: Sequence[Routing], trace: Trace, at: float
) -> tuple[list[Local], list[Outgoing]]:
    """Return the accounts, each once, and one set of recipients for other servers."""
    local: dict[int, Local] = {}
    remote: dict[str, Recipient] = {}
    for routing, recipient in zip(routings, envelope.recipients, strict=True):
        trace.steps += route_steps(routing, at)
        for target in routing.targets:
            if isinstance(target, Local):
                local.setdefault(target.account_id, target)
            else:
                kept = Recipient(target.address, recipient.notify, recipient.orcpt)
                remote.setdefault(target.address.lower(), kept)
    outgoing = [Outgoing(envelope.sender, tuple(remote.values()))] if remote else []
    return list(local.values()), outgoing
