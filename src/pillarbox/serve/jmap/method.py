"""What a JMAP method is to the server: a coroutine from arguments to a response."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pillarbox.jmap.limits import Limits
from pillarbox.serve.visitor import Visitor
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId


@dataclass(slots=True)
class Context:
    """One API request, while its methods run.

    created: creation ids of this request and the ids they stand for (RFC 8620 §5.3). using: the
    capabilities that the client asked for. changed: to be called after each commit that changed
    the account. more: responses that follow the method's own, as (name, arguments), for methods
    that imply others (RFC 8621 §7.5).
    """

    db: Database
    visitor: Visitor
    now: datetime
    limits: Limits
    using: frozenset[str]
    changed: Callable[[int], None]
    created: dict[str, str] = field(default_factory=dict)
    more: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


Method = Callable[[Context, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Takes the arguments with references resolved and accountId checked to be the visitor's own.

Returns the response's arguments. Raises MethodError.
"""

States = Callable[[Transaction, AccountId], Mapping[str, str]]
"""Returns the state string of each type, for push and for the session (RFC 8620 §7.1)."""


def _nothing(_: Visitor) -> Mapping[str, Any]:
    return {}


def _no_states(_: Transaction, __: AccountId) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Capability:
    """A set of methods that a client can ask for.

    urn: as in "using". server: its properties in the session's `capabilities`. account: those in
    `accountCapabilities`. states: of its types. personal: whether it has to do with accounts.
    anywhere: its methods that take no accountId.
    """

    urn: str
    methods: Mapping[str, Method]
    server: Mapping[str, Any] = field(default_factory=dict)
    account: Callable[[Visitor], Mapping[str, Any]] = _nothing
    states: States = _no_states
    personal: bool = True
    anywhere: frozenset[str] = frozenset()
