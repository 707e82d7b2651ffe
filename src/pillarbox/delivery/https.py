"""A small, strict HTTPS client for policies and reports (RFC 8461 §3.3, RFC 8460 §3).

One request on one connection. The certificate must be valid for the name, names are found by
our own resolver, redirects are not followed, and octets and seconds are limited. h11 reads
what the server says.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final, Protocol

import h11

from pillarbox.dns.resolver import Resolver, RType

READ_OCTETS: Final = 16 * 1024
MAX_HEAD_OCTETS: Final = 32 * 1024
MAX_ADDRESSES: Final = 4  # that are tried
MAX_TEXT: Final = 300  # characters of a problem


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered. media_type: lower case, without parameters. location: of Location."""

    status: int
    media_type: str
    body: bytes
    location: str = field(default="", compare=False)


class NotFetched(Exception):
    """There is no answer. `str(exc)` says why. certificate: because the server is not proven."""

    def __init__(self, text: str, *, certificate: bool = False) -> None:
        super().__init__(text[:MAX_TEXT])
        self.certificate = certificate


class Fetcher(Protocol):
    """Asks web servers."""

    async def get(self, host: str, path: str, *, max_octets: int, seconds: float) -> Page:
        """Return the answer to GET https://HOST/PATH, whatever its status. Raises NotFetched."""
        ...

    async def post(
        self, host: str, path: str, body: bytes, media_type: str, *, seconds: float
    ) -> Page:
        """Return the answer to POST, without its body. Raises NotFetched."""
        ...


def client_context(authorities: Path | None) -> ssl.SSLContext:
    """Return how a web server has to prove itself. authorities: as for `Https`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    if authorities is not None:
        context.load_verify_locations(authorities)
    return context


class Https:
    """Implements `Fetcher`.

    authorities: PEM file of authorities that count beside the system's. port: where others
    listen (443; a lab uses another). source: our address, "" for any.
    """

    def __init__(
        self, resolver: Resolver, authorities: Path | None, *, port: int = 443, source: str = ""
    ) -> None:
        self._resolver = resolver
        self._authorities = authorities
        self._port = port
        self._source = source

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return client_context(self._authorities)

    async def get(self, host: str, path: str, *, max_octets: int, seconds: float) -> Page:
        return await self._ask(host, "GET", path, b"", "", (max_octets, seconds))

    async def post(
        self, host: str, path: str, body: bytes, media_type: str, *, seconds: float
    ) -> Page:
        return await self._ask(host, "POST", path, body, media_type, (READ_OCTETS, seconds))

    async def _ask(
        self, host: str, verb: str, path: str, body: bytes, kind: str, limits: tuple[int, float]
    ) -> Page:
        max_octets, seconds = limits
        fields = [("Host", host), ("User-Agent", "Pillarbox"), ("Connection", "close")]
        if body:
            fields += [("Content-Type", kind), ("Content-Length", str(len(body)))]
        try:
            request = h11.Request(method=verb, target=path, headers=fields)
            async with asyncio.timeout(seconds):
                reader, writer = await self._connect(host)
                try:
                    return await exchange(reader, writer, request, body, max_octets)
                finally:
                    writer.transport.abort()
        except TimeoutError:
            raise NotFetched(f"{host} did not answer within {seconds:g} s") from None
        except (h11.LocalProtocolError, h11.RemoteProtocolError) as exc:
            raise NotFetched(f"{host} does not speak HTTP: {exc}") from exc
        except OSError as exc:
            raise NotFetched(f"{host}: {exc.strerror or exc}") from exc

    async def _connect(self, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        problem = NotFetched(f"{host} has no address")
        local = (self._source, 0) if self._source else None
        for address in await self._addresses(host):
            try:
                return await asyncio.open_connection(
                    str(address), self._port, ssl=self._context, server_hostname=host,
                    local_addr=local, limit=MAX_HEAD_OCTETS,
                )  # fmt: skip
            except ssl.SSLCertVerificationError as exc:
                text = f"the certificate of {host} is not valid: {exc.verify_message}"
                problem = NotFetched(text, certificate=True)
            except OSError as exc:
                problem = NotFetched(f"no connection to {host} [{address}]: {exc.strerror or exc}")
        raise problem

    async def _addresses(self, host: str) -> list[IPv4Address | IPv6Address]:
        answers = [await self._resolver.resolve(host, kind) for kind in (RType.A, RType.AAAA)]
        found = [
            value
            for answer in answers
            for value in answer.values
            if isinstance(value, IPv4Address | IPv6Address)
            and (not self._source or (":" in self._source) == (value.version == 6))
        ]
        if not found and any(answer.failed for answer in answers):
            raise NotFetched(f"the name servers of {host} could not be asked")
        return found[:MAX_ADDRESSES]


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: h11.Request,
    body: bytes,
    max_octets: int,
) -> Page:
    """Send one request and return its answer.

    Raises NotFetched, OSError, and the errors of h11 for what is no HTTP.
    """
    conn = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_OCTETS)
    head = conn.send(request) or b""
    data = (conn.send(h11.Data(data=body)) or b"") if body else b""
    writer.write(head + data + (conn.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    status, media_type, location, found = 0, "", "", bytearray()
    while True:
        event = conn.next_event()
        if event is h11.NEED_DATA:
            conn.receive_data(await reader.read(READ_OCTETS))
        elif isinstance(event, h11.Response):
            status = event.status_code
            for name, value in event.headers:
                if name == b"content-type":
                    media_type = value.partition(b";")[0].strip().decode("latin-1").lower()
                elif name == b"location":
                    location = value.decode("utf-8", "replace")
        elif isinstance(event, h11.Data):
            found += event.data
            if len(found) > max_octets:
                raise NotFetched(f"the answer has more than {max_octets} octets")
        elif isinstance(event, h11.EndOfMessage):
            return Page(status, media_type, bytes(found), location)
        elif not isinstance(event, h11.InformationalResponse):
            raise NotFetched("the server broke the connection off")
