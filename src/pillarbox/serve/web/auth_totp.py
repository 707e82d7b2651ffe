"""Of `/auth/totp/`: codes of an authenticator app are set up, asked for, and turned off.

`begin` makes a secret that nobody is asked for yet; `enable` takes the first code as the proof
that the app has it, and shows recovery codes, once. The URI is that of authenticator apps
(`otpauth:`), and the QR code of it is drawn here, so that no secret goes to a drawing service.
"""

import io
from typing import Final

import msgspec
import pyotp
import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base import token as tokens
from pillarbox.base.errors import NotFound
from pillarbox.serve.identify import source
from pillarbox.serve.second_step import DIGITS, PERIOD_SECONDS, step_of
from pillarbox.serve.web.answer import Refused, answer, body
from pillarbox.serve.web.auth import Auth, post
from pillarbox.store import second_factors, security_events
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.second_factors import RECOVERY_CODES
from pillarbox.store.security_events import Source

ISSUER: Final = "Pillarbox"
SECRET_CHARACTERS: Final = 32  # base32: 160 bits, as RFC 4226 §4 recommends


class CodeBody(msgspec.Struct):
    """code: as the authenticator shows it."""

    code: str


class TotpRoutes:
    """The handlers."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            post("totp/begin", self._begin),
            post("totp/enable", self._enable),
            post("totp/disable", self._disable),
            post("totp/recovery-codes", self._recovery_codes),
        ]

    async def _begin(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        await body(request, dict)
        secret = pyotp.random_base32(SECRET_CHARACTERS)
        sealed = self._auth.second.seal(visitor.account_id, secret)
        await self._auth.db.write(second_factors.begin_totp, visitor.account_id, sealed)
        host = request.headers.get("host", "").partition(":")[0]
        issuer = f"{ISSUER} {host}".strip()
        generator = pyotp.TOTP(
            secret, digits=DIGITS, interval=PERIOD_SECONDS, name=visitor.address, issuer=issuer
        )
        uri = generator.provisioning_uri()
        return answer({"secret": secret, "uri": uri, "svg": _drawn(uri)})

    async def _enable(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        given = await body(request, CodeBody)
        account_id = visitor.account_id
        factor = await self._auth.db.read(second_factors.find, account_id)
        if not factor.totp or factor.totp_since is not None:
            raise Refused("missing", 404)
        secret = self._auth.second.open(account_id, factor.totp)
        step = step_of(secret, given.code, self._auth.clock.now())
        if step is None:
            raise Refused("code", 403)
        codes, marks = self._new_codes()
        await self._auth.change(_enable, visitor, step, marks, source(request))
        return answer({"recoveryCodes": codes})

    async def _disable(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        await body(request, dict)
        await self._auth.change(disable, visitor, source(request))
        return answer({})

    async def _recovery_codes(self, request: Request) -> Response:
        visitor = await self._auth.confirmed(request)
        await body(request, dict)
        codes, marks = self._new_codes()
        await self._auth.change(_set_codes, visitor, marks, source(request))
        return answer({"recoveryCodes": codes})

    def _new_codes(self) -> tuple[list[str], list[bytes]]:
        codes = [tokens.new_recovery_code() for _ in range(RECOVERY_CODES)]
        plain = [tokens.recovery_code(code) or "" for code in codes]
        return codes, [self._auth.marker.mark(tokens.RECOVERY, code) for code in plain]


def _drawn(uri: str) -> str:
    """Return the QR code as SVG, without XML declaration: for an image of type data."""
    out = io.BytesIO()
    segno.make(uri, error="m").save(
        out, kind="svg", xmldecl=False, scale=4, border=4, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def _enable(
    tx: Transaction,
    account_id: AccountId,
    step: int,
    marks: list[bytes],
    source: Source,
) -> None:
    second_factors.enable_totp(tx, account_id, step, marks)
    security_events.add(tx, account_id, "totp_on", "", source)


def disable(tx: Transaction, account_id: AccountId, source: Source) -> None:
    """Ask for codes no more. Raises NotFound if none were asked for."""
    if not second_factors.disable_totp(tx, account_id):
        raise NotFound("codes of an authenticator")
    security_events.add(tx, account_id, "totp_off", "", source)


def _set_codes(tx: Transaction, account_id: AccountId, marks: list[bytes], source: Source) -> None:
    if second_factors.find(tx, account_id).totp_since is None:
        raise NotFound("codes of an authenticator")
    second_factors.set_recovery_codes(tx, account_id, marks)
    security_events.add(tx, account_id, "recovery_codes_made", "", source)
