"""What machines ask: `/metrics` for Prometheus, `/health` for whoever watches.

Served by any worker: the counters of all of them lie in shared memory.
"""

import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pillarbox.base.metrics import REGISTRY

Healthy = Callable[[], Awaitable[str]]


def application(healthy: Healthy, more: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI application. healthy: returns "" or what is wrong. more: served beside."""

    async def metrics(_: Request) -> Response:
        return Response(REGISTRY.render(), media_type="text/plain; version=0.0.4")

    async def health(_: Request) -> Response:
        problem = await healthy()
        status = 503 if problem else 200
        return JSONResponse({"status": "failing" if problem else "ok", "problem": problem}, status)

    return Starlette(routes=[Route("/metrics", metrics), Route("/health", health), *more])


class EmbeddedServer(uvicorn.Server):
    """An HTTP server inside our own event loop, which leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(application_: Starlette, tls: ssl.SSLContext | None = None) -> EmbeddedServer:
    """Return the server; call `serve(sockets=[...])`, and set `should_exit` to end it.

    tls: speak TLS with this context.
    """
    config = uvicorn.Config(
        application_,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=2,
        limit_concurrency=200,
    )
    config.load()
    config.ssl = tls
    return EmbeddedServer(config)
