"""Signing in, the same for every protocol: passwords, SASL, limits on guessing.

Checking a password costs 26 ms by design, so it runs in a few threads, and a success is
remembered for a short time under a keyed hash: mail programs sign in again and again.
Failures are limited by (account, network) and by network; a network from which the owner
has signed in before is not locked out by a stranger's guesses.

App passwords are random, so a keyed hash settles them at once; each is for some protocols. Where
an account asks for a second factor its own password signs nobody in but on the web, where the
second factor follows (`web`).
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NoReturn

import structlog

from pillarbox.base import password as passwords
from pillarbox.base import token as tokens
from pillarbox.base.clock import Clock
from pillarbox.base.errors import (
    AppPasswordNeeded,
    AuthenticationFailed,
    MailError,
    RateLimited,
)
from pillarbox.base.metrics import AUTHENTICATIONS
from pillarbox.base.password import ScramKeys
from pillarbox.base.ratelimit import AuthLimiter, network_of
from pillarbox.base.token import Marker
from pillarbox.sasl.exchange import (
    Challenge,
    CheckPassword,
    Failure,
    NeedKeys,
    ServerExchange,
    Success,
)
from pillarbox.sasl.mechanism import NONCE_OCTETS, offered, server_exchange
from pillarbox.serve.connection import Connection
from pillarbox.store import accounts, app_passwords, second_factors
from pillarbox.store.app_passwords import AppPassword
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId

log = structlog.get_logger()

REMEMBER_SECONDS: Final = 300.0
REMEMBERED: Final = 10_000
THREADS: Final = 2
MAX_WAITING: Final = 64  # passwords to check; beyond that: try again later
NOTE_USE: Final = timedelta(minutes=10)  # between two notes that an app password was used
WEB: Final = "web"  # the protocol of people's own sign-in, where a second factor can follow
SCOPES: Final = {"imap": "imap", "pop3": "pop3", "submission": "smtp", "jmap": "jmap"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in. number: of the app password that was used, 0 if it was none.

    scopes: what an app password may do; empty for other ways.
    """

    account_id: AccountId
    address: str
    mechanism: str
    number: int = 0
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is of a name. app: the app password that was typed. strong: see `store`."""

    account: accounts.Account | None = None
    app: AppPassword | None = None
    strong: bool = False


class SignIn:
    """Checks who somebody is. One for each worker.

    binding: tls-server-end-point of our certificate. fake_key: the same for all workers, so
    that names that do not exist look alike everywhere. marker: of app passwords.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        limiter: AuthLimiter,
        marker: Marker,
        *,
        binding: bytes,
        fake_key: bytes,
    ) -> None:
        self._db = db
        self._clock = clock
        self._limiter = limiter
        self._marker = marker
        self._binding = binding
        self._fake_key = fake_key
        self._pool = ThreadPoolExecutor(THREADS, "password")
        self._waiting = 0
        self._memory_key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, float] = OrderedDict()

    def mechanisms(self, *, tls: bool) -> tuple[str, ...]:
        """Return the SASL mechanisms to offer, best first."""
        return offered(binding=self._binding if tls else None)

    def begin(self, name: str, conn: Connection, protocol: str) -> "Exchange | None":
        """Start a SASL exchange, None if there is no such mechanism."""
        binding = self._binding if conn.tls is not None else None
        nonce = secrets.token_urlsafe(NONCE_OCTETS)
        exchange = server_exchange(name, nonce=nonce, binding=binding, fake_key=self._fake_key)
        if exchange is None:
            return None
        return Exchange(self, exchange, name, conn.peer[0], protocol)

    async def password(
        self, username: str, password: str, ip: str, protocol: str, mechanism: str = "LOGIN"
    ) -> Identity:
        """Check a password or app password.

        protocol: of SCOPES, or WEB, which takes the account's own password alone and leaves the
        second factor to the caller. Raises AuthenticationFailed, AppPasswordNeeded, RateLimited.
        """
        name = canonical(username)
        self.pay(name, ip, protocol)
        plain = None if protocol == WEB else tokens.app_password(password)
        mark = b"" if plain is None else self._marker.mark(tokens.APP, plain)
        known = await self._db.read(_find, name, mark)
        account = known.account
        usable = account is not None and not account.disabled
        if usable and known.app is not None:
            assert account is not None
            return await self._by_app_password(account, known.app, ip, protocol, mechanism)
        stored = account.credentials if account is not None and usable else ""
        if not await self._verify(stored, password):
            self.failed(protocol, name, ip)
        assert account is not None
        if known.strong and protocol != WEB:
            self._needs_app_password(account, ip, protocol, "second factor")
        return self.succeeded(account, ip, protocol, mechanism)

    async def token(self, token: str, ip: str, protocol: str, mechanism: str) -> Identity:
        """Check an app password that comes without a name.

        Raises AuthenticationFailed, AppPasswordNeeded, RateLimited.
        """
        name = f"token from {network_of(ip)}"
        self.pay(name, ip, protocol)
        plain = tokens.app_password(token)
        if plain is None:
            self.failed(protocol, name, ip)
        account, app = await self._db.read(_find_token, self._marker.mark(tokens.APP, plain))
        if account is None or app is None or account.disabled:
            self.failed(protocol, name, ip)
        self._limiter.refund(name, ip, self._clock.monotonic())
        return await self._by_app_password(account, app, ip, protocol, mechanism)

    async def _by_app_password(
        self, account: accounts.Account, app: AppPassword, ip: str, protocol: str, mechanism: str
    ) -> Identity:
        """Let a program in whose app password is right, if it is good for this."""
        now = self._clock.now()
        if app.is_over(now):
            self.failed(protocol, account.address, ip, "app password has run out")
        if SCOPES[protocol] not in app.scopes:
            self._needs_app_password(account, ip, protocol, "out of scope")
        if app.used_at is None or now - app.used_at >= NOTE_USE:
            by = f"{SCOPES[protocol]} from {network_of(ip)}"
            # A disk that is full keeps nobody from reading mail.
            with contextlib.suppress(MailError):
                await self._db.write_brief(app_passwords.used, app.account_id, app.password_no, by)
        done = self.succeeded(account, ip, protocol, mechanism)
        return replace(done, number=app.password_no, scopes=app.scopes)

    def _needs_app_password(
        self, account: accounts.Account, ip: str, protocol: str, reason: str
    ) -> NoReturn:
        """Refuse what is right and not enough. The attempt is no guess, so it is given back."""
        self._limiter.refund(account.address, ip, self._clock.monotonic())
        AUTHENTICATIONS.add(protocol, "failed")
        log.info("signin.failed", account=account.address, peer=ip, reason=reason)
        raise AppPasswordNeeded(account.address)

    async def finish(
        self,
        account: accounts.Account,
        app: AppPassword | None,
        ip: str,
        protocol: str,
        mechanism: str,
    ) -> Identity:
        """Let somebody in who has proved to know a password without showing it.

        app: whose password it was, None for the account's own. Raises AuthenticationFailed,
        AppPasswordNeeded.
        """
        if app is not None:
            return await self._by_app_password(account, app, ip, protocol, mechanism)
        if await self._db.read(second_factors.is_strong, account.account_id):
            self._needs_app_password(account, ip, protocol, "second factor")
        return self.succeeded(account, ip, protocol, mechanism)

    async def keys(
        self, username: str
    ) -> tuple[accounts.Account | None, ScramKeys | None, list[tuple[AppPassword, ScramKeys]]]:
        """Return the account, its SCRAM keys (None for what may not sign in), app passwords'."""
        account = await self._db.read(accounts.find, canonical(username))
        if account is None or account.disabled or not account.credentials:
            return None, None, []
        kept = await self._db.read(app_passwords.list_scram, account.account_id)
        try:
            own = passwords.Credentials.decode(account.credentials).scram
            decoded = [(app, passwords.Credentials.decode(text).scram) for app, text in kept]
        except passwords.PasswordProblem:
            log.error("credentials.unreadable", account=account.address)  # noqa: TRY400
            return None, None, []
        return account, own, [(app, keys) for app, keys in decoded if keys is not None]

    async def make(self, password: str, before: str) -> str:
        """Return the credentials of a new password, as they are kept. Raises PasswordProblem.

        before: those until now.
        """
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._pool, passwords.make_again, password, before)
        return made.encode()

    def pay(self, name: str, ip: str, protocol: str) -> None:
        """Count an attempt before it is made. Raises RateLimited."""
        wait = self._limiter.attempt(name, ip, self._clock.monotonic())
        if wait > 0:
            AUTHENTICATIONS.add(protocol, "limited")
            log.info("signin.limited", account=name, peer=ip, wait_seconds=round(wait))
            raise RateLimited(f"{name} from {ip}")

    def succeeded(
        self, account: accounts.Account, ip: str, protocol: str, mechanism: str
    ) -> Identity:
        """Note a success, and return who it is."""
        self._limiter.succeeded(account.address, ip, self._clock.monotonic())
        AUTHENTICATIONS.add(protocol, "ok")
        # A program signs in with each request over HTTP.
        tell = log.debug if protocol == "jmap" else log.info
        tell("signin.ok", account=account.address, peer=ip, mechanism=mechanism)
        return Identity(account.account_id, account.address, mechanism)

    def failed(self, protocol: str, name: str, ip: str, reason: str = "") -> NoReturn:
        """Note a failure. Always raises AuthenticationFailed."""
        AUTHENTICATIONS.add(protocol, "failed")
        log.info("signin.failed", account=name, peer=ip, reason=reason)
        raise AuthenticationFailed(name)

    async def _verify(self, stored: str, password: str) -> bool:
        """Compare with stored credentials, "" for an account that does not exist."""
        mark = hashlib.blake2b(
            f"{stored}\0{password}".encode("utf-8", "replace"), key=self._memory_key
        ).digest()
        now = self._clock.monotonic()
        if stored and self._known.get(mark, 0.0) > now:
            return True
        if self._waiting >= MAX_WAITING:
            raise RateLimited("too many passwords to check")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._pool, _check, stored, password)
        finally:
            self._waiting -= 1
        if right:
            self._known[mark] = now + REMEMBER_SECONDS
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return right


class Exchange:
    """One SASL exchange. identity: set when it has succeeded."""

    def __init__(
        self, signin: SignIn, exchange: ServerExchange, mechanism: str, ip: str, protocol: str
    ) -> None:
        self._signin = signin
        self._exchange = exchange
        self._mechanism = mechanism
        self._ip = ip
        self._protocol = protocol
        self._account: accounts.Account | None = None
        self._apps: list[tuple[AppPassword, ScramKeys]] = []
        self._started = False
        self.identity: Identity | None = None

    async def step(self, data: bytes | None) -> bytes | None:
        """Take the client's message (None: no initial response); return the challenge.

        None when it is over and `identity` is set. Raises AuthenticationFailed, RateLimited.
        """
        if self._started:
            step = self._exchange.step(data or b"")
        else:
            self._started = True
            step = self._exchange.start(data)
        while True:
            match step:
                case Challenge(data=challenge):
                    return challenge
                case NeedKeys(username=username, authzid=authzid):
                    self._check_authzid(username, authzid)
                    self._signin.pay(canonical(username), self._ip, self._protocol)
                    self._account, keys, self._apps = await self._signin.keys(username)
                    step = self._exchange.provide(keys, [keys for _, keys in self._apps])
                case CheckPassword(username=username, password=password, authzid=authzid):
                    self._check_authzid(username, authzid)
                    self.identity = await self._signin.password(
                        username, password, self._ip, self._protocol, self._mechanism
                    )
                    return None
                case Success(username=username, which=which):
                    if self._account is None:
                        self._signin.failed(self._protocol, username[:100], self._ip)
                    self.identity = await self._signin.finish(
                        self._account,
                        self._apps[which - 1][0] if which else None,
                        self._ip,
                        self._protocol,
                        self._mechanism,
                    )
                    return None
                case Failure(fault=fault):
                    name = self._account.address if self._account else "?"
                    self._signin.failed(self._protocol, name, self._ip, fault.value)

    def _check_authzid(self, username: str, authzid: str) -> None:
        """Nobody may act as somebody else."""
        if authzid and canonical(authzid) != canonical(username):
            self._signin.failed(self._protocol, username[:100], self._ip, "another authzid")


def canonical(username: str) -> str:
    """Return one form for one account, for any text that somebody types."""
    return username.strip().lower()[:320]


def _find(tx: Transaction, name: str, mark: bytes) -> _Known:
    """Look for the account of a name, and for the app password of a mark (b"": none)."""
    account = accounts.find(tx, name)
    if account is None:
        return _Known()
    app = app_passwords.find_mark(tx, mark) if mark else None
    if app is not None and app.account_id != account.account_id:
        app = None
    return _Known(account, app, second_factors.is_strong(tx, account.account_id))


def _find_token(tx: Transaction, mark: bytes) -> tuple[accounts.Account | None, AppPassword | None]:
    app = app_passwords.find_mark(tx, mark)
    return (None, None) if app is None else (accounts.get(tx, app.account_id), app)


def _check(stored: str, password: str) -> bool:
    """Compare a password; slow by design. Unreadable credentials never fit."""
    try:
        credentials = passwords.Credentials.decode(stored) if stored else None
    except passwords.PasswordProblem:
        credentials = None
    return passwords.verify(credentials, password)
