"""SORT: the order of messages (RFC 5256 §3, RFC 5957 §3)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from pillarbox.imap.criteria import SortBy
from pillarbox.imap.search import fold
from pillarbox.imap.subject import base_subject


class Message(Protocol):
    """What SORT compares.

    subject: decoded, "" for none. sent_date: aware, None without a usable Date field: then
    internal_date counts (RFC 5256 §2.2). from_mailbox, to_mailbox, cc_mailbox: the local
    part of the first address, "" for none. from_display, to_display: its display name, or
    the address without one (RFC 5957 §3).
    """

    @property
    def seq(self) -> int: ...
    @property
    def uid(self) -> int: ...
    @property
    def internal_date(self) -> datetime: ...
    @property
    def sent_date(self) -> datetime | None: ...
    @property
    def size_octets(self) -> int: ...
    @property
    def subject(self) -> str: ...
    @property
    def from_mailbox(self) -> str: ...
    @property
    def to_mailbox(self) -> str: ...
    @property
    def cc_mailbox(self) -> str: ...
    @property
    def from_display(self) -> str: ...
    @property
    def to_display(self) -> str: ...


M = TypeVar("M", bound="Message")


def _sent(msg: Message) -> float:
    return (msg.sent_date or msg.internal_date).timestamp()


_RANK: Final[dict[SortBy, Callable[[Message], Any]]] = {
    SortBy.ARRIVAL: lambda msg: msg.internal_date.timestamp(),
    SortBy.DATE: _sent,
    SortBy.SIZE: lambda msg: msg.size_octets,
    SortBy.SUBJECT: lambda msg: fold(base_subject(msg.subject)[0]),
    SortBy.FROM: lambda msg: fold(msg.from_mailbox),
    SortBy.TO: lambda msg: fold(msg.to_mailbox),
    SortBy.CC: lambda msg: fold(msg.cc_mailbox),
    SortBy.DISPLAYFROM: lambda msg: fold(msg.from_display),
    SortBy.DISPLAYTO: lambda msg: fold(msg.to_display),
}


def sort(messages: Iterable[M], criteria: Sequence[tuple[SortBy, bool]]) -> list[M]:
    """Return the messages in the asked order; equal ones by sequence number.

    criteria: (what, reverse), most significant first. REVERSE does not turn round the
    order of equal messages (RFC 5256 §3).
    """
    ordered = sorted(messages, key=lambda msg: msg.seq)
    for by, reverse in reversed(criteria):
        rank = _RANK[by]
        ordered.sort(key=rank, reverse=reverse)
    return ordered
