"""SCRAM-SHA-256, what server and client share: messages and formulas (RFC 5802, RFC 7677)."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from pillarbox.base.password import PasswordProblem, saslprep

MECHANISM: Final = "SCRAM-SHA-256"
PLUS: Final = "SCRAM-SHA-256-PLUS"
BINDING: Final = "tls-server-end-point"  # RFC 5929 §4: the one that works with every TLS
MAX_MESSAGE: Final = 8192  # octets

# client-first-message (RFC 5802 §7). reserved-mext is refused: it is mandatory to understand.
_FIRST: Final = re.compile(
    rb"((?:([ny])|p=([A-Za-z0-9.-]+)),(?:a=([^,]+))?,)"
    rb"(n=([^,]+),r=([!-+\--~]{1,1024})(?:,.*)?)",
    re.DOTALL,
)
_FINAL: Final = re.compile(
    rb"(c=([A-Za-z0-9+/=]+),r=([!-+\--~]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)", re.DOTALL
)
_ESCAPE: Final = re.compile("=(2C|3D)|=")


class ScramProblem(ValueError):
    """The message does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """client-first-message. header: gs2-header. flag: "n", "y" or "p". bare: what is signed.

    binding: the name after "p=", or "". username, authzid: prepared and decoded.
    """

    header: bytes
    flag: str
    binding: str
    authzid: str
    bare: bytes
    username: str
    nonce: str


@dataclass(frozen=True, slots=True)
class ClientFinal:
    """client-final-message. channel: gs2-header and binding data. bare: without the proof."""

    bare: bytes
    channel: bytes
    nonce: str
    proof: bytes


def parse_first(message: bytes) -> ClientFirst:
    """Parse client-first-message. Raises ScramProblem."""
    match = _FIRST.fullmatch(message) if len(message) <= MAX_MESSAGE else None
    if match is None:
        raise ScramProblem("client-first-message")
    header, flag, binding, authzid, bare, username, nonce = match.groups()
    return ClientFirst(
        header,
        flag.decode() if flag else "p",
        (binding or b"").decode(),
        decode_name(authzid) if authzid else "",
        bare,
        decode_name(username),
        nonce.decode(),
    )


def parse_final(message: bytes) -> ClientFinal:
    """Parse client-final-message. Raises ScramProblem."""
    match = _FINAL.fullmatch(message) if len(message) <= MAX_MESSAGE else None
    if match is None:
        raise ScramProblem("client-final-message")
    bare, channel, nonce, proof = match.groups()
    return ClientFinal(bare, decode_base64(channel), nonce.decode(), decode_base64(proof))


def decode_name(data: bytes) -> str:
    """saslname: "," is "=2C", "=" is "=3D"; then SASLprep. Raises ScramProblem."""
    try:
        text = _ESCAPE.sub(_unescape, data.decode())
        prepared = saslprep(text)
    except (UnicodeDecodeError, PasswordProblem):
        raise ScramProblem("saslname") from None
    if not prepared:
        raise ScramProblem("saslname")
    return prepared


def encode_name(name: str) -> bytes:
    """Return the saslname of a prepared name."""
    return name.replace("=", "=3D").replace(",", "=2C").encode()


def decode_base64(data: bytes) -> bytes:
    """Decode a value. Raises ScramProblem."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        raise ScramProblem("base64") from None


def encode_base64(data: bytes) -> bytes:
    """Encode a value."""
    return base64.b64encode(data)


def sign(key: bytes, auth_message: bytes) -> bytes:
    """ClientSignature or ServerSignature (RFC 5802 §3)."""
    return hmac.digest(key, auth_message, "sha256")


def stored_key(client_key: bytes) -> bytes:
    """H(ClientKey)."""
    return hashlib.sha256(client_key).digest()


def xor(left: bytes, right: bytes) -> bytes:
    """Exclusive or of two values of 32 octets."""
    number = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    return number.to_bytes(32, "big")


def _unescape(match: re.Match[str]) -> str:
    if match[1] is None:
        raise ScramProblem("saslname")
    return "," if match[1] == "2C" else "="
