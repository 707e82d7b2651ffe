"""Traces: saved once, added to later, found again by who, what and when.

A trace is stored whole, encoded and compressed; a few columns are copied out of it for lists,
and hashed *terms* (sender, recipient, header from, Message-ID, address of the client) for
exact search. `prepare` does the costly part and needs no transaction: do it before.
"""

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from pillarbox.base.errors import NotFound
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, listed, micros, moment, pack, text
from pillarbox.trace.step import Step, Trace, decode, encode

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_TRACE_OCTETS: Final = 16 * 1024 * 1024
"""Octets of an encoded trace, before compression."""

MAX_RECIPIENTS: Final = 100
"""How many recipients of a trace are put into the columns for lists and search."""

_LEVEL: Final = 1
_COMPRESSOR: Final = zstd.ZstdCompressor(_LEVEL)
_STEPS: Final = msgspec.json.Decoder(list[Step])
_ENCODE: Final = msgspec.json.Encoder()

_ADD: Final = """
INSERT INTO traces (trace_id, started_at, direction, action, verdict, account, subject,
    octets, recipients, sender, header_from, message_id, client_ip, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) RETURNING trace_no
"""
_ADD_TERM: Final = """
INSERT INTO trace_terms (term, trace_no) VALUES (?1, ?2) ON CONFLICT (term, trace_no) DO NOTHING
"""
_ADD_READER: Final = """
INSERT INTO trace_readers (account_id, trace_no) VALUES (?1, ?2)
ON CONFLICT (account_id, trace_no) DO NOTHING
"""
_FIND: Final = "SELECT trace_no, action, verdict, data FROM traces WHERE trace_id = ?1"
_STEPS_OF: Final = "SELECT data FROM trace_steps WHERE trace_no = ?1 ORDER BY position"
_NUMBER: Final = "SELECT trace_no FROM traces WHERE trace_id = ?1"
_ADD_STEPS: Final = """
INSERT INTO trace_steps (trace_no, position, data)
VALUES (?1, (SELECT COALESCE(MAX(position), 0) + 1 FROM trace_steps WHERE trace_no = ?1), ?2)
"""
_SET_END: Final = """
UPDATE traces SET action = CASE WHEN ?2 = '' THEN action ELSE ?2 END,
    verdict = CASE WHEN ?3 = '' THEN verdict ELSE ?3 END
WHERE trace_no = ?1
"""
_SELECT: Final = """
SELECT t.trace_no, t.trace_id, t.started_at, t.direction, t.action, t.verdict,
    t.account, t.client_ip, t.sender, t.header_from, t.recipients, t.message_id, t.subject,
    t.octets
FROM traces t
"""
_PAGE: Final = """
SELECT started_at, trace_no, data FROM traces WHERE direction = ?1 AND started_at >= ?2
    AND started_at < ?3 AND (started_at > ?2 OR trace_no > ?4)
ORDER BY started_at, trace_no LIMIT ?5
"""
_OLD: Final = """
SELECT trace_no, sender, header_from, message_id, client_ip, recipients FROM traces
WHERE started_at < ?1 ORDER BY started_at LIMIT ?2
"""
_DROP: Final = "DELETE FROM traces WHERE trace_no IN LIST(?1)"
_DROP_STEPS: Final = "DELETE FROM trace_steps WHERE trace_no IN LIST(?1)"
_DROP_READERS: Final = "DELETE FROM trace_readers WHERE trace_no IN LIST(?1)"
_LISTED: Final = """
REPLACE(LOWER(t.recipients), {value}, '') <> LOWER(t.recipients)
"""
_DROP_TERM: Final = "DELETE FROM trace_terms WHERE term = ?1 AND trace_no = ?2"


Place = tuple[int, int]
"""Where a page of traces begins: microseconds and the number of the last one before."""


@dataclass(slots=True)
class Prepared:
    """A trace ready to be saved: its columns, the terms it is found by, its octets."""

    columns: tuple[Any, ...]
    terms: tuple[int, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list of traces. number: grows with each trace saved; for paging."""

    number: int
    trace_id: str
    started_at: datetime
    direction: str
    action: str
    verdict: str
    account: str
    client_ip: str
    sender: str
    header_from: str
    recipients: tuple[str, ...]
    message_id: str
    subject: str
    octets: int


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for; "" and None match everything, all given must match.

    address: anywhere as sender, recipient or header from. Addresses and message ids match
    whole, without regard to case. since, until: started_at, the latter exclusive.
    """

    address: str = ""
    sender: str = ""
    recipient: str = ""
    header_from: str = ""
    message_id: str = ""
    client_ip: str = ""
    account: str = ""
    direction: str = ""
    action: str = ""
    verdict: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _term(value: str) -> int:
    name = value.strip().lower().encode("utf-8", "replace")
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big", signed=True)


def _terms(values: Iterable[str]) -> tuple[int, ...]:
    """Return the terms of what is searched for whole; one for a value in several roles."""
    return tuple({_term(value) for value in values if value})


def prepare(trace: Trace) -> Prepared:
    """Encode and compress a trace, and work out what it is found by. Pure."""
    recipients = "\n".join(
        text(address).replace("\n", " ") for address in trace.recipients[:MAX_RECIPIENTS]
    )
    found_by = tuple(
        map(text, (trace.sender, trace.header_from, trace.message_id, trace.client_ip))
    )
    columns = (
        trace.id,
        round(trace.started_at * 1_000_000),
        trace.direction,
        trace.action,
        trace.verdict,
        text(trace.account),
        text(trace.subject),
        trace.size_octets,
        recipients,
        *found_by,
    )
    terms = _terms((*found_by, *recipients.split("\n")))
    return Prepared(columns, terms, _compress(encode(trace)))


def save(tx: Transaction, prepared: Prepared, readers: Collection[AccountId] = ()) -> None:
    """Save a trace. Its id must be new.

    readers: whose mail it would have been, for what is in nobody's mailbox; see `refused`.
    """
    number = tx.value(_ADD, *prepared.columns, prepared.data)
    tx.many(_ADD_TERM, [(term, number) for term in prepared.terms])
    if readers:
        tx.many(_ADD_READER, [(account_id, number) for account_id in readers])


def append(
    tx: Transaction, trace_id: str, steps: Sequence[Step], action: str = "", verdict: str = ""
) -> bool:
    """Add steps to a saved trace, and change its end where given.

    False, and nothing more, if there is no such trace (any more): a trace is told of, never
    waited for.
    """
    number = tx.value(_NUMBER, text(trace_id))
    if number is None:
        return False
    if steps:
        tx.run(_ADD_STEPS, number, _compress(_ENCODE.encode(list(steps))))
    if action or verdict:
        tx.run(_SET_END, number, action, verdict)
    return True


def get(tx: Transaction, trace_id: str) -> Trace:
    """Return a trace with all steps added since. Raises NotFound."""
    row = tx.one(_FIND, text(trace_id))
    if row is None:
        raise NotFound(f"trace {trace_id}")
    number, action, verdict, data = row
    trace = decode(_unpack(data))
    trace.action = action
    trace.verdict = verdict
    for (later,) in tx.all(_STEPS_OF, number):
        trace.steps.extend(_STEPS.decode(_unpack(later)))
    return trace


def page(
    tx: Transaction, direction: str, since: Place, until: datetime, limit: int
) -> tuple[list[Trace], Place | None]:
    """Return traces as they were saved, in order of time, and where the next page begins.

    None: there are no more. Steps that were added later are left out.
    """
    rows = tx.all(_PAGE, direction, since[0], micros(until), since[1], limit)
    found = [decode(_unpack(row[2])) for row in rows]
    return found, (rows[-1][0], rows[-1][1]) if len(rows) == limit else None


def unpack(data: bytes) -> bytes:
    """Return an encoded trace as it was before it was compressed."""
    return _unpack(data)


def _compress(data: bytes) -> bytes:
    # A new compressor for each would take longer than the work. It has a lock of its own.
    packed: bytes = _COMPRESSOR.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
    return packed


def _unpack(data: bytes) -> bytes:
    return zstd.ZstdDecompressor().decompress(bytes(data), MAX_TRACE_OCTETS)


def list_(tx: Transaction, query: Query, limit: int = 50, before: int | None = None) -> list[Entry]:
    """Return traces that match, latest first; `before` the number of the last one seen.

    With an address, message id or client_ip an index finds them; the rest is looked through
    from the latest back: use `db.scan` for such a search.
    """
    sql, parameters = _search(query, before)
    return [
        _entry(row) for row in tx.all(f"{sql} LIMIT ?{len(parameters) + 1}", *parameters, limit)
    ]


def _entry(row: tuple[Any, ...]) -> Entry:
    values = list(row)
    values[2] = moment(row[2])
    values[10] = tuple(filter(None, row[10].split("\n")))
    return Entry(*values)


def _search(query: Query, before: int | None) -> tuple[str, list[Any]]:
    """Return the statement, all of it but the LIMIT, and its parameters."""
    parameters: list[Any] = []

    def bind(value: int | str) -> str:
        parameters.append(text(value) if isinstance(value, str) else value)
        return f"?{len(parameters)}"

    sql = _SELECT
    conditions = []
    wanted = (
        ("", query.address),
        ("sender", query.sender),
        ("recipients", query.recipient),
        ("header_from", query.header_from),
        ("message_id", query.message_id),
        ("client_ip", query.client_ip),
    )
    for number, (column, value) in enumerate(pair for pair in wanted if pair[1]):
        term = bind(_term(value))
        sql += f" JOIN trace_terms k{number} ON k{number}.trace_no = t.trace_no"
        sql += f" AND k{number}.term = {term}"
        # Terms do not tell in which role a value was met. LOWER() of SQLite knows ASCII only.
        folded = value.strip().lower()
        if column == "recipients":
            conditions.append(_LISTED.format(value=bind(folded)))
        elif column and folded.isascii():
            conditions.append(f"LOWER(t.{column}) = {bind(folded)}")
    conditions += [
        f"t.{column} = {bind(value)}"
        for column, value in (
            ("account", query.account),
            ("direction", query.direction),
            ("action", query.action),
            ("verdict", query.verdict),
        )
        if value
    ]
    if query.since is not None:
        conditions.append(f"t.started_at >= {bind(micros(query.since))}")
    if query.until is not None:
        conditions.append(f"t.started_at < {bind(micros(query.until))}")
    if before is not None:
        conditions.append(f"t.trace_no < {bind(before)}")
    if conditions:
        sql += " WHERE " + " AND ".join(conditions)
    return sql + " ORDER BY t.trace_no DESC", parameters


def purge(tx: Transaction, before: datetime, limit: int = 1000) -> int:
    """Remove traces that started before a time, at most `limit`; return how many."""
    rows = tx.all(_OLD, micros(before), limit)
    if not rows:
        return 0
    numbers = pack(row[0] for row in rows)
    terms = [(term, row[0]) for row in rows for term in _terms((*row[1:5], *row[5].split("\n")))]
    tx.many(_DROP_TERM, terms)
    tx.run(listed(tx, _DROP_STEPS), numbers)
    tx.run(listed(tx, _DROP_READERS), numbers)
    return tx.run(listed(tx, _DROP), numbers)
