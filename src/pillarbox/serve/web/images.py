"""`/img/{token}`: images from elsewhere, fetched by us for a message that names them.

The token is the authority: it was made for one account and one URL of a message of its own, so
this is no proxy for anybody else. What is fetched must be a raster image by its octets, of
bounded size; nothing of the other server's answer is passed on but those octets.
"""

import asyncio
from datetime import datetime
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Invalid
from pillarbox.base.ratelimit import TokenBuckets
from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.public_web import PublicWeb, Refused
from pillarbox.mime import sniff
from pillarbox.mime.html_trackers import is_tracking_url
from pillarbox.serve.reading import IMAGE
from pillarbox.serve.view_token import BadToken, Tokens
from pillarbox.serve.web import thumbnail
from pillarbox.serve.web.image_cache import ImageCache

MAX_OCTETS: Final = 8 * 1024 * 1024
AT_ONCE: Final = 16  # images that a worker fetches at the same time
BURST: Final = 300  # images of one account that are fetched without waiting
PER_SECOND: Final = 5.0

log = structlog.get_logger()

_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the frame that shows it has no origin
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "inline",
}


class Images:
    """Serves images."""

    def __init__(self, web: PublicWeb, cache: ImageCache, tokens: Tokens, clock: Clock) -> None:
        self._web = web
        self._cache = cache
        self._tokens = tokens
        self._clock = clock
        self._busy = asyncio.Semaphore(AT_ONCE)
        self._buckets = TokenBuckets(BURST, PER_SECOND)
        self._coming: dict[str, asyncio.Task[bytes]] = {}

    def routes(self) -> list[Route]:
        """Return what to serve under `/img/`."""
        return [Route("/img/{token}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        now = self._clock.now()
        try:
            account_id, url = self._tokens.read(IMAGE, request.path_params["token"], now)
        except (BadToken, ValueError):
            return _refusal(404, "This address is no longer valid.")
        url = str(url)
        if is_tracking_url(url):
            return _refusal(404, "This image only counts readers.")
        octets = await self._cache.find(url, now)
        if octets is None:
            if not self._buckets.take(account_id, self._clock.monotonic()):
                return _refusal(429, "Too many images at once. Try again later.")
            try:
                octets = await self._fetch(url, now)
            except (NotFetched, Invalid) as exc:
                log.info("image.refused", refused=isinstance(exc, Refused), reason=str(exc))
                return _refusal(404, "This image could not be fetched.")
        fields = {**_SAFE, "Cache-Control": "private, max-age=86400, immutable"}
        return Response(octets, media_type=sniff.sniff(octets), headers=fields)

    async def _fetch(self, url: str, now: datetime) -> bytes:
        """Fetch an image, once for all who wait for it."""
        task = self._coming.get(url)
        if task is None:
            task = self._coming[url] = asyncio.create_task(self._fetch_now(url, now))
            task.add_done_callback(lambda done: self._came(url, done))
        return await asyncio.shield(task)

    def _came(self, url: str, done: asyncio.Task[bytes]) -> None:
        self._coming.pop(url, None)
        if not done.cancelled():
            done.exception()  # Whoever asked may be gone, and nobody else wants to know.

    async def _fetch_now(self, url: str, now: datetime) -> bytes:
        async with self._busy:
            page = await self._web.get(url, max_octets=MAX_OCTETS)
        if page.status != 200:
            raise NotFetched(f"the server answers {page.status}")
        if sniff.sniff(page.body) not in sniff.RASTER:
            raise NotFetched("this is no raster image")
        await asyncio.to_thread(thumbnail.check_size, page.body)
        await self._cache.keep(url, page.body, now)
        return page.body


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, headers={**_SAFE, "Cache-Control": "no-store"})
