"""Contacts: the cards of an account's one address book.

A card is opaque text here; its addresses and words are given with it. Ids and states are the
account's modseq, as for mail: card_id is what it was when the card was made.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.base import analyzer
from pillarbox.base.errors import AlreadyExists, NotFound, TooLarge, TooMany
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, listed, pack, text
from pillarbox.store.mailboxes import next_modseq

MAX_CARDS: Final = 20_000
MAX_OCTETS: Final = 256 * 1024
"""Of one card."""
MAX_ADDRESSES: Final = 100
MAX_WORDS: Final = 10_000
MAX_NAME: Final = 500
MAX_DESTROYED: Final = 20_000
"""Cards that are gone and are remembered, for those who ask what changed."""


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card as it is to be kept.

    name: for people. words: what is searched, folded. addresses: lower case.
    """

    uid: str
    name: str
    words: str
    addresses: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card that is kept."""

    card_id: int
    modseq: int
    body: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Cards that were created, updated and destroyed; each in one list only (RFC 8620 §5.2)."""

    modseq: int
    created: tuple[int, ...]
    updated: tuple[int, ...]
    destroyed: tuple[int, ...]
    more: bool = False


_ADD: Final = """
INSERT INTO contacts (account_id, card_id, modseq, uid, name, name_key, words, body)
VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7)
"""
_CHANGE: Final = """
UPDATE contacts SET modseq = ?3, uid = ?4, name = ?5, name_key = ?6, words = ?7, body = ?8
WHERE account_id = ?1 AND card_id = ?2
"""
_REMOVE: Final = "DELETE FROM contacts WHERE account_id = ?1 AND card_id = ?2"
_REMOVED: Final = """
INSERT INTO destroyed_contacts (account_id, card_id, modseq) VALUES (?1, ?2, ?3)
"""
_ADD_ADDRESS: Final = """
INSERT INTO contact_addresses (account_id, address, card_id) VALUES (?1, ?2, ?3)
"""
_DROP_ADDRESSES: Final = "DELETE FROM contact_addresses WHERE account_id = ?1 AND card_id = ?2"
_COUNT: Final = "SELECT COUNT(*) FROM contacts WHERE account_id = ?1"
_BY_UID: Final = "SELECT card_id FROM contacts WHERE account_id = ?1 AND uid = ?2"
_SELECT: Final = "SELECT card_id, modseq, body FROM contacts WHERE account_id = ?1"
_LIST: Final = _SELECT + " ORDER BY card_id LIMIT ?2"
_SOME: Final = _SELECT + " AND card_id IN LIST(?2) ORDER BY card_id"
_STATE: Final = """
SELECT COALESCE(MAX(modseq), 0) FROM (
    SELECT MAX(modseq) AS modseq FROM contacts WHERE account_id = ?1
    UNION ALL SELECT MAX(modseq) FROM destroyed_contacts WHERE account_id = ?1
    UNION ALL SELECT horizon FROM address_books WHERE account_id = ?1) s
"""
_HORIZON: Final = "SELECT horizon FROM address_books WHERE account_id = ?1"
_CHANGED: Final = """
SELECT modseq, card_id, 0 FROM contacts WHERE account_id = ?1 AND modseq > ?2
UNION ALL
SELECT modseq, card_id, 1 FROM destroyed_contacts WHERE account_id = ?1 AND modseq > ?2
ORDER BY 1 LIMIT ?3
"""
_NAMED: Final = """
SELECT e.address FROM contacts c JOIN contact_addresses e
    ON e.account_id = c.account_id AND e.card_id = c.card_id
WHERE c.account_id = ?1 AND c.name_key = ?2
"""
_BOOK: Final = "SELECT modseq, body FROM address_books WHERE account_id = ?1"
_SET_BOOK: Final = """
INSERT INTO address_books (account_id, modseq, horizon, body) VALUES (?1, ?2, 0, ?3)
ON CONFLICT (account_id) DO UPDATE SET modseq = excluded.modseq, body = excluded.body
"""
_LOCK: Final = "SELECT 1 FROM accounts WHERE account_id = ?1 FOR UPDATE"
_OLD: Final = """
SELECT modseq FROM destroyed_contacts WHERE account_id = ?1
ORDER BY modseq DESC LIMIT 1 OFFSET ?2
"""
_FORGET: Final = "DELETE FROM destroyed_contacts WHERE account_id = ?1 AND modseq <= ?2"
_RAISE: Final = """
INSERT INTO address_books (account_id, modseq, horizon, body) VALUES (?1, 0, ?2, '')
ON CONFLICT (account_id) DO UPDATE SET horizon = excluded.horizon
"""


def lock(tx: Transaction, account_id: AccountId) -> None:
    """Keep others from changing contacts of the account until the transaction ends."""
    if tx.dialect == "postgres":
        tx.one(_LOCK, account_id)


def add(tx: Transaction, account_id: AccountId, card: NewCard) -> int:
    """Keep a card and return its id. Raises TooMany, TooLarge, AlreadyExists for its uid."""
    _check(card)
    modseq = next_modseq(tx, account_id)
    if tx.value(_COUNT, account_id) >= MAX_CARDS:
        raise TooMany(f"more than {MAX_CARDS} contacts")
    if tx.value(_BY_UID, account_id, card.uid) is not None:
        raise AlreadyExists(f"contact {card.uid[:100]}")
    tx.run(_ADD, account_id, modseq, *_columns(card))
    _add_addresses(tx, account_id, modseq, card)
    return modseq


def change(tx: Transaction, account_id: AccountId, card_id: int, card: NewCard) -> None:
    """Replace a card. Raises NotFound, TooLarge, AlreadyExists for its uid."""
    _check(card)
    modseq = next_modseq(tx, account_id)
    other = tx.value(_BY_UID, account_id, card.uid)
    if other is not None and other != card_id:
        raise AlreadyExists(f"contact {card.uid[:100]}")
    if not tx.run(_CHANGE, account_id, card_id, modseq, *_columns(card)):
        raise NotFound(f"contact {card_id}")
    tx.run(_DROP_ADDRESSES, account_id, card_id)
    _add_addresses(tx, account_id, card_id, card)


def remove(tx: Transaction, account_id: AccountId, card_id: int) -> None:
    """Destroy a card. Raises NotFound."""
    modseq = next_modseq(tx, account_id)
    if not tx.run(_REMOVE, account_id, card_id):
        raise NotFound(f"contact {card_id}")
    tx.run(_DROP_ADDRESSES, account_id, card_id)
    tx.run(_REMOVED, account_id, card_id, modseq)


def _columns(card: NewCard) -> tuple[str, ...]:
    name = text(card.name)[:MAX_NAME]
    return card.uid, name, analyzer.fold(name), text(card.words)[:MAX_WORDS], card.body


def _check(card: NewCard) -> None:
    if len(card.body.encode()) > MAX_OCTETS:
        raise TooLarge(f"a contact has at most {MAX_OCTETS} octets")


def _add_addresses(tx: Transaction, account_id: AccountId, card_id: int, card: NewCard) -> None:
    found = dict.fromkeys(text(address) for address in card.addresses[:MAX_ADDRESSES])
    rows = [(account_id, address, card_id) for address in found]
    if rows:
        tx.many(_ADD_ADDRESS, rows)


def find_uid(tx: Transaction, account_id: AccountId, uid: str) -> int | None:
    """Return the id of the card with a uid, or None."""
    found: int | None = tx.value(_BY_UID, account_id, uid)
    return found


def list_(
    tx: Transaction, account_id: AccountId, card_ids: Collection[int] | None = None
) -> list[Card]:
    """Return the cards with these ids that exist, or all, by id."""
    if card_ids is None:
        rows = tx.all(_LIST, account_id, MAX_CARDS)
    else:
        rows = tx.all(listed(tx, _SOME), account_id, pack(card_ids))
    return [Card(*row) for row in rows]


def state(tx: Transaction, account_id: AccountId) -> int:
    """Return the modseq of the last change of any card."""
    found: int = tx.value(_STATE, account_id)
    return found


def changes(tx: Transaction, account_id: AccountId, since: int, limit: int) -> Changes | None:
    """Return what changed after a state, at most `limit` cards. None if that is not known."""
    now = state(tx, account_id)
    if not (tx.value(_HORIZON, account_id) or 0) <= since <= now:
        return None
    rows = tx.all(_CHANGED, account_id, since, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    created = [card for _, card, gone in rows if not gone and card > since]
    updated = [card for _, card, gone in rows if not gone and card <= since]
    # What came and went in between is told of nowhere.
    destroyed = [card for _, card, gone in rows if gone and card <= since]
    reached = rows[-1][0] if more else now
    return Changes(reached, tuple(created), tuple(updated), tuple(destroyed), more)


def book(tx: Transaction, account_id: AccountId) -> tuple[int, str]:
    """Return (state, text) of the address book; (0, "") as it is made."""
    row: tuple[Any, ...] | None = tx.one(_BOOK, account_id)
    return (0, "") if row is None else (row[0], row[1])


def set_book(tx: Transaction, account_id: AccountId, body: str) -> int:
    """Change what is said of the address book, and return its state."""
    modseq = next_modseq(tx, account_id)
    tx.run(_SET_BOOK, account_id, modseq, text(body))
    return modseq


def prune(tx: Transaction, account_id: AccountId) -> int:
    """Forget cards that are long gone; return how many."""
    horizon = tx.value(_OLD, account_id, MAX_DESTROYED)
    if horizon is None:
        return 0
    tx.run(_RAISE, account_id, horizon)
    return tx.run(_FORGET, account_id, horizon)


def addresses_of_name(tx: Transaction, account_id: AccountId, name: str) -> set[str]:
    """Return the addresses of all contacts of a name."""
    return {row[0] for row in tx.all(_NAMED, account_id, analyzer.fold(name[:MAX_NAME]))}
