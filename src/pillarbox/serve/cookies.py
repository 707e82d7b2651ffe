"""The session's cookie: read, set, changed and taken back.

Its value is `ACCOUNT.SESSION.TOKEN`. HttpOnly, SameSite=Strict, Path=/, and under TLS Secure with
the prefix `__Host-`, so that no other host can set or read it (RFC 6265 and its successors).
"""

import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pillarbox.serve.same_origin import cookie_name, is_secure
from pillarbox.store.ids import AccountId

_KEY: Final = "pillarbox.set_cookie"
_VALUE: Final = re.compile(r"(\d{1,15})\.(\d{1,15})\.([\w-]{20,100})", re.ASCII)
MAX_AGE: Final = 180 * 24 * 3600  # seconds


def read(conn: HTTPConnection) -> tuple[AccountId, int, str] | None:
    """Return account, session number and token of the request's cookie; None if there is none."""
    found = _VALUE.fullmatch(conn.cookies.get(cookie_name(conn), ""))
    return None if found is None else (AccountId(int(found[1])), int(found[2]), found[3])


def value(account_id: AccountId, session_no: int, token: str) -> str:
    """Return the cookie's value."""
    return f"{account_id}.{session_no}.{token}"


def header(conn: HTTPConnection, value: str, *, stay: bool) -> str:
    """Return the Set-Cookie field. value: "" takes the cookie back. stay: when it is closed."""
    parts = [f"{cookie_name(conn)}={value}", "Path=/", "HttpOnly", "SameSite=Strict"]
    if is_secure(conn):
        parts.append("Secure")
    if not value:
        parts.append("Max-Age=0")
    elif stay:
        parts.append(f"Max-Age={MAX_AGE}")
    return "; ".join(parts)


def can_set(conn: HTTPConnection) -> bool:
    """Tell whether a cookie can go with the answer: see `Cookies`."""
    return _KEY in conn.scope


def set_later(conn: HTTPConnection, value: str, *, stay: bool) -> None:
    """Let the answer set the cookie, whoever writes that answer."""
    conn.scope[_KEY].append(header(conn, value, stay=stay))


class Cookies:
    """ASGI middleware that puts the cookies of `set_later` on answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted: list[str] = []

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start" and wanted:
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                if "set-cookie" not in headers:
                    headers.append("set-cookie", wanted[-1])
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app({**scope, _KEY: wanted}, receive, with_cookies)
