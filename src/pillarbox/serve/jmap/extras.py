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
"""Takes account, message id and the new value, null for none. Raises SetError.

It runs in the transaction of the Email/set or Email/import, after the change of mailboxes and
keywords, with the account's lock held. What it changes must get a modseq of its own if
Email/changes should tell of it (`flags.touch`).
"""


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
    arguments: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)


Extras = Mapping[str, EmailExtra]
NONE: Final[Extras] = {}


def by_name(extras: Sequence[EmailExtra]) -> Extras:
    """Return properties by their names."""
    return {extra.name: extra for extra in extras}
