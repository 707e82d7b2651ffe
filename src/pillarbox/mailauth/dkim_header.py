"""The fields DKIM-Signature (RFC 6376 §3.5) and ARC-Message-Signature (RFC 8617 §4.1.2).

`parse_signature` never fails: it returns what could be read, and says in `reason` why the
rest is not acceptable. So a broken signature still shows its domain in the evidence.
Nothing is verified here and no clock is looked at.
"""

import binascii
import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import idna

from pillarbox.mailauth.dkim_canon import relax_field
from pillarbox.mailauth.tags import Tag, TagError, parse_tags


class Reason(enum.StrEnum):
    """Why a signature does not pass. Stable: stored in traces, looked up by words."""

    # The signature itself.
    TAG_SYNTAX = "tag_syntax"
    TAG_MISSING = "tag_missing"
    VERSION = "version"
    ALGORITHM_UNKNOWN = "algorithm_unknown"
    ALGORITHM_WEAK = "algorithm_weak"
    CANONICALISATION = "canonicalisation"
    QUERY_METHOD = "query_method"
    DOMAIN = "domain"
    IDENTITY = "identity"
    FROM_NOT_SIGNED = "from_not_signed"
    ARC_SEAL_SIGNED = "arc_seal_signed"
    EXPIRED = "expired"
    FUTURE = "future"
    # Its key.
    KEY_MISSING = "key_missing"
    KEY_UNAVAILABLE = "key_unavailable"
    KEY_REVOKED = "key_revoked"
    KEY_SYNTAX = "key_syntax"
    KEY_VERSION = "key_version"
    KEY_TYPE = "key_type"
    KEY_HASH = "key_hash"
    KEY_SERVICE = "key_service"
    KEY_DOMAIN = "key_domain"
    KEY_TOO_SHORT = "key_too_short"
    KEY_TOO_LONG = "key_too_long"
    # The message.
    BODY_LENGTH = "body_length"
    BODY_HASH = "body_hash"
    SIGNATURE = "signature"
    HEADER_TOO_LARGE = "header_too_large"
    # Nothing wrong, but not looked at: too many signatures.
    NOT_EVALUATED = "not_evaluated"


class Canon(enum.StrEnum):
    """How octets are made comparable before hashing (RFC 6376 §3.4)."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


@dataclass(slots=True)
class Signature:
    """One signature field, as read.

    raw: the whole field with its line end. unsigned: the same with the value of b=
    deleted and no line end: what its own hash covers (RFC 6376 §3.7). domain: A-labels, lower
    case. identity: i=, decoded, "@domain" by default. headers: h= in order, lower case.
    limit: l=. signed_at, expires_at: Unix seconds. instance: i= of ARC, 0 for DKIM.
    reason: why it is not acceptable, None when it is; detail: the same for people.
    """

    raw: bytes
    unsigned: bytes = b""
    tags: dict[str, Tag] = field(default_factory=dict)
    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    header_canon: Canon = Canon.SIMPLE
    body_canon: Canon = Canon.SIMPLE
    headers: tuple[bytes, ...] = ()
    body_hash: bytes = b""
    value: bytes = b""
    limit: int | None = None
    signed_at: int | None = None
    expires_at: int | None = None
    instance: int = 0
    reason: Reason | None = None
    detail: str = ""

    @property
    def key_name(self) -> str:
        """Where the key is published (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def key_type(self) -> str:
        """The k= that the key must have: "rsa" or "ed25519"."""
        return self.algorithm.partition("-")[0]

    @property
    def signs_author(self) -> bool:
        """True when From is covered: DKIM demands it (RFC 6376 §5.4), ARC does not."""
        return b"from" in self.headers

    @property
    def canonicalisation(self) -> str:
        """c= written out: "relaxed/simple"."""
        return _CANON_NAMES[self.header_canon, self.body_canon]


class Fault(Exception):  # an outcome on its way to `Signature.reason`
    """A rule is broken. Raised and caught inside mailauth alone."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


_CANONS: Final[dict[bytes, tuple[Canon, Canon]]] = {
    b"simple": (Canon.SIMPLE, Canon.SIMPLE),
    b"relaxed": (Canon.RELAXED, Canon.SIMPLE),
    b"simple/simple": (Canon.SIMPLE, Canon.SIMPLE),
    b"simple/relaxed": (Canon.SIMPLE, Canon.RELAXED),
    b"relaxed/simple": (Canon.RELAXED, Canon.SIMPLE),
    b"relaxed/relaxed": (Canon.RELAXED, Canon.RELAXED),
}
_CANON_NAMES: Final = {pair: f"{pair[0]}/{pair[1]}" for pair in _CANONS.values()}
_ALGORITHMS: Final = {b"rsa-sha256": "rsa-sha256", b"ed25519-sha256": "ed25519-sha256"}

_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_SELECTOR: Final = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_FIELD_NAMES: Final = re.compile(rb"[!-9<-~]+(?::[!-9<-~]+)*")
_QUOTED: Final = re.compile(rb"=([0-9A-F]{2})")
_BAD_QUOTED: Final = re.compile(rb"=(?![0-9A-F]{2})")
CACHED_NAMES: Final = 1024  # only good ones are kept: at most 1 KiB of UTF-8 each
_FWS: Final = b" \t\r\n"
_MAX_DIGITS: Final = {"t": 12, "x": 12, "l": 76}  # RFC 6376 §3.5
_INSTANCE: Final = re.compile(rb"(?:\([^()\\]*\)\s*)*([0-9]{1,2})\s*(?:\([^()\\]*\)\s*)*")


def parse_signature(raw: bytes) -> Signature:
    """Read one DKIM-Signature field: RFC 6376 §3.5, §6.1.1."""
    return _parse(raw, _check_dkim)


def parse_message_signature(raw: bytes) -> Signature:
    """Read one ARC-Message-Signature field: RFC 8617 §4.1.2."""
    return _parse(raw, _check_ams)


def parse_seal(raw: bytes) -> Signature:
    """Read one ARC-Seal field: RFC 8617 §4.1.3. The value of cv= is left to the caller."""
    return _parse(raw, _check_seal)


def _parse(raw: bytes, check: Callable[[Signature], None]) -> Signature:
    signature = Signature(raw)
    try:
        _read_tags(signature)
        check(signature)
    except Fault as fault:
        signature.reason, signature.detail = fault.reason, fault.detail
    return signature


def _read_tags(signature: Signature) -> None:
    raw = signature.raw
    field_text = raw[:-2] if raw.endswith(b"\r\n") else raw.rstrip(b"\n")
    try:
        tags = signature.tags = parse_tags(field_text, field_text.find(b":") + 1)
    except TagError as exc:
        raise Fault(Reason.TAG_SYNTAX, str(exc)) from exc
    found = tags.get("b")
    if found is not None:
        # The value goes with all white space around it (RFC 6376 §3.5, b=).
        signature.unsigned = field_text[: found.start] + field_text[found.end :]


def _check_dkim(signature: Signature) -> None:
    if _need(signature, "v").value != b"1":
        raise Fault(Reason.VERSION, "only v=1 is known")
    _read_signer(signature)
    identity = signature.tags.get("i")
    if identity is None:
        signature.identity = "@" + signature.domain
    else:
        _read_identity(signature, identity)
    _read_message_tags(signature)
    _read_times(signature)
    query = signature.tags.get("q")
    if query is not None and b"dns/txt" not in query.compact.split(b":"):
        raise Fault(Reason.QUERY_METHOD, "q= names no way to fetch the key that is known")


def _check_ams(signature: Signature) -> None:
    signature.instance = read_instance(_need(signature, "i").value)
    _read_signer(signature)
    _read_message_tags(signature, any_fields=True)
    _read_times(signature)
    if b"arc-seal" in signature.headers:
        raise Fault(Reason.ARC_SEAL_SIGNED, "h= holds ARC-Seal")


def _check_seal(signature: Signature) -> None:
    signature.instance = read_instance(_need(signature, "i").value)
    _need(signature, "cv")
    # RFC 8617 §4.1.3: a seal signs a fixed set of fields and no body.
    if "h" in signature.tags:
        raise Fault(Reason.TAG_SYNTAX, "a seal must not have h=")
    signature.header_canon = Canon.RELAXED
    _read_signer(signature)
    signature.signed_at = _read_number(signature, "t")


def _need(signature: Signature, name: str) -> Tag:
    tag = signature.tags.get(name)
    if tag is None:
        raise Fault(Reason.TAG_MISSING, f"{name}= is missing")
    return tag


def read_instance(value: bytes) -> int:
    """Return the instance number of ARC: RFC 8617 §4.2.1. Raises Fault unless 1 to 50."""
    found = _INSTANCE.fullmatch(value)
    if found is None or not 1 <= int(found[1]) <= 50:
        raise Fault(Reason.TAG_SYNTAX, "i= is no number from 1 to 50")
    return int(found[1])


def _read_signer(signature: Signature) -> None:
    """d=, s=, a=, b=."""
    signature.domain = _read_domain(_need(signature, "d").value)
    signature.selector = _read_selector(_need(signature, "s").value)
    if len(signature.key_name) > 253:
        raise Fault(Reason.DOMAIN, "s= and d= together are no DNS name")
    algorithm = _need(signature, "a").value
    signature.algorithm = _ALGORITHMS.get(algorithm, "")
    encoded = _need(signature, "b").compact
    if algorithm == b"rsa-sha1":
        signature.algorithm = "rsa-sha1"
        raise Fault(Reason.ALGORITHM_WEAK, "rsa-sha1 proves nothing any more")  # RFC 8301 §3.1
    if not signature.algorithm:
        signature.algorithm = algorithm.decode()[:64]
        raise Fault(Reason.ALGORITHM_UNKNOWN, "a= is not known")
    signature.value = decode_base64(encoded)
    if not signature.value:
        raise Fault(Reason.TAG_SYNTAX, "b= is not base64")


@lru_cache(maxsize=CACHED_NAMES)
def _read_selector(value: bytes) -> str:
    selector = to_ascii(value.decode())
    if not is_selector(selector):
        raise Fault(Reason.DOMAIN, "s= is no selector")
    return selector


@lru_cache(maxsize=CACHED_NAMES)
def _read_domain(value: bytes) -> str:
    domain = to_ascii(value.decode())
    if not is_domain(domain):
        raise Fault(Reason.DOMAIN, "d= is no domain name")
    return domain


def to_ascii(name: str) -> str:
    """Return `name` in lower case with A-labels (RFC 8616 §4), "" where that is impossible."""
    if name.isascii():
        return name.lower()
    if len(name) > 253:
        return ""
    try:
        return idna.encode(name, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def is_domain(name: str) -> bool:
    """Tell whether `name` is a domain name of at least two labels, in lower case."""
    return len(name) <= 253 and _DOMAIN.fullmatch(name) is not None


def is_selector(name: str) -> bool:
    """Tell whether `name`, in lower case, can stand before "._domainkey" (RFC 6376 §3.1)."""
    return _SELECTOR.fullmatch(name) is not None


def _read_identity(signature: Signature, tag: Tag) -> None:
    """i= must lie in d= or below it: RFC 6376 §3.5, §6.1.1."""
    decoded = decode_quoted(tag.compact)
    if decoded is None:
        raise Fault(Reason.TAG_SYNTAX, "i= is not dkim-quoted-printable")
    local, at, domain = decoded.decode(errors="replace").rpartition("@")
    domain = to_ascii(domain)
    if not at or not is_domain(domain):
        raise Fault(Reason.IDENTITY, "i= holds no domain")
    signature.identity = f"{local}@{domain}"
    if domain != signature.domain and not domain.endswith("." + signature.domain):
        raise Fault(Reason.IDENTITY, "i= is not in the domain of d=")


def _read_message_tags(signature: Signature, *, any_fields: bool = False) -> None:
    """c=, h=, bh=, l=.

    any_fields: h= may hold no name, or empty ones, as validators of ARC agree; who relies on
    such a signature looks at what it covers.
    """
    tags = signature.tags
    canon = tags.get("c")
    if canon is not None:
        found = _CANONS.get(canon.value)
        if found is None:
            raise Fault(Reason.CANONICALISATION, "c= is not known")
        signature.header_canon, signature.body_canon = found
    # White space stands around names, never inside (RFC 6376 §3.5).
    listed = [name.strip(_FWS) for name in _need(signature, "h").value.lower().split(b":")]
    names = b":".join(filter(None, listed) if any_fields else listed)
    if _FIELD_NAMES.fullmatch(names) is None and (names or not any_fields):
        raise Fault(Reason.TAG_SYNTAX, "h= is no list of field names")
    signature.headers = tuple(names.split(b":")) if names else ()
    if b"from" not in signature.headers and not any_fields:
        raise Fault(Reason.FROM_NOT_SIGNED, "From is not signed")  # RFC 6376 §5.4
    signature.body_hash = decode_base64(_need(signature, "bh").compact)
    if not signature.body_hash:
        raise Fault(Reason.TAG_SYNTAX, "bh= is not base64")
    signature.limit = _read_number(signature, "l")


def _read_times(signature: Signature) -> None:
    signature.signed_at = _read_number(signature, "t")
    signature.expires_at = _read_number(signature, "x")
    if (
        signature.signed_at is not None
        and signature.expires_at is not None
        and signature.expires_at <= signature.signed_at
    ):
        raise Fault(Reason.TAG_SYNTAX, "x= is not later than t=")  # RFC 6376 §3.5


def _read_number(signature: Signature, name: str) -> int | None:
    tag = signature.tags.get(name)
    if tag is None:
        return None
    digits = tag.value
    if not digits.isdigit() or len(digits) > _MAX_DIGITS[name]:
        raise Fault(Reason.TAG_SYNTAX, f"{name}= is no number")
    return int(digits)


def decode_base64(text: bytes) -> bytes:
    """Return the octets of base64 without white space; padding may be absent. b"" = invalid."""
    if len(text) % 4:
        text += b"=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return b""


def decode_quoted(text: bytes) -> bytes | None:
    """Return the octets of dkim-quoted-printable without white space: RFC 6376 §2.11.

    None if it is malformed.
    """
    if b"=" not in text:
        return text
    if _BAD_QUOTED.search(text):
        return None
    return _QUOTED.sub(lambda found: bytes.fromhex(found[1].decode()), text)


def join_signed(fields: list[bytes], signature: Signature) -> bytes:
    """Return the octets that b= signs: canonical `fields`, then the signature (RFC 6376 §3.7)."""
    own = signature.unsigned
    if signature.header_canon is Canon.RELAXED:
        # A field that is a tag-list holds no VT, FF or bare CR.
        own = relax_field(own, plain=True)[:-2]
    return b"".join(fields) + own
