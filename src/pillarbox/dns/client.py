"""A stub resolver: asks the given servers, keeps the answers.

Each question leaves from a socket of its own, so that port and id are both random and an
answer comes only from the server that was asked (RFC 5452 §9). Many who ask the same at
once share one question. What is too large for UDP is asked again over TCP.

The AD bit counts only from servers on loopback or those marked as trusted: anybody on the
path can set it (RFC 6840 §5.8).
"""

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pillarbox.base.clock import Clock
from pillarbox.dns import wire
from pillarbox.dns.cache import DEFAULT_NEGATIVE_TTL, Cache, Key
from pillarbox.dns.name import problem
from pillarbox.dns.resolver import Answer, RType, Status

TRY_SECONDS: Final = 2.0
ROUNDS: Final = 3
MAX_TCP_OCTETS: Final = 65_535
MAX_FLYING: Final = 1000
_NXDOMAIN: Final = 3


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to ask. trust_ad: believe its AD bit."""

    address: str
    port: int = 53
    trust_ad: bool = False

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


def server(text: str, *, trust_ad: bool = False) -> Server:
    """Read "address" or "address:port" ("[v6]:port"). Raises ValueError."""
    address, port = text, 53
    if text.startswith("["):
        address, _, rest = text[1:].partition("]")
        port = int(rest[1:]) if rest else 53
    elif text.count(":") == 1:
        address, _, number = text.partition(":")
        port = int(number)
    loopback = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    return Server(address, port, trust_ad or loopback)


def servers_from_resolv_conf(text: str) -> list[Server]:
    """Return the servers of /etc/resolv.conf, at most three; loopback if it names none."""
    found: list[Server] = []
    trusted = any(
        "trust-ad" in line.split() for line in text.splitlines() if line.startswith("options")
    )
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(server(f"[{words[1]}]", trust_ad=trusted))
            except ValueError:
                continue
    return found[:3] or [Server("127.0.0.1", 53, trust_ad=True)]


class Client:
    """Implements `Resolver`. seconds: the longest that one question may take in all.

    servers: whom it asks, in order. asked: how many questions it sent.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        clock: Clock,
        *,
        seconds: float = 10.0,
        try_seconds: float = TRY_SECONDS,
        cache: Cache | None = None,
    ) -> None:
        self.servers = tuple(servers)
        self._clock = clock
        self._seconds = seconds
        self._try_seconds = try_seconds
        self._cache = Cache() if cache is None else cache
        self._flying: dict[Key, asyncio.Task[Answer]] = {}
        self.asked = 0

    @classmethod
    def from_system(
        cls, clock: Clock, *, seconds: float = 10.0, path: Path = Path("/etc/resolv.conf")
    ) -> "Client":
        """Ask the servers that this machine asks; loopback where `path` is not there."""
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        return cls(servers_from_resolv_conf(text), clock, seconds=seconds)

    async def resolve(self, name: str, rtype: RType) -> Answer:
        """Return the answer; see `Resolver`."""
        name = name.lower().removesuffix(".")
        key = (name, rtype)
        kept = self._cache.get(key, self._clock.monotonic())
        if kept is not None:
            return kept
        if reason := problem(name):
            return Answer(name, rtype, Status.NXDOMAIN, (), self._clock.now(), problem=reason)
        task = self._flying.get(key)
        if task is None:
            if len(self._flying) >= MAX_FLYING:
                return self.failure(name, rtype, "too many questions at once")
            task = asyncio.ensure_future(self._ask(name, rtype))
            self._flying[key] = task
            task.add_done_callback(lambda _: self._flying.pop(key, None))
        # One waiter that gives up must not end it for the others.
        return await asyncio.shield(task)

    async def _ask(self, name: str, rtype: RType) -> Answer:
        last = self.failure(name, rtype, "there is no server to ask")
        try:
            async with asyncio.timeout(self._seconds):
                for _ in range(ROUNDS):
                    for server_ in self.servers:
                        answer = await self.ask_once(server_, name, rtype)
                        if not answer.failed:
                            return self._keep(answer)
                        last = answer
        except TimeoutError:
            last = self.failure(name, rtype, f"no answer within {self._seconds:g} s")
        return self._keep(last)

    def _keep(self, answer: Answer) -> Answer:
        return self._cache.put((answer.name, answer.rtype), answer, self._clock.monotonic())

    def failure(self, name: str, rtype: RType, reason: str, who: str = "") -> Answer:
        """Return that nothing was learned, and why."""
        now = self._clock.now()
        return Answer(name, rtype, Status.FAILED, (), now, server=who, problem=reason)

    async def ask_once(
        self, server_: Server, name: str, rtype: RType, *, authority: bool = False
    ) -> Answer:
        """Ask one server once. authority: only an answer from its own zones counts."""
        self.asked += 1
        asked_at = self._clock.now()
        number = secrets.randbelow(65536)
        question = wire.query(number, name, rtype)
        try:
            async with asyncio.timeout(self._try_seconds):
                data = await _udp(server_, question, number, name, rtype)
                reply = wire.read(data, name, rtype)
                if reply.truncated:
                    data = await _tcp(server_, question, number, name, rtype)
                    reply = wire.read(data, name, rtype)
        except TimeoutError:
            return self.failure(name, rtype, f"{server_} did not answer", str(server_))
        except OSError as exc:
            return self.failure(name, rtype, f"{server_}: {exc.strerror or exc}", str(server_))
        except wire.BadMessage as exc:
            return self.failure(name, rtype, f"{server_} sent a bad answer: {exc}", str(server_))
        if reply.rcode not in (0, _NXDOMAIN):
            words = {2: "SERVFAIL", 5: "REFUSED"}.get(reply.rcode, f"code {reply.rcode}")
            return self.failure(name, rtype, f"{server_} answered {words}", str(server_))
        if authority and not reply.authoritative:
            reason = f"{server_} does not hold the zone"
            return self.failure(name, rtype, reason, str(server_))
        negative = DEFAULT_NEGATIVE_TTL if reply.negative_ttl is None else reply.negative_ttl
        return Answer(
            name,
            rtype,
            Status.NXDOMAIN if reply.rcode == _NXDOMAIN else Status.NOERROR,
            reply.records,
            asked_at,
            ttl=reply.ttl if reply.records else negative,
            authentic=reply.authentic and server_.trust_ad,
            aliases=reply.aliases,
            server=str(server_),
        )


class AuthorityClient:
    """Implements `everywhere.Asker` over the network: three tries for each question.

    port: where authoritative servers listen (53; a lab uses another).
    """

    def __init__(self, clock: Clock, *, port: int = 53) -> None:
        self._client = Client((), clock)
        self._port = port

    async def ask(self, address: str, name: str, rtype: RType) -> Answer:
        """Return the answer of one server; see `Asker`."""
        server_ = Server(address, self._port)
        name = name.lower().removesuffix(".")
        answer = self._client.failure(name, rtype, problem(name) or "not asked", str(server_))
        for _ in range(0 if problem(name) else ROUNDS):
            answer = await self._client.ask_once(server_, name, rtype, authority=True)
            if not answer.failed:
                break
        return answer


class _Question(asyncio.DatagramProtocol):
    """Waits for the one datagram that answers."""

    def __init__(self, number: int, name: str, rtype: RType) -> None:
        self._wanted = (number, name, rtype)
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - connected
        # Anything else is a late answer or a guess: keep waiting for the right one.
        if not self.answer.done() and wire.answers(data, *self._wanted):
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError("closed"))


async def _udp(server_: Server, question: bytes, number: int, name: str, rtype: RType) -> bytes:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: _Question(number, name, rtype), remote_addr=(server_.address, server_.port)
    )
    try:
        transport.sendto(question)
        return await protocol.answer
    finally:
        protocol.answer.cancel()
        transport.close()


async def _tcp(server_: Server, question: bytes, number: int, name: str, rtype: RType) -> bytes:
    reader, writer = await asyncio.open_connection(server_.address, server_.port)
    try:
        writer.write(len(question).to_bytes(2, "big") + question)
        head = await reader.readexactly(2)
        data = await reader.readexactly(int.from_bytes(head, "big"))
    except asyncio.IncompleteReadError as exc:
        raise wire.BadMessage("the connection broke off") from exc
    finally:
        writer.close()
    if not wire.answers(data, number, name, rtype):
        raise wire.BadMessage("another question was answered")
    return data
