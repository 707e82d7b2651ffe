"""News as a stream of server-sent events (RFC 8620 §7.3)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pillarbox.base.errors import MailError
from pillarbox.serve.jmap.endpoints import Guard, problem
from pillarbox.serve.jmap.news import LOOK_SECONDS, PAUSE_SECONDS, News, Watch, state_change
from pillarbox.serve.visitor import Visitor

MIN_PING: Final = 5  # seconds; who wants less gets this
MAX_PING: Final = 900
MAX_TYPES: Final = 2000  # characters
RETRY_MS: Final = 3000
HEADERS: Final = {
    "cache-control": "no-cache, no-store",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",  # a web server in front must not hold it back
}

IsValid = Callable[[Visitor], Awaitable[bool]]
"""Tells whether a visitor may still go on."""


class EventSource:
    """The endpoint."""

    def __init__(self, news: News, is_valid: IsValid) -> None:
        self._news = news
        self._is_valid = is_valid

    def routes(self, guard: Guard) -> list[Route]:
        """Return the route."""
        return [guard.route("/jmap/eventsource", self.get, ("GET",))]

    async def get(self, request: Request, visitor: Visitor) -> Response:
        """Answer with events until the client goes, or after one if it wants that."""
        query = request.query_params
        named, ping_text = query.get("types", "*"), query.get("ping", "0")
        close = query.get("closeafter", "no")
        if close not in {"no", "state"} or len(named) > MAX_TYPES:
            return problem(400, 'closeafter must be "state" or "no".')
        if not (ping_text.isascii() and ping_text.isdecimal() and len(ping_text) < 10):
            return problem(400, "ping must be a number of seconds.")
        types = None if named == "*" else frozenset(named.split(","))
        ping = min(max(int(ping_text), MIN_PING), MAX_PING) if int(ping_text) else 0
        self._news.check_room(visitor)
        last = request.headers.get("last-event-id")
        events = self._events(visitor, types, ping, last, once=close == "state")
        return StreamingResponse(events, 200, HEADERS, media_type="text/event-stream")

    async def _events(
        self,
        visitor: Visitor,
        types: frozenset[str] | None,
        ping: int,
        last: str | None,
        *,
        once: bool,
    ) -> AsyncIterator[bytes]:
        with self._news.watch(visitor) as watch:
            await watch.begin(last or None)
            # An id without data is no event, and still what the client will come back with.
            yield f"retry: {RETRY_MS}\nid: {watch.push_state}\n\n".encode()
            if last:
                watch.wake()
            while True:
                hint = await watch.wait(min(ping or LOOK_SECONDS, LOOK_SECONDS))
                if watch.over or not await self._may_go_on(visitor):
                    return
                found = await self._state(watch, visitor, types)
                if found:
                    yield found
                    if once:
                        return
                    await watch.pause(PAUSE_SECONDS)
                elif ping and not hint:
                    yield b'event: ping\ndata: {"interval":%d}\n\n' % ping

    async def _state(
        self, watch: Watch, visitor: Visitor, types: frozenset[str] | None
    ) -> bytes | None:
        states = await watch.news(types)
        if not states:
            return None
        data = msgspec.json.encode(state_change(visitor.account_id, states))
        return b"event: state\nid: %s\ndata: %s\n\n" % (watch.push_state.encode(), data)

    async def _may_go_on(self, visitor: Visitor) -> bool:
        try:
            return await self._is_valid(visitor)
        except MailError:
            return False
