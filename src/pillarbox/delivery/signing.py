"""DKIM keys of our domains: made, kept encrypted, and used at the boundary.

The private halves lie in the store under the master key, a file of mode 0600 in the state
folder: a copy of the database alone signs nothing. Loaded keys are kept for a minute,
because reading one costs as much as sixty signatures.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Corrupt
from pillarbox.delivery.key_life import ALGORITHMS, KeyPolicy, choose
from pillarbox.mailauth import dkim_sign
from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.dkim_sign import SigningKey
from pillarbox.store import dkim_keys
from pillarbox.store.database import Database, Transaction
from pillarbox.store.dkim_keys import DkimKey
from pillarbox.store.keyring import MASTER_OCTETS
from pillarbox.trace.step import Step

KEEP_SECONDS: Final = 60.0
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
    """A key that signs now. state: "signing", or of the key that stands in for one."""

    selector: str
    key: SigningKey
    state: str = "signing"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What signs for a domain. gone: selectors of keys that would, were their record there."""

    keys: tuple[ActiveKey, ...]
    gone: tuple[str, ...] = ()


def make_keys(
    tx: Transaction,
    domain: str,
    sealer: Sealer,
    now: datetime,
    *,
    algorithms: Sequence[str] = ALGORITHMS,
    state: str = "signing",
    pairs: Mapping[str, SigningKey] | None = None,
) -> list[DkimKey]:
    """Make a key pair of each algorithm for a domain, and return them.

    state: "signing" for the first pair (a signature without a record harms no mail, and there
    is nothing better), "made" for those that follow. Selectors carry year and month, so that
    a later pair gets another name. pairs: by algorithm, if they were made before. Raises
    NotFound for the domain.
    """
    stem = now.strftime("%Y%m")
    taken = {key.selector for key in dkim_keys.list_(tx, domain)}
    made = []
    for algorithm in algorithms:
        selector = f"{stem}{algorithm[0]}"
        number = 2
        while selector in taken:
            selector, number = f"{stem}{algorithm[0]}{number}", number + 1
        pair = (pairs or {}).get(algorithm) or SigningKey.generate(KINDS[algorithm])
        sealed = sealer.seal(pair.pem(), context(domain, selector))
        key = DkimKey(selector, algorithm, sealed, state, now, record=pair.public_record())
        dkim_keys.add(tx, domain, key)
        made.append(key)
    return made


def context(domain: str, selector: str) -> str:
    """Return what ties a sealed key to its place."""
    return f"dkim {selector} {domain}"


def open_key(domain: str, key: DkimKey, sealer: Sealer) -> SigningKey:
    """Return the key pair. Raises Corrupt if the master key is another.

    A private key that stands there in the clear is taken too; `key_watch` seals it.
    """
    if is_clear(key):
        return SigningKey.load(key.private_key)
    return SigningKey.load(sealer.open(key.private_key, context(domain, key.selector)))


def is_clear(key: DkimKey) -> bool:
    """Tell whether a private key is kept unencrypted."""
    return key.private_key.startswith(b"-----BEGIN ")


def public_records(tx: Transaction, domain: str, sealer: Sealer) -> list[tuple[str, str]]:
    """Return (selector, TXT text) of each key that should be published."""
    return [
        (key.selector, key.record or open_key(domain, key, sealer).public_record())
        for key in dkim_keys.list_(tx, domain)
        if key.state != "removed"
    ]


class Signer:
    """Signs for our own domains."""

    def __init__(
        self, db: Database, sealer: Sealer, clock: Clock, policy: KeyPolicy | None = None
    ) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._policy = policy or KeyPolicy()
        self._kept: dict[str, tuple[float, Chosen]] = {}

    async def keys(self, domain: str) -> tuple[ActiveKey, ...]:
        """Return the keys that sign for a domain; none if it is not ours."""
        return (await self.chosen(domain)).keys

    async def chosen(self, domain: str) -> Chosen:
        """Return the keys that sign for a domain, and those whose record is gone."""
        now = self._clock.monotonic()
        kept = self._kept.get(domain)
        if kept is not None and now - kept[0] < KEEP_SECONDS:
            return kept[1]
        rows = await self._db.read(dkim_keys.list_, domain)
        signing, gone = choose(rows, self._policy)
        loaded = tuple(
            ActiveKey(row.selector, open_key(domain, row, self._sealer), row.state)
            for row in signing
        )
        if len(self._kept) > 1000:
            self._kept.clear()
        chosen = Chosen(loaded, tuple(row.selector for row in gone))
        self._kept[domain] = (now, chosen)
        return chosen

    async def sign(self, message: bytes, author_domain: str) -> tuple[bytes, list[Step]]:
        """Return the DKIM-Signature fields for a message, and the steps for its trace.

        Signs for the author's domain, or else for the domain of ours just above it. A step
        for each signature, and one for each key that did not sign because its record is gone.
        """
        domain = author_domain
        chosen = await self.chosen(domain)
        while not (chosen.keys or chosen.gone) and domain.count(".") > 1:
            domain = domain.partition(".")[2]
            chosen = await self.chosen(domain)
        assert is_under(author_domain, domain) or not chosen.keys
        now = self._clock.now()
        fields = []
        steps = []
        for active in chosen.keys:
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
        used = {active.selector for active in chosen.keys}
        steps += [
            Step(
                key="unsigned",
                at=now.timestamp(),
                params={"domain": domain, "selector": selector},
                rfc="RFC 6376 §3.6",
            )
            for selector in chosen.gone
            if selector not in used
        ]
        return b"".join(fields), steps
