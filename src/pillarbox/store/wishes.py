"""What the owner of an account wants done with mail on its way to the inbox.

Later messages of a muted thread go to the archive, unread; mail of a blocked sender goes to Junk.
Both are asked for in the transaction that files the message, and only where the account's row says
that there is anything to ask for. The address in From is compared, whether it is proven or not:
whoever blocks an address does not want mail that pretends to be from it either.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pillarbox.base.errors import TooMany
from pillarbox.store import keywords as kw
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId, ThreadId, listed, pack, text
from pillarbox.store.mailboxes import Role

MAX_BLOCKED: Final = 1000
"""How many senders one account may block."""

_MUTED: Final = 1
_BLOCKED: Final = 2

_COUNT: Final = f"""
UPDATE accounts SET wishes =
    CASE WHEN EXISTS (SELECT 1 FROM muted_threads WHERE account_id = ?1)
        THEN {_MUTED} ELSE 0 END
    + CASE WHEN EXISTS (SELECT 1 FROM blocked_senders WHERE account_id = ?1)
        THEN {_BLOCKED} ELSE 0 END
WHERE account_id = ?1
"""  # noqa: S608 - numbers of our own
_MUTE: Final = """
INSERT INTO muted_threads (account_id, thread_id) VALUES (?1, ?2)
ON CONFLICT (account_id, thread_id) DO NOTHING
"""
_UNMUTE: Final = "DELETE FROM muted_threads WHERE account_id = ?1 AND thread_id IN LIST(?2)"
_IS_MUTED: Final = "SELECT 1 FROM muted_threads WHERE account_id = ?1 AND thread_id = ?2"
_THREADS: Final = """
SELECT DISTINCT thread_id FROM messages WHERE account_id = ?1 AND message_id IN LIST(?2)
"""
_STILL: Final = """
SELECT DISTINCT m.thread_id
FROM messages m JOIN placements p ON p.account_id = m.account_id AND p.message_id = m.message_id
WHERE m.account_id = ?1 AND m.thread_id IN LIST(?2) AND ' ' || p.keywords || ' ' LIKE '% $muted %'
"""
_IS_BLOCKED: Final = "SELECT 1 FROM blocked_senders WHERE account_id = ?1 AND address = ?2"
_LIST_BLOCKED: Final = "SELECT address FROM blocked_senders WHERE account_id = ?1 ORDER BY address"
_BLOCK: Final = "INSERT INTO blocked_senders (account_id, address) VALUES (?1, ?2)"
_UNBLOCK: Final = "DELETE FROM blocked_senders WHERE account_id = ?1"

CHECKS: Final = (
    (
        "W1 wishes",
        f"""
        SELECT a.address || ' wishes ' || a.wishes FROM accounts a
        WHERE a.deleted_at IS NULL {{only}} AND a.wishes <>
            CASE WHEN EXISTS (SELECT 1 FROM muted_threads m WHERE m.account_id = a.account_id)
                THEN {_MUTED} ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM blocked_senders b WHERE b.account_id = a.account_id)
                THEN {_BLOCKED} ELSE 0 END
        """,  # noqa: S608 - numbers of our own
    ),
)


class Wish(Enum):
    """What is done in place of the inbox."""

    MUTED = "muted"
    BLOCKED = "blocked"


ROLES: Final = {Wish.MUTED: Role.ARCHIVE, Wish.BLOCKED: Role.JUNK}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message on its way. author: the address in From. thread_id: 0 if it begins one."""

    author: str
    thread_id: int = 0


def find(tx: Transaction, account_id: AccountId, wishes: int, arrival: Arrival) -> Wish | None:
    """Return what the account wants done with a message; None for nothing special.

    wishes: of the account's row. At most two statements, none for most accounts.
    """
    author = fold(arrival.author)
    if wishes & _BLOCKED and author and tx.one(_IS_BLOCKED, account_id, author) is not None:
        return Wish.BLOCKED
    if wishes & _MUTED and arrival.thread_id:
        return Wish.MUTED if tx.one(_IS_MUTED, account_id, arrival.thread_id) else None
    return None


def is_muting(wishes: int) -> bool:
    """Tell whether the thread of a message matters to `find`."""
    return bool(wishes & _MUTED)


def with_keyword(wish: Wish | None, keywords: str) -> str:
    """Return stored keywords with that which a wish adds."""
    return kw.canonical({*kw.names(keywords), kw.MUTED}) if wish is Wish.MUTED else keywords


def follow(
    tx: Transaction,
    account_id: AccountId,
    muted: Collection[MessageId],
    unmuted: Collection[MessageId],
) -> None:
    """Mute and unmute the threads of messages that got, or lost, the keyword `$muted`."""
    if not muted and not unmuted:
        return
    on, off = _threads(tx, account_id, muted), _threads(tx, account_id, unmuted)
    off -= on
    if off:
        off -= {row[0] for row in tx.all(listed(tx, _STILL), account_id, pack(off))}
        tx.run(listed(tx, _UNMUTE), account_id, pack(off))
    mute(tx, account_id, on)


def mute(tx: Transaction, account_id: AccountId, thread_ids: Iterable[ThreadId]) -> None:
    """Mute threads, and count what there is to look for."""
    tx.many(_MUTE, [(account_id, thread_id) for thread_id in thread_ids])
    tx.run(_COUNT, account_id)


def _threads(
    tx: Transaction, account_id: AccountId, message_ids: Collection[MessageId]
) -> set[ThreadId]:
    if not message_ids:
        return set()
    return {row[0] for row in tx.all(listed(tx, _THREADS), account_id, pack(message_ids))}


def note(
    message_id: MessageId,
    before: str,
    after: str,
    muted: list[MessageId],
    unmuted: list[MessageId],
) -> None:
    """Put a message whose keywords change into one of the lists for `follow`, if it must be."""
    if kw.MUTED in before or kw.MUTED in after:
        had, has = kw.is_muted(before), kw.is_muted(after)
        if had is not has:
            (muted if has else unmuted).append(message_id)


def blocked(tx: Transaction, account_id: AccountId) -> list[str]:
    """Return the addresses that an account blocks, sorted."""
    return sorted(row[0] for row in tx.all(_LIST_BLOCKED, account_id))


def set_blocked(tx: Transaction, account_id: AccountId, addresses: Iterable[str]) -> None:
    """Block exactly these addresses. Raises TooMany above MAX_BLOCKED."""
    wanted = sorted({fold(address) for address in addresses} - {""})
    if len(wanted) > MAX_BLOCKED:
        raise TooMany(f"{len(wanted)} blocked senders")
    tx.run(_UNBLOCK, account_id)
    tx.many(_BLOCK, [(account_id, address) for address in wanted])
    tx.run(_COUNT, account_id)


def fold(address: str) -> str:
    """Return an address as blocked ones are compared."""
    return text(address.strip().lower())
