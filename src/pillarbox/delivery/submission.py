"""Mail from our own accounts: completed, signed, filed here and queued for elsewhere."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pillarbox.base.clock import Clock
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery import people, stamp
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.filing import Filing, Outgoing, submit
from pillarbox.delivery.inbound import Answer, new_trace, route_steps
from pillarbox.delivery.route import Local, Routing, may_send_as
from pillarbox.delivery.signing import Signer
from pillarbox.mailauth.author import author_domains, authors
from pillarbox.mime.date import format_date
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.summary import summarise
from pillarbox.store import traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.trace.step import Step, Trace

MAX_AUTHORS: Final = 10
_BCC: Final = re.compile(rb"^(?:resent-)?bcc:.*(?:\r\n[ \t].*)*\r\n", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Policy:
    """hostname: our name. separator: of subaddresses. expire: how long the queue tries."""

    hostname: str
    separator: str
    expire: timedelta


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
        now = self._clock.now()
        message = self._complete(message)
        header = parse_header(message)
        trace = new_trace("submitted", client, envelope, header, len(message), now)
        trace.steps += arrival(client, envelope, now.timestamp(), len(message))
        if problem := await self._foreign_author(client, header):
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
        )
        filing.local, filing.outgoing = _targets(envelope, routings, trace, now.timestamp())
        trace.action = "queued" if filing.outgoing else "delivered"
        text = f"Accepted, trace {trace.id}"
        filed = await submit(self._db, filing, (stamped,))
        if not filed.delivered and not filed.queued:
            return Answer(452, "4.2.2", "No recipient here has room for it", trace.id)
        accounts_changed.update(d.account_id for d in filed.delivered)
        if filed.queued:
            accounts_changed.add(0)
        MESSAGES_IN.add(trace.action)
        return Answer(250, "2.0.0", text, trace.id)

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

    async def _foreign_author(self, client: Client, header: Header) -> str:
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


def _save(tx: Transaction, trace: Trace) -> None:
    traces.save(tx, traces.prepare(trace))


def arrival(client: Client, envelope: Envelope, at: float, octets: int) -> list[Step]:
    """Return the steps that tell who handed a message in."""
    who = {"account": client.account, "ip": client.ip, "mechanism": client.mechanism}
    steps = [Step(key="signin", at=at, params=who, rfc="RFC 4954 §4")]
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
