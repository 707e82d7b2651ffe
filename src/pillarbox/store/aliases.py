"""Aliases: addresses whose mail goes to one or more other addresses, here or elsewhere."""

from collections.abc import Iterable
from typing import Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.store import routes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import micros

MAX_TARGETS: Final = 1000
"""How many targets one alias may have."""

_IS_ACCOUNT: Final = "SELECT 1 FROM accounts WHERE address = ?1"
_IS_DOMAIN: Final = "SELECT 1 FROM domains WHERE name = ?1"
_ADD: Final = "INSERT INTO aliases (address, target, created_at) VALUES (?1, ?2, ?3)"
_REMOVE: Final = "DELETE FROM aliases WHERE address = ?1"
_TARGETS: Final = "SELECT target FROM aliases WHERE address = ?1 ORDER BY target"
_LIST: Final = "SELECT address, target FROM aliases ORDER BY address, target"
_POINTING: Final = "SELECT address FROM aliases WHERE target = ?1 ORDER BY address"


def set_(tx: Transaction, address: str, targets: Iterable[str]) -> tuple[str, ...]:
    """Make `address` an alias of exactly these targets, and return them as stored.

    Raises Invalid without targets, for a bad address, or when the alias is its own target;
    NotFound if the domain is not ours; AlreadyExists if the address is an account; TooMany
    above MAX_TARGETS.
    """
    address = routes.canonical(address)
    wanted = tuple(sorted({routes.canonical(target) for target in targets}))
    if not wanted or address in wanted:
        raise Invalid(f"alias {address} needs targets other than itself")
    if len(wanted) > MAX_TARGETS:
        raise TooMany(f"{len(wanted)} targets")
    if tx.one(_IS_DOMAIN, address.rpartition("@")[2]) is None:
        raise NotFound(f"domain of {address}")
    if tx.one(_IS_ACCOUNT, address) is not None:
        raise AlreadyExists(f"account {address}")
    tx.run(_REMOVE, address)
    now = micros(tx.now)
    tx.many(_ADD, [(address, target, now) for target in wanted])
    return wanted


def remove(tx: Transaction, address: str) -> None:
    """Remove an alias. Raises NotFound."""
    if not tx.run(_REMOVE, routes.canonical(address)):
        raise NotFound(f"alias {address}")


def targets(tx: Transaction, address: str) -> tuple[str, ...]:
    """Return the targets of an alias, sorted; empty if it is none."""
    return tuple(row[0] for row in tx.all(_TARGETS, routes.canonical(address)))


def pointing_to(tx: Transaction, target: str) -> tuple[str, ...]:
    """Return the aliases that have this target, sorted: who else an account may write as."""
    return tuple(row[0] for row in tx.all(_POINTING, routes.canonical(target)))


def list_(tx: Transaction) -> dict[str, tuple[str, ...]]:
    """Return every alias with its targets."""
    found: dict[str, list[str]] = {}
    for address, target in tx.all(_LIST):
        found.setdefault(address, []).append(target)
    return {address: tuple(sorted(targets)) for address, targets in sorted(found.items())}
