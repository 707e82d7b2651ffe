"""The syntax tree of SEARCH, SORT and THREAD (RFC 9051 §6.4.4, RFC 5256 §3).

Each search key is a value; `parse_search` makes them, `search` gives them their meaning.
NEW, OLD, SEEN, UNSEEN and their like are `Flag`, combined by `And` and `Not`.
"""

import enum
from dataclasses import dataclass
from datetime import date

from pillarbox.imap.values import Saved, SequenceSet


class Day(enum.Enum):
    """Which date of a message: when stored, when written, when put into this mailbox."""

    INTERNAL = "INTERNALDATE"
    SENT = "Date"
    SAVED = "SAVEDATE"  # RFC 8514 §4.3


class Compare(enum.Enum):
    """How it compares with the day given: <, =, >= (RFC 9051 §6.4.4)."""

    BEFORE = "BEFORE"
    ON = "ON"
    SINCE = "SINCE"


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the keys; two or more."""

    keys: tuple["Key", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the two, or both."""

    left: "Key"
    right: "Key"


@dataclass(frozen=True, slots=True)
class Not:
    """Not that."""

    key: "Key"


@dataclass(frozen=True, slots=True)
class Flag:
    r"""The flag or keyword is set. name: "\\Seen", "\\Recent", "$Junk"; any case."""

    name: str


@dataclass(frozen=True, slots=True)
class Header:
    """A field of that name holds the text. text: "" when its presence is enough.

    envelope: FROM, SUBJECT and the like, which ask what ENVELOPE tells of that field.
    """

    name: str
    text: str
    envelope: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The body holds the text."""

    text: str


@dataclass(frozen=True, slots=True)
class AnyText:
    """Header or body holds the text."""

    text: str


@dataclass(frozen=True, slots=True)
class Size:
    """RFC822.SIZE is above (larger) or below `octets`; never equal."""

    larger: bool
    octets: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A date, without time and zone, compares so with `day`."""

    which: Day
    compare: Compare
    day: date


@dataclass(frozen=True, slots=True)
class Age:
    """INTERNALDATE is at most `seconds` ago (YOUNGER), or at least (OLDER): RFC 5032 §3."""

    younger: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Among:
    """The message number, or UID, is in the set."""

    numbers: SequenceSet | Saved
    uid: bool


@dataclass(frozen=True, slots=True)
class ModSeq:
    """The mod-sequence is `least` or above (RFC 7162 §3.1.5)."""

    least: int


@dataclass(frozen=True, slots=True)
class EmailId:
    """EMAILID equals the value (RFC 8474 §6)."""

    value: str


@dataclass(frozen=True, slots=True)
class ThreadId:
    """THREADID equals the value (RFC 8474 §6)."""

    value: str


@dataclass(frozen=True, slots=True)
class SaveDateSupported:
    """The mailbox keeps save dates (RFC 8514 §4.3)."""


Key = (
    All
    | And
    | Or
    | Not
    | Flag
    | Header
    | Body
    | AnyText
    | Size
    | Dated
    | Age
    | Among
    | ModSeq
    | EmailId
    | ThreadId
    | SaveDateSupported
)


class Return(enum.Enum):
    """Options of RETURN (RFC 4731 §3.1, RFC 5182 §2.1)."""

    MIN = "MIN"
    MAX = "MAX"
    ALL = "ALL"
    COUNT = "COUNT"
    SAVE = "SAVE"


class SortBy(enum.Enum):
    """Sort criteria (RFC 5256 §3, RFC 5957 §3)."""

    ARRIVAL = "ARRIVAL"
    CC = "CC"
    DATE = "DATE"
    FROM = "FROM"
    SIZE = "SIZE"
    SUBJECT = "SUBJECT"
    TO = "TO"
    DISPLAYFROM = "DISPLAYFROM"
    DISPLAYTO = "DISPLAYTO"


class Threading(enum.Enum):
    """Threading algorithms (RFC 5256 §3)."""

    ORDEREDSUBJECT = "ORDEREDSUBJECT"
    REFERENCES = "REFERENCES"


def has_modseq(key: Key) -> bool:
    """Tell whether MODSEQ occurs: then the answer carries one (RFC 7162 §3.1.5)."""
    todo = [key]
    while todo:
        match todo.pop():
            case ModSeq():
                return True
            case And(keys):
                todo.extend(keys)
            case Or(left, right):
                todo += (left, right)
            case Not(inner):
                todo.append(inner)
            case _:
                pass
    return False
