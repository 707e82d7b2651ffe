"""Small named values that the whole installation shares."""

from typing import Final

from pillarbox.store.database import Transaction

_FIND: Final = "SELECT value FROM settings WHERE name = ?1"
_SET: Final = """
INSERT INTO settings (name, value) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_ADD: Final = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"
_REMOVE: Final = "DELETE FROM settings WHERE name = ?1"
_LIST: Final = "SELECT name, value FROM settings"


def find(tx: Transaction, name: str) -> str | None:
    """Return the value, or None if it was never set."""
    value: str | None = tx.value(_FIND, name)
    return value


def set_(tx: Transaction, name: str, value: str) -> None:
    """Set a value."""
    tx.run(_SET, name, value)


def set_default(tx: Transaction, name: str, value: str) -> str:
    """Set a value unless there is one, and return what is there now.

    Two processes that start together agree by it on a secret or an identity.
    """
    tx.run(_ADD, name, value)
    kept: str = tx.value(_FIND, name)
    return kept


def remove(tx: Transaction, name: str) -> None:
    """Forget a value; nothing happens if it was never set."""
    tx.run(_REMOVE, name)


def list_(tx: Transaction) -> dict[str, str]:
    """Return everything that is set."""
    return dict(sorted(tx.all(_LIST)))
