"""The octets of one connection that we opened: read, written, upgraded to TLS.

The counterpart of `serve/connection.py` for the client side. Every wait has an end, reading
pauses when the peer sends more than is read, and plaintext that arrived before TLS is never
read after it.
"""

import asyncio
import ssl
from typing import Final, Self, cast

READ_PAUSE_OCTETS: Final = 64 * 1024
WRITE_HIGH_OCTETS: Final = 256 * 1024


class TlsFailed(Exception):
    """The handshake did not succeed. `str(exc)` is the reason."""


class Wire(asyncio.Protocol):
    """One TCP connection. tls: the ssl object once encrypted."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._held = 0
        self._paused = False
        self._eof = False
        self._lost = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self.tls: ssl.SSLObject | None = None

    @classmethod
    async def connect(cls, address: str, port: int, source: str, seconds: float) -> Self:
        """Connect, from the address `source` unless it is "". Raises OSError, TimeoutError."""
        local = (source, 0) if source else None
        async with asyncio.timeout(seconds):
            _, wire = await asyncio.get_running_loop().create_connection(
                cls, address, port, local_addr=local
            )
        return wire

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._held += len(data)
        if self._held > READ_PAUSE_OCTETS and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        _set(self._reader)

    def eof_received(self) -> bool:
        self._eof = True
        _set(self._reader)
        return False  # A server that sends no more has nothing to tell us: close.

    def connection_lost(self, _exc: Exception | None) -> None:
        self._eof = self._lost = True
        _set(self._reader)
        _set(self._writer)

    def pause_writing(self) -> None:
        if self._writer is None:
            self._writer = self._loop.create_future()

    def resume_writing(self) -> None:
        waiter, self._writer = self._writer, None
        _set(waiter)

    # The session calls these.

    @property
    def is_readable(self) -> bool:
        """True if `read` would not wait."""
        return bool(self._chunks) or self._eof

    @property
    def own_address(self) -> str:
        """Our IP address on this connection, "" if it is not known any more."""
        name = self._transport.get_extra_info("sockname") if self._transport else None
        return str(name[0]) if name else ""

    async def read(self, seconds: float) -> bytes:
        """Return the octets that have arrived, at least one; b"" at the end of file.

        Raises TimeoutError.
        """
        if not self.is_readable:
            self._reader = self._loop.create_future()
            try:
                async with asyncio.timeout(seconds):
                    await self._reader
            finally:
                self._reader = None
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes, seconds: float) -> None:
        """Hand over octets; wait while the peer takes none. Raises TimeoutError.

        Nothing happens when the peer is gone: reading tells.
        """
        if not data or self._lost or self._transport is None:
            return
        self._transport.write(data)
        if self._writer is not None:
            async with asyncio.timeout(seconds):
                await self._writer

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Become TLS. host: for the server name indication, "" for none. Raises TlsFailed."""
        transport = self._transport
        if transport is None or self._eof:
            raise TlsFailed("the peer left before the handshake")
        if self._chunks:
            raise TlsFailed("the peer sent plaintext behind its go-ahead")
        try:
            upgraded = await self._loop.start_tls(
                transport,
                self,
                context,
                server_hostname=host or None,
                ssl_handshake_timeout=seconds,
            )
        except (OSError, ssl.SSLError) as exc:
            transport.abort()
            raise TlsFailed(str(exc) or type(exc).__name__) from exc
        if upgraded is None:
            raise TlsFailed("the peer left during the handshake")
        self._transport = upgraded
        upgraded.set_write_buffer_limits(high=WRITE_HIGH_OCTETS)
        self.tls = upgraded.get_extra_info("ssl_object")

    def close(self) -> None:
        """Close at once. What matters has been read by now."""
        if self._transport is not None:
            self._transport.abort()


def _set(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
