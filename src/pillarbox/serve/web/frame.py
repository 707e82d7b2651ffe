"""`/m/{token}/…`: the frame of a message, and the parts of it that are shown.

The token says which message of which account; for the images in the frame, which has no origin
and sends no cookies, it is enough. The page itself and previews also ask who is signed in.
"""

import html
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Invalid, MailError, NotFound
from pillarbox.mime import sniff
from pillarbox.mime.words import decode
from pillarbox.serve import frame_ticket
from pillarbox.serve.frame_ticket import FrameTicket
from pillarbox.serve.reading import Readings
from pillarbox.serve.view_token import BadToken, Tokens
from pillarbox.serve.visitor import Identify, NotSignedIn, Visitor
from pillarbox.serve.web import frame_page, thumbnail

MAX_IMAGE_OCTETS: Final = 25 * 1024 * 1024
MAX_PDF_OCTETS: Final = 50 * 1024 * 1024
MAX_PREVIEW_TEXT: Final = 512 * 1024  # octets

_PART: Final = re.compile(r"[1-9][0-9]{0,3}(?:\.[1-9][0-9]{0,3}){0,60}", re.ASCII)
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=86400, immutable",
}
_INERT: Final = "sandbox; default-src 'none'; frame-ancestors 'self'"
Handler = Callable[[Request, FrameTicket], Awaitable[Response]]


class Frames:
    """Serves frames. identify: who is signed in."""

    def __init__(
        self, readings: Readings, identify: Identify, tokens: Tokens, clock: Clock
    ) -> None:
        self._readings = readings
        self._identify = identify
        self._tokens = tokens
        self._clock = clock

    def routes(self) -> Sequence[Route]:
        """Return what to serve under `/m/`."""
        return [
            Route("/m/{token}/body", self._guarded(self._body, signed_in=True)),
            Route("/m/{token}/part/{part}", self._guarded(self._image, signed_in=False)),
            Route("/m/{token}/preview/{part}", self._guarded(self._preview, signed_in=True)),
        ]

    def _guarded(
        self, handler: Handler, *, signed_in: bool
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                ticket = frame_ticket.read(
                    self._tokens, request.path_params["token"], self._clock.now()
                )
                if signed_in:
                    visitor = await self._identify(request)
                    if visitor.account_id != ticket.account_id or not _may_read(visitor):
                        return _refusal(403, "This message is not yours.")
                return await handler(request, ticket)
            except BadToken:
                return _refusal(404, "This address is no longer valid.")
            except NotSignedIn:
                return _refusal(401, "Sign in to read this message.")
            except Invalid:
                return _refusal(404, "This cannot be shown.")
            except NotFound:
                return _refusal(404, "This message is not there any more.")
            except MailError:
                return _refusal(503, "This message cannot be read now. Try again later.")

        return answer

    async def _body(self, request: Request, ticket: FrameTicket) -> Response:
        reading = await self._readings.open(*ticket, self._clock.now())
        if reading.page is None:
            return _refusal(404, "This message has no HTML.")
        wanted = request.query_params.get("sheet", "light")
        sheet = wanted if wanted in frame_page.SHEETS else "light"
        title = html.escape(request.query_params.get("title", "")[:100]) or "Message"
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"
        images = [f"/m/{request.path_params['token']}/part/"]
        if ticket.remote == "proxied":
            images.append("/img/")
        return Response(
            frame_page.page(reading.page, title, sheet),
            media_type="text/html; charset=utf-8",
            headers=frame_page.headers(frame_page.policy(origin, images)),
        )

    async def _image(self, request: Request, ticket: FrameTicket) -> Response:
        """Return an image of the message itself, as it is: the browser draws it or does not."""
        octets, _ = await self._part(request, ticket)
        kind = sniff.sniff(octets)
        if kind not in sniff.RASTER or len(octets) > MAX_IMAGE_OCTETS:
            return _refusal(404, "This is no image that can be shown.")
        fields = {
            **_SAFE,
            "Content-Security-Policy": _INERT,
            "Content-Disposition": "inline",
            "Cross-Origin-Resource-Policy": "cross-origin",  # the frame has no origin
        }
        return Response(octets, media_type=kind, headers=fields)

    async def _preview(self, request: Request, ticket: FrameTicket) -> Response:
        octets, charset = await self._part(request, ticket)
        kind = sniff.sniff(octets)
        fields = {
            **_SAFE,
            "Content-Security-Policy": _INERT,
            "Content-Disposition": "inline",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if kind in sniff.RASTER:
            octets = await thumbnail.make(octets)
            return Response(octets, media_type=thumbnail.TYPE, headers=fields)
        if kind == sniff.PDF and len(octets) <= MAX_PDF_OCTETS:
            return Response(octets, media_type=kind, headers=fields)
        if kind == sniff.TEXT:
            text = decode(octets[:MAX_PREVIEW_TEXT], charset).encode("utf-8", "replace")
            return Response(text, media_type="text/plain; charset=utf-8", headers=fields)
        return _refusal(404, "There is no preview of this.")

    async def _part(self, request: Request, ticket: FrameTicket) -> tuple[bytes, str]:
        part_id = request.path_params["part"]
        if not _PART.fullmatch(part_id):
            raise NotFound("part")
        found = await self._readings.part(ticket.account_id, ticket.message_id, part_id)
        return found[0], found[1].part.parameters.get("charset", "")


def _may_read(visitor: Visitor) -> bool:
    return visitor.kind in {"session", "password"} or "jmap" in visitor.scopes


def _refusal(status: int, text: str) -> Response:
    fields = {**_SAFE, "Content-Security-Policy": _INERT, "Cache-Control": "no-store"}
    return PlainTextResponse(text, status, headers=fields)
