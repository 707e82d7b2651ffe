"""Browsers that are signed in.

A browser shows a token; kept is its mark alone. The token is changed now and then: the one
before stays good until the new one was seen, and a little longer, so that neither parallel
requests nor a lost answer sign anybody out. Whoever comes with it later has an old copy.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment
from pillarbox.store.security_events import NOWHERE, Source
from pillarbox.store.signin_numbers import MARK_OCTETS, next_number

MAX_SESSIONS: Final = 50
"""How many an account has; with one more, the one that was used longest ago ends."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives: at the latest, and without use. stay: beyond the browser's."""

    most: timedelta
    idle: timedelta
    stay: bool


@dataclass(frozen=True, slots=True)
class WebSession:
    """A session.

    mark, previous: 32 octets; previous may be empty. rotated_at: when `mark` was made; seen_at:
    when its token was first shown, None if never. method: how the person signed in.
    """

    account_id: AccountId
    session_no: int
    address: str
    mark: bytes
    previous: bytes
    rotated_at: datetime
    seen_at: datetime | None
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    idle: timedelta
    confirmed_at: datetime
    stay: bool
    method: str
    agent: str
    network: str

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time is up."""
        return now >= self.ends_at or now >= self.used_at + self.idle


_FIELDS: Final = """
SELECT s.account_id, s.session_no, a.address, s.mark, s.previous, s.rotated_at, s.seen_at,
    s.created_at, s.used_at, s.ends_at, s.idle, s.confirmed_at, s.stay, s.method, s.agent,
    s.network
FROM web_sessions s JOIN accounts a ON a.account_id = s.account_id
WHERE s.account_id = ?1 AND a.disabled = 0 AND a.deleted_at IS NULL
"""
_FIND: Final = _FIELDS + " AND s.session_no = ?2"
_LIST: Final = (
    _FIELDS
    + " AND s.ends_at > ?2 AND s.used_at + s.idle > ?2 ORDER BY s.used_at DESC, s.session_no DESC"
)
_ADD: Final = """
INSERT INTO web_sessions (account_id, session_no, mark, previous, rotated_at, seen_at, created_at,
    used_at, ends_at, idle, confirmed_at, stay, method, agent, network)
VALUES (?1, ?2, ?3, ?4, ?5, 0, ?5, ?5, ?6, ?7, ?5, ?8, ?9, ?10, ?11)
"""
_TRIM: Final = """
DELETE FROM web_sessions WHERE account_id = ?1 AND session_no IN (
    SELECT session_no FROM web_sessions WHERE account_id = ?1
    ORDER BY used_at DESC, session_no DESC LIMIT 1000 OFFSET ?2)
"""
_SEEN: Final = """
UPDATE web_sessions SET seen_at = ?4
WHERE account_id = ?1 AND session_no = ?2 AND mark = ?3 AND seen_at = 0
"""
_TOUCH: Final = """
UPDATE web_sessions SET used_at = ?3, network = ?4
WHERE account_id = ?1 AND session_no = ?2 AND used_at < ?3
"""
_ROTATE: Final = """
UPDATE web_sessions SET mark = ?4, rotated_at = ?5, used_at = ?5, seen_at = 0,
    previous = CASE WHEN seen_at = 0 AND previous <> ?6 THEN previous ELSE mark END
WHERE account_id = ?1 AND session_no = ?2 AND mark = ?3
"""
_CONFIRM: Final = """
UPDATE web_sessions SET confirmed_at = ?3 WHERE account_id = ?1 AND session_no = ?2
"""
_END: Final = "DELETE FROM web_sessions WHERE account_id = ?1 AND session_no = ?2"
_END_OTHERS: Final = "DELETE FROM web_sessions WHERE account_id = ?1 AND session_no <> ?2"
_PURGE: Final = """
DELETE FROM web_sessions WHERE (account_id, session_no) IN (
    SELECT account_id, session_no FROM web_sessions
    WHERE ends_at <= ?1 OR used_at + idle <= ?1 LIMIT ?2)
"""


def _session(row: tuple[Any, ...]) -> WebSession:
    return WebSession(
        AccountId(row[0]), row[1], row[2], bytes(row[3]), bytes(row[4]), moment(row[5]),
        moment(row[6]) if row[6] else None, moment(row[7]), moment(row[8]), moment(row[9]),
        timedelta(microseconds=row[10]), moment(row[11]), bool(row[12]), *row[13:],
    )  # fmt: skip


def start(
    tx: Transaction,
    account_id: AccountId,
    mark: bytes,
    lifetime: Lifetime,
    method: str,
    source: Source = NOWHERE,
) -> int:
    """Start a session, and return its number. Raises NotFound for the account.

    The person counts as confirmed: they have just signed in.
    """
    assert len(mark) == MARK_OCTETS
    number = next_number(tx, account_id)
    cut = source.shortened()
    now, idle = micros(tx.now), lifetime.idle // timedelta(microseconds=1)
    ends = micros(tx.now + lifetime.most)
    row = (account_id, number, mark, b"", now, ends, idle, int(lifetime.stay), method)
    tx.run(_ADD, *row, cut.agent, cut.network)
    tx.run(_TRIM, account_id, MAX_SESSIONS)
    return number


def find(tx: Transaction, account_id: AccountId, session_no: int) -> WebSession | None:
    """Return a session, also one whose time is up; None if the account may not sign in."""
    row = tx.one(_FIND, account_id, session_no)
    return None if row is None else _session(row)


def list_(tx: Transaction, account_id: AccountId) -> list[WebSession]:
    """Return the sessions of an account, latest used first."""
    return [_session(row) for row in tx.all(_LIST, account_id, micros(tx.now))]


def seen(tx: Transaction, account_id: AccountId, session_no: int, mark: bytes) -> None:
    """Note that the browser has the token of `mark`: the one before may run out."""
    tx.run(_SEEN, account_id, session_no, mark, micros(tx.now))


def touch(tx: Transaction, account_id: AccountId, session_no: int, network: str) -> None:
    """Note that a session is used, and from where."""
    cut = Source(network=network).shortened()
    tx.run(_TOUCH, account_id, session_no, micros(tx.now), cut.network)


def rotate(tx: Transaction, account_id: AccountId, session_no: int, old: bytes, new: bytes) -> bool:
    """Put the mark of a new token in place of `old`; False if somebody else did already.

    A token that was never seen did not arrive: then the one before it stays good.
    """
    assert len(new) == MARK_OCTETS
    return bool(tx.run(_ROTATE, account_id, session_no, old, new, micros(tx.now), b""))


def confirm(tx: Transaction, account_id: AccountId, session_no: int) -> None:
    """Note that the person has just proved to be there."""
    tx.run(_CONFIRM, account_id, session_no, micros(tx.now))


def end(tx: Transaction, account_id: AccountId, session_no: int) -> bool:
    """End a session, and tell whether there was one."""
    return bool(tx.run(_END, account_id, session_no))


def end_others(tx: Transaction, account_id: AccountId, keep: int = 0) -> int:
    """End all sessions but `keep` (0: all), and return how many."""
    return tx.run(_END_OTHERS, account_id, keep)


def purge(tx: Transaction, limit: int) -> int:
    """Forget up to `limit` sessions whose time is up, and return how many."""
    return tx.run(_PURGE, micros(tx.now), limit)
