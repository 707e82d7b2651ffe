"""Key records: the TXT at `selector._domainkey.domain` (RFC 6376 §3.6.1, RFC 8463 §4).

`KeyFetcher` asks for them, `try_keys` verifies a signature with what came back.

A record is read once and kept, with its loaded key, in a bounded cache by its octets: loading a
key costs more than verifying with it. A record that is unusable is a value too, with the
reason. g= (RFC 4871) and n= are not looked at.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pillarbox.dns.resolver import Answer, Resolver, RType, Txt
from pillarbox.mailauth.dkim_header import Fault, Reason, Signature, decode_base64
from pillarbox.mailauth.tags import Tag, TagError, parse_tags

MIN_RSA_BITS: Final = 1024  # RFC 8301 §3.2
MAX_RSA_BITS: Final = 8192  # beyond, one check costs the sender nothing and us milliseconds
MAX_EXPONENT_BITS: Final = 64
MAX_RECORD_OCTETS: Final = 16384
CACHED_RECORDS: Final = 1024
MAX_KEY_RECORDS: Final = 5  # tried per name; the owner should publish one

_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()


@dataclass(slots=True)
class Key:
    """One key record, as read.

    key_type: k=, "rsa" by default. bits: of the modulus, 256 for Ed25519, 0 if unknown.
    testing: t=y. strict: t=s, i= must be exactly d=. reason: why it cannot be used by
    anyone, None if it can; detail: the same for people.
    """

    text: bytes
    key_type: str = "rsa"
    bits: int = 0
    testing: bool = False
    strict: bool = False
    public: RSAPublicKey | Ed25519PublicKey | None = None
    reason: Reason | None = None
    detail: str = ""

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether `signature` was made over `data` with the private half."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, data, _PADDING, _SHA256)
            elif self.public is not None:
                # RFC 8463 §3: the digest of the data is what is signed.
                self.public.verify(signature, sha256(data).digest())
            else:
                return False
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=CACHED_RECORDS)
def read_key(text: bytes) -> Key:
    """Return the key that the TXT record `text` (strings joined) holds."""
    key = Key(text)
    try:
        _read(key, text)
    except TagError as exc:
        key.reason, key.detail = Reason.KEY_SYNTAX, str(exc)
    except Fault as fault:
        key.reason, key.detail = fault.reason, fault.detail
    return key


def _read(key: Key, text: bytes) -> None:
    if len(text) > MAX_RECORD_OCTETS:
        raise Fault(Reason.KEY_SYNTAX, "the record is too long")
    tags = parse_tags(text)
    version = tags.get("v")
    if version is not None:
        if version.value != b"DKIM1":
            raise Fault(Reason.KEY_VERSION, "this is no DKIM key record: v= is not DKIM1")
        if next(iter(tags)) != "v":
            raise Fault(Reason.KEY_SYNTAX, "v= is not the first tag")
    flags = _values(tags.get("t"), b"")
    key.testing = b"y" in flags
    key.strict = b"s" in flags
    key.key_type = tags["k"].text[:32] if "k" in tags else "rsa"
    data = tags.get("p")
    if data is None:
        raise Fault(Reason.KEY_SYNTAX, "p= is missing")
    if not data.value:
        raise Fault(Reason.KEY_REVOKED, "p= is empty: the key was revoked")
    if b"sha256" not in _values(tags.get("h"), b"sha256"):
        raise Fault(Reason.KEY_HASH, "h= does not allow sha256")
    services = _values(tags.get("s"), b"*")
    if b"*" not in services and b"email" not in services:
        raise Fault(Reason.KEY_SERVICE, "s= does not allow email")
    octets = decode_base64(data.compact)
    if not octets:
        raise Fault(Reason.KEY_SYNTAX, "p= is not base64")
    if key.key_type == "rsa":
        _load_rsa(key, octets)
    elif key.key_type == "ed25519":
        _load_ed25519(key, octets)
    else:
        raise Fault(Reason.KEY_TYPE, "k= is not known")


def _values(tag: Tag | None, default: bytes) -> list[bytes]:
    return (default if tag is None else tag.compact).split(b":")


def _load_rsa(key: Key, octets: bytes) -> None:
    """SubjectPublicKeyInfo, or the bare RSAPublicKey that RFC 6376 §3.6.1 names."""
    try:
        public = load_der_public_key(octets)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Fault(Reason.KEY_SYNTAX, "p= holds no public key") from None
    if not isinstance(public, RSAPublicKey):
        raise Fault(Reason.KEY_TYPE, "p= holds a key that is not RSA")
    key.bits = public.key_size
    if key.bits < MIN_RSA_BITS:
        raise Fault(Reason.KEY_TOO_SHORT, f"an RSA key of {key.bits} bits proves nothing")
    if key.bits > MAX_RSA_BITS:
        raise Fault(Reason.KEY_TOO_LONG, f"an RSA key of {key.bits} bits is too slow")
    numbers = public.public_numbers()
    if numbers.e.bit_length() > MAX_EXPONENT_BITS or not numbers.n & 1:
        raise Fault(Reason.KEY_SYNTAX, "p= holds no RSA key that anybody made")
    key.public = public


def _load_ed25519(key: Key, octets: bytes) -> None:
    """The 32 octets alone, with no wrapping: RFC 8463 §4."""
    if len(octets) != 32:
        raise Fault(Reason.KEY_SYNTAX, "p= is not the 32 octets of an Ed25519 key")
    try:
        key.public = Ed25519PublicKey.from_public_bytes(octets)
    except (ValueError, UnsupportedAlgorithm):
        raise Fault(Reason.KEY_SYNTAX, "p= holds no public key") from None
    key.bits = 256


@dataclass(slots=True)
class FetchedKeys:
    """The key records of one name. reason: why there are none, None if there are."""

    answer: Answer
    keys: list[Key]
    reason: Reason | None = None
    detail: str = ""


class KeyFetcher:
    """Asks for key records, each name once."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._fetched: dict[str, FetchedKeys] = {}

    async def fetch(self, name: str) -> FetchedKeys:
        """Return the key records at `name`: RFC 6376 §6.1.2."""
        found = self._fetched.get(name)
        if found is None:
            answer = await self._resolver.resolve(name, RType.TXT)
            found = self._fetched[name] = _keys_of(answer)
        return found


def _keys_of(answer: Answer) -> FetchedKeys:
    if answer.failed:
        detail = f"the key could not be fetched: {answer.problem or 'no answer'}"
        return FetchedKeys(answer, [], Reason.KEY_UNAVAILABLE, detail)
    texts = [value.joined for value in answer.values if isinstance(value, Txt)]
    if not texts:
        return FetchedKeys(answer, [], Reason.KEY_MISSING, "no key is published at this name")
    return FetchedKeys(answer, [read_key(text) for text in texts[:MAX_KEY_RECORDS]])


@dataclass(slots=True)
class Tried:
    """What came of a signature and its keys. key: the one that verified or came furthest.

    reason: None when one verified. signature_ok: None where no key could be used.
    """

    reason: Reason | None
    detail: str
    key: Key | None = None
    signature_ok: bool | None = None


def try_keys(fetched: FetchedKeys, signature: Signature, data: bytes) -> Tried:
    """Try each key record until one verifies `signature` over `data`: RFC 6376 §6.1.2.

    Several records at one name are undefined for the owner, and may be tried in turn. Where
    none verifies, the reason is that of the first that could be used at all.
    """
    tried = Tried(fetched.reason, fetched.detail)
    for key in fetched.keys:
        reason, detail = key.reason, key.detail
        if reason is None:
            reason, detail = _misfit(key, signature)
        if reason is None:
            if key.verifies(signature.value, data):
                return Tried(None, "", key, signature_ok=True)
            if tried.signature_ok is None:
                tried = Tried(Reason.SIGNATURE, _NO_FIT, key, signature_ok=False)
        elif tried.key is None:
            tried = Tried(reason, detail, key)
    return tried


_NO_FIT: Final = "the signature does not fit the header"


def _misfit(key: Key, signature: Signature) -> tuple[Reason | None, str]:
    """Tell why a good key is not for this signature."""
    if key.key_type != signature.key_type:
        return Reason.KEY_TYPE, f"a={signature.algorithm} needs another key than k={key.key_type}"
    if key.strict and signature.identity.rpartition("@")[2] not in {signature.domain, ""}:
        return Reason.KEY_DOMAIN, "t=s: i= must be in the very domain of d="
    return None, ""
