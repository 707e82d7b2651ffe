"""`/sign-in` and `/sign-out`: forms, for every browser.

Forms are taken from our own pages only: the middleware of `serve/same_origin.py` refuses those
that say another origin, and here those that say none are refused as well.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pillarbox.base import errors
from pillarbox.serve import cookies
from pillarbox.serve.same_origin import is_from_here
from pillarbox.serve.web import page
from pillarbox.serve.web.answer import Refused, failure, octets
from pillarbox.serve.web.door import Door, Opened, StepOver, Wanted
from pillarbox.serve.web.words import Words, words

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 10
MAX_NEXT: Final = 1000  # characters

SITE_DATA: Final = '"cache", "storage"'
"""What a browser forgets at signing out: what the webmail keeps for reading offline."""


def routes(door: Door) -> list[Route]:
    """Return the routes of the pages."""

    async def show(request: Request) -> Response:
        next_ = safe_next(request.query_params.get("next", ""))
        link = request.query_params.get("link")
        if link is not None:
            address = await door.find_link(link[:200])
            if address is None:
                return page.password_page(words(request), next_, error=words(request).error("link"))
            return page.link_page(words(request), next_, link[:200], address)
        return page.password_page(words(request), next_)

    async def sign_in(request: Request) -> Response:
        w = words(request)
        try:
            fields = await _form(request)
        except Refused as exc:
            return page.password_page(w, "/", error=w.error(exc.kind))
        return await _sign_in(door, request, w, fields)

    async def ask_out(request: Request) -> Response:
        return page.sign_out_page(words(request))

    async def sign_out(request: Request) -> Response:
        if not is_from_here(request):
            return page.sign_out_page(words(request))
        await door.close(request)
        done = page.signed_out_page(words(request))
        done.headers["clear-site-data"] = SITE_DATA
        done.headers.append("set-cookie", cookies.header(request, "", stay=False))
        return done

    return [
        Route("/sign-in", show, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", ask_out, methods=["GET"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


async def _sign_in(door: Door, request: Request, w: Words, fields: dict[str, str]) -> Response:
    """Take one of the forms: password, code or link."""
    next_ = safe_next(fields.get("next", ""))
    username, stay = fields.get("username", "")[:320], "stay" in fields
    again: Callable[[str], Response]
    try:
        if "link" in fields:
            again = lambda kind: page.password_page(  # noqa: E731
                w, next_, error=w.error("link" if kind == "over" else kind)
            )
            done: Opened | Wanted = await door.by_link(request, fields["link"][:200])
        elif "ticket" in fields:
            ticket = fields["ticket"][:200]
            again = lambda kind: page.code_page(  # noqa: E731
                w, next_, ticket, w.error("code" if kind == "wrong" else kind)
            )
            done = await door.by_code(request, ticket, fields.get("code", ""))
        else:
            again = lambda kind: page.password_page(  # noqa: E731
                w, next_, error=w.error(kind), username=username, stay=stay
            )
            password = fields.get("password", "")
            if not username.strip() or not password:
                return again("empty")
            done = await door.by_password(request, username, password, stay=stay)
    except StepOver:
        if "ticket" in fields:
            return page.password_page(w, next_, error=w.error("over"))
        return again("over")
    except errors.MailError as exc:
        kind, status = failure(exc)
        told = again(kind)
        told.status_code = status
        return told
    if isinstance(done, Wanted):
        return page.code_page(w, next_, done.ticket) if done.next == "totp" else again("passkey")
    headers = {"cache-control": "no-store", "referrer-policy": "same-origin"}
    response = RedirectResponse(next_, 303, headers)
    response.headers.append("set-cookie", cookies.header(request, done.value, stay=done.stay))
    return response


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form of ours. Raises Refused."""
    if not is_from_here(request):
        raise Refused("origin", 403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused("origin", 415)
    try:
        text = (await octets(request)).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Refused("json", 400) from None


def safe_next(path: str) -> str:
    """Return a path of ours to go to, "/" for anything else: another host, a whole URL."""
    own = path.startswith("/") and path.isascii() and path.isprintable() and " " not in path
    if not own or path.startswith(("//", "/\\")) or "\\" in path or len(path) > MAX_NEXT:
        return "/"
    return path
