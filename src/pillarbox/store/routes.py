"""Where mail for an address goes: one indexed query.

Only the first step: the caller strips subaddresses ("+tag"), follows alias targets, stops
loops and checks accounts (`delivery/route`). Addresses are compared in canonical form:
NFC, lower case. The local part is case sensitive by RFC 5321 §2.4, but no server of today
lets two people differ only in it.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import Invalid
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_ADDRESS_OCTETS: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets.
MAX_LOCALPART_OCTETS: Final = 64  # RFC 5321 §4.5.3.1.1

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff]")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)

_LOOKUP: Final = """
SELECT d.catch_all, a.account_id, a.disabled, l.target
FROM domains d
LEFT JOIN accounts a ON a.address = ?1
LEFT JOIN aliases l ON l.address = ?1
WHERE d.name = ?2
"""


@dataclass(frozen=True, slots=True)
class ToAccount:
    """The address is an account's own. disabled: it may not sign in; mail still comes."""

    account_id: AccountId
    disabled: bool


@dataclass(frozen=True, slots=True)
class ToTargets:
    """The address is an alias. targets: addresses, local or remote, sorted, at least one."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToCatchAll:
    """Nobody has the address, but its domain sends such mail to `target`, an address."""

    target: str


@dataclass(frozen=True, slots=True)
class NoSuchAddress:
    """The domain is ours, the name is nobody's."""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """The domain is not ours."""


Route = ToAccount | ToTargets | ToCatchAll | NoSuchAddress | NotOurs


def canonical_domain(name: str) -> str:
    """Return a domain as it is stored: lower case.

    Raises Invalid unless it is letters, digits, hyphens and dots: U-labels are encoded
    before they come here (RFC 5890 §2.3.2.1).
    """
    name = name.lower()
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise Invalid(f"domain {name[:80]!r}")
    return name


def canonical(address: str) -> str:
    """Return an address as it is stored and compared.

    Raises Invalid without a local part and a domain, with white space or control
    characters, or above MAX_ADDRESS_OCTETS.
    """
    localpart, at, domain = address.rpartition("@")
    localpart = unicodedata.normalize("NFC", localpart).lower()
    if not at or not localpart or _FORBIDDEN.search(localpart):
        raise Invalid(f"address {address[:80]!r}")
    address = f"{localpart}@{canonical_domain(domain)}"
    too_long = len(localpart.encode()) > MAX_LOCALPART_OCTETS
    if too_long or len(address.encode()) > MAX_ADDRESS_OCTETS:
        raise Invalid(f"address {address[:80]!r} is too long")
    return address


def lookup(tx: Transaction, localpart: str, domain: str) -> Route:
    """Return where mail for `localpart@domain` goes. One query, any input."""
    domain = domain.lower()
    if _FORBIDDEN.search(localpart) or not _DOMAIN.fullmatch(domain):
        return NotOurs()
    address = f"{unicodedata.normalize('NFC', localpart).lower()}@{domain}"
    rows = tx.all(_LOOKUP, address, domain)
    if not rows:
        return NotOurs()
    catch_all, account_id, disabled, target = rows[0]
    if account_id is not None:
        return ToAccount(AccountId(account_id), bool(disabled))
    if target is not None:
        return ToTargets(tuple(sorted(row[3] for row in rows)))
    return ToCatchAll(catch_all) if catch_all else NoSuchAddress()
