"""The ceremonies of WebAuthn, as pure functions around a library: options out, answers in.

What a browser sends is checked by the library against the place of the page and the challenge;
whatever is wrong with it, in whatever way, becomes AuthenticationFailed.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers.base64url_to_bytes import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pillarbox.base.errors import AuthenticationFailed
from pillarbox.store.passkeys import MAX_CREDENTIAL_ID, NewPasskey, Passkey

NAME: Final = "Pillarbox"
TIMEOUT_MS: Final = 300_000
MAX_HANDLE: Final = 64  # octets: WebAuthn level 2, §5.4.3
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TRANSPORTS: Final = frozenset(item.value for item in AuthenticatorTransport)
_VERIFIED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is. rp_id: its host name. origin: as the browser names it."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What an authenticator told with a signature that is right."""

    sign_count: int
    synced: bool


def place(origin: str) -> Place | None:
    """Return the place of an origin; None where the host is a number, or the origin is none."""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Place(host, origin) if host else None
    return None


def sign_in_options(place: Place, ticket: str, known: Sequence[Passkey] = ()) -> Any:
    """Return PublicKeyCredentialRequestOptions as JSON. known: empty for any passkey."""
    options = webauthn.generate_authentication_options(
        rp_id=place.rp_id,
        challenge=base64url_to_bytes(ticket),
        timeout=TIMEOUT_MS,
        allow_credentials=_described(known),
        user_verification=_VERIFIED,
    )
    return msgspec.json.decode(webauthn.options_to_json(options))


def new_options(
    place: Place, ticket: str, address: str, handle: bytes, known: Sequence[Passkey]
) -> Any:
    """Return PublicKeyCredentialCreationOptions as JSON. handle: of the account."""
    options = webauthn.generate_registration_options(
        rp_id=place.rp_id,
        rp_name=NAME,
        user_name=address,
        user_id=handle,
        user_display_name=address,
        challenge=base64url_to_bytes(ticket),
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=_VERIFIED,
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return msgspec.json.decode(webauthn.options_to_json(options))


def register(place: Place, ticket: str, credential: dict[str, Any], name: str) -> NewPasskey:
    """Return the passkey that a browser made. Raises AuthenticationFailed."""
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(ticket),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except Exception as exc:
        # The library raises whatever its parsers do.
        raise AuthenticationFailed(f"registration: {type(exc).__name__}: {exc}") from exc
    response = credential.get("response")
    given = response.get("transports") if isinstance(response, dict) else None
    transports = [item for item in given if item in _TRANSPORTS] if isinstance(given, list) else []
    return NewPasskey(
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        name,
        tuple(sorted(set(transports))),
        made.credential_backed_up,
    )


def check(place: Place, ticket: str, credential: dict[str, Any], passkey: Passkey) -> Seen:
    """Check what a passkey signed. Raises AuthenticationFailed.

    A count that does not grow means that somebody has a copy of the passkey.
    """
    try:
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(ticket),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as exc:
        raise AuthenticationFailed(f"passkey: {type(exc).__name__}: {exc}") from exc
    return Seen(found.new_sign_count, found.credential_backed_up)


def credential_id(credential: dict[str, Any]) -> bytes:
    """Return the id that an answer names, b"" if it names none."""
    return _octets(credential.get("rawId"), MAX_CREDENTIAL_ID)


def user_handle(credential: dict[str, Any]) -> bytes:
    """Return the user handle of an answer, b"" if it has none."""
    response = credential.get("response")
    return _octets(response.get("userHandle"), MAX_HANDLE) if isinstance(response, dict) else b""


def _octets(value: Any, most: int) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * most:
        return b""
    try:
        found: bytes = base64url_to_bytes(value)
    except ValueError:
        return b""
    return found if len(found) <= most else b""


def _described(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[
                AuthenticatorTransport(item) for item in passkey.transports if item in _TRANSPORTS
            ]
            or None,
        )
        for passkey in known
    ]
