"""The index of words: what `mime/lexicon` makes of messages, and finding messages by it.

On SQLite the index is a database of its own, `search.db`: FTS5 without the texts, so that mail
never waits for it. On PostgreSQL it is tables beside the mail. `search_index.py` opens either;
`tx` here is a transaction of it, not of the mail. It is made of the mail and can be made again:
nothing is lost with it, and another VERSION throws it away.

Tables, invariants:
  search_version: one row, the form of the others.
  search_accounts: messages up to the id `indexed` are in the index, or were gone by then.
    horizon: the account's when messages that are gone were last taken out.
  words (SQLite): rowid is account << 40 | message.   I1 no message above `indexed`.
  search_words (PostgreSQL): each lexeme begins with account and field: "7s:hello"; so an
    account's words lie together, and a phrase stays in one field.

Answers are the same on both, and those of `lexicon.matches`: a contract test.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pillarbox.base.analyzer import ADDRESS_MARKS, Phrase
from pillarbox.base.errors import TooLarge
from pillarbox.mime.lexicon import FIELDS, FILLER, Asked, Document
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId, listed, pack

VERSION: Final = 1
MAX_CONDITIONS: Final = 200
"""Conditions of one query."""

_SHIFT: Final = 40
_MESSAGE: Final = (1 << _SHIFT) - 1
MAX_ACCOUNT: Final = 2 ** (63 - _SHIFT) - 1
_LOCK: Final = 0x77_6F_72_64  # A number for an advisory lock; any will do.


@dataclass(frozen=True, slots=True)
class All:
    """Messages that meet every query; without any, all."""

    queries: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Messages that meet one of the queries; without any, none."""

    queries: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Messages that do not meet a query."""

    query: "Query"


Query = Asked | All | OneOf | Not


class Progress(NamedTuple):
    """How far an account is indexed; see the module."""

    indexed: int = 0
    horizon: int = 0


_VERSION: Final = "SELECT version FROM search_version"
_TABLES: Final = "CREATE TABLE IF NOT EXISTS search_version (version BIGINT NOT NULL)"
_CLEAR: Final = ("DROP TABLE IF EXISTS search_accounts", "DELETE FROM search_version")
_ACCOUNTS: Final = """
CREATE TABLE search_accounts (
    account_id BIGINT PRIMARY KEY,
    indexed BIGINT NOT NULL,
    horizon BIGINT NOT NULL
)
"""
_COLUMNS: Final = {name: f"{name}_" for name in FIELDS} | {"": "every_"}
_MAKE: Final = {
    "sqlite": (
        "DROP TABLE IF EXISTS words",
        # Every token is found whole; the tokenizer parts them at spaces and changes none.
        f"""
        CREATE VIRTUAL TABLE words USING fts5({", ".join(_COLUMNS.values())}, content='',
            contentless_delete=1, prefix='1 2 3', tokenize="ascii tokenchars '{ADDRESS_MARKS}'")
        """,
    ),
    "postgres": (
        "DROP TABLE IF EXISTS search_words",
        """
        CREATE TABLE search_words (
            account_id BIGINT NOT NULL,
            message_id BIGINT NOT NULL,
            words TSVECTOR NOT NULL,
            PRIMARY KEY (account_id, message_id)
        )
        """,
        "CREATE INDEX search_words_words ON search_words USING gin (words)",
    ),
}
_FIND: Final = {
    "sqlite": f"""
        SELECT rowid & {_MESSAGE} FROM words WHERE words MATCH ?2
            AND rowid BETWEEN (?1 << {_SHIFT}) AND (?1 << {_SHIFT}) + {_MESSAGE}
        ORDER BY rowid DESC LIMIT ?3
        """,  # noqa: S608 - our own words
    "postgres": """
        SELECT message_id FROM search_words
        WHERE account_id = ?1 AND words @@ CAST(CAST(?2 AS TEXT) AS TSQUERY)
        ORDER BY message_id DESC LIMIT ?3
        """,
}
_PUT: Final = {
    "sqlite": f"""
        INSERT OR REPLACE INTO words (rowid, {", ".join(_COLUMNS.values())})
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """,  # noqa: S608 - our own words
    "postgres": """
        INSERT INTO search_words (account_id, message_id, words)
        VALUES (?1, ?2, CAST(CAST(?3 AS TEXT) AS TSVECTOR))
        ON CONFLICT (account_id, message_id) DO UPDATE SET words = excluded.words
        """,
}
_SOME: Final = {
    "sqlite": f"""
        SELECT rowid & {_MESSAGE} FROM words
        WHERE rowid BETWEEN (?1 << {_SHIFT}) + ?2 + 1 AND (?1 << {_SHIFT}) + {_MESSAGE}
        ORDER BY rowid LIMIT ?3
        """,  # noqa: S608 - our own words
    "postgres": """
        SELECT message_id FROM search_words WHERE account_id = ?1 AND message_id > ?2
        ORDER BY message_id LIMIT ?3
        """,
}
_REMOVE_ROWS: Final = "DELETE FROM words WHERE rowid = ?1"
_REMOVE: Final = "DELETE FROM search_words WHERE account_id = ?1 AND message_id IN LIST(?2)"
_PROGRESS: Final = "SELECT indexed, horizon FROM search_accounts WHERE account_id = ?1"
_PROGRESSES: Final = "SELECT account_id, indexed, horizon FROM search_accounts"
_ADVANCE: Final = """
INSERT INTO search_accounts (account_id, indexed, horizon) VALUES (?1, ?2, ?3)
ON CONFLICT (account_id) DO UPDATE SET indexed = excluded.indexed, horizon = excluded.horizon
"""
_FORGET: Final = "DELETE FROM search_accounts WHERE account_id = ?1"


def prepare(tx: Transaction) -> None:
    """Make the tables, anew if they are of another version."""
    if tx.dialect == "postgres":
        # Two at once would both find that there is no table.
        tx.value("SELECT pg_advisory_xact_lock(?1)", _LOCK)
    tx.run(_TABLES)
    if tx.value(_VERSION) != VERSION:
        clear(tx)


def clear(tx: Transaction) -> None:
    """Throw the index away and begin an empty one."""
    for sql in (*_CLEAR, _ACCOUNTS, *_MAKE[tx.dialect]):
        tx.run(sql)
    tx.run(f"INSERT INTO search_version (version) VALUES ({VERSION})")  # noqa: S608 - our number


def progress(tx: Transaction, account_id: AccountId) -> Progress:
    """Return how far an account is indexed."""
    return Progress._make(tx.one(_PROGRESS, account_id) or (0, 0))


def progresses(tx: Transaction) -> dict[AccountId, Progress]:
    """Return how far each account is indexed that is at all."""
    return {row[0]: Progress(row[1], row[2]) for row in tx.all(_PROGRESSES)}


def put(
    tx: Transaction,
    account_id: AccountId,
    documents: Sequence[tuple[MessageId, Document]],
    done: Progress,
) -> None:
    """Put messages into the index, and note how far it goes now.

    documents: all messages of the account after the last call's that still are. Raises TooLarge
    for numbers that are beyond what the index can hold.
    """
    if account_id > MAX_ACCOUNT or done.indexed > _MESSAGE:
        raise TooLarge(f"account {account_id} cannot be indexed")
    make: Callable[[int, int, Document], tuple[Any, ...]]
    make = _row if tx.dialect == "sqlite" else _vector_row
    tx.many(_PUT[tx.dialect], [make(account_id, number, found) for number, found in documents])
    tx.run(_ADVANCE, account_id, done.indexed, done.horizon)


def remove(tx: Transaction, account_id: AccountId, message_ids: Iterable[int]) -> None:
    """Take messages out; those that are not in it do not matter."""
    if tx.dialect == "sqlite":
        tx.many(_REMOVE_ROWS, [((account_id << _SHIFT) | number,) for number in message_ids])
    else:
        tx.run(listed(tx, _REMOVE), account_id, pack(message_ids))


def advance(tx: Transaction, account_id: AccountId, done: Progress) -> None:
    """Note how far an account is indexed."""
    tx.run(_ADVANCE, account_id, done.indexed, done.horizon)


def forget(tx: Transaction, account_id: AccountId) -> None:
    """Forget an account that has no messages in the index any more."""
    tx.run(_FORGET, account_id)


def indexed(
    tx: Transaction, account_id: AccountId, after: int = 0, limit: int = 1000
) -> list[MessageId]:
    """Return messages of an account that are in the index, by id."""
    return [row[0] for row in tx.all(_SOME[tx.dialect], account_id, after, limit)]


def find(
    tx: Transaction, account_id: AccountId, query: Query, limit: int = 2**31
) -> list[MessageId]:
    """Return the messages that a query means, those filed last first.

    Messages that nobody sees any more may be among them.
    """
    wanted = _match(query) if tx.dialect == "sqlite" else _tsquery(query, account_id)
    return [row[0] for row in tx.all(_FIND[tx.dialect], account_id, wanted, limit)]


# SQLite: a row has the tokens of each field, and one of every message.


def _row(account_id: int, message_id: int, found: Document) -> tuple[Any, ...]:
    texts = [" ".join(found.get(field, ())) for field in FIELDS]
    return ((account_id << _SHIFT) | message_id, *texts, "x")


_EVERY: Final = f'{_COLUMNS[""]} : "x"'


def _match(query: Query) -> str:
    """Return the words of FTS5 for a query. A token needs no escape: it holds no quote."""
    match query:
        case Asked(fields, phrases):
            columns = " ".join(_COLUMNS[field] for field in fields)
            each = " AND ".join(
                f'"{" ".join(phrase.tokens)}"{" *" if phrase.prefix else ""}' for phrase in phrases
            )
            return f"({{{columns}}} : ({each}))" if phrases else f"({_EVERY})"
        case All(queries):
            return f"({' AND '.join(map(_match, queries))})" if queries else f"({_EVERY})"
        case OneOf(queries):
            return f"({' OR '.join(map(_match, queries))})" if queries else f"({_NONE})"
        case Not(inner):
            return f"({_EVERY} NOT {_match(inner)})"


_NONE: Final = f'{_COLUMNS[""]} : "y"'


# PostgreSQL: a vector of lexemes with account, field and places.

_CODES: Final = dict(zip(FIELDS, "ftckSbal", strict=True))
_ESCAPED: Final = re.compile(r"(['\\])")


def _vector_row(account_id: int, message_id: int, found: Document) -> tuple[Any, ...]:
    lexemes = [f"'{account_id}x'"]
    for field, tokens in found.items():
        places: dict[str, list[str]] = {}
        for place, token in enumerate(tokens, 1):
            if token != FILLER:
                places.setdefault(token, []).append(str(place))
        start = f"{account_id}{_CODES[field]}:"
        lexemes += [f"{_lexeme(start + token)}:{','.join(at)}" for token, at in places.items()]
    return account_id, message_id, " ".join(lexemes)


def _lexeme(text: str) -> str:
    return f"'{_ESCAPED.sub(lambda match: match[0] * 2, text)}'"


def _tsquery(query: Query, account_id: int) -> str:
    match query:
        case Asked(_, ()):
            return f"'{account_id}x'"
        case Asked(fields, phrases):
            return "&".join(
                "(" + "|".join(_near(phrase, field, account_id) for field in fields) + ")"
                for phrase in phrases
            )
        case All(queries):
            inner = "&".join(f"({_tsquery(one, account_id)})" for one in queries)
            return inner or f"'{account_id}x'"
        case OneOf(queries):
            return "|".join(f"({_tsquery(one, account_id)})" for one in queries) or "'none'"
        case Not(inner_query):
            return f"'{account_id}x'&!({_tsquery(inner_query, account_id)})"


def _near(phrase: Phrase, field: str, account_id: int) -> str:
    start = f"{account_id}{_CODES[field]}:"
    lexemes = [_lexeme(start + token) for token in phrase.tokens]
    if phrase.prefix:
        lexemes[-1] += ":*"
    return "(" + "<->".join(lexemes) + ")"
