"""One SMTP session: who may send what to whom. The engine keeps the order, this decides.

The same session serves other servers (port 25), our accounts (submission) and LMTP; what
differs is in `_Kind`. Nothing is answered with 250 after DATA before it is durable.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, entry
from pillarbox.base.metrics import MESSAGES_IN
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.inbound import Answer, Inbound
from pillarbox.delivery.route import Routing
from pillarbox.delivery.submission import Submission
from pillarbox.dns.name import reverse_name
from pillarbox.dns.resolver import Resolver, RType
from pillarbox.serve import connection
from pillarbox.serve.connection import Connection
from pillarbox.serve.listener import Endpoint
from pillarbox.serve.notify import Hub
from pillarbox.serve.signin import Exchange, Identity, SignIn
from pillarbox.serve.smtp.errors import REPLIES
from pillarbox.serve.smtp.recipients import Rules, route
from pillarbox.serve.smtp.refusal import refusal_trace, save_trace
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.event import (
    AuthCancelled,
    AuthResponse,
    BodyChunk,
    BodyEnd,
    BodyRefused,
    Closed,
    Fault,
    Limits,
)
from pillarbox.smtp.server import ServerConnection
from pillarbox.store.database import Database

log = structlog.get_logger()

NEEDS_AUTH: Final = r.reply(530, "5.7.0", "Sign in first: this is the port for our own accounts")
NOT_YOURS: Final = r.reply(550, "5.7.1", "You are signed in as somebody else; use your address")
FULL: Final = r.reply(452, "4.3.1", "The server has no space left, try again later")
STOPPING: Final = r.reply(421, "4.3.2", "The server restarts, try again in a minute")
NO_NULS: Final = r.reply(554, "5.6.0", "The message holds NUL octets")
MAX_TRACES: Final = 20  # of refused recipients, for one connection
DATA_SECONDS: Final = 600.0  # RFC 5321 §4.5.3.2.5
RDNS_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about SMTP. Octets, counts, seconds."""

    hostname: str
    message_octets: int
    recipients: int
    errors: int
    idle_seconds: float
    rules: Rules


@dataclass(frozen=True, slots=True)
class Services:
    """What a session works with. starttls: None where TLS is not offered."""

    db: Database
    hub: Hub
    clock: Clock
    resolver: Resolver
    signin: SignIn
    inbound: Inbound
    submission: Submission
    policy: Policy
    starttls: Callable[[Connection], Awaitable[None]] | None


class Session:
    """One client."""

    def __init__(self, services: Services, conn: Connection, endpoint: Endpoint) -> None:
        self._s = services
        self._conn = conn
        self._endpoint = endpoint
        policy = services.policy
        self._engine = ServerConnection(
            r.reply(220, "", f"{policy.hostname} ESMTP Pillarbox"),
            self._capabilities(),
            lmtp=endpoint.protocol == "lmtp",
            limits=Limits(recipients=policy.recipients, errors=policy.errors),
        )
        self._helo = ""
        self._account: Identity | None = None
        self._exchange: Exchange | None = None
        self._mail: c.MailFrom | None = None
        self._recipients: list[tuple[Recipient, Routing]] = []
        self._chunks: list[bytes] = []
        self._rdns: asyncio.Task[str] | None = None
        self._traced = 0
        self._handlers: dict[type, Callable[[Any], Awaitable[r.Reply]]] = {
            c.Hello: self._hello,
            c.MailFrom: self._mail_from,
            c.RcptTo: self._rcpt_to,
            c.DataRequested: self._data,
            c.Reset: self._reset,
            c.Noop: _fixed(r.OK),
            c.Verify: _fixed(r.CANNOT_VERIFY),
            c.Expand: _fixed(r.NO_EXPANSION),
            c.Help: _fixed(r.HELP),
            c.Quit: _fixed(r.BYE),
        }

    async def run(self) -> None:
        """Serve until the client leaves."""
        try:
            await connection.run(
                self._conn, self._engine, self._respond, idle_seconds=self._idle_seconds
            )
        except TimeoutError:
            self._conn.write(bytes(r.reply(421, "4.4.2", "Idle for too long")))
            raise
        finally:
            if self._rdns is not None:
                self._rdns.cancel()

    def _idle_seconds(self) -> float:
        return self._s.policy.idle_seconds

    def _capabilities(self) -> Capabilities:
        encrypted = self._conn.tls is not None
        endpoint = self._endpoint
        offers_auth = endpoint.protocol == "submission" and (encrypted or endpoint.plaintext_auth)
        return Capabilities(
            max_octets=self._s.policy.message_octets,
            starttls=not encrypted and self._s.starttls is not None and endpoint.tls == "starttls",
            mechanisms=tuple(self._s.signin.mechanisms(tls=encrypted)) if offers_auth else (),
            require_tls=encrypted and endpoint.protocol != "lmtp",
        )

    async def _respond(self) -> bool:
        engine = self._engine
        while (event := engine.next_event()) is not None:
            match event:
                case BodyChunk(data=data):
                    self._chunks.append(data)
                case BodyEnd():
                    await self._end(event)
                case BodyRefused(fault=fault):
                    await self._body_refused(fault)
                case c.StartTls():
                    await self._starttls()
                    return True
                case c.AuthStart(mechanism=mechanism, initial=initial):
                    await self._begin_auth(mechanism, initial)
                case AuthResponse(data=data):
                    await self._step(data)
                case AuthCancelled():
                    self._exchange = None
                case Closed():
                    return False
                case _:
                    engine.send(await self._answer(event))
        return True

    async def _answer(self, event: c.Command) -> r.Reply:
        try:
            return await self._handlers[type(event)](event)
        except MailError as exc:
            log.info("smtp.refused", error=type(exc).__name__, reason=str(exc))
            return entry(REPLIES, exc)

    # Before a message.

    async def _hello(self, event: c.Hello) -> r.Reply:
        self._helo = event.name
        self._forget()
        if self._rdns is None and self._endpoint.protocol == "smtp":
            self._rdns = asyncio.ensure_future(self._reverse_name())
        return self._engine.hello_reply(self._s.policy.hostname)

    async def _starttls(self) -> None:
        assert self._s.starttls is not None
        self._conn.hold()
        self._engine.send(r.READY_FOR_TLS)
        self._conn.write(self._engine.data_to_send())
        await self._s.starttls(self._conn)
        self._engine.tls_started(self._capabilities())
        self._helo = ""
        self._account = None
        self._forget()

    async def _begin_auth(self, mechanism: str, initial: bytes | None) -> None:
        exchange = self._s.signin.begin(mechanism, self._conn, "submission")
        if exchange is None:
            self._engine.send(r.UNSUPPORTED_MECHANISM)
            return
        self._exchange = exchange
        await self._step(initial)

    async def _step(self, data: bytes | None) -> None:
        exchange = self._exchange
        assert exchange is not None
        try:
            challenge = await exchange.step(data)
        except MailError as exc:
            self._exchange = None
            self._engine.send(entry(REPLIES, exc))
            return
        if exchange.identity is None or challenge:
            self._engine.send_challenge(challenge or b"")
            return
        self._account, self._exchange = exchange.identity, None
        self._engine.send(r.AUTHENTICATED)

    async def _mail_from(self, event: c.MailFrom) -> r.Reply:
        self._forget()
        if self._s.db.full:
            return FULL
        if self._endpoint.protocol == "submission":
            if self._account is None:
                return NEEDS_AUTH
            sender = str(event.sender) if event.sender is not None else ""
            if sender and not await self._s.submission.may_send_as(self._account.address, sender):
                return NOT_YOURS
        self._mail = event
        return r.SENDER_OK

    async def _rcpt_to(self, event: c.RcptTo) -> r.Reply:
        assert self._mail is not None
        routing = await self._s.db.read(
            route,
            event.recipient,
            self._s.policy.rules,
            relay=self._account is not None,
            null_sender=self._mail.sender is None,
            octets=self._mail.size or 0,
            now=self._s.clock.now(),
        )
        if isinstance(routing, r.Reply):
            await self._trace_refused(str(event.recipient), routing)
            return routing
        recipient = Recipient(routing.recipient, event.notify, event.orcpt)
        self._recipients.append((recipient, routing))
        return r.RECIPIENT_OK

    async def _data(self, _: c.DataRequested) -> r.Reply:
        return FULL if self._s.db.full else r.GO_AHEAD

    async def _reset(self, _: c.Reset) -> r.Reply:
        self._forget()
        return r.OK

    # The message.

    async def _end(self, event: BodyEnd) -> None:
        recipients, chunks = self._recipients, self._chunks
        try:
            if event.bare_newline:
                # It came by BDAT, where it may: but nobody could send it on (RFC 5321 §2.3.8).
                reply = r.BARE_NEWLINE
            elif event.nul:
                reply = NO_NULS
            else:
                reply = await self._take(b"".join(chunks))
        except MailError as exc:
            log.info("smtp.not_taken", error=type(exc).__name__, reason=str(exc))
            MESSAGES_IN.add("deferred")
            reply = entry(REPLIES, exc)
        finally:
            self._forget()
        if self._endpoint.protocol == "lmtp":
            self._engine.send_each([reply] * len(recipients))
        else:
            self._engine.send(reply)

    async def _take(self, message: bytes) -> r.Reply:
        assert self._mail is not None
        client = await self._client()
        mail = self._mail
        envelope = Envelope(
            sender=str(mail.sender) if mail.sender is not None else "",
            recipients=tuple(recipient for recipient, _ in self._recipients),
            body=mail.body,
            smtputf8=mail.smtputf8,
            ret=mail.ret,
            envid=mail.envid,
            require_tls=mail.require_tls,
        )
        routings = [routing for _, routing in self._recipients]
        changed: set[int] = set()
        target = self._s.submission if self._account is not None else self._s.inbound
        answer: Answer = await target.receive(client, envelope, routings, message, changed)
        for account_id in changed:
            self._s.hub.changed(account_id)
        return r.reply(answer.code, answer.enhanced, answer.text)

    async def _client(self) -> Client:
        tls = self._conn.tls
        cipher = tls.cipher() if tls is not None else None
        return Client(
            ip=self._conn.peer[0],
            helo=self._helo,
            listener=self._endpoint.protocol,
            rdns=await self._rdns if self._rdns is not None else "",
            tls=(tls.version() or "", cipher[0] if cipher else "") if tls is not None else None,
            account_id=self._account.account_id if self._account else 0,
            account=self._account.address if self._account else "",
            mechanism=self._account.mechanism if self._account else "",
        )

    async def _reverse_name(self) -> str:
        """Return the client's reverse name if it leads back to the client, else ""."""
        try:
            ip = ip_address(self._conn.peer[0])
        except ValueError:
            return ""
        names = await self._s.resolver.resolve(reverse_name(ip), RType.PTR)
        kind = RType.A if ip.version == 4 else RType.AAAA
        for record in names.records[:RDNS_NAMES]:
            found = await self._s.resolver.resolve(str(record.value), kind)
            if ip in found.values:
                return str(record.value)
        return ""

    async def _body_refused(self, fault: Fault) -> None:
        reply = r.BARE_NEWLINE if fault is Fault.BARE_NEWLINE else r.TOO_LARGE
        message = b"".join(self._chunks)[:65536]
        names = [recipient.address for recipient, _ in self._recipients]
        await self._save_trace(names, reply, fault.value, message)
        MESSAGES_IN.add("refused")
        self._forget()

    async def _trace_refused(self, recipient: str, reply: r.Reply) -> None:
        """Keep a note of a refused recipient, a few for each connection."""
        self._traced += 1
        if self._traced <= MAX_TRACES:
            await self._save_trace([recipient], reply, "", b"")

    async def _save_trace(
        self, names: list[str], reply: r.Reply, fault: str, message: bytes
    ) -> None:
        mail = self._mail
        sender = str(mail.sender) if mail is not None and mail.sender is not None else ""
        at = self._s.clock.now().timestamp()
        client = await self._client()
        trace = refusal_trace(client, sender, names, reply, at, fault=fault, message=message)
        await self._s.db.write_brief(save_trace, trace)

    def _forget(self) -> None:
        self._mail = None
        self._recipients = []
        self._chunks = []


def _fixed(reply: r.Reply) -> Callable[[Any], Awaitable[r.Reply]]:
    async def answer(_: object) -> r.Reply:
        return reply

    return answer
