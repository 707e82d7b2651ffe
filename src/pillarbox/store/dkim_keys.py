"""The DKIM keys of our domains, where each is in its life, and what DNS showed of it.

A key is made, then published (every name server of the zone has shown it for its TTL), then
signing, then retired (still published, for mail on its way), then removed: the private half
is gone, and the row only names the record that may be taken out of DNS.

Private keys are octets to this module: the caller encrypts them.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound
from pillarbox.store import domains
from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros, moment, text

_FIELDS: Final = """
SELECT k.selector, k.algorithm, k.private_key, k.state, k.created_at, k.since, k.record,
    k.finding, k.seen_at, k.checked_at, k.ttl, k.detail
FROM dkim_keys k JOIN domains d ON d.domain_id = k.domain_id
"""
_LIST: Final = _FIELDS + " WHERE d.name = ?1 ORDER BY k.created_at, k.selector"
_FIND: Final = _FIELDS + " WHERE d.name = ?1 AND k.selector = ?2"
_ADD: Final = """
INSERT INTO dkim_keys
    (domain_id, selector, algorithm, private_key, state, created_at, since, record)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) ON CONFLICT (domain_id, selector) DO NOTHING
"""
_SET_STATE: Final = """
UPDATE dkim_keys SET state = ?3, since = ?4
WHERE selector = ?2 AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""
_RESEAL: Final = """
UPDATE dkim_keys SET private_key = ?3, record = ?4
WHERE selector = ?2 AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""
_NOTE: Final = """
UPDATE dkim_keys SET finding = ?3, seen_at = ?4, checked_at = ?5, ttl = ?6, detail = ?7
WHERE selector = ?2 AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""
_FORGET: Final = """
DELETE FROM dkim_keys
WHERE selector = ?2 AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""

_SELECTOR: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")

STATES: Final = ("made", "published", "signing", "retired", "removed")
MAX_DETAIL: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key pair of a domain.

    algorithm: "rsa" or "ed25519". private_key: as the caller gave it; b"" once removed.
    state: one of STATES, since `since`. record: the TXT text to publish, "" if an older
    program made the key. finding: what the last look at DNS (`checked_at`) showed, "" before
    the first. seen_at: since when every name server shows the record. ttl: seconds.
    """

    selector: str
    algorithm: str
    private_key: bytes
    state: str
    created_at: datetime
    since: datetime | None = None
    record: str = ""
    finding: str = ""
    seen_at: datetime | None = None
    checked_at: datetime | None = None
    ttl: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at DNS showed; the fields are those of `DkimKey`."""

    finding: str
    checked_at: datetime
    seen_at: datetime | None = None
    ttl: int = 0
    detail: str = ""


def with_record(key: DkimKey, record: str) -> DkimKey:
    """Return the key with the text of its record."""
    return replace(key, record=record)


def _key(row: tuple[Any, ...]) -> DkimKey:
    selector, algorithm, private_key, state, created_at, since, record, *look = row
    finding, seen_at, checked_at, ttl, detail = look
    return DkimKey(
        selector,
        algorithm,
        bytes(private_key),
        state,
        moment(created_at),
        _when(since),
        record,
        finding,
        _when(seen_at),
        _when(checked_at),
        ttl,
        detail,
    )


def _when(value: int) -> datetime | None:
    return moment(value) if value else None


def list_(tx: Transaction, domain: str) -> list[DkimKey]:
    """Return the keys of a domain, oldest first; none for a domain that is not ours."""
    return [_key(row) for row in tx.all(_LIST, text(domain.lower()))]


def get(tx: Transaction, domain: str, selector: str) -> DkimKey:
    """Return a key. Raises NotFound."""
    row = tx.one(_FIND, text(domain.lower()), text(selector))
    if row is None:
        raise NotFound(f"selector {selector} of {domain}")
    return _key(row)


def add(tx: Transaction, domain: str, key: DkimKey) -> None:
    """Add a key; its `created_at` is kept, and counts as `since`. Nothing was seen of it yet.

    Raises NotFound for the domain, AlreadyExists for the selector, Invalid for a state or
    a selector that cannot be (RFC 6376 §3.1).
    """
    _check_state(key.state)
    if not _SELECTOR.fullmatch(key.selector):
        raise Invalid(f"selector {key.selector[:80]!r}")
    domain_id = domains.get(tx, domain).domain_id
    made = micros(key.created_at)
    row = (domain_id, key.selector, key.algorithm, key.private_key, key.state, made, key.record)
    if not tx.run(_ADD, *row):
        raise AlreadyExists(f"selector {key.selector}")


def set_state(tx: Transaction, domain: str, selector: str, state: str) -> None:
    """Move a key to a state, from now on. Raises NotFound, Invalid."""
    _check_state(state)
    _one(tx, _SET_STATE, domain, selector, state, micros(tx.now))


def set_secret(
    tx: Transaction, domain: str, selector: str, private_key: bytes, record: str
) -> None:
    """Replace how the private half is kept, and the record's text. Raises NotFound."""
    _one(tx, _RESEAL, domain, selector, private_key, record)


def note(tx: Transaction, domain: str, selector: str, look: Look) -> None:
    """Keep what a look at DNS showed. Raises NotFound."""
    seen = micros(look.seen_at) if look.seen_at else 0
    detail = text(look.detail[:MAX_DETAIL])
    _one(tx, _NOTE, domain, selector, look.finding, seen, micros(look.checked_at), look.ttl, detail)


def forget(tx: Transaction, domain: str, selector: str) -> None:
    """Forget a key wholly. Raises NotFound."""
    _one(tx, _FORGET, domain, selector)


def _one(tx: Transaction, sql: str, domain: str, selector: str, *values: Any) -> None:
    if not tx.run(sql, text(domain.lower()), text(selector), *values):
        raise NotFound(f"selector {selector} of {domain}")


def _check_state(state: str) -> None:
    if state not in STATES:
        raise Invalid(f"key state {state!r}")
