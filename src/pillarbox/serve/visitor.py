"""Who is behind an HTTP request: what signing in finds out, and JMAP and the pages rely on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from pillarbox.store.ids import AccountId

Kind = Literal["session", "password", "app_password", "bearer"]


class NotSignedIn(Exception):
    """Nobody is signed in, or no longer: HTTP 401. `str(exc)` says why, for people."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """An account, and how it proved itself.

    number: of the session or app password, 0 for a password. scopes: what an app password may
    do ("jmap", "imap", "smtp", "pop3"); everything for others. confirmed_at: when the person
    last proved to be there (microseconds since 1970), 0 if unknown: changes that matter ask
    for a recent one.
    """

    account_id: AccountId
    address: str
    kind: Kind
    number: int = 0
    scopes: frozenset[str] = frozenset()
    confirmed_at: int = 0


Identify = Callable[[HTTPConnection], Awaitable[Visitor]]
"""Returns who sent a request. Raises NotSignedIn, RateLimited."""
