"""`/sign-in` and `/sign-out`: forms, for every browser.

Forms are taken from our own pages only: the middleware of `serve/same_origin.py` refuses those
that say another origin, and here those that say none are refused as well.
"""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pillarbox.base import errors
from pillarbox.serve import cookies
from pillarbox.serve.same_origin import is_from_here, own_origin
from pillarbox.serve.web import ceremony, page
from pillarbox.serve.web.answer import Refused, failure, octets
from pillarbox.serve.web.door import Door, Opened, Wanted
from pillarbox.serve.web.words import words

FORM: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 10
MAX_NEXT: Final = 1000  # characters
MAX_TOKEN: Final = 200

SITE_DATA: Final = '"cache", "storage"'
"""What a browser forgets at signing out: what the webmail keeps for reading offline."""


def routes(door: Door) -> list[Route]:
    """Return the routes of the pages."""

    async def show(request: Request) -> Response:
        next_ = safe_next(request.query_params.get("next", ""))
        link = request.query_params.get("link")
        if link is None:
            return _password(request, next_)
        address = await door.find_link(link[:MAX_TOKEN])
        if address is None:
            return _password(request, next_, "link")
        return page.link_page(words(request), next_, link[:MAX_TOKEN], address)

    async def sign_in(request: Request) -> Response:
        try:
            fields = await _form(request)
        except Refused as exc:
            return _password(request, "/", exc.kind)
        return await _sign_in(door, request, fields)

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


async def _sign_in(door: Door, request: Request, fields: dict[str, str]) -> Response:
    """Take one of the forms: password, code or link."""
    next_ = safe_next(fields.get("next", ""))
    try:
        done = await _step(door, request, fields)
    except Refused as exc:
        return _again(request, fields, next_, exc.kind)
    except errors.MailError as exc:
        kind, status = failure(exc)
        told = _again(request, fields, next_, kind)
        told.status_code = status
        return told
    if isinstance(done, Wanted):
        if done.next == "totp":
            return page.code_page(words(request), next_, done.ticket)
        return _again(request, fields, next_, "passkey")
    response = RedirectResponse(next_, 303, {"cache-control": "no-store"})
    response.headers.append("set-cookie", cookies.header(request, done.value, stay=done.stay))
    return response


async def _step(door: Door, request: Request, fields: dict[str, str]) -> Opened | Wanted:
    """Do what a form asks for. Raises Refused, MailError."""
    if "link" in fields:
        return await door.by_link(request, fields["link"][:MAX_TOKEN])
    if "ticket" in fields:
        ticket = fields["ticket"][:MAX_TOKEN]
        return await door.by_code(request, ticket, fields.get("code", ""))
    username, password = fields.get("username", ""), fields.get("password", "")
    if not username.strip() or not password:
        raise Refused("empty", 403)
    return await door.by_password(request, username, password, stay="stay" in fields)


def _again(request: Request, fields: dict[str, str], next_: str, kind: str) -> Response:
    """Show the form that something was wrong with, or the first one where it is no use."""
    if "link" in fields:
        return _password(request, next_, "link" if kind == "over" else kind)
    if "ticket" not in fields:
        username = fields.get("username", "")[:320]
        return _password(request, next_, kind, username, stay="stay" in fields)
    if kind == "over":
        return _password(request, next_, kind)
    w = words(request)
    told = w.error("code" if kind == "wrong" else kind)
    return page.code_page(w, next_, fields["ticket"][:MAX_TOKEN], told)


def _password(
    request: Request, next_: str, kind: str = "", username: str = "", *, stay: bool = True
) -> Response:
    """Show the first form. kind: what was wrong, "" for nothing."""
    w = words(request)
    told = w.error(kind) if kind else ""
    named = ceremony.place(own_origin(request)) is not None
    return page.password_page(w, next_, error=told, username=username, stay=stay, passkeys=named)


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
