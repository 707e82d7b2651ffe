"""Whom an account writes to, and who writes to it: for completing addresses.

Kept small: `prune` leaves the best MAX_KEPT. Contacts are found along with them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base import analyzer
from pillarbox.mime.addresses import Mailbox
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment, text

MAX_KEPT: Final = 2000
"""Correspondents of an account."""
MAX_AT_ONCE: Final = 50
"""Recipients of one message that are noted: who writes to more writes to a list."""
MAX_NAME: Final = 200
MAX_ADDRESS: Final = 320
MAX_TERMS: Final = 5
MAX_CANDIDATES: Final = 500
RECEIVED_DAYS: Final = 365
"""How long it counts that somebody wrote who never got an answer."""
HALF_LIFE_DAYS: Final = 60.0
_AUTOMATS: Final = (
    "no-reply", "noreply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "bounce",
    "postmaster", "notification",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to. uses: messages to them. card_id: of the contact, 0 for none."""

    name: str
    address: str
    uses: int
    used_at: datetime | None
    card_id: int = 0


_NOTE: Final = """
INSERT INTO correspondents (account_id, address, name, words, sent, received, used_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (account_id, address) DO UPDATE SET
    name = CASE WHEN excluded.name = '' THEN correspondents.name ELSE excluded.name END,
    words = CASE WHEN excluded.name = '' THEN correspondents.words ELSE excluded.words END,
    sent = correspondents.sent + excluded.sent,
    received = correspondents.received + excluded.received,
    used_at = CASE WHEN correspondents.used_at > excluded.used_at THEN correspondents.used_at
        ELSE excluded.used_at END
"""
# What others call themselves does not change what the account's owner called them.
_NOTE_RECEIVED: Final = _NOTE.replace("WHEN excluded.name = ''", "WHEN correspondents.sent > 0")
_FIND: Final = """
SELECT name, address, sent, received, used_at, words, 0 FROM correspondents
WHERE account_id = ?1{0} ORDER BY sent DESC, received DESC, used_at DESC, address LIMIT {1}
"""
_FIND_CONTACTS: Final = """
SELECT c.name, e.address, 0, 0, 0, c.words, c.card_id FROM contact_addresses e
JOIN contacts c ON c.account_id = e.account_id AND c.card_id = e.card_id
WHERE e.account_id = ?1{0} ORDER BY c.card_id, e.address LIMIT {1}
"""
_HAS: Final = " AND words LIKE ?{} ESCAPE '\\'"
_FORGET: Final = "DELETE FROM correspondents WHERE account_id = ?1 AND address = ?2"
_PRUNE_OLD: Final = """
DELETE FROM correspondents WHERE account_id = ?1 AND sent = 0 AND used_at < ?2
"""
_PRUNE: Final = """
DELETE FROM correspondents WHERE account_id = ?1 AND address IN (
    SELECT address FROM correspondents WHERE account_id = ?1
    ORDER BY sent DESC, used_at DESC, address LIMIT 100000 OFFSET ?2)
"""


def note_sent(tx: Transaction, account_id: AccountId, to: Iterable[Mailbox]) -> None:
    """Note that the account wrote to somebody. Empty names change none that is known."""
    now = micros(tx.now)
    rows = [(account_id, *row, 1, 0, now) for row in _rows(to)[:MAX_AT_ONCE]]
    if rows:
        tx.many(_NOTE, rows)


def note_received(tx: Transaction, account_ids: Sequence[AccountId], author: Mailbox) -> None:
    """Note that somebody wrote to accounts. Programs that want no answer are not noted."""
    if author.localpart.lower().startswith(_AUTOMATS):
        return
    now = micros(tx.now)
    rows = [(account_id, *row, 0, 1, now) for row in _rows([author]) for account_id in account_ids]
    if rows:
        tx.many(_NOTE_RECEIVED, rows)


def _rows(people: Iterable[Mailbox]) -> list[tuple[str, str, str]]:
    """Return (address, name, words), each address once, in one order for all transactions."""
    found: dict[str, tuple[str, str, str]] = {}
    for one in people:
        address = text(str(one)).lower()
        if not one.domain or not one.localpart or len(address) > MAX_ADDRESS:
            continue
        name = text(one.display_name)[:MAX_NAME]
        found[address] = (address, name, f"{analyzer.fold(name)} {address}")
    return sorted(found.values())


def query(tx: Transaction, account_id: AccountId, asked: str, limit: int) -> list[Recipient]:
    """Return who is meant by a few letters of a name or an address, best first.

    Each word must be in the name or the address; at the beginning of one it counts more. Whom
    the account wrote to often and lately comes first, then contacts, then who wrote to it.
    """
    terms = analyzer.fold(asked[: analyzer.MAX_QUERY]).split()[:MAX_TERMS]
    likes = [f"%{_escaped(term)}%" for term in terms]
    has = "".join(_HAS.format(number) for number in range(2, 2 + len(likes)))
    rows = tx.all(_FIND.format(has, MAX_CANDIDATES), account_id, *likes)
    cards = tx.all(
        _FIND_CONTACTS.format(has.replace("words", "c.words"), MAX_CANDIDATES), account_id, *likes
    )
    found: dict[str, tuple[float, Recipient]] = {}
    now = micros(tx.now)
    for name, address, sent, received, used_at, words, card_id in (*rows, *cards):
        known = found.get(address)
        weight = 4.0 if card_id else _weight(sent, received, now - used_at)
        begins = all(f" {term}" in f" {_parted(words)}" for term in terms)
        rank = weight * (3.0 if begins else 1.0)
        last = moment(used_at) if used_at else None
        one = Recipient(name or "", address, sent, last, card_id)
        if known is not None:
            other = known[1]
            one = Recipient(name or other.name, address, other.uses, other.used_at, card_id)
            rank += known[0]
        found[address] = (rank, one)
    best = sorted(found.values(), key=lambda pair: (-pair[0], pair[1].address))
    return [one for _, one in best[:limit]]


def _weight(sent: int, received: int, age: int) -> float:
    days = max(age, 0) / 86_400_000_000
    often: float = 10.0 * min(sent, 100) + min(received, 20) + 1.0
    return often * (0.1 + 0.9 * float(0.5 ** (days / HALF_LIFE_DAYS)))


def _parted(words: str) -> str:
    """Return words in which those of an address stand apart, behind the whole."""
    apart = words.translate(_APART)
    return words if apart == words else f"{words} {apart}"


_APART: Final = {ord(mark): " " for mark in "@.-_+"}


def _escaped(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def forget(tx: Transaction, account_id: AccountId, address: str) -> bool:
    """Forget an address, and tell whether it was known."""
    return bool(tx.run(_FORGET, account_id, address.lower()))


def prune(tx: Transaction, account_id: AccountId, before: datetime) -> int:
    """Forget who wrote before a time and got nothing, and all but the best MAX_KEPT."""
    gone: Any = tx.run(_PRUNE_OLD, account_id, micros(before))
    return int(gone) + tx.run(_PRUNE, account_id, MAX_KEPT)
