"""Who an account writes as (RFC 8621 §6): a name, an address, what answers and signatures have.

Addresses that an account has are identities of their own accord (`keep_standard`); its owner may
make more. Texts are opaque here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import NotFound, TooMany
from pillarbox.store import object_changes
from pillarbox.store.changes import Changes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, text
from pillarbox.store.mailboxes import next_modseq

KIND: Final = "i"
MAX_IDENTITIES: Final = 200
"""Of one account that its owner made."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One of them. reply_to, bcc: JSON, "" for none. standard: it stays as long as its address."""

    identity_id: int
    standard: bool
    address: str
    name: str = ""
    reply_to: str = ""
    bcc: str = ""
    text_signature: str = ""
    html_signature: str = ""


_LIST: Final = """
SELECT identity_id, standard, address, name, reply_to, bcc, text_signature, html_signature
FROM identities WHERE account_id = ?1 ORDER BY standard DESC, identity_id
"""
_CHANGED: Final = """
SELECT identity_id, modseq FROM identities WHERE account_id = ?1 AND modseq > ?2
"""
_LATEST: Final = "SELECT COALESCE(MAX(modseq), 0) FROM identities WHERE account_id = ?1"
_ADD: Final = """
INSERT INTO identities (account_id, identity_id, modseq, standard, address, name, reply_to, bcc,
    text_signature, html_signature) VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
"""
_PUT: Final = """
UPDATE identities SET modseq = ?3, name = ?4, reply_to = ?5, bcc = ?6, text_signature = ?7,
    html_signature = ?8
WHERE account_id = ?1 AND identity_id = ?2
"""
_DROP: Final = "DELETE FROM identities WHERE account_id = ?1 AND identity_id = ?2"


def list_(tx: Transaction, account_id: AccountId) -> list[Identity]:
    """Return all, those of the account's own addresses first."""
    return [Identity(row[0], bool(row[1]), *row[2:]) for row in tx.all(_LIST, account_id)]


def find(tx: Transaction, account_id: AccountId, identity_id: int) -> Identity | None:
    """Return one, or None."""
    found = (one for one in list_(tx, account_id) if one.identity_id == identity_id)
    return next(found, None)


def is_standard(tx: Transaction, account_id: AccountId, addresses: Iterable[str]) -> bool:
    """Tell whether the identities of the account's own addresses are as they should be."""
    there = {one.address for one in list_(tx, account_id) if one.standard}
    return there == set(addresses)


def keep_standard(tx: Transaction, account_id: AccountId, addresses: Iterable[str]) -> bool:
    """Make and unmake identities, so that there is one for each of these addresses.

    One whose address is no more the account's goes. Tells whether anything changed.
    """
    wanted = list(dict.fromkeys(addresses))
    if is_standard(tx, account_id, wanted):
        return False
    known = list_(tx, account_id)
    for one in known:
        if one.standard and one.address not in wanted:
            _drop(tx, account_id, one.identity_id)
    there = {one.address for one in known if one.standard}
    for address in wanted:
        if address not in there:
            _add(tx, account_id, Identity(0, True, address))
    return True


def add(tx: Transaction, account_id: AccountId, identity: Identity) -> int:
    """Add one, and return its id. Raises TooMany at MAX_IDENTITIES, NotFound."""
    if sum(not one.standard for one in list_(tx, account_id)) >= MAX_IDENTITIES:
        raise TooMany("identities")
    return _add(tx, account_id, identity)


def _add(tx: Transaction, account_id: AccountId, identity: Identity) -> int:
    number = next_modseq(tx, account_id)
    standard = int(identity.standard)
    tx.run(_ADD, account_id, number, standard, text(identity.address), *_texts(identity))
    return number


def put(tx: Transaction, account_id: AccountId, identity: Identity) -> None:
    """Change one, all but its address. Raises NotFound."""
    modseq = next_modseq(tx, account_id)
    if not tx.run(_PUT, account_id, identity.identity_id, modseq, *_texts(identity)):
        raise NotFound(f"identity {identity.identity_id}")


def _texts(identity: Identity) -> tuple[str, ...]:
    return tuple(
        map(
            text,
            (
                identity.name,
                identity.reply_to,
                identity.bcc,
                identity.text_signature,
                identity.html_signature,
            ),
        )
    )


def remove(tx: Transaction, account_id: AccountId, identity_id: int) -> None:
    """Remove one. Raises NotFound."""
    if not _drop(tx, account_id, identity_id):
        raise NotFound(f"identity {identity_id}")


def _drop(tx: Transaction, account_id: AccountId, identity_id: int) -> bool:
    modseq = next_modseq(tx, account_id)
    if not tx.run(_DROP, account_id, identity_id):
        return False
    object_changes.note(tx, account_id, KIND, [identity_id], modseq)
    return True


def state(tx: Transaction, account_id: AccountId) -> int:
    """Return the modseq of the last change."""
    own: int = tx.value(_LATEST, account_id)
    return max(own, object_changes.latest(tx, account_id, KIND))


def since(tx: Transaction, account_id: AccountId, after: int, limit: int) -> Changes | None:
    """Return what changed after a modseq; see `object_changes.since`."""
    changed = {row[0]: row[1] for row in tx.all(_CHANGED, account_id, after)}
    now = state(tx, account_id)
    return object_changes.since(tx, account_id, KIND, changed, now, after, limit)
