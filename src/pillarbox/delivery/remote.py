"""One connection to another server: the driver of `smtp/client.py`.

It connects, greets, encrypts where the server offers it, and sends any number of messages.
What it sees on the way is kept as evidence. Where nothing is demanded TLS is opportunistic: a
server whose handshake fails is tried once more in the clear (RFC 3207 §4.1). A server that does
not prove what its domain's policy demands hears EHLO and QUIT from us, and nothing of a message.

A server that breaks off after the end of the message leaves it unknown whether it took it:
that counts as not taken, because a duplicate is better than a loss (RFC 1047).
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from pillarbox.base.clock import Clock
from pillarbox.delivery.contact import MAX_TEXT, Seen, Unusable, too_plain
from pillarbox.delivery.destination import Endpoint
from pillarbox.delivery.peer_certificate import (
    Authorities,
    PeerCertificate,
    opportunistic_context,
    peer_chain,
)
from pillarbox.delivery.wire import TlsFailed, Wire
from pillarbox.smtp import progress as c
from pillarbox.smtp.client import ClientConnection
from pillarbox.smtp.outgoing import Mail, Obstacle, Outcome, Stage
from pillarbox.smtp.progress import Verb
from pillarbox.smtp.reply import Reply
from pillarbox.tlspolicy import dane, decide
from pillarbox.tlspolicy.dane import Match
from pillarbox.tlspolicy.decide import Demand, Problem

WRITE_OCTETS: Final = 128 * 1024  # that are given to the engine at once


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The longest waits, in seconds (RFC 5321 §4.5.3.2).

    end: for the answer to the end of the message. quit: for the answer to QUIT.
    """

    connect: float = 30.0
    greeting: float = 300.0
    handshake: float = 60.0
    command: float = 300.0
    block: float = 180.0
    end: float = 600.0
    quit: float = 5.0


@dataclass(slots=True)
class Sent:
    """What came of one message.

    ended: the end of the message was sent; without a final reply nobody knows what became of
    it. problem: why there is none. bare_newline: the message cannot be sent at all.
    """

    outcomes: tuple[Outcome, ...]
    ended: bool = False
    problem: str = ""
    bare_newline: bool = False


@dataclass(frozen=True, slots=True)
class Remote:
    """How we connect to other servers. name: ours, for EHLO. source: our address, "" for any."""

    name: str
    authorities: Authorities
    clock: Clock
    port: int = 25
    source: str = ""
    timeouts: Timeouts = Timeouts()
    context: ssl.SSLContext = field(default_factory=opportunistic_context)

    async def open(self, endpoint: Endpoint, demand: Demand) -> "Session":
        """Connect and greet, with TLS if the server can. Raises Unusable.

        demand: what the server must prove before it is used.
        """
        try:
            return await self._attempt(endpoint, demand, plain_because="")
        except TlsFailed as exc:
            because = f"the TLS handshake failed: {exc}"[:MAX_TEXT]
            if demand.encrypted:
                raise too_plain(endpoint, demand, because) from exc
            return await self._attempt(endpoint, demand, plain_because=because)

    async def _attempt(
        self, endpoint: Endpoint, demand: Demand, *, plain_because: str
    ) -> "Session":
        """Open one connection. plain_because: why TLS is not tried. Raises TlsFailed too."""
        address = str(endpoint.address)
        try:
            wire = await Wire.connect(address, self.port, self.source, self.timeouts.connect)
        except TimeoutError as exc:
            text = f"{endpoint.host} [{address}] does not answer"
            raise Unusable("4.4.1", text) from exc
        except OSError as exc:
            text = f"No connection to {endpoint.host} [{address}]: {exc.strerror or exc}"
            raise Unusable("4.4.1", text) from exc
        session = Session(self, wire, endpoint, demand)
        try:
            await session.greet(plain_because)
        except Unusable:
            await session.quit()
            raise
        except BaseException:
            session.abort()
            raise
        return session


class Session:
    """A connection that is ready for messages. Use `Remote.open`.

    demand: what was asked of the server. fit: how its certificate fits TLSA records, if there
    are any. problem: what it lacks of a policy that is not enforced.
    """

    def __init__(self, remote: Remote, wire: Wire, endpoint: Endpoint, demand: Demand) -> None:
        self.demand = demand
        self.fit: Match | None = None
        self.problem: Problem | None = None
        self._remote = remote
        self._timeouts = remote.timeouts
        self._wire = wire
        self._engine = ClientConnection(remote.name)
        self._endpoint = endpoint
        self._ended: c.Ended | None = None
        self.seen = Seen(endpoint.host, str(endpoint.address), own_ip=wire.own_address)
        self.messages = 0

    @property
    def usable(self) -> bool:
        """False once the connection is over, or when the server said something unasked."""
        return self._ended is None and not self._wire.is_readable

    @property
    def offers_dsn(self) -> bool:
        """Whether the server makes its own delivery notices (RFC 3461)."""
        return "DSN" in self._engine.extensions

    def obstacle(self, mail: Mail) -> Obstacle | None:
        """Return why this server cannot take the message as it is, or None."""
        return self._engine.obstacle(mail)

    @property
    def max_octets(self) -> int:
        """The size that the server takes; 0 if it names none."""
        return self._engine.extensions.max_octets

    @property
    def is_pinned(self) -> bool:
        """Whether a TLSA record proves the server."""
        return self.fit is not None and self.fit.record is not None

    @property
    def is_proven(self) -> bool:
        """Whether the server proved who it is, to a known authority or by DANE."""
        certificate = self.seen.certificate
        return self.is_pinned or (certificate is not None and certificate.proof == "verified")

    async def greet(self, plain_because: str) -> None:
        """Read the greeting, say EHLO, encrypt. Raises Unusable, TlsFailed."""
        reply = await self._answer(Verb.GREETING, self._timeouts.greeting)
        greeting = str(reply)[:MAX_TEXT]
        await self._hello()
        tls = None
        certificate = None
        if not plain_because and "STARTTLS" not in self._engine.extensions:
            plain_because = "the server offers no STARTTLS"
        if not plain_because:
            plain_because = await self._starttls()
        if not plain_because:
            assert self._wire.tls is not None
            tls, certificate = self._judge(self._wire.tls)
        host, ip = self._endpoint.host, str(self._endpoint.address)
        ours = self.seen.own_ip
        self.seen = Seen(host, ip, greeting, tls, certificate, plain_because, ours)
        if certificate is None:
            self.problem = decide.plain(self.demand, plain_because)
            if self.demand.encrypted:
                raise too_plain(self._endpoint, self.demand, plain_because)
            return
        proof, detail = certificate.proof, certificate.detail
        self.problem = decide.encrypted(self.demand, proof, detail, self.fit)
        if self.problem is not None and self.demand.enforced:
            text = f"{host} does not keep to {self.demand.words}: {self.problem.text}"
            raise Unusable("4.7.5", text, problem=self.problem, seen=self.seen)
        await self._hello()

    async def _hello(self) -> None:
        self._engine.hello()
        await self._answer(Verb.HELLO, self._timeouts.command)

    async def _starttls(self) -> str:
        """Return "" when encrypted, else why the server refused. Raises TlsFailed."""
        self._engine.starttls()
        try:
            await self._answer(Verb.STARTTLS, self._timeouts.command)
        except Unusable as exc:
            if exc.reply is None or self._ended is not None:
                raise
            return f"the server offers STARTTLS and refuses it: {exc.reply}"[:MAX_TEXT]
        host = self._endpoint.host
        name = "" if host.startswith("[") else host
        if self.demand.records is not None and self.demand.records.usable:
            # RFC 7672 §3.2.1: the name under which the records are.
            name = self.demand.records.names[0]
        await self._wire.start_tls(self._remote.context, name, self._timeouts.handshake)
        self._engine.tls_started()
        return ""

    def _judge(self, tls: ssl.SSLObject) -> tuple[tuple[str, str], PeerCertificate]:
        cipher = tls.cipher()
        names = (tls.version() or "TLS", cipher[0] if cipher else "unknown")
        now = self._remote.clock.now()
        chain = peer_chain(tls)
        if self.demand.records is not None and self.demand.records.usable:
            self.fit = dane.match(self.demand.records, chain, now)
        return names, self._remote.authorities.judge(chain, self._endpoint.host, now)

    async def _answer(self, verb: Verb, seconds: float) -> Reply:
        """Return the positive reply to one command. Raises Unusable for any other end."""
        event = await self._next(seconds)
        match event:
            case c.Answered(verb=answered, reply=reply) if answered is verb:
                if reply.positive:
                    return reply
                text = f"{self.seen.host} answered {reply} to {verb.value}"
                raise Unusable("4.3.0" if reply.transient else "5.3.0", text, reply)
            case c.Ended():
                raise Unusable("4.4.2", self._why(event), event.reply)
            case _:
                raise Unusable("4.4.2", f"{self.seen.host} answered out of order")

    async def send(self, mail: Mail, message: AsyncIterator[bytes]) -> Sent:
        """Send one message and return what became of each recipient. Does not raise.

        message: its octets, in pieces of any size; whatever it raises comes through, and the
        connection is over then. Obstacles must have been looked at.
        """
        self.messages += 1
        sent = Sent(())
        self._engine.begin(mail)
        seconds = self._timeouts.command
        while True:
            event = await self._next(seconds)
            match event:
                case c.BodyWanted():
                    sent.ended = await self._pour(message)
                    seconds = self._timeouts.end
                case c.Done(outcomes=outcomes):
                    sent.outcomes = outcomes
                    self._notice_end()
                    if self._ended is not None:
                        sent.problem = self._why(self._ended)
                        sent.bare_newline = self._ended.reason is c.Reason.BARE_NEWLINE
                    return sent
                case c.Ended():
                    lost = (Outcome(recipient, Stage.LOST, None) for recipient in mail.recipients)
                    return Sent(tuple(lost), sent.ended, self._why(event))
                case _:
                    continue

    async def _pour(self, message: AsyncIterator[bytes]) -> bool:
        """Send the message's octets. False if the server did not stay to the end."""
        try:
            async for chunk in message:
                view = memoryview(chunk)
                for start in range(0, len(view), WRITE_OCTETS):
                    self._engine.send_body(bytes(view[start : start + WRITE_OCTETS]))
                    if not await self._flush(self._timeouts.block):
                        return False
                    if self._wire.is_readable:
                        # Bad news, most likely: the engine stops us if it is.
                        self._engine.receive(await self._wire.read(self._timeouts.block))
        except BaseException:
            self.abort()
            raise
        self._engine.end_body()
        return True

    async def quit(self) -> None:
        """Say goodbye, briefly, and close."""
        if self._ended is None:
            self._engine.quit()
            with contextlib.suppress(TimeoutError):
                while self._ended is None:
                    await self._next(self._timeouts.quit)
        self._wire.close()

    def abort(self) -> None:
        """Close at once."""
        self._ended = self._ended or c.Ended(c.Reason.QUIT)
        self._wire.close()

    async def _next(self, seconds: float) -> c.Event:
        """Return the next event of the engine. A peer that is silent too long has left."""
        # The octets of one reply share the time: a peer that drips them comes to an end, too.
        end = asyncio.get_running_loop().time() + seconds
        while True:
            event = self._engine.next_event()
            if event is None and self._ended is not None:
                return self._ended
            if event is not None:
                if isinstance(event, c.Ended):
                    self._ended = self._ended or event
                    self._wire.close()
                return event
            if not await self._flush(self._timeouts.block):
                continue
            left = end - asyncio.get_running_loop().time()
            try:
                self._engine.receive(await self._wire.read(max(left, 0.0)))
            except TimeoutError:
                self._give_up(f"no answer for {seconds:.0f} seconds")

    async def _flush(self, seconds: float) -> bool:
        """Write what the engine has to say. False if the peer takes nothing."""
        try:
            await self._wire.write(self._engine.data_to_send(), seconds)
        except TimeoutError:
            self._give_up(f"the server took nothing for {seconds:.0f} seconds")
            return False
        return True

    def _give_up(self, because: str) -> None:
        """Treat the peer as gone."""
        self._ended = c.Ended(c.Reason.PEER_LEFT, detail=because)
        self._wire.close()
        self._engine.receive(b"")

    def _notice_end(self) -> None:
        """See whether the connection ended together with a message."""
        if self._ended is None:
            event = self._engine.next_event()
            if isinstance(event, c.Ended):
                self._ended = event
                self._wire.close()

    def _why(self, ended: c.Ended) -> str:
        """Return why a connection ended, as a sentence."""
        ended = self._ended or ended
        text = f"{self.seen.host} [{self.seen.ip}]: {ended.detail or ended.reason.value}"
        return f"{text} ({ended.reply})"[:MAX_TEXT] if ended.reply else text[:MAX_TEXT]
