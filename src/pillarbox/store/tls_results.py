"""Counts of connections to other servers, by domain and UTC day, for reports (RFC 8460).

What is counted is text to this module: connections that are alike have the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import text

MAX_BODY: Final = 64 * 1024
KEEP_DAYS: Final = 7

_COUNT: Final = """
INSERT INTO tls_results (domain, day, digest, body, count) VALUES (?1, ?2, ?3, ?4, 1)
ON CONFLICT (day, domain, digest) DO UPDATE SET count = tls_results.count + 1
"""
_DOMAINS: Final = "SELECT DISTINCT domain FROM tls_results WHERE day = ?1 ORDER BY domain"
_LIST: Final = """
SELECT domain, body, count FROM tls_results WHERE day = ?1 AND domain = ?2
ORDER BY count DESC, digest LIMIT ?3
"""
_PURGE: Final = "DELETE FROM tls_results WHERE day < ?1"


@dataclass(frozen=True, slots=True)
class Counted:
    """Connections of one day that are alike."""

    domain: str
    body: str
    count: int


def count(tx: Transaction, day: int, found: Sequence[tuple[str, str]]) -> None:
    """Count connections. day: since 1970. found: (domain, body) of each."""
    for domain, whole in found:
        body = text(whole[:MAX_BODY])
        digest = hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
        tx.run(_COUNT, text(domain), day, digest, body)


def domains(tx: Transaction, day: int) -> list[str]:
    """Return the domains whose servers we spoke with on a day."""
    return [row[0] for row in tx.all(_DOMAINS, day)]


def list_(tx: Transaction, day: int, domain: str, limit: int) -> list[Counted]:
    """Return what was counted, the most frequent first."""
    return [Counted(*row) for row in tx.all(_LIST, day, text(domain), limit)]


def purge(tx: Transaction, day: int) -> int:
    """Forget what is older than KEEP_DAYS before a day; return how many rows."""
    return tx.run(_PURGE, day - KEEP_DAYS)
