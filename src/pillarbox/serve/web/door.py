"""Letting people in: the steps of signing in, for the page and for JSON alike.

A password first, and where the account asks for it a code or a passkey; or a passkey alone; or a
link that was made on the server. Nothing here says whether an account exists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import HTTPConnection

from pillarbox.base import token as tokens
from pillarbox.base.errors import AuthenticationFailed, NotFound
from pillarbox.base.token import LINK, SECOND, SESSION, Marker
from pillarbox.serve import cookies
from pillarbox.serve.identify import caller, source
from pillarbox.serve.second_step import SecondStep
from pillarbox.serve.signin import WEB, SignIn
from pillarbox.store import (
    accounts,
    second_factors,
    security_events,
    signin_tickets,
    web_sessions,
)
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.security_events import Source
from pillarbox.store.signin_tickets import Ticket
from pillarbox.store.web_sessions import Lifetime

STAYING: Final = Lifetime(timedelta(seconds=cookies.MAX_AGE), timedelta(days=30), stay=True)
VISITING: Final = Lifetime(timedelta(hours=24), timedelta(hours=8), stay=False)
STEP_LIFETIME: Final = timedelta(minutes=10)
MAX_CODES: Final = 5  # tries with one ticket


class StepOver(AuthenticationFailed):
    """The step before is too long ago, or was tried too often: begin again."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody is signed in. value: of the cookie."""

    account_id: AccountId
    session_no: int
    value: str
    stay: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """The password is right, and something more is asked for: "totp" or "passkey"."""

    next: str
    ticket: str = ""


class Door:
    """One for each worker. changed: to be called after an account's sessions changed."""

    def __init__(
        self,
        db: Database,
        signin: SignIn,
        marker: Marker,
        second: SecondStep,
        changed: Callable[[int], None],
    ) -> None:
        self.db = db
        self.signin = signin
        self.marker = marker
        self.second = second
        self.changed = changed

    async def by_password(
        self, conn: HTTPConnection, username: str, password: str, *, stay: bool
    ) -> Opened | Wanted:
        """Take a password. Raises AuthenticationFailed, RateLimited."""
        who = await self.signin.password(username, password, caller(conn), WEB, "WEB")
        factor = await self.db.read(second_factors.find, who.account_id)
        if factor.passkeys_only:
            return Wanted("passkey")
        if factor.totp_since is None:
            return await self.open(conn, who.account_id, "password", stay=stay)
        ticket = await self.ticket(SECOND, who.account_id, "stay" if stay else "")
        return Wanted("totp", ticket)

    async def by_code(self, conn: HTTPConnection, ticket: str, code: str) -> Opened:
        """Take the code that follows a password. Raises AuthenticationFailed, RateLimited."""
        mark = self.marker.mark(SECOND, ticket)
        found = await self.db.write(signin_tickets.attempt, mark, SECOND, MAX_CODES)
        if found is None:
            raise StepOver("no ticket")
        kind = await self.second.check(found.account_id, code, source(conn), caller(conn))
        if await self.db.write(signin_tickets.take, mark, SECOND) is None:
            raise StepOver("the ticket was used")
        return await self.open(conn, found.account_id, kind, stay=found.data == "stay")

    async def find_link(self, link: str) -> str | None:
        """Return the address that a link signs in as, and leave the link as it is."""
        return await self.db.read(_find_link, self.marker.mark(LINK, link))

    async def by_link(self, conn: HTTPConnection, link: str) -> Opened:
        """Use a link up. Raises StepOver."""
        found = await self.db.write(signin_tickets.take, self.marker.mark(LINK, link), LINK)
        if found is None:
            raise StepOver("no such link")
        return await self.open(conn, found.account_id, "link", stay=found.data == "stay")

    async def open(
        self, conn: HTTPConnection, account_id: AccountId, method: str, *, stay: bool
    ) -> Opened:
        """Start a session, in place of the one that the browser has. Raises StepOver."""
        token = tokens.new_token()
        mark = self.marker.mark(SESSION, token)
        lifetime = STAYING if stay else VISITING
        before = await self.own_session(conn)
        try:
            number = await self.db.write(
                _start, account_id, mark, lifetime, method, source(conn), before
            )
        except NotFound as exc:
            raise StepOver("the account is gone") from exc
        value = cookies.value(account_id, number, token)
        return Opened(account_id, number, value, stay)

    async def own_session(self, conn: HTTPConnection) -> tuple[AccountId, int] | None:
        """Return account and number of the session that the request's cookie proves, if any."""
        found = cookies.read(conn)
        if found is None:
            return None
        account_id, number, token = found
        session = await self.db.read(web_sessions.find, account_id, number)
        if session is None:
            return None
        mark = self.marker.mark(SESSION, token)
        fits = tokens.is_same(mark, session.mark) or tokens.is_same(mark, session.previous)
        return (account_id, number) if fits else None

    async def close(self, conn: HTTPConnection) -> None:
        """End the session of the request, if it has one."""
        own = await self.own_session(conn)
        if own is not None and await self.db.write(web_sessions.end, *own):
            self.changed(own[0])

    async def ticket(
        self, kind: str, account_id: AccountId, data: str, lifetime: timedelta = STEP_LIFETIME
    ) -> str:
        """Make a ticket, and return its token. Raises TooMany."""
        token = tokens.new_token()
        mark = self.marker.mark(kind, token)
        await self.db.write(signin_tickets.make, mark, kind, account_id, lifetime, data)
        return token

    async def take(self, kind: str, token: str) -> Ticket:
        """Use a ticket up. Raises StepOver."""
        found = await self.db.write(signin_tickets.take, self.marker.mark(kind, token), kind)
        if found is None:
            raise StepOver("no ticket")
        return found


def _find_link(tx: Transaction, mark: bytes) -> str | None:
    found = signin_tickets.find(tx, mark, LINK)
    if found is None:
        return None
    try:
        account = accounts.get(tx, found.account_id)
    except NotFound:
        return None
    return None if account.disabled else account.address


def _start(
    tx: Transaction,
    account_id: AccountId,
    mark: bytes,
    lifetime: Lifetime,
    method: str,
    source: Source,
    before: tuple[AccountId, int] | None,
) -> int:
    if before is not None:
        web_sessions.end(tx, *before)
    if accounts.get(tx, account_id).disabled:
        raise NotFound(f"account {account_id}")
    security_events.add(tx, account_id, "signed_in", method, source)
    return web_sessions.start(tx, account_id, mark, lifetime, method, source)
