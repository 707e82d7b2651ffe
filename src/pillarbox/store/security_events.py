"""What happened to an account's ways of signing in, for its owner to look through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, micros, moment
from pillarbox.store.signin_numbers import next_number, short

MAX_EVENTS: Final = 200
"""How many are kept for an account; the oldest go."""
MAX_AGENT: Final = 120
MAX_NETWORK: Final = 64
MAX_DETAIL: Final = 200

KINDS: Final = (
    "signed_in",
    "link_made",
    "password_changed",
    "totp_on",
    "totp_off",
    "recovery_codes_made",
    "recovery_code_used",
    "passkey_added",
    "passkey_removed",
    "passkeys_only_on",
    "passkeys_only_off",
    "app_password_made",
    "app_password_revoked",
    "session_ended",
    "sessions_ended",
    "session_stolen",
)


QUIET: Final = frozenset({"signed_in", "link_made", "session_ended", "sessions_ended"})
"""Of which no mail tells: they are common, or an answer to something that was told."""


@dataclass(frozen=True, slots=True)
class Source:
    """From where somebody acts, for people to recognise. Both may be empty."""

    agent: str = ""
    network: str = ""

    def shortened(self) -> "Source":
        """Return it as it is kept."""
        return Source(short(self.agent, MAX_AGENT), short(self.network, MAX_NETWORK))


NOWHERE: Final = Source()


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """Something that happened. kind: one of KINDS. detail: which, may be empty."""

    event_no: int
    at: datetime
    kind: str
    detail: str
    agent: str
    network: str


_ADD: Final = """
INSERT INTO security_events (account_id, event_no, at, kind, detail, agent, network, told)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
"""
_TRIM: Final = """
DELETE FROM security_events WHERE account_id = ?1 AND event_no <= (
    SELECT event_no FROM security_events WHERE account_id = ?1
    ORDER BY event_no DESC LIMIT 1 OFFSET ?2)
"""
_LIST: Final = """
SELECT event_no, at, kind, detail, agent, network FROM security_events
WHERE account_id = ?1 ORDER BY event_no DESC LIMIT ?2
"""


_WAITING: Final = """
SELECT DISTINCT e.account_id FROM security_events e JOIN accounts a ON a.account_id = e.account_id
WHERE e.told = 0 AND a.deleted_at IS NULL ORDER BY e.account_id LIMIT ?1
"""
_UNTOLD: Final = """
SELECT event_no, at, kind, detail, agent, network FROM security_events
WHERE account_id = ?1 AND told = 0 ORDER BY event_no
"""
_TOLD: Final = """
UPDATE security_events SET told = 1 WHERE account_id = ?1 AND event_no <= ?2 AND told = 0
"""


def add(
    tx: Transaction, account_id: AccountId, kind: str, detail: str = "", source: Source = NOWHERE
) -> None:
    """Note what happened. Raises NotFound."""
    assert kind in KINDS
    number = next_number(tx, account_id)
    cut = source.shortened()
    tx.run(
        _ADD,
        account_id,
        number,
        micros(tx.now),
        kind,
        short(detail, MAX_DETAIL),
        cut.agent,
        cut.network,
        int(kind in QUIET),
    )
    tx.run(_TRIM, account_id, MAX_EVENTS)


def list_(tx: Transaction, account_id: AccountId, limit: int = 50) -> list[SecurityEvent]:
    """Return the latest events, newest first."""
    rows = tx.all(_LIST, account_id, limit)
    return [SecurityEvent(row[0], moment(row[1]), *row[2:]) for row in rows]


def waiting(tx: Transaction, limit: int = 100) -> list[AccountId]:
    """Return accounts that are to be told of something."""
    return [AccountId(row[0]) for row in tx.all(_WAITING, limit)]


def untold(tx: Transaction, account_id: AccountId) -> list[SecurityEvent]:
    """Return what an account is to be told of, oldest first."""
    rows = tx.all(_UNTOLD, account_id)
    return [SecurityEvent(row[0], moment(row[1]), *row[2:]) for row in rows]


def note_told(tx: Transaction, account_id: AccountId, event_no: int) -> bool:
    """Note that all up to an event is told; False if it was already."""
    return bool(tx.run(_TOLD, account_id, event_no))
