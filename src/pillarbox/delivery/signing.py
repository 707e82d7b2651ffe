"""DKIM keys of our domains: made, kept encrypted, and used at the boundary.

The private halves lie in the store under the master key, a file of mode 0600 in the state
folder: a copy of the database alone signs nothing. Loaded keys are kept for a minute,
because reading one costs as much as sixty signatures.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Corrupt
from pillarbox.mailauth import dkim_sign
from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.dkim_sign import SigningKey
from pillarbox.store import domains
from pillarbox.store.database import Database, Transaction
from pillarbox.trace.step import Step

KEEP_SECONDS: Final = 60.0
MASTER_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
KINDS: Final = {"rsa": "rsa2048", "ed25519": "ed25519"}


class Sealer:
    """Encrypts and decrypts private keys. context: what the key is for, not secret."""

    def __init__(self, master: bytes) -> None:
        assert len(master) == MASTER_OCTETS
        self._cipher = AESGCM(master)

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, secret, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret. Raises Corrupt if the master key or context is another."""
        nonce, text = sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:]
        try:
            return self._cipher.decrypt(nonce, text, context.encode())
        except (InvalidTag, ValueError) as exc:
            raise Corrupt(f"the key {context} does not open with this master key") from exc


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """A key that signs now."""

    selector: str
    key: SigningKey


def make_keys(tx: Transaction, domain: str, sealer: Sealer, now: datetime) -> None:
    """Make an RSA and an Ed25519 key pair for a domain, both signing at once.

    Selectors carry year and month, so that a later pair gets another name.
    """
    stem = now.strftime("%Y%m")
    taken = {key.selector for key in domains.keys(tx, domain)}
    for kind, name in KINDS.items():
        selector = f"{stem}{kind[0]}"
        number = 2
        while selector in taken:
            selector, number = f"{stem}{kind[0]}{number}", number + 1
        sealed = sealer.seal(SigningKey.generate(name).pem(), context(domain, selector))
        domains.add_key(tx, domain, domains.DkimKey(selector, kind, sealed, "active", now))


def context(domain: str, selector: str) -> str:
    """Return what ties a sealed key to its place."""
    return f"dkim {selector} {domain}"


def public_records(tx: Transaction, domain: str, sealer: Sealer) -> list[tuple[str, str]]:
    """Return (selector, TXT text) of each key that should be published."""
    found = []
    for key in domains.keys(tx, domain):
        pem = sealer.open(key.private_key, context(domain, key.selector))
        found.append((key.selector, SigningKey.load(pem).public_record()))
    return found


class Signer:
    """Signs for our own domains."""

    def __init__(self, db: Database, sealer: Sealer, clock: Clock) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[ActiveKey, ...]]] = {}

    async def keys(self, domain: str) -> tuple[ActiveKey, ...]:
        """Return the keys that sign for a domain; none if it is not ours."""
        now = self._clock.monotonic()
        kept = self._kept.get(domain)
        if kept is not None and now - kept[0] < KEEP_SECONDS:
            return kept[1]
        rows = await self._db.read(domains.keys, domain)
        loaded = tuple(
            ActiveKey(
                row.selector,
                SigningKey.load(self._sealer.open(row.private_key, context(domain, row.selector))),
            )
            for row in rows
            if row.state == "active"
        )
        if len(self._kept) > 1000:
            self._kept.clear()
        self._kept[domain] = (now, loaded)
        return loaded

    async def sign(self, message: bytes, author_domain: str) -> tuple[bytes, list[Step]]:
        """Return the DKIM-Signature fields for a message, and a step for each.

        Signs for the author's domain, or else for the domain of ours just above it.
        """
        domain = author_domain
        keys = await self.keys(domain)
        while not keys and domain.count(".") > 1:
            domain = domain.partition(".")[2]
            keys = await self.keys(domain)
        assert is_under(author_domain, domain) or not keys
        now = self._clock.now()
        fields = []
        steps = []
        for active in keys:
            fields.append(
                dkim_sign.sign(
                    message, active.key, domain=domain, selector=active.selector, now=now
                )
            )
            params = {
                "domain": domain,
                "selector": active.selector,
                "algorithm": active.key.algorithm,
            }
            step = Step(key="signed", at=now.timestamp(), params=params, rfc="RFC 6376 §5")
            steps.append(step)
        return b"".join(fields), steps
