"""JMAP over HTTP: the session and the API (RFC 8620 §2, §3.1).

A request is refused with problem details (RFC 7807) that name no path and no reason of our own.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, RateLimited
from pillarbox.base.ratelimit import TokenBuckets
from pillarbox.jmap.request import RequestError
from pillarbox.serve.jmap.api import Api
from pillarbox.serve.same_origin import own_origin
from pillarbox.serve.visitor import Identify, NotSignedIn, Visitor

log = structlog.get_logger()

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
NO_STORE: Final = {"cache-control": "no-cache, no-store", "x-content-type-options": "nosniff"}
BODY_SECONDS: Final = 60.0
"""How long a request may take to arrive."""
COMPRESS_FROM: Final = 4096  # octets
COMPRESS_APART: Final = 65_536  # from here in a thread
LEVEL: Final = 4
RETRY_AFTER: Final = "300"
BURST: Final = 20.0  # seconds
PREFLIGHT: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Authorization, Content-Type, Last-Event-ID",
    "access-control-max-age": "86400",
}

Handler = Callable[[Request, Visitor], Awaitable[Response]]


class Guard:
    """Stands before each endpoint: who is it, how often, and what failures look like.

    per_second: requests of one account; BURST times as many may come at once.
    """

    def __init__(self, identify: Identify, clock: Clock, per_second: float) -> None:
        self._identify = identify
        self._clock = clock
        self._buckets = TokenBuckets(per_second * BURST, per_second)

    async def visitor(self, conn: HTTPConnection) -> Visitor:
        """Return who it is. Raises NotSignedIn, RateLimited, RequestError."""
        visitor = await self._identify(conn)
        if visitor.kind in {"app_password", "bearer"} and "jmap" not in visitor.scopes:
            raise RequestError("forbidden", "This password is not for JMAP.", status=403)
        self.check_rate(visitor)
        return visitor

    def check_rate(self, visitor: Visitor) -> None:
        """Count a request. Raises RequestError if there are too many."""
        if not self._buckets.take(visitor.account_id, self._clock.monotonic()):
            text = "too many requests in too short a time"
            raise RequestError("limit", text, limit="requestsPerSecond", status=429)

    def route(self, path: str, handler: Handler, methods: tuple[str, ...]) -> Route:
        """Return a route for those who are signed in, and for preflights of browsers."""

        async def run(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(None, 204, PREFLIGHT)
            response = await self._answer(request, handler)
            if "cookie" not in request.headers:
                # Programs in pages of others bring their own password; cookies never count.
                response.headers["access-control-allow-origin"] = "*"
            return response

        return Route(path, run, methods=[*methods, "OPTIONS"])

    async def _answer(self, request: Request, handler: Handler) -> Response:
        try:
            return await handler(request, await self.visitor(request))
        except NotSignedIn as exc:
            return _unauthorized(request, str(exc))
        except RateLimited:
            return problem(429, "Too many attempts; try again later.", retry=True)
        except RequestError as exc:
            headers = {**NO_STORE, "retry-after": "1"} if exc.status == 429 else NO_STORE
            octets = msgspec.json.encode(exc.as_object())
            return Response(octets, exc.status, headers, media_type=PROBLEM)
        except MailError as exc:
            log.info("jmap.refused", error=type(exc).__name__, reason=str(exc))
            return problem(503, "Try again later.", retry=True)


def problem(status: int, detail: str, *, retry: bool = False) -> Response:
    """Return problem details of no type of JMAP's."""
    value = {"type": "about:blank", "status": status, "detail": detail}
    headers = {**NO_STORE, "retry-after": RETRY_AFTER} if retry else NO_STORE
    return Response(msgspec.json.encode(value), status, headers, media_type=PROBLEM)


def _unauthorized(request: HTTPConnection, why: str) -> Response:
    response = problem(401, why)
    if "sec-fetch-site" not in request.headers:
        # A browser would put up a window of its own over our page.
        response.headers["www-authenticate"] = 'Basic realm="Pillarbox", charset="UTF-8"'
        response.headers.append("www-authenticate", 'Bearer realm="Pillarbox"')
    return response


def routes(api: Api, guard: Guard) -> list[Route]:
    """Return the session and the API."""

    async def session(request: Request, visitor: Visitor) -> Response:
        return await json_response(request, api.session(visitor, own_origin(request)))

    async def call(request: Request, visitor: Visitor) -> Response:
        if request.method != "POST":
            return await session(request, visitor)  # as old clients want it
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != JSON:
            raise RequestError("notJSON", f"The Content-Type must be {JSON}.")
        octets = await body(request, api.limits.max_size_request)
        return await encoded_response(request, await api.answer(visitor, octets))

    return [
        guard.route("/.well-known/jmap", session, ("GET",)),
        guard.route("/jmap/session", session, ("GET",)),
        guard.route("/jmap/api", call, ("GET", "POST")),
    ]


async def body(request: Request, max_octets: int) -> bytes:
    """Return the body. Raises RequestError: limit; or a status of 408 or 400."""
    too_large = RequestError(
        "limit", f"at most {max_octets} octets", limit="maxSizeRequest", status=413
    )
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and int(length[:20]) > max_octets:
        raise too_large
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                found += chunk
                if len(found) > max_octets:
                    raise too_large
    except TimeoutError:
        raise RequestError("notRequest", "the request did not arrive", status=408) from None
    return bytes(found)


async def json_response(request: HTTPConnection, value: Any) -> Response:
    """Return JSON that nobody keeps."""
    return await encoded_response(request, msgspec.json.encode(value))


async def encoded_response(request: HTTPConnection, octets: bytes) -> Response:
    """Return JSON that nobody keeps, compressed where that is worth it."""
    headers = {**NO_STORE, "vary": "Accept-Encoding"}
    if len(octets) >= COMPRESS_FROM and accepts_gzip(request.headers.get("accept-encoding", "")):
        if len(octets) >= COMPRESS_APART:
            octets = await asyncio.to_thread(_gzip, octets)
        else:
            octets = _gzip(octets)
        headers["content-encoding"] = "gzip"
    return Response(octets, 200, headers, media_type=JSON)


def accepts_gzip(field: str) -> bool:
    """Tell whether an Accept-Encoding field names gzip (RFC 9110 §12.5.3)."""
    for entry in field.lower().split(","):
        name, _, weight = entry.replace(" ", "").partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


def _gzip(octets: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=31)
    return packer.compress(octets) + packer.flush()
