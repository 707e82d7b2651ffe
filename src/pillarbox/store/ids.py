"""The numbers of the store, and how times, texts and lists of numbers go into SQL.

Every module of the store uses these; nobody above it needs to. A message, thread or mailbox
id is the account's modseq at the moment the thing was made: unique, and itself a date.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NewType

from pillarbox.store.database import Transaction

AccountId = NewType("AccountId", int)
DomainId = NewType("DomainId", int)
MailboxId = NewType("MailboxId", int)
MessageId = NewType("MessageId", int)
ThreadId = NewType("ThreadId", int)
ModSeq = NewType("ModSeq", int)
Uid = NewType("Uid", int)
BlobId = NewType("BlobId", int)
QueueId = NewType("QueueId", int)

MAX_UID: Final = 2**32 - 1  # RFC 9051 §2.3.1.1: an unsigned non-zero 32-bit value.

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LIST: Final = re.compile(r"IN LIST\((\?\d+)\)")


def micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=micros)


def day_of(moment: datetime) -> int:
    """Return the UTC day of an aware datetime as days since 1970."""
    return (moment - _EPOCH).days


def moment_or_none(micros: int | None) -> datetime | None:
    """Like `moment`, for a column that may be NULL."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def text(value: str) -> str:
    """Return `value` as both databases can keep it.

    PostgreSQL refuses U+0000 and SQLite's binding refuses lone surrogates; mail has both.
    Each becomes U+FFFD.
    """
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    return value.replace("\0", "\ufffd") if "\0" in value else value


def pack(numbers: Iterable[int]) -> str:
    """Return numbers as the one parameter of `IN LIST(?n)`; see `listed`."""
    return ",".join(map(str, numbers))


@lru_cache(maxsize=256)
def _listed(dialect: str, sql: str) -> str:
    if dialect == "sqlite":
        return _LIST.sub(r"IN (SELECT value FROM json_each('[' || \1 || ']'))", sql)
    return _LIST.sub(r"= ANY (CAST(string_to_array(\1, ',') AS BIGINT[]))", sql)


def listed(tx: Transaction, sql: str) -> str:
    """Return `sql` with each `IN LIST(?n)` in the words of the transaction's database.

    One parameter carries any number of numbers, so that a statement stays prepared.
    """
    return _listed(tx.dialect, sql)
