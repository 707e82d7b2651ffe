"""Make DKIM-Signature fields and the keys for them: RFC 6376 §5, RFC 8463.

A message is signed as it will leave: CRLF line ends, already encoded. Signing twice (RSA
and Ed25519, RFC 8463 §3) is calling `sign` twice and putting both fields on top.
"""

import base64
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from pillarbox.base.errors import Invalid, TooLarge
from pillarbox.mailauth.dkim_canon import Header, hash_body, split_header
from pillarbox.mailauth.dkim_header import (
    Canon,
    Signature,
    is_domain,
    is_selector,
    join_signed,
    to_ascii,
)
from pillarbox.mailauth.dkim_key import MAX_RSA_BITS, MIN_RSA_BITS

# RFC 6376 §5.4.1, and what mail programs act on today (RFC 8058 §4 asks for List-Unsubscribe).
DEFAULT_HEADERS: Final = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "Sender",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-ID",
    "Content-Description",
    "Content-Language",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Date",
    "Resent-Message-ID",
    "Autocrypt",
)
# Named once more than they occur, so that nobody can add one (RFC 6376 §8.15).
OVERSIGNED: Final = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)

MAX_SIGNED_FIELDS: Final = 1000

_COLUMNS: Final = 76
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()
_FIELD_NAME: Final = re.compile(rb"[!-9<-~]+")
_CANONS: Final = {canon.value: canon for canon in Canon}


class SigningKey:
    """A private key, RSA (1024 to 8192 bits) or Ed25519. Never shows itself in `repr`.

    algorithm: the a= it signs with. bits: of the modulus, 256 for Ed25519.
    """

    __slots__ = ("_private", "algorithm", "bits")

    def __init__(self, private: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._private = private
        if isinstance(private, RSAPrivateKey):
            self.algorithm = "rsa-sha256"
            self.bits = private.key_size
            if not MIN_RSA_BITS <= self.bits <= MAX_RSA_BITS:
                raise Invalid(f"an RSA key of {self.bits} bits")  # RFC 8301 §3.2
        else:
            self.algorithm = "ed25519-sha256"
            self.bits = 256

    @classmethod
    def generate(cls, kind: str = "rsa2048") -> Self:
        """Make a new key: "rsa2048" (half a second) or "ed25519". Raises Invalid for others."""
        if kind == "rsa2048":
            return cls(generate_private_key(65537, 2048))
        if kind == "ed25519":
            return cls(Ed25519PrivateKey.generate())
        raise Invalid(f"no such kind of key: {kind!r}")

    @classmethod
    def load(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read what `pem` or OpenSSL wrote. Takes milliseconds: keep the object.

        Raises Invalid if it is no RSA or Ed25519 private key, or the password is wrong.
        """
        try:
            private = load_pem_private_key(pem, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise Invalid("not a private key in PEM form") from None
        if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
            raise Invalid("a private key, but neither RSA nor Ed25519")
        return cls(private)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make an Ed25519 key of its 32 octets (RFC 8032 §5.1.5). Raises Invalid for others."""
        if len(seed) != 32:
            raise Invalid(f"an Ed25519 key has 32 octets, not {len(seed)}")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def pem(self) -> bytes:
        """Return the secret key as unencrypted PKCS #8 PEM: for a file of mode 0600."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_record(self) -> str:
        """Return the text of the TXT record to publish (RFC 6376 §3.6.1, RFC 8463 §4).

        Over 255 octets for RSA: the publisher cuts it into character-strings.
        """
        public = self._private.public_key()
        if isinstance(self._private, RSAPrivateKey):
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            kind = "rsa"
        else:
            octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
            kind = "ed25519"
        return f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode()}"

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`. RSA-2048 takes 0.3 to 0.8 ms."""
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(data, _PADDING, _SHA256)
        return self._private.sign(sha256(data).digest())  # RFC 8463 §3: the digest is signed

    def __repr__(self) -> str:
        return f"<SigningKey {self.algorithm} {self.bits}>"


def sign(  # noqa: PLR0913  # each is a tag of the signature; all but two by name
    message: bytes,
    key: SigningKey,
    *,
    domain: str,
    selector: str,
    now: datetime,
    headers: Sequence[str] = DEFAULT_HEADERS,
    oversign: Collection[str] = OVERSIGNED,
    canonicalisation: str = "relaxed/relaxed",
    expires: datetime | None = None,
    identity: str | None = None,
    header_end: int | None = None,
) -> bytes:
    """Return the DKIM-Signature field, with CRLF, to put on top of `message`.

    headers: which fields to sign where they exist, all of each name. oversign: names of
    `headers` to sign once more than they exist. identity: i=, such as "@mail.example.org".

    Raises Invalid if the message has no From, or an argument breaks RFC 6376 §3.5; TooLarge
    if its header section exceeds 1 MiB.
    """
    header_canon, body_canon = _read_canon(canonicalisation)
    domain = check_domain(domain)
    selector = check_selector(selector)
    header = split_header(message, header_end)
    names = choose_headers(header, headers, oversign)
    if b"from" not in (name.lower() for name in names) or b"from" not in header.positions:
        raise Invalid("a signature needs a From field")
    digest = hash_body(message, header.body_start, relaxed=body_canon is Canon.RELAXED)
    tags = [
        "v=1",
        f"a={key.algorithm}",
        f"c={header_canon}/{body_canon}",
        f"d={domain}",
        f"s={selector}",
        f"t={int(now.timestamp())}",
    ]
    if expires is not None:
        if expires <= now:
            raise Invalid("a signature cannot expire before it is made")
        tags.append(f"x={int(expires.timestamp())}")
    if identity is not None:
        tags.append(f"i={_check_identity(identity, domain)}")
    field = format_field("DKIM-Signature", tags, names, digest.by_limit[None])
    signature = Signature(b"", unsigned=field, header_canon=header_canon)
    signature.headers = tuple(name.lower() for name in names)
    selected = header.select(signature.headers, relaxed=header_canon is Canon.RELAXED)
    return field + fold_base64(key.sign(join_signed(selected.fields, signature))) + b"\r\n"


def choose_headers(header: Header, names: Sequence[str], oversign: Collection[str]) -> list[bytes]:
    """Return the names for h=: each as often as it exists, once more if in `oversign`."""
    extra = {name.lower() for name in oversign}
    chosen: list[bytes] = []
    for name in check_names(header, list(dict.fromkeys(names))):
        count = len(header.positions.get(name.lower(), ())) + (name.decode().lower() in extra)
        chosen += [name] * count
    if len(chosen) > MAX_SIGNED_FIELDS:
        raise Invalid(f"more than {MAX_SIGNED_FIELDS} fields to sign")
    return chosen


def check_names(header: Header, names: Sequence[str]) -> list[bytes]:
    """Return `names` for h= just as they are: repeated and absent ones too (RFC 6376 §5.4.2)."""
    if header.too_large:
        raise TooLarge("the header section is too large to sign")
    if len(names) > MAX_SIGNED_FIELDS:
        raise Invalid(f"more than {MAX_SIGNED_FIELDS} fields to sign")
    chosen = [name.encode() for name in names]
    for name in chosen:
        if _FIELD_NAME.fullmatch(name) is None:
            raise Invalid(f"not the name of a field: {name.decode()!r}")
    return chosen


def format_field(name: str, tags: Sequence[str], headers: Sequence[bytes], digest: bytes) -> bytes:
    """Return a signature field up to and with "b=", folded to fewer than 78 columns."""
    words = [f"{name}: {tags[0]};"] + [f"{tag};" for tag in tags[1:]]
    if headers:
        listed = b":".join(headers).decode()
        words += f"h={listed};".replace(":", ": ").split(" ")
    if digest:
        words.append(f"bh={base64.b64encode(digest).decode()};")
    lines = [words[0]]
    for word in words[1:]:
        # Inside h= a space would be legal too; it is left out to save octets.
        glue = "" if lines[-1].endswith(":") else " "
        if len(lines[-1]) + len(glue) + len(word) <= _COLUMNS:
            lines[-1] += glue + word
        else:
            lines.append("\t" + word)
    lines.append("\tb=")
    return "\r\n".join(lines).encode()


def fold_base64(octets: bytes) -> bytes:
    """Return the value for b=, folded so that the line with "b=" has room for it."""
    text = base64.b64encode(octets)
    return b"\r\n\t ".join(text[at : at + 72] for at in range(0, len(text), 72))


def check_domain(domain: str) -> str:
    """Return `domain` with A-labels, in lower case. Raises Invalid if it is no domain."""
    found = to_ascii(domain)
    if not is_domain(found):
        raise Invalid(f"not a domain: {domain!r}")
    return found


def check_selector(selector: str) -> str:
    """Return `selector` in lower case. Raises Invalid if it cannot be part of a DNS name."""
    found = to_ascii(selector)
    if not is_selector(found):
        raise Invalid(f"not a selector: {selector!r}")
    return found


def _check_identity(identity: str, domain: str) -> str:
    """Return the value of i=, as dkim-quoted-printable (RFC 6376 §2.11)."""
    local, at, host = identity.rpartition("@")
    host = to_ascii(host)
    if not at or not is_domain(host) or not (host == domain or host.endswith("." + domain)):
        raise Invalid("i= must lie in the signing domain")
    safe = "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b";=|" else f"={octet:02X}"
        for octet in local.encode()
    )
    return f"{safe}@{host}"


def _read_canon(text: str) -> tuple[Canon, Canon]:
    header, _, body = text.partition("/")
    if header not in _CANONS or (body or "simple") not in _CANONS:
        raise Invalid(f"no such canonicalisation: {text!r}")
    return _CANONS[header], _CANONS[body or "simple"]
