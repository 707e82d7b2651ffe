"""Who sent a request: a browser with its cookie, or a program with a password or token.

Sessions are looked up for each request, so that one that was ended anywhere is over at once, in
every worker. A browser's token is changed every hour; see `store/web_sessions.py`.
"""

import base64
import binascii
import contextlib
from datetime import datetime, timedelta
from typing import Final

import structlog
from starlette.requests import HTTPConnection

from pillarbox.base import token as tokens
from pillarbox.base.clock import Clock
from pillarbox.base.errors import AppPasswordNeeded, AuthenticationFailed, MailError, NotFound
from pillarbox.base.ratelimit import network_of
from pillarbox.base.token import Marker
from pillarbox.serve import cookies
from pillarbox.serve.signin import SignIn
from pillarbox.serve.visitor import NotSignedIn, Visitor
from pillarbox.store import accounts, app_passwords, security_events, web_sessions
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, micros
from pillarbox.store.security_events import Source
from pillarbox.store.web_sessions import WebSession

log = structlog.get_logger()

ROTATE: Final = timedelta(hours=1)
RETRY: Final = timedelta(minutes=1)  # when a new token does not arrive
OVERLAP: Final = timedelta(minutes=2)  # for the token before, once the new one was seen
TOUCH: Final = timedelta(minutes=5)  # between two notes that a session is used
_EVERYTHING: Final = frozenset(app_passwords.SCOPES)
MAX_AUTHORIZATION: Final = 8192  # characters
_ROTATES: Final = frozenset({"/jmap/session", "/auth/me"})
"""GET requests whose answers are never kept by the browser, so that they may set a cookie."""


def caller(conn: HTTPConnection) -> str:
    """Return the address of who sent a request."""
    return conn.client.host if conn.client is not None else ""


def source(conn: HTTPConnection) -> Source:
    """Return from where a request came, for people."""
    return Source(conn.headers.get("user-agent", ""), network_of(caller(conn)))


class Identifier:
    """Implements `visitor.Identify`. One for each worker."""

    def __init__(self, db: Database, clock: Clock, signin: SignIn, marker: Marker) -> None:
        self._db = db
        self._clock = clock
        self._signin = signin
        self._marker = marker

    async def __call__(self, conn: HTTPConnection) -> Visitor:
        """Return who sent a request. Raises NotSignedIn, RateLimited."""
        given = conn.headers.get("authorization")
        if given is not None:
            return await self._by_authorization(conn, given)
        session, token = await self._session(conn)
        await self._keep(conn, session, token)
        return _visitor(session)

    async def is_valid(self, visitor: Visitor) -> bool:
        """Tell whether a visitor may still go on: for what stays connected for long."""
        return await self._db.read(_is_valid, visitor, self._clock.now())

    # Cookies.

    async def _session(self, conn: HTTPConnection) -> tuple[WebSession, bytes]:
        """Return the session of the request's cookie, and the mark of its token."""
        found = cookies.read(conn)
        if found is None:
            raise NotSignedIn("Sign in first.")
        account_id, session_no, token = found
        session = await self._db.read(web_sessions.find, account_id, session_no)
        if session is None:
            raise NotSignedIn("This session has ended. Sign in again.")
        now = self._clock.now()
        if session.is_over(now):
            raise NotSignedIn("This session has run out. Sign in again.")
        mark = self._marker.mark(tokens.SESSION, token)
        if tokens.is_same(mark, session.mark):
            return session, mark
        if tokens.is_same(mark, session.previous):
            if session.seen_at is None or now - session.seen_at <= OVERLAP:
                return session, mark
            await self._stolen(conn, session)
        raise NotSignedIn("This session has ended. Sign in again.")

    async def _stolen(self, conn: HTTPConnection, session: WebSession) -> None:
        """End a session whose old token turns up: two browsers have it."""
        log.warning("session.stolen", account=session.address, peer=caller(conn))
        await self._db.write(_end_stolen, session, source(conn))

    async def _keep(self, conn: HTTPConnection, session: WebSession, mark: bytes) -> None:
        """Note that the session is used, and give it a new token when it is time."""
        now = self._clock.now()
        current = mark == session.mark
        arrived = current and session.seen_at is None and session.previous != b""
        due = now - session.rotated_at >= (ROTATE if current else RETRY)
        rotate = due and (current or session.seen_at is None) and _may_rotate(conn)
        if not (arrived or rotate or now - session.used_at >= TOUCH):
            return
        token = tokens.new_token() if rotate else ""
        new = self._marker.mark(tokens.SESSION, token) if rotate else b""
        # A full disk keeps nobody from reading mail.
        with contextlib.suppress(MailError):
            network = network_of(caller(conn))
            seen = session.mark if arrived else b""
            done = await self._db.write_brief(_use, session, seen, new, network)
            if done:
                text = cookies.value(session.account_id, session.session_no, token)
                cookies.set_later(conn, text, stay=session.stay)

    # Programs.

    async def _by_authorization(self, conn: HTTPConnection, given: str) -> Visitor:
        scheme, _, rest = given[:MAX_AUTHORIZATION].partition(" ")
        ip = caller(conn)
        try:
            if scheme.lower() == "bearer":
                who = await self._signin.token(rest.strip(), ip, "jmap", "BEARER")
                return Visitor(who.account_id, who.address, "bearer", who.number, who.scopes)
            if scheme.lower() == "basic":
                name, password = _basic(rest)
                who = await self._signin.password(name, password, ip, "jmap", "BASIC")
                if who.number:
                    return Visitor(
                        who.account_id, who.address, "app_password", who.number, who.scopes
                    )
                return Visitor(who.account_id, who.address, "password", scopes=_EVERYTHING)
        except AppPasswordNeeded as exc:
            raise NotSignedIn("Use an app password for JMAP; make one in the webmail.") from exc
        except AuthenticationFailed as exc:
            raise NotSignedIn("Wrong user name or password.") from exc
        raise NotSignedIn("Use Basic or Bearer authorization.")


def _visitor(session: WebSession) -> Visitor:
    return Visitor(
        session.account_id,
        session.address,
        "session",
        session.session_no,
        _EVERYTHING,
        micros(session.confirmed_at),
    )


def _may_rotate(conn: HTTPConnection) -> bool:
    if not cookies.can_set(conn):
        return False
    scope = conn.scope
    return scope["type"] == "http" and (scope["method"] == "POST" or scope["path"] in _ROTATES)


def _use(tx: Transaction, session: WebSession, seen: bytes, new: bytes, network: str) -> bool:
    """Note a use; tell whether `new` (b"": none) is now the session's mark.

    seen: the mark of a token that was shown for the first time, b"" for none.
    """
    ids = session.account_id, session.session_no
    if seen:
        web_sessions.seen(tx, *ids, seen)
    web_sessions.touch(tx, *ids, network)
    return bool(new) and web_sessions.rotate(tx, *ids, session.mark, new)


def _end_stolen(tx: Transaction, session: WebSession, source: Source) -> None:
    if web_sessions.end(tx, session.account_id, session.session_no):
        security_events.add(tx, session.account_id, "session_stolen", session.agent, source)


def _is_valid(tx: Transaction, visitor: Visitor, now: datetime) -> bool:
    account_id = visitor.account_id
    if visitor.kind == "session":
        session = web_sessions.find(tx, account_id, visitor.number)
        return session is not None and not session.is_over(now)
    if visitor.number:
        app = app_passwords.find(tx, account_id, visitor.number)
        if app is None or app.is_over(now):
            return False
    return _may_sign_in(tx, account_id)


def _may_sign_in(tx: Transaction, account_id: AccountId) -> bool:
    try:
        return not accounts.get(tx, account_id).disabled
    except NotFound:
        return False


def _basic(text: str) -> tuple[str, str]:
    """Return user name and password (RFC 7617 §2). Raises NotSignedIn."""
    try:
        name, colon, password = (
            base64.b64decode(text.strip(), validate=True).decode().partition(":")
        )
    except (binascii.Error, ValueError):
        raise NotSignedIn("The Basic authorization cannot be read.") from None
    if not colon:
        raise NotSignedIn("The Basic authorization has no password.")
    return name, password
