"""Domains we receive mail for, their settings and DKIM keys.

Private keys are octets to this module: the caller encrypts them, or not.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound
from pillarbox.store import routes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import DomainId, micros, moment, text

_SELECT: Final = "SELECT domain_id, name, catch_all, settings, created_at FROM domains"
_ADD: Final = """
INSERT INTO domains (name, created_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING
RETURNING domain_id
"""
_LIST: Final = _SELECT + " ORDER BY name"
_FIND: Final = _SELECT + " WHERE name = ?1"
_USED: Final = """
SELECT 1 FROM accounts WHERE deleted_at IS NULL AND address LIKE ?1 ESCAPE '!'
UNION ALL SELECT 1 FROM aliases WHERE address LIKE ?1 ESCAPE '!' LIMIT 1
"""
_REMOVE: Final = "DELETE FROM domains WHERE domain_id = ?1"
_REMOVE_KEYS: Final = "DELETE FROM dkim_keys WHERE domain_id = ?1"
_SET_CATCH_ALL: Final = "UPDATE domains SET catch_all = ?2 WHERE name = ?1"
_SET_SETTINGS: Final = "UPDATE domains SET settings = ?2 WHERE name = ?1"

_KEYS: Final = """
SELECT k.selector, k.algorithm, k.private_key, k.state, k.created_at
FROM dkim_keys k JOIN domains d ON d.domain_id = k.domain_id
WHERE d.name = ?1 ORDER BY k.created_at, k.selector
"""
_ADD_KEY: Final = """
INSERT INTO dkim_keys (domain_id, selector, algorithm, private_key, state, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (domain_id, selector) DO NOTHING
"""
_SET_KEY_STATE: Final = """
UPDATE dkim_keys SET state = ?3 WHERE selector = ?2
AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""
_REMOVE_KEY: Final = """
DELETE FROM dkim_keys WHERE selector = ?2
AND domain_id = (SELECT domain_id FROM domains WHERE name = ?1)
"""

_SELECTOR: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")

KEY_STATES: Final = ("pending", "active", "retired")


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of ours.

    name: lower case, A-labels. catch_all: the address that gets mail to names that do not
    exist, or "". settings: what the application keeps about it; JSON values.
    """

    domain_id: DomainId
    name: str
    catch_all: str
    settings: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key pair of a domain.

    algorithm: "rsa" or "ed25519". state: "pending" (not published yet), "active" (signs),
    "retired" (still published, signs no more). private_key: as the caller gave it.
    """

    selector: str
    algorithm: str
    private_key: bytes
    state: str
    created_at: datetime


def _domain(row: tuple[Any, ...]) -> Domain:
    domain_id, name, catch_all, settings, created_at = row
    return Domain(domain_id, name, catch_all, json.loads(settings), moment(created_at))


def add(tx: Transaction, name: str) -> Domain:
    """Add a domain.

    Raises Invalid for what is no domain name, AlreadyExists if we have it.
    """
    name = routes.canonical_domain(name)
    row = tx.one(_ADD, name, micros(tx.now))
    if row is None:
        raise AlreadyExists(f"domain {name}")
    return Domain(DomainId(row[0]), name, "", {}, tx.now)


def list_(tx: Transaction) -> list[Domain]:
    """Return every domain, by name."""
    return [_domain(row) for row in tx.all(_LIST)]


def find(tx: Transaction, name: str) -> Domain | None:
    """Return the domain, or None if it is not ours."""
    row = tx.one(_FIND, text(name.lower()))
    return None if row is None else _domain(row)


def get(tx: Transaction, name: str) -> Domain:
    """Return the domain. Raises NotFound if it is not ours."""
    domain = find(tx, name)
    if domain is None:
        raise NotFound(f"domain {name}")
    return domain


def remove(tx: Transaction, name: str) -> None:
    """Remove a domain and its keys.

    Raises NotFound, and Invalid while an account or alias still has an address in it.
    """
    domain = get(tx, name)
    pattern = "%@" + domain.name.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    if tx.one(_USED, pattern) is not None:
        raise Invalid(f"domain {name} has accounts or aliases")
    tx.run(_REMOVE_KEYS, domain.domain_id)
    tx.run(_REMOVE, domain.domain_id)


def set_catch_all(tx: Transaction, name: str, target: str) -> None:
    """Send mail to names that do not exist to `target`; "" refuses it. Raises NotFound."""
    if target:
        target = routes.canonical(target)
    if not tx.run(_SET_CATCH_ALL, text(name.lower()), target):
        raise NotFound(f"domain {name}")


def set_settings(tx: Transaction, name: str, settings: dict[str, Any]) -> None:
    """Replace the settings of a domain. Raises NotFound."""
    if not tx.run(_SET_SETTINGS, text(name.lower()), json.dumps(settings, sort_keys=True)):
        raise NotFound(f"domain {name}")


def keys(tx: Transaction, name: str) -> list[DkimKey]:
    """Return the DKIM keys of a domain, oldest first; none for a domain that is not ours."""
    return [
        DkimKey(selector, algorithm, bytes(private_key), state, moment(created_at))
        for selector, algorithm, private_key, state, created_at in tx.all(_KEYS, text(name.lower()))
    ]


def add_key(tx: Transaction, name: str, key: DkimKey) -> None:
    """Add a DKIM key; its `created_at` is kept.

    Raises NotFound for the domain, AlreadyExists for the selector, Invalid for a state or
    a selector that cannot be (RFC 6376 §3.1).
    """
    _check_state(key.state)
    if not _SELECTOR.fullmatch(key.selector):
        raise Invalid(f"selector {key.selector[:80]!r}")
    domain_id = get(tx, name).domain_id
    created_at = micros(key.created_at)
    row = (domain_id, key.selector, key.algorithm, key.private_key, key.state, created_at)
    if not tx.run(_ADD_KEY, *row):
        raise AlreadyExists(f"selector {key.selector}")


def set_key_state(tx: Transaction, name: str, selector: str, state: str) -> None:
    """Make a key pending, active or retired. Raises NotFound, Invalid."""
    _check_state(state)
    if not tx.run(_SET_KEY_STATE, text(name.lower()), text(selector), state):
        raise NotFound(f"selector {selector} of {name}")


def remove_key(tx: Transaction, name: str, selector: str) -> None:
    """Forget a key. Raises NotFound."""
    if not tx.run(_REMOVE_KEY, text(name.lower()), text(selector)):
        raise NotFound(f"selector {selector} of {name}")


def _check_state(state: str) -> None:
    if state not in KEY_STATES:
        raise Invalid(f"key state {state!r}")
