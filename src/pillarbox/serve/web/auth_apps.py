"""Of `/auth/app-passwords`: what programs sign in with is listed, made and revoked.

The password is in the answer that made it, and nowhere else ever again.
"""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base import password as passwords
from pillarbox.base import token as tokens
from pillarbox.base.errors import Invalid
from pillarbox.serve.identify import source
from pillarbox.serve.web.answer import Number, Refused, answer, body
from pillarbox.serve.web.auth import Auth, get, post
from pillarbox.store import accounts, app_passwords, security_events
from pillarbox.store.app_passwords import MAX_NAME, SCOPES, AppPassword
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.security_events import Source


class MakeBody(msgspec.Struct, kw_only=True):
    """scopes: of "imap", "jmap", "pop3", "smtp". expiresInDays: None for no end."""

    name: str
    scopes: list[str]
    expires_in_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] | None = msgspec.field(
        default=None, name="expiresInDays"
    )


class RevokeBody(msgspec.Struct):
    """appPassword: its number."""

    number: Number = msgspec.field(name="appPassword")


class AppRoutes:
    """The handlers."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            get("app-passwords", self._list),
            post("app-passwords/make", self._make),
            post("app-passwords/revoke", self._revoke),
        ]

    async def _list(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        found = await self._auth.db.read(app_passwords.list_, visitor.account_id)
        now = self._auth.clock.now()
        told = [{**as_json(app), "expired": app.is_over(now)} for app in found]
        return answer({"appPasswords": told, "scopes": SCOPES})

    async def _make(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        given = await body(request, MakeBody)
        if not given.name.strip() or len(given.name.strip()) > MAX_NAME:
            raise Refused("name", 400, most=MAX_NAME)
        if not given.scopes or not set(given.scopes) <= set(SCOPES):
            raise Refused("scopes", 400)
        days = given.expires_in_days
        ends = None if days is None else self._auth.clock.now() + timedelta(days=days)
        password = tokens.new_app_password()
        mark = self._auth.marker.mark(tokens.APP, tokens.app_password(password) or "")
        account = await self._auth.db.read(accounts.get, visitor.account_id)
        scram = passwords.keys_beside(password, account.credentials)
        where = source(request)

        def make(tx: Transaction, account_id: AccountId) -> int:
            name, scopes = given.name, given.scopes
            number = app_passwords.make(tx, account_id, mark, name, scopes, ends, scram)
            security_events.add(tx, account_id, "app_password_made", name.strip(), where)
            return number

        try:
            number = await self._auth.change(make, visitor)
        except Invalid as exc:
            raise Refused("name", 400, most=MAX_NAME) from exc
        return answer({"appPassword": number, "password": password})

    async def _revoke(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, RevokeBody)
        await self._auth.change(revoke, visitor, given.number, source(request))
        return answer({})


def as_json(app: AppPassword) -> dict[str, Any]:
    """Return what may be told of an app password."""
    return {
        "appPassword": app.password_no,
        "name": app.name,
        "scopes": sorted(app.scopes),
        "createdAt": app.created_at,
        "expiresAt": app.expires_at,
        "usedAt": app.used_at,
        "usedBy": app.used_by,
    }


def revoke(tx: Transaction, account_id: AccountId, number: int, source: Source) -> str:
    """Revoke an app password and note it; return its name. Raises NotFound."""
    name = app_passwords.revoke(tx, account_id, number)
    security_events.add(tx, account_id, "app_password_revoked", name, source)
    return name
