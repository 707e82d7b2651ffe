"""Requests that change something come from our own pages, or from no page at all.

A browser says where a request comes from: in Sec-Fetch-Site, and in Origin, which is on each
request that is not GET or HEAD and on each WebSocket. Whatever says another origin is refused
before anything looks at it, cookies or not. A request that says nothing comes from a program; it
is refused too if it has our cookie, because then a browser sent it. JMAP alone also answers
pages of others who bring a password or token of their own, and not our cookie.
"""

import json
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE: Final = "pillarbox"
HOST_COOKIE: Final = f"__Host-{COOKIE}"
"""The name under TLS: no other host name or path can set it."""
JMAP: Final = "/jmap/"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BODY: Final = json.dumps(
    {"type": "origin", "status": 403, "detail": "This request came from another site."}
).encode()


def is_secure(conn: HTTPConnection) -> bool:
    """Tell whether the browser speaks TLS, as far as the server knows."""
    return str(conn.scope["scheme"]) in {"https", "wss"}


def cookie_name(conn: HTTPConnection) -> str:
    """Return the name of the session's cookie."""
    return HOST_COOKIE if is_secure(conn) else COOKIE


def own_origin(conn: HTTPConnection) -> str:
    """Return the origin of our own pages, as the browser names it."""
    scheme = "https" if is_secure(conn) else "http"
    return f"{scheme}://{conn.headers.get('host', '').lower()}"


def is_from_here(conn: HTTPConnection) -> bool:
    """Tell whether a browser says that the request comes from our own page."""
    site, origins = conn.headers.get("sec-fetch-site"), conn.headers.getlist("origin")
    if site is not None and site != "same-origin":
        return False
    if origins:
        return origins == [own_origin(conn)]
    return site is not None


def is_allowed(conn: HTTPConnection) -> bool:
    """Tell whether a request that changes something may be looked at."""
    if is_from_here(conn):
        return True
    if COOKIE in conn.headers.get("cookie", ""):
        return False
    if "sec-fetch-site" not in conn.headers and "origin" not in conn.headers:
        return True
    # A page can only send its own Authorization after a preflight, which JMAP alone answers. A
    # WebSocket has none: there it is what the browser remembers for us.
    is_http = conn.scope["type"] == "http"
    return is_http and "authorization" in conn.headers and str(conn.scope["path"]).startswith(JMAP)


class SameOrigin:
    """ASGI middleware that refuses what came from elsewhere (403; WebSockets: 403)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "websocket" or (
            scope["type"] == "http" and scope["method"] not in _SAFE
        )
        if not changes or is_allowed(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": _BODY})
