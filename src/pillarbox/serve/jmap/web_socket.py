"""JMAP over a WebSocket (RFC 8887): requests and answers, and news without asking."""

import asyncio
import contextlib
from typing import Any, Final

import msgspec
import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from pillarbox.base.errors import MailError, RateLimited
from pillarbox.jmap.request import RequestError, decode
from pillarbox.jmap.session import WEBSOCKET
from pillarbox.serve.jmap.api import Api
from pillarbox.serve.jmap.endpoints import Guard, problem
from pillarbox.serve.jmap.event_source import IsValid
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.news import LOOK_SECONDS, PAUSE_SECONDS, News, Watch, state_change
from pillarbox.serve.visitor import NotSignedIn, Visitor

log = structlog.get_logger()

PATH: Final = "/jmap/ws"
PROTOCOL: Final = "jmap"  # RFC 8887 §4.1
AT_ONCE: Final = 4  # requests of one connection that run at the same time
SEND_SECONDS: Final = 60.0
MAX_TYPES: Final = 200
MAX_ID: Final = 255  # characters of a request's id

NO_PROTOCOL: Final = 400
UNSUPPORTED: Final = 1003  # close codes of RFC 6455 §7.4.1
POLICY: Final = 1008
GOING: Final = 1001
TROUBLE: Final = 1011
GONE: Final = (WebSocketDisconnect, TimeoutError, OSError, RuntimeError)
"""What sending to somebody who has gone raises."""


def capability() -> Capability:
    """Return the capability; `Api.session` makes the path a URL."""
    return Capability(WEBSOCKET, {}, {"url": PATH, "supportsPush": True}, personal=False)


class PushEnable(msgspec.Struct, rename="camel"):
    """What a client wants to be told of (§4.3.5.2). data_types: None for all."""

    data_types: list[str] | None = None
    push_state: str | None = None


class WebSockets:
    """The endpoint."""

    def __init__(self, api: Api, news: News, is_valid: IsValid) -> None:
        self._api = api
        self._news = news
        self._is_valid = is_valid

    def routes(self, guard: Guard) -> list[WebSocketRoute]:
        """Return the route."""

        async def connect(socket: WebSocket) -> None:
            await self._connect(socket, guard)

        return [WebSocketRoute(PATH, connect)]

    async def _connect(self, socket: WebSocket, guard: Guard) -> None:
        try:
            visitor = await guard.visitor(socket)
            self._news.check_room(visitor)
        except NotSignedIn as exc:
            await socket.send_denial_response(problem(401, str(exc)))
            return
        except RateLimited:
            await socket.send_denial_response(problem(429, "Too many attempts.", retry=True))
            return
        except RequestError as exc:
            await socket.send_denial_response(problem(exc.status, exc.detail))
            return
        except MailError:
            await socket.send_denial_response(problem(503, "Try again later.", retry=True))
            return
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.send_denial_response(
                problem(NO_PROTOCOL, f'The subprotocol must be "{PROTOCOL}".')
            )
            return
        await socket.accept(PROTOCOL)
        with self._news.watch(visitor) as watch:
            await _Session(socket, visitor, self._api, watch, guard, self._is_valid).run()


class _Session:
    """One connection. types: what news are wanted of; None for all, empty for none."""

    def __init__(
        self,
        socket: WebSocket,
        visitor: Visitor,
        api: Api,
        watch: Watch,
        guard: Guard,
        is_valid: IsValid,
    ) -> None:
        self._socket = socket
        self._visitor = visitor
        self._api = api
        self._watch = watch
        self._guard = guard
        self._is_valid = is_valid
        self._room = asyncio.Semaphore(AT_ONCE)
        self._sending = asyncio.Lock()
        self._types: frozenset[str] | None = frozenset()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        tasks = [asyncio.ensure_future(work) for work in (self._read(), self._tell())]
        code = TROUBLE
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = done.pop().result()
        except GONE:
            pass
        except Exception:
            log.exception("jmap.socket_failed")
        finally:
            for task in (*tasks, *self._running):
                task.cancel()
            await asyncio.gather(*tasks, *self._running, return_exceptions=True)
        if self._socket.application_state is WebSocketState.CONNECTED:
            # The other side may be quicker.
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code)

    # What the client says.

    async def _read(self) -> int:
        """Take messages until the connection should end; return the close code."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            text = message.get("text")
            if text is None:
                return UNSUPPORTED
            if not await self._is_valid(self._visitor):
                return POLICY
            await self._room.acquire()
            task = asyncio.ensure_future(self._answer(text))
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._room.release()
        exc = None if task.cancelled() else task.exception()
        if exc is not None and not isinstance(exc, GONE):
            log.error("jmap.socket_failed", exc_info=exc)

    async def _answer(self, text: str) -> None:
        request_id = None
        try:
            value = _object(text)
            request_id = _request_id(value)
            self._guard.check_rate(self._visitor)
            answer = await self._handle(value)
        except RequestError as exc:
            answer = {"@type": "RequestError", "requestId": request_id, **exc.as_object()}
        if answer is not None:
            if request_id is not None:
                answer["requestId"] = request_id
            await self._send(answer)

    async def _handle(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a message, None for none. Raises RequestError."""
        kind = value.get("@type")
        if kind == "Request":
            response = await self._api.run(self._visitor, self._api.check(value))
            # The calls' responses are encoded already and stay so.
            fields = {name: getattr(response, name) for name in response.__struct_fields__}
            given = {name: found for name, found in fields.items() if found is not msgspec.UNSET}
            return {"@type": "Response", **given}
        if kind == "WebSocketPushEnable":
            await self._enable(value)
        elif kind == "WebSocketPushDisable":
            self._types = frozenset()
        else:
            raise RequestError("notRequest", "an unknown @type")
        return None

    async def _enable(self, value: dict[str, Any]) -> None:
        try:
            wanted = msgspec.convert(value, PushEnable)
        except msgspec.ValidationError as exc:
            raise RequestError("notRequest", str(exc)) from None
        if wanted.data_types is not None and len(wanted.data_types) > MAX_TYPES:
            raise RequestError("notRequest", "too many dataTypes")
        await self._watch.begin(wanted.push_state)
        self._types = None if wanted.data_types is None else frozenset(wanted.data_types)
        self._watch.wake()

    # What the server says.

    async def _tell(self) -> int:
        """Tell of news until the connection should end; return the close code."""
        while True:
            await self._watch.wait(LOOK_SECONDS)
            if self._watch.over:
                return GOING
            if not await self._is_valid(self._visitor):
                return POLICY
            if self._types is not None and not self._types:
                continue
            states = await self._watch.news(self._types)
            if states:
                found = state_change(self._visitor.account_id, states)
                await self._send({**found, "pushState": self._watch.push_state})
                await self._watch.pause(PAUSE_SECONDS)

    async def _send(self, value: dict[str, Any]) -> None:
        text = msgspec.json.encode(value).decode()
        async with self._sending, asyncio.timeout(SEND_SECONDS):
            await self._socket.send_text(text)


def _object(text: str) -> dict[str, Any]:
    value = decode(text)
    if not isinstance(value, dict):
        raise RequestError("notRequest", "not an object")
    return value


def _request_id(value: dict[str, Any]) -> str | None:
    found = value.get("id")
    if found is not None and (not isinstance(found, str) or len(found) > MAX_ID):
        raise RequestError("notRequest", "id is not a short string")
    return found
