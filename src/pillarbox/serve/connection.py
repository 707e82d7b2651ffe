"""One client's octets, and the one loop that drives every protocol engine.

A `Connection` is a bare asyncio Protocol with a small buffer: an idle one costs little,
and a client that pipelines 100 commands costs one wake-up. `run` reads, lets the engine
cut events, lets the session answer them, and writes once. SMTP, IMAP and POP3 share it;
STARTTLS swaps the transport below it.

Reading pauses when a peer sends faster than the session answers, and writing waits when
the peer does not read: neither side can make memory grow.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, cast

READ_PAUSE_OCTETS: Final = 256 * 1024
WRITE_HIGH_OCTETS: Final = 256 * 1024
HANDSHAKE_SECONDS: Final = 30.0


class Engine(Protocol):
    """What the pure protocol engines share (`smtp.server`, `imap.server`, `pop3`)."""

    def receive(self, data: bytes) -> None: ...
    def data_to_send(self) -> bytes: ...


class TlsFailed(Exception):
    """The handshake did not succeed. `str(exc)` is the reason, for the log."""


class Connection(asyncio.Protocol):
    """One accepted TCP connection, before or after TLS.

    peer, local: (address, port). tls: the ssl object once encrypted, else None.
    received_octets, sent_octets: counted above TLS.
    """

    __slots__ = (
        "_chunks",
        "_deadline",
        "_eof",
        "_held",
        "_idle",
        "_loop",
        "_lost",
        "_on_made",
        "_paused",
        "_poked",
        "_read_waiter",
        "_transport",
        "_write_waiter",
        "local",
        "peer",
        "received_octets",
        "sent_octets",
        "tls",
    )

    def __init__(self, on_made: Callable[["Connection"], None]) -> None:
        self._on_made = on_made
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._held = 0
        self._paused = False
        self._poked = False
        self._eof = False
        self._lost: Exception | None = None
        self._read_waiter: asyncio.Future[None] | None = None
        self._write_waiter: asyncio.Future[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self.peer: tuple[str, int] = ("", 0)
        self.local: tuple[str, int] = ("", 0)
        self.tls: ssl.SSLObject | None = None
        self.received_octets = 0
        self.sent_octets = 0

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)
        self.peer = _address(transport.get_extra_info("peername"))
        self.local = _address(transport.get_extra_info("sockname"))
        self.tls = transport.get_extra_info("ssl_object")
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._held += len(data)
        self.received_octets += len(data)
        if self._held > READ_PAUSE_OCTETS and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake_reader()

    def eof_received(self) -> bool:
        self._eof = True
        self._wake_reader()
        # Keep a plain connection open for our answers: the peer only stopped sending.
        return self.tls is None

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof = True
        self._lost = exc or ConnectionResetError("closed by the peer")
        self._wake_reader()
        if self._write_waiter is not None and not self._write_waiter.done():
            self._write_waiter.set_result(None)
        self._stop_timer()

    def pause_writing(self) -> None:
        if self._write_waiter is None:
            self._write_waiter = self._loop.create_future()

    def resume_writing(self) -> None:
        waiter, self._write_waiter = self._write_waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # Sessions call these.

    async def read(self, idle_seconds: float) -> bytes | None:
        """Return the octets that have arrived, waiting for at least one; b"" at the end.

        None: `poke` was called meanwhile, and nothing has arrived. Raises TimeoutError
        after `idle_seconds` of silence.
        """
        if not self._chunks and not self._eof and not self._poked:
            waiter = self._read_waiter = self._loop.create_future()
            self._deadline = self._loop.time() + idle_seconds
            self._arm(idle_seconds)
            try:
                await waiter
            finally:
                self._read_waiter = None
        poked, self._poked = self._poked, False
        if not self._chunks:
            return None if poked and not self._eof else b""
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def poke(self) -> None:
        """Make the reader look up: there is something to tell the peer."""
        self._poked = True
        self._wake_reader()

    def write(self, data: bytes) -> None:
        """Queue octets for the peer. Nothing happens when it is gone."""
        if data and self._lost is None and self._transport is not None:
            self.sent_octets += len(data)
            self._transport.write(data)

    async def drain(self, seconds: float) -> None:
        """Wait until the peer has taken enough. Raises TimeoutError, ConnectionError."""
        if self._write_waiter is not None and self._lost is None:
            async with asyncio.timeout(seconds):
                await self._write_waiter
        if self._lost is not None:
            raise ConnectionResetError(str(self._lost))

    def hold(self) -> None:
        """Read no more until `start_tls`: what comes next belongs to the handshake.

        Must be called before the go-ahead is written (RFC 3207 §4.2).
        """
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Become TLS, as the server side. Plaintext that is still buffered is thrown away.

        Raises TlsFailed when the handshake fails, for whatever reason.
        """
        transport = self._transport
        if transport is None or self._lost is not None or self._eof:
            raise TlsFailed("the peer left before the handshake")
        self._chunks.clear()
        self._held = 0
        self._paused = False
        try:
            upgraded = await self._loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        except (OSError, ssl.SSLError, asyncio.CancelledError) as exc:
            transport.abort()
            if isinstance(exc, asyncio.CancelledError):
                raise
            raise TlsFailed(str(exc) or type(exc).__name__) from exc
        if upgraded is None:
            raise TlsFailed("the peer left during the handshake")
        self._transport = upgraded
        upgraded.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)
        self.tls = upgraded.get_extra_info("ssl_object")

    @property
    def gone(self) -> bool:
        """True once the connection is lost in both directions."""
        return self._lost is not None

    def close(self) -> None:
        """Send what is queued, then close."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once and drop what is queued."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    # One timer serves all reads: it is moved only when it fires (a read costs no timer).

    def _arm(self, seconds: float) -> None:
        if self._idle is not None and self._idle.when() > self._deadline:
            self._stop_timer()
        if self._idle is None:
            self._idle = self._loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._idle = None
        waiter = self._read_waiter
        if waiter is None or waiter.done():
            return
        left = self._deadline - self._loop.time()
        if left > 0.001:
            self._idle = self._loop.call_later(left, self._expire)
        else:
            waiter.set_exception(TimeoutError("idle"))

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _wake_reader(self) -> None:
        if self._read_waiter is not None and not self._read_waiter.done():
            self._read_waiter.set_result(None)


async def run(
    conn: Connection,
    engine: Engine,
    respond: Callable[[], Awaitable[bool]],
    *,
    idle_seconds: Callable[[], float],
) -> None:
    """Serve until `respond` returns False, or the peer is silent for too long.

    respond: answers every event that the engine holds, and tells what is to be told; False
    means "close now".
    idle_seconds: asked before each read, since it may depend on the state.

    Raises TimeoutError when the peer is idle, ConnectionError when it is gone.
    """
    going = True
    while True:
        conn.write(engine.data_to_send())
        await conn.drain(idle_seconds())
        if not going:
            return
        data = await conn.read(idle_seconds())
        if data is not None:
            engine.receive(data)
        going = await respond()


def _address(name: object) -> tuple[str, int]:
    if isinstance(name, tuple) and len(name) >= 2:
        host, port = name[0], name[1]
        # An IPv4 client of an IPv6 socket is an IPv4 client (RFC 4291 §2.5.5.2).
        return str(host).removeprefix("::ffff:"), int(port)
    return "", 0
