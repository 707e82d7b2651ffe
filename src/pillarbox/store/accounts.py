"""Accounts: who has mail here.

Credentials are text to this module (`sasl` makes and checks them). Deleting an account frees
its address at once and hides it; its mail is removed in small transactions by `purge`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound
from pillarbox.store import mailboxes, refcounts, routes, submissions, uploads
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, ModSeq, listed, micros, moment, pack


@dataclass(frozen=True, slots=True)
class Account:
    """An account.

    address: canonical. credentials: as given. disabled: may not sign in; mail still comes.
    quota_octets: 0 = no limit. modseq: the last change of its mail. horizon: history of
    changes is whole only above it. settings: the application's, JSON values.
    """

    account_id: AccountId
    address: str
    credentials: str
    disabled: bool
    quota_octets: int
    used_octets: int
    used_messages: int
    modseq: ModSeq
    horizon: ModSeq
    settings: dict[str, Any]
    created_at: datetime


_SELECT: Final = """
SELECT account_id, address, credentials, disabled, quota_octets, used_octets, used_messages,
    modseq, horizon, settings, created_at
FROM accounts WHERE deleted_at IS NULL
"""
_LIST: Final = _SELECT + " ORDER BY address"
_IDS: Final = """
SELECT account_id FROM accounts WHERE account_id > ?1 AND deleted_at IS NULL
ORDER BY account_id LIMIT ?2
"""
_OLDEST: Final = """
SELECT address FROM accounts WHERE deleted_at IS NULL ORDER BY account_id LIMIT 1
"""
_BY_ADDRESS: Final = _SELECT + " AND address = ?1"
_BY_ID: Final = _SELECT + " AND account_id = ?1"
_IS_DOMAIN: Final = "SELECT 1 FROM domains WHERE name = ?1"
_IS_ALIAS: Final = "SELECT 1 FROM aliases WHERE address = ?1"
_ADD: Final = """
INSERT INTO accounts (address, credentials, quota_octets, created_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (address) DO NOTHING RETURNING account_id
"""
_SET: Final = "UPDATE accounts SET {} = ?2 WHERE account_id = ?1 AND deleted_at IS NULL"
_SET_CREDENTIALS: Final = _SET.format("credentials")
_SET_DISABLED: Final = _SET.format("disabled")
_SET_QUOTA: Final = _SET.format("quota_octets")
_SET_SETTINGS: Final = _SET.format("settings")
_DELETE: Final = """
UPDATE accounts SET deleted_at = ?2, address = ?3, credentials = '', disabled = 1
WHERE account_id = ?1 AND deleted_at IS NULL
"""
_DELETED: Final = """
SELECT account_id FROM accounts WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1
"""
_SOME_MESSAGES: Final = """
SELECT message_id, blob_id FROM messages WHERE account_id = ?1 ORDER BY message_id LIMIT ?2
"""
_DROP_MESSAGES: Final = "DELETE FROM messages WHERE account_id = ?1 AND message_id IN LIST(?2)"
_DROP_PLACEMENTS: Final = "DELETE FROM placements WHERE account_id = ?1"
_DROP_MAILBOXES: Final = "DELETE FROM mailboxes WHERE account_id = ?1"
_DROP_DESTROYED: Final = "DELETE FROM destroyed_mailboxes WHERE account_id = ?1"
_DROP_SUBSCRIPTIONS: Final = "DELETE FROM subscriptions WHERE account_id = ?1"
_DROP_EXPUNGED: Final = "DELETE FROM expunged WHERE account_id = ?1"
_DROP_LINKS: Final = "DELETE FROM thread_links WHERE account_id = ?1"
_DROP_DELIVERIES: Final = "DELETE FROM deliveries WHERE account_id = ?1"
_DROP_SIGNING_IN: Final = tuple(
    f"DELETE FROM {table} WHERE account_id = ?1"  # noqa: S608 - names of our own
    for table in (
        "web_sessions",
        "app_passwords",
        "second_factors",
        "recovery_codes",
        "passkeys",
        "signin_tickets",
        "security_events",
    )
)
_DROP_OWN: Final = tuple(
    f"DELETE FROM {table} WHERE account_id = ?1"  # noqa: S608 - names of our own
    for table in (
        "trace_readers",
        "preferences",
        "muted_threads",
        "blocked_senders",
        "push_subscriptions",
        "correspondents",
        "address_books",
        "contacts",
        "contact_addresses",
        "destroyed_contacts",
        "identities",
        "destroyed_objects",
        "snoozes",
        "vacation_answers",
        "vacations",
    )
)
_DROP_ACCOUNT: Final = "DELETE FROM accounts WHERE account_id = ?1"


def _account(row: tuple[Any, ...]) -> Account:
    values = list(row)
    values[3] = bool(row[3])
    values[9] = json.loads(row[9])
    values[10] = moment(row[10])
    return Account(*values)


def create(tx: Transaction, address: str, credentials: str = "", quota_octets: int = 0) -> Account:
    """Create an account with its standard mailboxes. quota_octets: 0 = no limit.

    Raises Invalid for the address or the quota, NotFound if its domain is not ours,
    AlreadyExists if an account or an alias has the address.
    """
    address = routes.canonical(address)
    _check_quota(quota_octets)
    if tx.one(_IS_DOMAIN, address.rpartition("@")[2]) is None:
        raise NotFound(f"domain of {address}")
    if tx.one(_IS_ALIAS, address) is not None:
        raise AlreadyExists(f"alias {address}")
    row = tx.one(_ADD, address, credentials, quota_octets, micros(tx.now))
    if row is None:
        raise AlreadyExists(f"account {address}")
    account_id = AccountId(row[0])
    mailboxes.create_standard(tx, account_id)
    return get(tx, account_id)


def list_(tx: Transaction) -> list[Account]:
    """Return every account, by address."""
    return sorted(map(_account, tx.all(_LIST)), key=lambda account: account.address)


def ids(tx: Transaction, after: int = 0, limit: int = 1000) -> list[AccountId]:
    """Return a page of the ids of all accounts, for jobs that visit each; `after` to go on."""
    return [row[0] for row in tx.all(_IDS, after, limit)]


def oldest(tx: Transaction) -> str:
    """Return the address of the account that was made first, "" if there is none."""
    return tx.value(_OLDEST) or ""


def find(tx: Transaction, address: str) -> Account | None:
    """Return the account that has the address, or None. Any text may be asked for."""
    try:
        row = tx.one(_BY_ADDRESS, routes.canonical(address))
    except Invalid:
        return None
    return None if row is None else _account(row)


def get(tx: Transaction, account_id: AccountId) -> Account:
    """Return an account. Raises NotFound."""
    row = tx.one(_BY_ID, account_id)
    if row is None:
        raise NotFound(f"account {account_id}")
    return _account(row)


def set_credentials(tx: Transaction, account_id: AccountId, credentials: str) -> None:
    """Replace the credentials. Raises NotFound."""
    _set(tx, _SET_CREDENTIALS, account_id, credentials)


def set_disabled(tx: Transaction, account_id: AccountId, *, disabled: bool) -> None:
    """Forbid or allow signing in. Mail still comes. Raises NotFound."""
    _set(tx, _SET_DISABLED, account_id, int(disabled))


def set_quota(tx: Transaction, account_id: AccountId, octets: int) -> None:
    """Limit the account's storage; 0 = no limit. Raises NotFound, Invalid.

    A limit below what is used refuses new mail, and removes none.
    """
    _check_quota(octets)
    _set(tx, _SET_QUOTA, account_id, octets)


def set_settings(tx: Transaction, account_id: AccountId, settings: dict[str, Any]) -> None:
    """Replace the application's settings of an account. Raises NotFound."""
    _set(tx, _SET_SETTINGS, account_id, json.dumps(settings, sort_keys=True))


def _set(tx: Transaction, sql: str, account_id: AccountId, value: int | str) -> None:
    if not tx.run(sql, account_id, value):
        raise NotFound(f"account {account_id}")


def _check_quota(octets: int) -> None:
    if not 0 <= octets < 2**62:
        raise Invalid(f"quota of {octets} octets")


def delete(tx: Transaction, account_id: AccountId) -> None:
    """Hide an account and free its address; `purge` removes its mail. Raises NotFound."""
    if not tx.run(_DELETE, account_id, micros(tx.now), f"deleted:{account_id}"):
        raise NotFound(f"account {account_id}")
    # Nobody signs in any more, at once; `purge` might come much later.
    for sql in _DROP_SIGNING_IN:
        tx.run(sql, account_id)


def purge(tx: Transaction, limit: int = 1000) -> bool:
    """Remove up to `limit` messages of a deleted account, and tell whether work is left.

    Call it in one transaction after the other until it returns False.
    """
    account_id = tx.value(_DELETED)
    if account_id is None:
        return False
    tx.run(_DROP_PLACEMENTS, account_id)
    tx.run(_DROP_EXPUNGED, account_id)
    rows = tx.all(_SOME_MESSAGES, account_id, limit)
    if rows:
        tx.run(listed(tx, _DROP_MESSAGES), account_id, pack(row[0] for row in rows))
        refcounts.release(tx, [row[1] for row in rows])
    if len(rows) == limit:
        return True
    uploads.remove_all(tx, account_id)
    submissions.remove_all(tx, account_id)
    for sql in (
        _DROP_MAILBOXES,
        _DROP_DESTROYED,
        _DROP_SUBSCRIPTIONS,
        _DROP_LINKS,
        _DROP_DELIVERIES,
        *_DROP_SIGNING_IN,
        *_DROP_OWN,
        _DROP_ACCOUNT,
    ):
        tx.run(sql, account_id)
    return True
