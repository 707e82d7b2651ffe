"""The HTTP server of listeners of protocol "web": uvicorn on the worker's own loop.

What uvicorn does not limit is limited here: connections of one network, and how long a request's
head may take to arrive.
"""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pillarbox.serve.listener import Gate
from pillarbox.serve.status import EmbeddedServer

HEAD_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 30  # between two requests
GRACE_SECONDS: Final = 3  # for what runs when the server ends


def server(
    application: ASGIApp,
    gate: Gate,
    tls: ssl.SSLContext | None = None,
    *,
    proxies: Sequence[str] = (),
    max_frame: int = 10_000_000,
) -> EmbeddedServer:
    """Return the server, which is used like that of `status.server`.

    proxies: networks whose word about the client is believed; their connections are not counted.
    max_frame: octets of one WebSocket message.
    """
    config = uvicorn.Config(
        application,
        http=_protocol(gate if not proxies else None),
        ws="websockets-sansio",
        ws_max_size=max_frame,
        ws_per_message_deflate=True,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    config.ssl = tls
    return EmbeddedServer(config)


def _protocol(gate: Gate | None) -> type[asyncio.Protocol]:
    """Return the class of connections. gate: None counts none."""

    class Connection(HttpToolsProtocol):
        """One connection."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._entered = ExitStack()
            self._late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()
            if gate is not None:
                peer = self.client[0] if self.client else ""
                if not self._entered.enter_context(gate.enter(peer)):
                    transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self._arrived()
            self._entered.close()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            self._wait()
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._arrived()
            super().on_headers_complete()

        def handle_websocket_upgrade(self) -> None:
            # Another protocol takes over, and `connection_lost` will not come here.
            self._entered.close()
            super().handle_websocket_upgrade()

        def _wait(self) -> None:
            self._arrived()
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

        def _arrived(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return cast("type[asyncio.Protocol]", Connection)
