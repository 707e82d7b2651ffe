"""Sending to push services: encrypted for the client, signed by us.

Generic Web Push (RFC 8030), message encryption (RFC 8291), VAPID (RFC 8292); JMAP tells clients
our public key (RFC 9749). The URLs are chosen by strangers: `PublicWeb` asks nobody inside.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import http_ece
import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.public_web import PublicWeb
from pillarbox.delivery.signing import Sealer
from pillarbox.jmap.push import from_base64url, to_base64url
from pillarbox.serve.jmap.method import Capability
from pillarbox.store import settings
from pillarbox.store.database import Database
from pillarbox.store.push_subscriptions import Subscription

log = structlog.get_logger()

URN: Final = "urn:ietf:params:jmap:webpush-vapid"
TTL_SECONDS: Final = 24 * 3600
TOKEN_LIFETIME: Final = timedelta(hours=12)  # RFC 8292 §2: at most 24 hours
SECONDS: Final = 10.0
SALT_OCTETS: Final = 16
_SETTING: Final = "vapid_key"

Outcome = Literal["sent", "failed", "gone"]


class VapidKey:
    """Our key for push services (RFC 8292). contact: a URL of who is responsible."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._contact = contact
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public: Final = to_base64url(point)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._jwk = ECKey.import_key(pem)

    def authorization(self, url: str, now: datetime) -> str:
        """Return the Authorization field for a push service (RFC 8292 §3)."""
        parts = urlsplit(url)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + TOKEN_LIFETIME).timestamp()),
            "sub": self._contact,
        }
        token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self._jwk)
        return f"vapid t={token}, k={self.public}"

    def capability(self) -> Capability:
        """Return the capability that tells clients the key (RFC 9749 §3)."""
        return Capability(URN, {}, {"applicationServerKey": self.public}, personal=False)


async def load_key(db: Database, sealer: Sealer, contact: str) -> VapidKey:
    """Return the key of this installation; it is made at first. Raises Corrupt."""
    fresh = ec.generate_private_key(ec.SECP256R1())
    der = fresh.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = sealer.seal(der, _SETTING).hex()
    kept = await db.write(settings.set_default, _SETTING, sealed)
    key = load_der_private_key(sealer.open(bytes.fromhex(kept), _SETTING), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return VapidKey(key, contact)


class WebPush:
    """Sends. One for each worker."""

    def __init__(self, web: PublicWeb, key: VapidKey) -> None:
        self._web = web
        self._key = key

    async def send(self, to: Subscription, value: Any, now: datetime) -> Outcome:
        """Send an object. gone: there is no such subscription any more (RFC 8030 §7.3)."""
        body = msgspec.json.encode(value)
        fields = [
            ("TTL", str(TTL_SECONDS)),
            ("Urgency", "normal"),
            ("Authorization", self._key.authorization(to.url, now)),
        ]
        if to.p256dh:
            try:
                body = encrypt(body, to.p256dh, to.auth)
            except (ValueError, http_ece.ECEException):
                return "gone"  # a point that is not on the curve
            fields.append(("Content-Encoding", "aes128gcm"))
        try:
            page = await self._web.post(
                to.url, body, "application/json", fields=fields, seconds=SECONDS
            )
        except NotFetched as exc:
            log.info("push.failed", host=urlsplit(to.url).hostname, reason=str(exc))
            return "failed"
        if 200 <= page.status < 300:
            return "sent"
        log.info("push.refused", host=urlsplit(to.url).hostname, status=page.status)
        return "gone" if page.status in {404, 410} else "failed"


def encrypt(body: bytes, p256dh: str, auth: str) -> bytes:
    """Return a body that only the client can read (RFC 8291).

    Raises ValueError or ECEException for keys that are none.
    """
    point, secret = from_base64url(p256dh), from_base64url(auth)
    found: bytes = http_ece.encrypt(
        body,
        salt=secrets.token_bytes(SALT_OCTETS),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=point,
        auth_secret=secret,
        version="aes128gcm",
    )
    return found
