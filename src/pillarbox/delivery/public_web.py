"""A web client for addresses that strangers chose: images of messages, unsubscribing.

It reaches only what is everybody's (`base/public_address`): the name is resolved once, by our
own resolver, and the connection goes to that very address with the name as Host and in TLS.
Ports 80 and 443 only. Nothing is sent that says who asks: no cookies, no Referer, one
User-Agent for all. Each redirect is looked at like the first address.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, urljoin, urlsplit

import h11

from pillarbox.base.errors import Invalid
from pillarbox.base.public_address import Address, is_public, literal
from pillarbox.delivery.https import MAX_HEAD_OCTETS, NotFetched, Page, client_context, exchange
from pillarbox.dns.resolver import Resolver, RType
from pillarbox.mime.html_links import host_of, target

MAX_REDIRECTS: Final = 3
MAX_ADDRESSES: Final = 3  # that are tried
SECONDS: Final = 10.0  # for everything, redirects included
AGENT: Final = "Mozilla/5.0 (compatible; Pillarbox)"
ACCEPT: Final = "image/avif,image/webp,image/png,image/jpeg,image/gif"
MAX_ANSWER: Final = 64 * 1024  # octets of an answer to POST

_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PATH_SAFE: Final = "!$%&'()*+,/:;=@[]~-._"


class Refused(NotFetched):
    """We do not ask there: the address is not public, or the URL is none we follow."""


class PublicWeb(Protocol):
    """Asks web servers of strangers."""

    async def get(self, url: str, *, max_octets: int, seconds: float = SECONDS) -> Page:
        """Return the answer to GET, redirects followed. Raises NotFetched, Refused."""
        ...

    async def post(
        self,
        url: str,
        body: bytes,
        media_type: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        seconds: float = SECONDS,
    ) -> Page:
        """Return the answer to POST, a redirect too. Raises NotFetched, Refused.

        fields: of the header, besides.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a URL leads. host: as in Host and TLS, brackets kept. path: with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def field(self) -> str:
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


class StrangersWeb:
    """Implements `PublicWeb`.

    reachable: pairs of address and port that may be asked although they are not public, for labs.
    authorities: PEM file of authorities that count beside the system's.
    """

    def __init__(
        self,
        resolver: Resolver,
        reachable: Collection[tuple[Address, int]] = (),
        authorities: Path | None = None,
    ) -> None:
        self._resolver = resolver
        self._reachable = frozenset(reachable)
        self._reachable_ports = frozenset(port for _, port in self._reachable)
        self._authorities = authorities

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return client_context(self._authorities)

    async def get(self, url: str, *, max_octets: int, seconds: float = SECONDS) -> Page:
        async with _deadline(seconds):
            for _ in range(MAX_REDIRECTS + 1):
                page = await self._ask(_place(url), "GET", [("Accept", ACCEPT)], b"", max_octets)
                if page.status not in _REDIRECTS or not page.location:
                    return page
                url = urljoin(url, page.location)
        raise NotFetched(f"more than {MAX_REDIRECTS} redirects")

    async def post(
        self,
        url: str,
        body: bytes,
        media_type: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        seconds: float = SECONDS,
    ) -> Page:
        own = [("Content-Type", media_type), ("Content-Length", str(len(body)))]
        async with _deadline(seconds):
            return await self._ask(_place(url), "POST", [*own, *fields], body, MAX_ANSWER)

    async def _ask(
        self, place: _Place, verb: str, more: list[tuple[str, str]], body: bytes, max_octets: int
    ) -> Page:
        if place.port not in _PORTS.values() and place.port not in self._reachable_ports:
            raise Refused(f"port {place.port} is not asked")
        fields = [("Host", place.field), ("User-Agent", AGENT), ("Connection", "close"), *more]
        request = h11.Request(method=verb, target=place.path, headers=fields)
        reader, writer = await self._connect(place)
        try:
            return await exchange(reader, writer, request, body, max_octets)
        finally:
            writer.transport.abort()

    async def _connect(self, place: _Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        problem = NotFetched(f"{place.host} has no address")
        for address in await self._addresses(place):
            tls: dict[str, Any] = {}
            if place.scheme == "https":
                tls = {"ssl": self._context, "server_hostname": place.host.strip("[]")}
            try:
                reader, writer = await asyncio.open_connection(
                    str(address), place.port, limit=MAX_HEAD_OCTETS, **tls
                )
            except ssl.SSLCertVerificationError as exc:
                text = f"the certificate of {place.host} is not valid: {exc.verify_message}"
                problem = NotFetched(text, certificate=True)
                continue
            except OSError as exc:
                problem = NotFetched(f"no connection to {place.host}: {exc.strerror or exc}")
                continue
            if self._is_ourselves(writer, address, place.port):
                writer.transport.abort()
                raise Refused(f"{place.host} is this machine")
            return reader, writer
        raise problem

    async def _addresses(self, place: _Place) -> list[Address]:
        """Return where to connect. Raises Refused if any address is not to be asked."""
        try:
            given = literal(place.host)
        except Invalid as exc:
            raise Refused(str(exc)) from None
        found = [given] if given else await self._resolve(place.host)
        for address in found:
            if not is_public(address) and (address, place.port) not in self._reachable:
                raise Refused(f"{place.host} is at {address}, which is not public")
        if place.port not in _PORTS.values():
            found = [one for one in found if (one, place.port) in self._reachable]
        return found[:MAX_ADDRESSES]

    async def _resolve(self, host: str) -> list[Address]:
        answers = [await self._resolver.resolve(host, kind) for kind in (RType.A, RType.AAAA)]
        found = [
            value
            for answer in answers
            for value in answer.values
            if isinstance(value, IPv4Address | IPv6Address)
        ]
        if not found and any(answer.failed for answer in answers):
            raise NotFetched(f"the name servers of {host} could not be asked")
        return found

    def _is_ourselves(self, writer: asyncio.StreamWriter, address: Address, port: int) -> bool:
        """Tell whether a connection ends where it began: at an address of this machine."""
        own = writer.get_extra_info("sockname")
        return bool(own) and own[0] == str(address) and (address, port) not in self._reachable


def _place(url: str) -> _Place:
    """Return where a URL leads. Raises Refused."""
    clean = target(url) or ""
    host = host_of(clean)
    try:
        parts = urlsplit(clean)
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise Refused("only http and https are asked") from None
    if not host or "@" in parts.netloc:
        raise Refused("the address names no host, or a password")
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_PATH_SAFE + "?")
    return _Place(parts.scheme, host, port, path)


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    """Turn what goes wrong into NotFetched."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NotFetched(f"no answer within {seconds:g} s") from None
    except (h11.LocalProtocolError, h11.RemoteProtocolError) as exc:
        raise NotFetched(f"this is no HTTP: {exc}") from exc
    except OSError as exc:
        raise NotFetched(str(exc.strerror or exc)) from exc
