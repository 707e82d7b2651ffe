"""Domains we receive mail for, and their settings. Their DKIM keys: `store/dkim_keys.py`."""

import json
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
