"""One value for each IMAP command. `parse.parse` makes them; tags are kept outside.

Mailbox names are decoded `str`, user names and passwords too. A command that exists
plain and with UID has `uid`: then its numbers are UIDs, and so are those of the answer.
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from pillarbox.imap.criteria import Key, Return, SortBy, Threading
from pillarbox.imap.section import Item
from pillarbox.imap.values import Saved, SequenceSet

Numbers = SequenceSet | Saved


@dataclass(slots=True)
class Capability:
    """CAPABILITY."""


@dataclass(slots=True)
class Noop:
    """NOOP."""


@dataclass(slots=True)
class Logout:
    """LOGOUT. Answered by an untagged BYE, then a tagged OK."""


@dataclass(slots=True)
class StartTls:
    """STARTTLS."""


@dataclass(slots=True)
class Authenticate:
    """AUTHENTICATE. mechanism: upper case. initial: decoded, None when absent (RFC 4959)."""

    mechanism: str
    initial: bytes | None


@dataclass(slots=True)
class Login:
    """LOGIN."""

    user: str
    password: str


@dataclass(slots=True)
class Enable:
    """ENABLE. names: upper case, possibly unknown ones (RFC 5161 §3.1)."""

    names: tuple[str, ...]


@dataclass(slots=True)
class Id:
    """ID. params: None for NIL; names in lower case (RFC 2971 §3.3)."""

    params: dict[str, str | None] | None


@dataclass(slots=True)
class Qresync:
    """What the client remembers of a mailbox (RFC 7162 §3.2.5).

    known_uids: None when not said. matches: pairs of known message numbers and their
    UIDs (§3.2.5.2); both empty when not said.
    """

    uidvalidity: int
    modseq: int
    known_uids: SequenceSet | None = None
    match_numbers: SequenceSet = field(default_factory=SequenceSet)
    match_uids: SequenceSet = field(default_factory=SequenceSet)


@dataclass(slots=True)
class Select:
    """SELECT, or EXAMINE when `read_only`. condstore: RFC 7162 §3.1.8."""

    mailbox: str
    read_only: bool = False
    condstore: bool = False
    qresync: Qresync | None = None


@dataclass(slots=True)
class Create:
    r"""CREATE. use: special-use attributes as "\\Sent" (RFC 6154 §3)."""

    mailbox: str
    use: tuple[str, ...] = ()


@dataclass(slots=True)
class Delete:
    """DELETE."""

    mailbox: str


@dataclass(slots=True)
class Rename:
    """RENAME."""

    mailbox: str
    new_name: str


@dataclass(slots=True)
class Subscribe:
    """SUBSCRIBE."""

    mailbox: str


@dataclass(slots=True)
class Unsubscribe:
    """UNSUBSCRIBE."""

    mailbox: str


@dataclass(slots=True)
class List:
    """LIST, plain or extended (RFC 9051 §6.3.9).

    patterns: at least one. select, returns: upper case option names, checked. status:
    items of RETURN (STATUS (...)). extended: any option was written, or several
    patterns: then the answer need not pretend to be RFC 3501's.
    """

    reference: str
    patterns: tuple[str, ...]
    select: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    extended: bool = False


@dataclass(slots=True)
class Lsub:
    """LSUB (RFC 3501 §6.3.9)."""

    reference: str
    pattern: str


@dataclass(slots=True)
class Namespace:
    """NAMESPACE."""


@dataclass(slots=True)
class Status:
    """STATUS. items: upper case names out of `parse_mailbox.STATUS_ITEMS`, not empty."""

    mailbox: str
    items: tuple[str, ...]


@dataclass(slots=True)
class AppendMessage:
    """What precedes one message literal of APPEND.

    internal_date: None for now. octets: size of the literal. binary: literal8, may hold
    NUL (RFC 3516 §4.4). utf8: written as UTF8 (~{n}...) (RFC 6855 §4).
    """

    flags: tuple[str, ...]
    internal_date: datetime | None
    octets: int
    binary: bool = False
    utf8: bool = False


@dataclass(slots=True)
class Append:
    """APPEND. Its messages come as events of their own, see server.py."""

    mailbox: str


@dataclass(slots=True)
class Idle:
    """IDLE (RFC 2177). Answered by a continuation first, by a tagged reply after DONE."""


@dataclass(slots=True)
class Check:
    """CHECK (RFC 3501 §6.4.1)."""


@dataclass(slots=True)
class Close:
    """CLOSE: expunges silently, unless the mailbox is read-only."""


@dataclass(slots=True)
class Unselect:
    """UNSELECT (RFC 3691)."""


@dataclass(slots=True)
class Expunge:
    """EXPUNGE; with `uids` UID EXPUNGE of these only (RFC 4315 §2.1)."""

    uids: Numbers | None = None


@dataclass(slots=True)
class Search:
    """SEARCH. returns: None without RETURN; RETURN () is {ALL} (RFC 4731 §3.1)."""

    key: Key
    uid: bool = False
    returns: frozenset[Return] | None = None


@dataclass(slots=True)
class Sort:
    """SORT. criteria: (what, reverse), most significant first (RFC 5256 §3)."""

    criteria: tuple[tuple[SortBy, bool], ...]
    key: Key
    uid: bool = False
    returns: frozenset[Return] | None = None


@dataclass(slots=True)
class Thread:
    """THREAD (RFC 5256 §3)."""

    algorithm: Threading
    key: Key
    uid: bool = False


@dataclass(slots=True)
class Fetch:
    """FETCH. items: as asked, macros expanded, without doubles; UID not added.

    changed_since: RFC 7162 §3.1.4.1. vanished: also tell what was expunged since then;
    only with `uid` and `changed_since` (RFC 7162 §3.2.6).
    """

    numbers: Numbers
    items: tuple[Item, ...]
    uid: bool = False
    changed_since: int | None = None
    vanished: bool = False


class Change(enum.Enum):
    """What STORE does with the flags. value: its sign."""

    REPLACE = ""
    ADD = "+"
    REMOVE = "-"


@dataclass(slots=True)
class Store:
    """STORE. unchanged_since: RFC 7162 §3.1.3."""

    numbers: Numbers
    change: Change
    flags: tuple[str, ...]
    silent: bool = False
    uid: bool = False
    unchanged_since: int | None = None


@dataclass(slots=True)
class Copy:
    """COPY."""

    numbers: Numbers
    mailbox: str
    uid: bool = False


@dataclass(slots=True)
class Move:
    """MOVE (RFC 6851)."""

    numbers: Numbers
    mailbox: str
    uid: bool = False


@dataclass(slots=True)
class GetQuota:
    """GETQUOTA (RFC 9208 §4.1.1)."""

    root: str


@dataclass(slots=True)
class GetQuotaRoot:
    """GETQUOTAROOT (RFC 9208 §4.1.2)."""

    mailbox: str


Command = (
    Capability
    | Noop
    | Logout
    | StartTls
    | Authenticate
    | Login
    | Enable
    | Id
    | Select
    | Create
    | Delete
    | Rename
    | Subscribe
    | Unsubscribe
    | List
    | Lsub
    | Namespace
    | Status
    | Append
    | Idle
    | Check
    | Close
    | Unselect
    | Expunge
    | Search
    | Sort
    | Thread
    | Fetch
    | Store
    | Copy
    | Move
    | GetQuota
    | GetQuotaRoot
)
