"""JSON in and out of `/auth/`: what is read has limits, what is wrong is said in words.

A failure is `{"type": KIND, "status": N, "detail": TEXT}` (RFC 9457); the kinds are those of
`error` in `locale/`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pillarbox.base import errors
from pillarbox.serve.visitor import NotSignedIn
from pillarbox.serve.web.door import StepOver
from pillarbox.serve.web.words import words

log = structlog.get_logger()

MAX_BODY: Final = 64 * 1024  # octets; a passkey's registration is the longest
JSON: Final = "application/json"
NO_STORE: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
RETRY_AFTER: Final = "300"

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
"""The number of something in the store, as JavaScript can keep it."""

T = TypeVar("T")


class Refused(Exception):
    """A request that is answered with a failure. kind: of the texts. more: for the text."""

    def __init__(self, kind: str, status: int, **more: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status
        self.more = more


# error: (kind, status). The nearest class above counts.
FAILURES: Final[Mapping[type[errors.MailError], tuple[str, int]]] = {
    StepOver: ("over", 403),
    errors.AuthenticationFailed: ("wrong", 403),
    errors.RateLimited: ("limited", 429),
    errors.NotFound: ("missing", 404),
    errors.AlreadyExists: ("exists", 409),
    errors.TooMany: ("many", 409),
    errors.MailError: ("busy", 503),
}


async def body(request: Request, kind: type[T]) -> T:
    """Return the request's JSON. Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refused("json", 415)
    try:
        return msgspec.json.decode(await octets(request), type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # Text that is no UTF-8 is a ValueError; too deep a value a RecursionError.
        raise Refused("json", 400) from None


async def octets(request: Request) -> bytes:
    """Return the request's body. Raises Refused if it is too long."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MAX_BODY:
            raise Refused("json", 413)
    return bytes(found)


def answer(value: Any, status: int = 200) -> Response:
    """Return JSON that nobody keeps."""
    return Response(msgspec.json.encode(value), status, NO_STORE, JSON)


def failure(exc: errors.MailError) -> tuple[str, int]:
    """Return kind and status of a failure."""
    return errors.entry(FAILURES, exc)


Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler) -> Handler:
    """Return a handler whose failures are answers."""

    async def run(request: Request) -> Response:
        try:
            return await handler(request)
        except Refused as exc:
            return problem(request, exc.kind, exc.status, **exc.more)
        except NotSignedIn:
            return problem(request, "session", 401)
        except errors.MailError as exc:
            kind, status = failure(exc)
            if kind == "busy":
                log.error("web.failed", error=type(exc).__name__, reason=str(exc))  # noqa: TRY400
            return problem(request, kind, status)

    return run


def problem(request: Request, kind: str, status: int, **more: Any) -> Response:
    """Return a failure in the reader's language."""
    detail = words(request).error(kind, **more)
    headers = {**NO_STORE, "retry-after": RETRY_AFTER} if status == 429 else NO_STORE
    value = {"type": kind, "status": status, "detail": detail}
    return JSONResponse(value, status, headers, "application/problem+json")
