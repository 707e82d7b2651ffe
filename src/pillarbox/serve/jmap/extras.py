"""Properties of Email that other capabilities bring along."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

Load = Callable[[Transaction, AccountId, Sequence[int], Mapping[str, Any]], Mapping[int, Any]]
"""Takes account, message ids and the method's arguments; returns the values that are not null.

It runs in the transaction that reads the messages, once for a whole list: few statements.
"""
Change = Callable[[Transaction, AccountId, int, Any], None]
"""Takes account, message id and the new value, null for none.

It runs in the transaction of the Email/set, after the change of mailboxes and keywords, with the
account's lock held. If Email/changes should tell of it, call `flags.touch`.
"""
Check = Callable[[Transaction, AccountId, Any], None]
"""Takes account and a new value that is not null; raises SetError if it cannot be.

It runs before anything of that email is changed.
"""


def _nothing(_: Transaction, __: AccountId, ___: Any) -> None:
    """Accept every value."""


@dataclass(frozen=True, slots=True)
class EmailExtra:
    """One property.

    name: of the property; it is given only to those who ask for it by name. urn: the capability
    that must be in "using". change: None for what a client cannot set. arguments: what Email/get
    takes besides, with a check that raises MethodError.
    """

    name: str
    urn: str
    load: Load
    change: Change | None = None
    check: Check = _nothing
    arguments: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)


Extras = Mapping[str, EmailExtra]
NONE: Final[Extras] = {}


def by_name(extras: Sequence[EmailExtra]) -> Extras:
    """Return properties by their names."""
    return {extra.name: extra for extra in extras}
