"""One worker: an event loop that serves every protocol on its own sockets.

Workers are identical and share nothing but the store and the hints of `notify.py`.
SIGTERM, or the end of the supervisor, lets open sessions finish their command, then
closes them; what was acknowledged is durable before that, so nothing is lost by a kill.
"""

import asyncio
import contextlib
import gc
import itertools
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from pillarbox.base.metrics import CONNECTIONS, OPEN
from pillarbox.serve.connection import HANDSHAKE_SECONDS, Connection, TlsFailed
from pillarbox.serve.listener import Endpoint, Gate
from pillarbox.serve.status import EmbeddedServer
from pillarbox.serve.supervisor import Seat

log = structlog.get_logger()

GRACE_SECONDS: Final = 10.0
COLLECT_AFTER: Final = (50_000, 20, 50)  # new objects, then generations

HTTP: Final = ("http", "web")  # the protocols that uvicorn serves

Handler = Callable[[Connection, Endpoint], Awaitable[None]]


class MakeServer(Protocol):
    """Makes a server for the listeners of one protocol, of those with TLS or without."""

    def __call__(self, protocol: str, *, tls: bool) -> EmbeddedServer: ...


@dataclass(slots=True)
class Service:
    """What a worker runs.

    handlers: by protocol name; a handler serves one connection until it ends and
    raises only TimeoutError and OSError. tls: for implicit TLS. tasks: run
    beside the sessions until they are cancelled (queue runner, jobs); one that ends with
    an error ends the worker. stop: called once, after the last session.
    refuse: what to say, by protocol, to one connection too many. http: makes the server for
    listeners of a protocol of HTTP.
    stopping: set when sessions should end after the command they are in.
    """

    handlers: Mapping[str, Handler]
    tls: ssl.SSLContext | None
    gate: Gate
    tasks: Sequence[Callable[[], Awaitable[None]]]
    stop: Callable[[], Awaitable[None]]
    refuse: Mapping[str, bytes]
    http: MakeServer | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


def run(seat: Seat, build: Callable[[Seat], Awaitable[Service]]) -> int:
    """Serve until SIGTERM or the supervisor's end. Returns the exit code."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_main(seat, build))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop where it is installed, else None for asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _main(seat: Seat, build: Callable[[Seat], Awaitable[Service]]) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(seat.alive, stop.set)
    service = await build(seat)
    # What was built stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sessions: set[asyncio.Task[None]] = set()
    servers = [
        await listen(loop, sock, endpoint, service, sessions)
        for endpoint, sock in seat.sockets
        if endpoint.protocol not in HTTP
    ]
    background = [asyncio.ensure_future(task()) for task in service.tasks]
    pages = _pages(seat, service)
    for task in background:
        task.add_done_callback(lambda _: stop.set())
    seat.ready()
    await stop.wait()
    loop.remove_reader(seat.alive)
    for server in servers:
        server.close()
    service.stopping.set()
    if sessions:
        await asyncio.wait(sessions, timeout=GRACE_SECONDS)
    for http, _ in pages:
        http.should_exit = True
    await asyncio.gather(*(serving for _, serving in pages), return_exceptions=True)
    code = await _end(background)
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
    await service.stop()
    return code


def _pages(seat: Seat, service: Service) -> "list[tuple[EmbeddedServer, asyncio.Future[None]]]":
    """Start the servers of HTTP: by protocol one for those with TLS, one for those without."""
    found: list[tuple[EmbeddedServer, asyncio.Future[None]]] = []
    for protocol, tls in itertools.product(HTTP, (False, True)):
        sockets = [
            sock.dup()
            for endpoint, sock in seat.sockets
            if endpoint.protocol == protocol and (endpoint.tls == "implicit") is tls
        ]
        if sockets and service.http is not None:
            http = service.http(protocol, tls=tls)
            found.append((http, asyncio.ensure_future(http.serve(sockets=sockets))))
    return found


async def _end(background: Sequence["asyncio.Future[None]"]) -> int:
    """Cancel the background tasks; 1 if one of them had failed."""
    code = 0
    for task in background:
        if task.done() and not task.cancelled() and (exc := task.exception()) is not None:
            log.error("worker.task_failed", exc_info=exc)
            code = 1
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    return code


async def listen(
    loop: asyncio.AbstractEventLoop,
    sock: socket.socket,
    endpoint: Endpoint,
    service: Service,
    sessions: "set[asyncio.Task[None]]",
) -> asyncio.Server:
    """Serve one socket; `sessions` holds what runs because of it. The socket stays open."""

    def accepted(conn: Connection) -> None:
        task = loop.create_task(_session(conn, endpoint, service))
        sessions.add(task)
        task.add_done_callback(sessions.discard)

    # The supervisor's socket stays open when this worker closes its own copy.
    context = service.tls if endpoint.tls == "implicit" else None
    seconds = HANDSHAKE_SECONDS if context is not None else None
    return await loop.create_server(
        lambda: Connection(accepted), sock=sock.dup(), ssl=context, ssl_handshake_timeout=seconds
    )


async def _session(conn: Connection, endpoint: Endpoint, service: Service) -> None:
    """Serve one connection, and count how it ended."""
    protocol = endpoint.protocol
    end = "error"
    OPEN.add(protocol, by=1)
    try:
        with service.gate.enter(conn.peer[0]) as welcome:
            if not welcome:
                end = "refused"
                conn.write(service.refuse[protocol])
                return
            await service.handlers[protocol](conn, endpoint)
            end = "closed"
    except TimeoutError:
        end = "idle"
    except TlsFailed as exc:
        end = "tls_failed"
        log.info("tls.failed", protocol=protocol, peer=conn.peer[0], reason=str(exc))
    except OSError:
        end = "lost"
    except Exception:
        # Our own bug: this connection ends, the others go on.
        log.exception("session.failed", protocol=protocol, peer=conn.peer[0])
    finally:
        CONNECTIONS.add(protocol, end)
        OPEN.add(protocol, by=-1)
        with contextlib.suppress(OSError):
            conn.close()
