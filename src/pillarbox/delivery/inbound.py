"""Mail from other servers: judged, then filed before it is acknowledged.

There is no queue between the session and the mailbox: what is answered with 250 is in
the mailbox, and what the owner of the address wants refused is refused in the session,
never bounced later.
"""

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address

from pillarbox.base.clock import Clock
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery import people, stamp
from pillarbox.delivery.acquaintances import Acquaintances
from pillarbox.delivery.envelope import Client, Envelope
from pillarbox.delivery.filing import Filed, Filing, domain_of, submit
from pillarbox.delivery.forwarding import Forwarder, Plan
from pillarbox.delivery.hops import way
from pillarbox.delivery.judge import Judged, PassedOn, judge
from pillarbox.delivery.known import Known
from pillarbox.delivery.report_intake import ReportIntake
from pillarbox.delivery.route import Local, Routing, accounts_of
from pillarbox.delivery.tester import Tested, Tester, tested_address
from pillarbox.delivery.trace_id import new_id
from pillarbox.delivery.verdict import Action, Rules
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import authres
from pillarbox.mime.header import Header, parse_header, prepend
from pillarbox.mime.summary import summarise
from pillarbox.store import traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.mailboxes import Role
from pillarbox.store.messages import Refusal
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

MAX_SUBJECT = 200  # characters kept in a trace
MAX_REPLY = 450  # characters of our own words in a reply


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about mail from others.

    hostname: our name, also our authserv-id. checked: False turns all checks off.
    unjudged: networks whose mail is not checked. hops: the most Received lines. arc: look at
    chains of those who passed mail on.
    """

    hostname: str
    rules: Rules
    checked: bool
    unjudged: tuple[IPv4Network | IPv6Network, ...]
    hops: int
    expire: timedelta
    arc: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told after DATA. trace_id: where the whole story is."""

    code: int
    enhanced: str
    text: str
    trace_id: str

    @property
    def accepted(self) -> bool:
        """True if the message is ours now."""
        return self.code < 300


@dataclass(slots=True)
class _Case:
    """One message under way."""

    client: Client
    envelope: Envelope
    routings: Sequence[Routing]
    message: bytes
    header: Header
    now: datetime
    trace: Trace


class Inbound:
    """Takes messages from other servers."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, given once by app.py
        self,
        db: Database,
        resolver: Resolver,
        clock: Clock,
        policy: Policy,
        forwarder: Forwarder,
        acquaintances: Acquaintances,
        intake: ReportIntake | None = None,
        tester: Tester | None = None,
    ) -> None:
        self._db = db
        self._resolver = resolver
        self._clock = clock
        self._policy = policy
        self._forwarder = forwarder
        self._acquaintances = acquaintances
        self._intake = intake
        self._tester = tester

    async def receive(
        self,
        client: Client,
        envelope: Envelope,
        routings: Sequence[Routing],
        message: bytes,
        accounts_changed: "set[int]",
    ) -> Answer:
        """Judge, route and file one message. Durable when it returns an accepting answer.

        routings: one for each recipient of the envelope. accounts_changed: gets the
        accounts (0 for the queue) whose watchers should be told.

        Raises what the store raises (StorageFull, Unavailable): nothing was accepted.
        """
        now = self._clock.now()
        header = parse_header(message)
        trace = new_trace("in", client, envelope, header, len(message), now)
        case = _Case(client, envelope, routings, message, header, now, trace)
        trace.steps += [*way(header, now), *arrival(client, envelope, now, len(message))]
        if looped := self._loops(case):
            return await self._refuse(case, *looped)
        judged = await self._judge(case)
        if judged is not None:
            trace.verdict = judged.judgement.verdict
            trace.steps += judged.steps
        if all(routing.answering for routing in routings):
            return await self._test(case, judged, accounts_changed)
        if judged is not None and judged.judgement.action in {Action.REFUSE, Action.DEFER}:
            j = judged.judgement
            return await self._refuse(case, j.code, j.enhanced, j.text)
        if any(routing.answering for routing in routings) and self._tester is not None:
            await self._tester.answer(_tested(case), judged, accounts_changed)
        return await self._file(case, judged, accounts_changed)

    async def _test(
        self, case: _Case, judged: Judged | None, accounts_changed: "set[int]"
    ) -> Answer:
        """Answer a message that came to the tester alone; nobody gets it."""
        assert self._tester is not None
        refused = await self._tester.answer(_tested(case), judged, accounts_changed)
        if refused is not None:
            return await self._refuse(case, refused.code, refused.enhanced, refused.text)
        trace = case.trace
        trace.action = "answered"
        text = f"Tested, the report is under way, trace {trace.id}"
        reply = {"code": 250, "enhanced": "2.0.0", "text": text}
        trace.steps.append(Step(key="reply", at=case.now.timestamp(), params=reply))
        await self._db.write_brief(_save, trace)
        MESSAGES_IN.add("other")
        return Answer(250, "2.0.0", text, trace.id)

    def _loops(self, case: _Case) -> tuple[int, str, str] | None:
        count = len(case.header.all("received"))
        if count <= self._policy.hops:
            return None
        params = {"count": count, "limit": self._policy.hops}
        at = case.now.timestamp()
        case.trace.steps.append(Step(key="loop", at=at, params=params, rfc="RFC 5321 §6.3"))
        return 554, "5.4.6", f"{count} Received lines: the message goes round in a loop"

    async def _judge(self, case: _Case) -> Judged | None:
        """Return None for clients that are not judged."""
        address = ip_address(case.client.ip)
        exempt = any(address in network for network in self._policy.unjudged)
        if not self._policy.checked or exempt or case.client.listener == "lmtp":
            at = case.now.timestamp()
            params = {"ip": case.client.ip}
            case.trace.steps.append(Step(key="untested", at=at, params=params))
            return None
        return await judge(
            case.message,
            case.header,
            case.client,
            case.envelope.sender,
            resolver=self._resolver,
            hostname=self._policy.hostname,
            rules=self._policy.rules,
            now=case.now,
            passed_on=PassedOn(self._policy.arc, functools.partial(self._known, case)),
            own=[domain_of(routing.recipient) for routing in case.routings if routing.ours],
            friends=people.friends_of(self._db, case.routings),
        )

    async def _known(self, case: _Case) -> Sequence[Known]:
        """Return the forwarders and lists that count for these recipients."""
        targets = [target for routing in case.routings for target in routing.targets]
        return await self._acquaintances.find([target.address for target in targets])

    async def _refuse(self, case: _Case, code: int, enhanced: str, text: str) -> Answer:
        """Keep the trace of what was not accepted."""
        trace = case.trace
        trace.action = "refused" if code >= 500 else "deferred"
        # A line of a reply is cut at 480 characters; the name of the trace must be on it.
        text = f"{text[:MAX_REPLY]} (trace {trace.id})"
        params = {"code": code, "enhanced": enhanced, "text": text}
        trace.steps.append(Step(key="reply", at=case.now.timestamp(), params=params))
        await self._db.write_brief(_save, trace, accounts_of(case.routings))
        MESSAGES_IN.add(trace.action)
        return Answer(code, enhanced, text, trace.id)

    async def _file(
        self, case: _Case, judged: Judged | None, accounts_changed: "set[int]"
    ) -> Answer:
        junk = judged is not None and judged.judgement.action is Action.JUNK
        plan = self._forwarder.plan(case.envelope, case.routings)
        at = case.now.timestamp()
        for routing in case.routings:
            case.trace.steps += route_steps(routing, at)
        if junk and judged is not None:
            refusal = await self._forwarder.hold_back(plan, judged.judgement.because)
            if refusal:
                return await self._refuse(case, 550, "5.7.1", refusal)
        case.trace.steps += plan.steps
        stamped, header = self._stamp(case, judged)
        filing = Filing(
            summary=summarise(stamped, header),
            received_at=case.now,
            expires_at=case.now + self._policy.expire,
            envelope=case.envelope,
            trace=case.trace,
            role=Role.JUNK if junk else Role.INBOX,
            local=list(plan.local.values()),
            outgoing=plan.outgoing,
            header=case.header,
        )
        blobs = await self._blobs(case, judged, plan, filing, stamped)
        trace = case.trace
        trace.action = "queued" if not filing.local else "junked" if junk else "delivered"
        text = f"Accepted, trace {trace.id}"
        reply = {"code": 250, "enhanced": "2.0.0", "text": text}
        trace.steps.append(Step(key="reply", at=at, params=reply))
        filed = await submit(self._db, filing, blobs)
        if not filed.delivered and not filed.queued:
            return _nobody_took(filed, trace)
        accounts_changed.update(d.account_id for d in filed.delivered)
        if filed.queued:
            accounts_changed.add(0)
        MESSAGES_IN.add(trace.action)
        # Anybody can write a report: one that its sender's domain does not prove is not counted.
        proven = judged is None or judged.judgement.verdict in {"proven", "via"}
        if self._intake is not None and proven:
            recipients = [routing.recipient for routing in case.routings]
            await self._intake.offer(recipients, case.message)
        return Answer(250, "2.0.0", text, trace.id)

    async def _blobs(
        self, case: _Case, judged: Judged | None, plan: Plan, filing: Filing, stamped: bytes
    ) -> tuple[bytes, ...]:
        """Return the octets as they are kept here and, where they differ, as they leave.

        What leaves has no Return-Path (RFC 5321 §4.4), and our seal on top.
        """
        if not plan.outgoing:
            return (stamped,)
        leaving = stamped[len(stamp.return_path(case.envelope.sender)) :]
        seal, step = await self._forwarder.seal(
            leaving,
            case.message,
            judged.authres if judged is not None else b"",
            judged.chain if judged is not None else None,
            plan.domain,
        )
        if step is not None:
            case.trace.steps.append(step)
        leaving = seal + leaving
        filing.outgoing_octets = len(leaving)
        return (stamped, leaving) if plan.local else (leaving,)

    def _stamp(self, case: _Case, judged: Judged | None) -> tuple[bytes, Header | None]:
        """Return the message as it is stored: our fields on top, forged ones out.

        Its header too, where that need not be read again.
        """
        policy = self._policy
        fields = [stamp.return_path(case.envelope.sender)]
        if judged is not None:
            fields.append(judged.authres)
        fields.append(
            stamp.received(
                case.client, case.envelope, by=policy.hostname, trace_id=case.trace.id, now=case.now
            )
        )
        top = b"".join(fields)
        if case.header.find("authentication-results") is None:
            return top + case.message, prepend(top, case.header)
        end = case.header.end
        kept = authres.strip(case.message[:end], policy.hostname)
        return b"".join((top, kept, case.message[end:])), None


def _tested(case: _Case) -> Tested:
    address = tested_address(case.routings)
    return Tested(case.client, case.envelope, case.header, address, case.trace)


def _save(tx: Transaction, trace: Trace, readers: Collection[AccountId] = ()) -> None:
    traces.save(tx, traces.prepare(trace), readers)


def _nobody_took(filed: Filed, trace: Trace) -> Answer:
    """Answer for a message that no account had room for."""
    full = any(reason is Refusal.OVER_QUOTA for _, reason in filed.refused)
    MESSAGES_IN.add("deferred" if full else "refused")
    if full:
        return Answer(452, "4.2.2", "The mailbox is full; its owner must make room", trace.id)
    return Answer(550, "5.1.1", "There is no such mailbox here any more", trace.id)


def arrival(client: Client, envelope: Envelope, now: datetime, octets: int) -> list[Step]:
    """Return the steps that tell how a message came to us."""
    at = now.timestamp()
    steps = [
        Step(
            key="connect",
            at=at,
            params={
                "ip": client.ip,
                "rdns": client.rdns or phrase("no-reverse-name"),
                "helo": client.helo,
                "listener": client.listener,
            },
            rfc="RFC 5321 §4.1.4",
        )
    ]
    if client.tls:
        version, cipher = client.tls
        params = {"version": version, "cipher": cipher}
        steps.append(Step(key="tls", at=at, params=params, rfc="RFC 3207 §4"))
    else:
        steps.append(Step(key="tls.none", at=at, rfc="RFC 3207 §4"))
    steps.append(
        Step(
            key="envelope",
            at=at,
            params={
                "sender": envelope.sender,
                "recipients": [recipient.address for recipient in envelope.recipients],
                "size": octets,
            },
            rfc="RFC 5321 §3.3",
        )
    )
    return steps


def route_steps(routing: Routing, at: float) -> list[Step]:
    """Return what was followed for one recipient, as steps."""
    steps = [
        Step(
            key=f"route.{followed.kind}",
            at=at,
            params={"recipient": followed.address, "targets": list(followed.targets)},
        )
        for followed in routing.followed
    ]
    for target in routing.targets:
        if isinstance(target, Local):
            params = {"recipient": routing.recipient, "account": target.address}
            params["detail"] = target.detail
            steps.append(Step(key="route.account", at=at, params=params))
    return steps


def new_trace(
    direction: str,
    client: Client,
    envelope: Envelope,
    header: Header,
    octets: int,
    now: datetime,
) -> Trace:
    """Begin the trace of a message."""
    return Trace(
        id=new_id(),
        direction=direction,
        started_at=now.timestamp(),
        client_ip=client.ip,
        helo=client.helo,
        account=client.account,
        sender=envelope.sender,
        recipients=[recipient.address for recipient in envelope.recipients],
        header_from=header.author_text(),
        message_id=header.message_id(),
        subject=header.text("subject")[:MAX_SUBJECT],
        size_octets=octets,
    )
