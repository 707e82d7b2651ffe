"""Of `/auth/`: sign in and out, who am I, sessions, confirming, the password, security events."""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base import password as passwords
from pillarbox.base.errors import AuthenticationFailed, NotFound
from pillarbox.base.password import PasswordProblem
from pillarbox.serve import cookies
from pillarbox.serve.identify import caller, source
from pillarbox.serve.signin import WEB
from pillarbox.serve.visitor import Visitor
from pillarbox.serve.web.answer import Number, Refused, answer, body
from pillarbox.serve.web.auth import Auth, get, post
from pillarbox.serve.web.door import Opened, Wanted
from pillarbox.store import (
    accounts,
    app_passwords,
    passkeys,
    second_factors,
    security_events,
    web_sessions,
)
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.security_events import Source

LEAST_PASSWORD: Final = 10  # characters


class SignInBody(msgspec.Struct, kw_only=True):
    """Either username and password, or ticket and code."""

    username: str = ""
    password: str = ""
    ticket: str = ""
    code: str = ""
    stay: bool = False


class SessionBody(msgspec.Struct):
    """session: its number."""

    session: Number


class ConfirmBody(msgspec.Struct, kw_only=True):
    """One of them. A passkey confirms at `/auth/confirm/passkey`."""

    password: str = ""
    code: str = ""


class PasswordBody(msgspec.Struct, kw_only=True):
    """current: "" if the person confirmed lately. endApps: revoke app passwords as well."""

    new: str
    current: str = ""
    end_apps: bool = msgspec.field(default=False, name="endApps")


class SessionRoutes:
    """The handlers."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._door = auth.door

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            post("sign-in", self._sign_in),
            post("sign-out", self._sign_out),
            get("me", self._me),
            get("sessions", self._sessions),
            post("sessions/end", self._end),
            post("sessions/end-others", self._end_others),
            post("confirm", self._confirm),
            post("password", self._password),
            get("events", self._events),
        ]

    async def _sign_in(self, request: Request) -> Response:
        given = await body(request, SignInBody)
        if given.ticket:
            try:
                done: Opened | Wanted = await self._door.by_code(request, given.ticket, given.code)
            except AuthenticationFailed as exc:
                if type(exc) is AuthenticationFailed:
                    raise Refused("code", 403) from exc
                raise
        else:
            done = await self._door.by_password(
                request, given.username, given.password, stay=given.stay
            )
        return opened(request, done)

    async def _sign_out(self, request: Request) -> Response:
        await body(request, dict)
        await self._door.close(request)
        response = answer({})
        response.headers.append("set-cookie", cookies.header(request, "", stay=False))
        return response

    async def _me(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        return answer(await self._auth.db.read(_me, visitor))

    async def _sessions(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        found = await self._auth.db.read(web_sessions.list_, visitor.account_id)
        told = [_session(session, visitor) for session in found]
        return answer({"sessions": told})

    async def _end(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, SessionBody)
        await self._auth.change(_end, visitor, given.session, source(request))
        return answer({})

    async def _end_others(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        await body(request, dict)
        ended = await self._auth.change(_end_others, visitor, visitor.number, source(request))
        return answer({"ended": ended})

    async def _confirm(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, ConfirmBody)
        ip = caller(request)
        if given.password:
            factor = await self._auth.db.read(second_factors.find, visitor.account_id)
            if factor.passkeys_only:
                raise Refused("passkey", 403)
            await self._auth.signin.password(visitor.address, given.password, ip, WEB, "CONFIRM")
        else:
            try:
                await self._auth.second.check(visitor.account_id, given.code, source(request), ip)
            except AuthenticationFailed as exc:
                raise Refused("code", 403) from exc
        await self._auth.db.write(web_sessions.confirm, visitor.account_id, visitor.number)
        return answer({})

    async def _password(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, PasswordBody)
        if given.current:
            await self._auth.signin.password(
                visitor.address, given.current, caller(request), WEB, "CONFIRM"
            )
        else:
            await self._auth.confirmed(request)
        _check(given.new, visitor.address)
        before = await self._auth.db.read(accounts.get, visitor.account_id)
        credentials = await self._auth.signin.make(given.new, before.credentials)
        await self._auth.change(
            _set_password, visitor, credentials, visitor.number, given.end_apps, source(request)
        )
        return answer({})

    async def _events(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        found = await self._auth.db.read(security_events.list_, visitor.account_id)
        return answer({"events": [_event(event) for event in found]})


def opened(request: Request, done: Opened | Wanted) -> Response:
    """Return the answer to a step of signing in."""
    if isinstance(done, Wanted):
        more = {"ticket": done.ticket} if done.ticket else {}
        return answer({"next": done.next, **more})
    response = answer({"signedIn": True})
    response.headers.append("set-cookie", cookies.header(request, done.value, stay=done.stay))
    return response


def _session(session: web_sessions.WebSession, visitor: Visitor) -> dict[str, Any]:
    return {
        "session": session.session_no,
        "current": session.session_no == visitor.number,
        "createdAt": session.created_at,
        "usedAt": session.used_at,
        "endsAt": min(session.ends_at, session.used_at + session.idle),
        "method": session.method,
        "agent": session.agent,
        "network": session.network,
    }


def _event(event: security_events.SecurityEvent) -> dict[str, Any]:
    return {
        "event": event.event_no,
        "at": event.at,
        "kind": event.kind,
        "detail": event.detail,
        "agent": event.agent,
        "network": event.network,
    }


def _me(tx: Transaction, visitor: Visitor) -> dict[str, Any]:
    """Return what the security page begins with."""
    account_id = visitor.account_id
    factor = second_factors.find(tx, account_id)
    keys = len(passkeys.list_(tx, account_id))
    ways = {"password": not factor.passkeys_only, "totp": factor.totp_since, "passkey": keys}
    session = web_sessions.find(tx, account_id, visitor.number)
    return {
        "accountId": f"a{account_id}",
        "address": visitor.address,
        "session": visitor.number,
        "confirmedAt": None if session is None else session.confirmed_at,
        "confirmBy": [way for way, there in ways.items() if there],
        "totp": factor.totp_since is not None,
        "recoveryCodes": factor.codes,
        "passkeys": keys,
        "passkeysOnly": factor.passkeys_only,
        "appPasswords": len(app_passwords.list_(tx, account_id)),
    }


def _end(tx: Transaction, account_id: AccountId, session_no: int, source: Source) -> None:
    session = web_sessions.find(tx, account_id, session_no)
    if session is None or not web_sessions.end(tx, account_id, session_no):
        raise NotFound(f"session {session_no}")
    security_events.add(tx, account_id, "session_ended", session.agent, source)


def _end_others(tx: Transaction, account_id: AccountId, keep: int, source: Source) -> int:
    ended = web_sessions.end_others(tx, account_id, keep)
    security_events.add(tx, account_id, "sessions_ended", str(ended), source)
    return ended


def _set_password(
    tx: Transaction,
    account_id: AccountId,
    credentials: str,
    keep: int,
    end_apps: bool,  # noqa: FBT001 - one of several
    source: Source,
) -> None:
    accounts.set_credentials(tx, account_id, credentials)
    web_sessions.end_others(tx, account_id, keep)
    if end_apps:
        for app in app_passwords.list_(tx, account_id):
            app_passwords.revoke(tx, account_id, app.password_no)
    security_events.add(tx, account_id, "password_changed", "", source)


def _check(password: str, address: str) -> None:
    """Refuse a password that is guessed at once, or cannot be used. Raises Refused."""
    plain = password.strip().lower()
    own = plain in {address, address.partition("@")[0]}
    if len(password) < LEAST_PASSWORD or own or len(set(plain)) < 4:
        raise Refused("weak", 400, least=LEAST_PASSWORD)
    try:
        passwords.prepare(password)
    except PasswordProblem as exc:
        raise Refused("weak", 400, least=LEAST_PASSWORD) from exc
