"""Of `/auth/`: passkeys (WebAuthn level 2) are registered, and sign in or confirm.

A challenge is the token of a ticket: kept as a mark, good once, for ten minutes. The id of the
relying party is the host name of the page. The authenticator must have verified the person, so a
passkey is two factors at once. The browser finds the passkey by itself (discoverable), so nobody
learns from us which account has one.
"""

import hmac
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base.errors import AuthenticationFailed, Invalid, NotFound, RateLimited
from pillarbox.base.ratelimit import TokenBuckets, network_of
from pillarbox.base.token import HANDLE
from pillarbox.serve.identify import caller, source
from pillarbox.serve.same_origin import own_origin
from pillarbox.serve.visitor import Visitor
from pillarbox.serve.web import ceremony
from pillarbox.serve.web.answer import Number, Refused, answer, body
from pillarbox.serve.web.auth import Auth, get, post
from pillarbox.serve.web.auth_session import opened
from pillarbox.serve.web.ceremony import Place
from pillarbox.store import accounts, passkeys, second_factors, security_events, web_sessions
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.passkeys import MAX_NAME, NewPasskey, Passkey
from pillarbox.store.security_events import Source
from pillarbox.store.signin_tickets import NOBODY

log = structlog.get_logger()

IN: Final = "passkey-in"
NEW: Final = "passkey-new"
CONFIRM: Final = "passkey-confirm"
CHALLENGES: Final = 200  # from one network within CHALLENGE_SECONDS
CHALLENGE_SECONDS: Final = 600.0
_HANDLE_OCTETS: Final = 24


class CredentialBody(msgspec.Struct, kw_only=True):
    """credential: PublicKeyCredential as JSON (WebAuthn level 3, §5.1). name: of a new one."""

    ticket: str
    credential: dict[str, Any]
    stay: bool = False
    name: str = ""


class PasskeyBody(msgspec.Struct, kw_only=True):
    """passkey: its number. name: only to rename."""

    passkey: Number
    name: str = ""


class OnlyBody(msgspec.Struct):
    """on: whether passkeys are the only way to sign in."""

    on: bool


class PasskeyRoutes:
    """The handlers."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._door = auth.door
        self._asked = TokenBuckets(CHALLENGES, CHALLENGES / CHALLENGE_SECONDS)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            post("passkey/options", self._sign_in_options),
            post("passkey/sign-in", self._sign_in),
            post("confirm/passkey-options", self._confirm_options),
            post("confirm/passkey", self._confirm),
            get("passkeys", self._list),
            post("passkeys/options", self._new_options),
            post("passkeys/register", self._register),
            post("passkeys/rename", self._rename),
            post("passkeys/remove", self._remove),
            post("passkeys/only", self._only),
        ]

    # Signing in, and confirming.

    async def _sign_in_options(self, request: Request) -> Response:
        await body(request, dict)
        place = _place(request)
        network = network_of(caller(request))
        if not self._asked.take(network, self._auth.clock.monotonic()):
            raise RateLimited(f"challenges for {network}")
        ticket = await self._door.ticket(IN, NOBODY, "")
        return answer({"ticket": ticket, "publicKey": ceremony.sign_in_options(place, ticket)})

    async def _sign_in(self, request: Request) -> Response:
        given = await body(request, CredentialBody)
        place = _place(request)
        await self._door.take(IN, given.ticket)
        account_id = self._account_of(ceremony.user_handle(given.credential))
        account = await self._auth.db.read(_find_account, account_id)
        if account is None:
            raise self._wrong(request, account_id)
        await self._check(request, place, account_id, given)
        self._auth.signin.succeeded(account, caller(request), "web", "PASSKEY")
        done = await self._door.open(request, account_id, "passkey", stay=given.stay)
        return opened(request, done)

    async def _confirm_options(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        await body(request, dict)
        place = _place(request)
        known = await self._auth.db.read(passkeys.list_, visitor.account_id)
        ticket = await self._door.ticket(CONFIRM, visitor.account_id, "")
        options = ceremony.sign_in_options(place, ticket, known)
        return answer({"ticket": ticket, "publicKey": options})

    async def _confirm(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, CredentialBody)
        place = _place(request)
        await self._take(CONFIRM, given.ticket, visitor)
        await self._check(request, place, visitor.account_id, given)
        await self._auth.db.write(web_sessions.confirm, visitor.account_id, visitor.number)
        return answer({})

    async def _check(
        self, request: Request, place: Place, account_id: AccountId, given: CredentialBody
    ) -> None:
        """Check what a passkey signed. Raises Refused."""
        credential_id = ceremony.credential_id(given.credential)
        passkey = await self._auth.db.read(passkeys.find, account_id, credential_id)
        if passkey is None:
            raise self._wrong(request, account_id)
        try:
            seen = ceremony.check(place, given.ticket, given.credential, passkey)
        except AuthenticationFailed as exc:
            log.info("passkey.failed", account=account_id, reason=str(exc))
            raise self._wrong(request, account_id) from exc
        if not await self._auth.db.write(_used, account_id, passkey, seen):
            raise self._wrong(request, account_id)

    def _wrong(self, request: Request, account_id: AccountId) -> Refused:
        log.info("signin.failed", account=account_id, peer=caller(request), reason="passkey")
        return Refused("passkey-wrong", 403)

    async def _take(self, kind: str, ticket: str, visitor: Visitor) -> None:
        """Use up a ticket that must be the visitor's. Raises Refused, StepOver."""
        found = await self._door.take(kind, ticket)
        if found.account_id != visitor.account_id:
            raise Refused("over", 403)

    # User handles: the account's number, and a proof that we made it.

    def _handle_of(self, account_id: AccountId) -> bytes:
        number = account_id.to_bytes(8, "big")
        return number + self._auth.marker.mark(HANDLE, number.hex())[: _HANDLE_OCTETS - 8]

    def _account_of(self, handle: bytes) -> AccountId:
        """Return whose handle it is, NOBODY if we did not make it."""
        account_id = AccountId(int.from_bytes(handle[:8], "big") if len(handle) >= 8 else 0)
        return account_id if hmac.compare_digest(handle, self._handle_of(account_id)) else NOBODY

    # The account's own passkeys.

    async def _list(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        found = await self._auth.db.read(passkeys.list_, visitor.account_id)
        return answer({"passkeys": [_as_json(passkey) for passkey in found]})

    async def _new_options(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        await body(request, dict)
        place = _place(request)
        known = await self._auth.db.read(passkeys.list_, visitor.account_id)
        ticket = await self._door.ticket(NEW, visitor.account_id, "")
        handle = self._handle_of(visitor.account_id)
        options = ceremony.new_options(place, ticket, visitor.address, handle, known)
        return answer({"ticket": ticket, "publicKey": options})

    async def _register(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        given = await body(request, CredentialBody)
        place = _place(request)
        name = given.name.strip()
        if not name or len(name) > MAX_NAME:
            raise Refused("name", 400, most=MAX_NAME)
        await self._take(NEW, given.ticket, visitor)
        try:
            new = ceremony.register(place, given.ticket, given.credential, name)
            number = await self._auth.change(_add, visitor, new, source(request))
        except (AuthenticationFailed, Invalid) as exc:
            log.info("passkey.refused", account=visitor.account_id, reason=str(exc))
            raise Refused("passkey-wrong", 403) from exc
        return answer({"passkey": number})

    async def _rename(self, request: Request) -> Response:
        visitor = await self._auth.visitor(request)
        given = await body(request, PasskeyBody)
        try:
            await self._auth.change(passkeys.rename, visitor, given.passkey, given.name)
        except Invalid as exc:
            raise Refused("name", 400, most=MAX_NAME) from exc
        return answer({})

    async def _remove(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        given = await body(request, PasskeyBody)
        await self._auth.change(_remove, visitor, given.passkey, source(request))
        return answer({})

    async def _only(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        given = await body(request, OnlyBody)
        await self._auth.change(_only, visitor, given.on, source(request))
        return answer({})


def _place(request: Request) -> Place:
    """Return where the page is, for WebAuthn. Raises Refused where it has no host name."""
    place = ceremony.place(own_origin(request))
    if place is None:
        raise Refused("host", 400)
    return place


def _as_json(passkey: Passkey) -> dict[str, Any]:
    return {
        "passkey": passkey.passkey_no,
        "name": passkey.name,
        "synced": passkey.synced,
        "createdAt": passkey.created_at,
        "usedAt": passkey.used_at,
    }


def _find_account(tx: Transaction, account_id: AccountId) -> accounts.Account | None:
    try:
        account = accounts.get(tx, account_id)
    except NotFound:
        return None
    return None if account.disabled else account


def _used(tx: Transaction, account_id: AccountId, passkey: Passkey, seen: ceremony.Seen) -> bool:
    return passkeys.used(tx, account_id, passkey, seen.sign_count, synced=seen.synced)


def _add(tx: Transaction, account_id: AccountId, new: NewPasskey, source: Source) -> int:
    number = passkeys.add(tx, account_id, new)
    security_events.add(tx, account_id, "passkey_added", new.name, source)
    return number


def _remove(tx: Transaction, account_id: AccountId, number: int, source: Source) -> None:
    name = passkeys.remove(tx, account_id, number)
    security_events.add(tx, account_id, "passkey_removed", name, source)


def _only(
    tx: Transaction,
    account_id: AccountId,
    on: bool,  # noqa: FBT001 - one of several
    source: Source,
) -> None:
    second_factors.set_passkeys_only(tx, account_id, on=on)
    kind = "passkeys_only_on" if on else "passkeys_only_off"
    security_events.add(tx, account_id, kind, "", source)
