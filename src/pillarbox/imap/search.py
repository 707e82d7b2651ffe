"""What SEARCH means: a syntax tree and one message, yes or no (RFC 9051 §6.4.4).

The store narrows down the candidates by its indexes; this is the truth for each of them.
`matcher` turns the tree into one function: sets are resolved and strings folded once, and
within an AND the cheap keys are asked first, so that bodies are read last.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol, assert_never

from pillarbox.imap import criteria as k
from pillarbox.imap.values import Saved, SequenceSet


class Message(Protocol):
    r"""One message, seen from one mailbox.

    flags: lower case, with "\recent" where it applies. internal_date: aware.
    sent_day: of the Date field as written, without zone (RFC 9051 §6.4.4); None without one.
    save_date: None when the mailbox keeps none. thread_id: "" for none.
    """

    @property
    def seq(self) -> int: ...
    @property
    def uid(self) -> int: ...
    @property
    def flags(self) -> frozenset[str]: ...
    @property
    def size_octets(self) -> int: ...
    @property
    def modseq(self) -> int: ...
    @property
    def internal_date(self) -> datetime: ...
    @property
    def sent_day(self) -> date | None: ...
    @property
    def save_date(self) -> datetime | None: ...
    @property
    def email_id(self) -> str: ...
    @property
    def thread_id(self) -> str: ...
    def header(self, name: str) -> list[str]:
        """Return the values of a field, unfolded and decoded. name: lower case."""
        ...

    def envelope(self, name: str) -> list[str]:
        """Return the same as far as ENVELOPE tells it: subject, or names and addresses."""
        ...

    def header_text(self) -> str:
        """Return the whole header, unfolded and decoded."""
        ...

    def body_text(self) -> str:
        """Return the text of the body's text parts, decoded."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a search needs besides the message.

    now: aware, for YOUNGER and OLDER. highest_seq, highest_uid: what "*" means. saved:
    UIDs behind "$". save_dates: the mailbox keeps them.
    """

    now: datetime
    highest_seq: int
    highest_uid: int
    saved: SequenceSet = SequenceSet()  # noqa: RUF009 - immutable
    save_dates: bool = False


Test = Callable[[Message], bool]


def fold(text: str) -> str:
    """Return `text` in the form in which strings are compared: no case, no variants.

    Like i;unicode-casemap (RFC 5051), but with composed letters, so that "e" is not found
    in "é".
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def matcher(key: k.Key, context: Context) -> Test:
    """Return the function that tells whether a message matches."""
    match key:
        case k.And(keys):
            return _all([matcher(inner, context) for inner in sorted(keys, key=cost)])
        case k.Or(left, right):
            first, second = sorted((left, right), key=cost)
            return _either(matcher(first, context), matcher(second, context))
        case k.Not(inner):
            return _not(matcher(inner, context))
        case k.All() | k.SaveDateSupported():
            always = isinstance(key, k.All) or context.save_dates
            return lambda _msg: always
        case k.Among(numbers, uid):
            return _among(numbers, context, uid=uid)
        case k.Flag() | k.Size() | k.ModSeq() | k.EmailId() | k.ThreadId():
            return _simple(key)
        case k.Age() | k.Dated():
            return _timed(key, context)
        case k.Header() | k.Body() | k.AnyText():
            return _textual(key)
        case _:
            assert_never(key)


def cost(key: k.Key) -> int:
    """Return how dear it is to ask: 0 a row, 1 the header, 2 the body."""
    match key:
        case k.And(keys):
            return max(map(cost, keys))
        case k.Or(left, right):
            return max(cost(left), cost(right))
        case k.Not(inner):
            return cost(inner)
        case k.Header():
            return _HEADER_COST
        case k.Body() | k.AnyText():
            return _BODY_COST
        case _:
            return 0


_HEADER_COST: Final = 1
_BODY_COST: Final = 2


def _all(tests: list[Test]) -> Test:
    return lambda msg: all(test(msg) for test in tests)


def _either(first: Test, second: Test) -> Test:
    return lambda msg: first(msg) or second(msg)


def _not(test: Test) -> Test:
    return lambda msg: not test(msg)


def _among(numbers: SequenceSet | Saved, context: Context, *, uid: bool) -> Test:
    if isinstance(numbers, Saved):
        saved, highest = context.saved, context.highest_uid
        return lambda msg: saved.contains(msg.uid, highest)
    if uid:
        return lambda msg: numbers.contains(msg.uid, context.highest_uid)
    return lambda msg: numbers.contains(msg.seq, context.highest_seq)


def _simple(key: k.Flag | k.Size | k.ModSeq | k.EmailId | k.ThreadId) -> Test:
    match key:
        case k.Flag(name):
            wanted = name.lower()
            return lambda msg: wanted in msg.flags
        case k.Size(larger, octets):
            if larger:
                return lambda msg: msg.size_octets > octets
            return lambda msg: msg.size_octets < octets
        case k.ModSeq(least):
            return lambda msg: msg.modseq >= least
        case k.EmailId(value):
            return lambda msg: msg.email_id == value
        case k.ThreadId(value):
            return lambda msg: msg.thread_id == value


def _timed(key: k.Age | k.Dated, context: Context) -> Test:
    if isinstance(key, k.Age):
        try:
            limit = context.now - timedelta(seconds=key.seconds)
        except OverflowError:  # before the year 1: nothing is as old as that
            return lambda _msg: key.younger
        if key.younger:
            return lambda msg: msg.internal_date >= limit
        return lambda msg: msg.internal_date <= limit
    day_of = _DAYS[key.which]
    asked = key.day
    match key.compare:
        case k.Compare.BEFORE:
            return lambda msg: (day := day_of(msg)) is not None and day < asked
        case k.Compare.ON:
            return lambda msg: day_of(msg) == asked
        case k.Compare.SINCE:
            return lambda msg: (day := day_of(msg)) is not None and day >= asked


def _saved_day(msg: Message) -> date | None:
    return None if msg.save_date is None else msg.save_date.date()


_DAYS: Final[dict[k.Day, Callable[[Message], date | None]]] = {
    k.Day.INTERNAL: lambda msg: msg.internal_date.date(),
    k.Day.SENT: lambda msg: msg.sent_day,
    k.Day.SAVED: _saved_day,
}


def _textual(key: k.Header | k.Body | k.AnyText) -> Test:
    needle = fold(key.text)
    match key:
        case k.Header(name, envelope=envelope):
            field = name.lower()
            if envelope:
                return lambda msg: any(needle in fold(value) for value in msg.envelope(field))
            # RFC 9051 §6.4.4: an empty string matches every message with that field.
            return lambda msg: any(needle in fold(value) for value in msg.header(field))
        case k.Body():
            return lambda msg: needle in fold(msg.body_text())
        case k.AnyText():
            return lambda msg: needle in fold(msg.header_text()) or needle in fold(msg.body_text())
