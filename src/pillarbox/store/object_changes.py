"""What changed of JMAP's small objects: identities, submissions (RFC 8620 §5.2).

Rows carry the modseq of their last change, and ids are that of their making; what is destroyed is
remembered here, the latest KEPT of each kind. Before that a client must start anew.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pillarbox.store.changes import Changes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, ModSeq

KEPT: Final = 2000

_NOTE: Final = """
INSERT INTO destroyed_objects (account_id, kind, number, modseq) VALUES (?1, ?2, ?3, ?4)
"""
_TRIM: Final = """
DELETE FROM destroyed_objects WHERE account_id = ?1 AND kind = ?2 AND modseq < (
    SELECT d.modseq FROM destroyed_objects d WHERE d.account_id = ?1 AND d.kind = ?2
    ORDER BY d.modseq DESC LIMIT 1 OFFSET ?3)
"""
_SINCE: Final = """
SELECT number, modseq FROM destroyed_objects WHERE account_id = ?1 AND kind = ?2 AND modseq > ?3
"""
_LATEST: Final = """
SELECT COALESCE(MAX(modseq), 0) FROM destroyed_objects WHERE account_id = ?1 AND kind = ?2
"""
_HORIZON: Final = """
SELECT MIN(modseq), COUNT(*) FROM destroyed_objects WHERE account_id = ?1 AND kind = ?2
"""


def note(
    tx: Transaction, account_id: AccountId, kind: str, numbers: Iterable[int], modseq: int
) -> None:
    """Remember that objects are gone."""
    tx.many(_NOTE, [(account_id, kind, number, modseq) for number in numbers])
    tx.run(_TRIM, account_id, kind, KEPT - 1)


def latest(tx: Transaction, account_id: AccountId, kind: str) -> int:
    """Return when the last object of a kind was destroyed, 0 for never."""
    found: int = tx.value(_LATEST, account_id, kind)
    return found


def since(
    tx: Transaction,
    account_id: AccountId,
    kind: str,
    changed: Mapping[int, int],
    state: int,
    after: int,
    limit: int,
) -> Changes | None:
    """Return what changed after a modseq, at most `limit` ids, earliest first.

    changed: the modseq of each object that exists and changed after it. state: of the kind now.
    None if history does not go back so far, or one change touched more than `limit`.
    """
    oldest, count = tx.one(_HORIZON, account_id, kind) or (0, 0)
    if after > state or (count >= KEPT and after < oldest):
        return None
    gone = {row[0]: row[1] for row in tx.all(_SINCE, account_id, kind, after)}
    events = [(at, number, True) for number, at in changed.items()]
    events += [(at, number, False) for number, at in gone.items() if number <= after]
    # An object that was made in this step is told of in this step.
    events = sorted((n if there and n > after else at, n, there) for at, n, there in events)
    kept = events[:limit]
    more = len(events) > limit
    if more:
        kept = [event for event in kept if event[0] < events[limit][0]]
        if not kept:
            return None
    return Changes(
        ModSeq(kept[-1][0] if more else state),
        tuple(n for _, n, there in kept if there and n > after),
        tuple(n for _, n, there in kept if there and n <= after),
        tuple(n for _, n, there in kept if not there),
        more,
    )
