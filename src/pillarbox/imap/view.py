"""The selected mailbox as one session sees it: sequence numbers, UIDs, pending changes.

What other sessions do reaches the client only when it is told, and it may be told of an
expunge only at certain times: never between the parts of a FETCH, STORE or SEARCH that
uses message numbers, because they would shift under it (RFC 9051 §7.5.1). So the map
from numbers to UIDs is the client's, not the store's: `apply` notes changes,
`take_updates` turns them into things to say and only then moves the map.

An expunged message stays in the map until it is told; `is_expunged` knows it. Nothing
here does I/O. Memory: 4 octets for each message, and the pending changes.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pillarbox.imap.values import STAR, Saved, SequenceSet, sequence_set


@dataclass(slots=True)
class Added:
    """New messages. uids: ascending, above all known ones. recent: first seen by us."""

    uids: Sequence[int]
    recent: bool = False


@dataclass(slots=True)
class Expunged:
    """Messages that are gone. uids: in any order; unknown ones are ignored."""

    uids: Iterable[int]


@dataclass(slots=True)
class Changed:
    """The flags of one message are now these."""

    uid: int
    flags: tuple[str, ...]
    modseq: int


Change = Added | Expunged | Changed


@dataclass(slots=True)
class FlagUpdate:
    """Say FETCH (FLAGS ...) for message `seq`."""

    seq: int
    uid: int
    flags: tuple[str, ...]
    modseq: int


@dataclass(slots=True)
class Updates:
    """What to tell the client, in this order.

    flags: ascending by `seq`, numbered as before the expunges. expunged: sequence numbers
    for EXPUNGE, descending, so that each is right at its place. vanished: the same
    messages as UIDs, for sessions that enabled QRESYNC. exists, recent: None: say nothing.
    """

    flags: list[FlagUpdate] = field(default_factory=list)
    expunged: list[int] = field(default_factory=list)
    vanished: SequenceSet = field(default_factory=SequenceSet)
    exists: int | None = None
    recent: int | None = None

    def __bool__(self) -> bool:
        return bool(self.flags or self.expunged) or self.exists is not None


class View:
    r"""The map of one selected mailbox.

    uids: ascending, as the client learns them by the EXISTS of SELECT. recent: those of
    them that carry \Recent in this session. saved: the result of SEARCH RETURN (SAVE),
    as UIDs; the session assigns it, expunges leave it.
    """

    __slots__ = ("_expunged", "_flags", "_new", "_new_recent", "_uids", "recent", "saved")

    def __init__(self, uids: Iterable[int], recent: Iterable[int] = ()) -> None:
        self._uids = array("I", uids)
        self.recent = set(recent)
        self.saved = SequenceSet()
        self._new = array("I")  # arrived, not told
        self._new_recent: set[int] = set()
        self._expunged: set[int] = set()  # gone, not told
        self._flags: dict[int, Changed] = {}  # changed, not told

    # What the client knows.

    def __len__(self) -> int:
        return len(self._uids)

    @property
    def highest_uid(self) -> int:
        """The greatest UID that the client was told of, 0 for none."""
        return self._uids[-1] if self._uids else 0

    @property
    def pending(self) -> bool:
        """True when there is something to tell, now or later."""
        return bool(self._new or self._expunged or self._flags)

    @property
    def holds_expunges(self) -> bool:
        """True when messages are gone, and the client was not told yet."""
        return bool(self._expunged)

    def uid(self, seq: int) -> int:
        """Return the UID of message `seq`, 1..len(self). Raises IndexError."""
        if seq < 1:
            raise IndexError(seq)
        return self._uids[seq - 1]

    def seq(self, uid: int) -> int | None:
        """Return the sequence number of `uid`, None when the client does not know it."""
        at = bisect_left(self._uids, uid)
        return at + 1 if at < len(self._uids) and self._uids[at] == uid else None

    def is_expunged(self, uid: int) -> bool:
        """Tell whether `uid` is gone already, though the client still counts it."""
        return uid in self._expunged

    def uids(self) -> "array[int]":
        """Return a copy of all UIDs that the client knows, ascending."""
        return self._uids[:]

    def select(self, numbers: SequenceSet | Saved, *, uid: bool) -> list[tuple[int, int]] | None:
        """Return (sequence number, UID) of the messages in a set, ascending.

        Unknown UIDs are left out (RFC 9051 §6.4.9). None: a message number is above
        what there is, which is an error of the client (RFC 3501 §9, seq-number). A range
        up to "*" is no error, not even in an empty mailbox: clients ask for 1:* blindly.
        """
        uids = self._uids
        if isinstance(numbers, Saved):
            numbers, uid = self.saved, True
        if uid:
            found: list[tuple[int, int]] = []
            for low, high in numbers.resolve(self.highest_uid):
                first, last = bisect_left(uids, low), bisect_right(uids, high)
                found += zip(range(first + 1, last + 1), uids[first:last], strict=True)
            return found
        count = len(uids)
        if any(count < high != STAR for _, high in numbers.ranges):
            return None
        found = []
        for low, high in numbers.resolve(count):
            found += zip(range(low, high + 1), uids[low - 1 : high], strict=True)
        return found

    # What the client does not know yet.

    def apply(self, change: Change) -> None:
        """Note what happened to the mailbox. Saying the same twice does no harm."""
        match change:
            case Added(uids, recent):
                last = self._new[-1] if self._new else self.highest_uid
                fresh = [uid for uid in uids if uid > last]
                self._new.extend(fresh)
                if recent:
                    self._new_recent.update(fresh)
            case Expunged(uids):
                for uid in uids:
                    self._expunge(uid)
            case Changed(uid, _, modseq):
                if uid in self._expunged or self.seq(uid) is None:
                    return  # told with the message, or never
                known = self._flags.get(uid)
                if known is None or known.modseq <= modseq:
                    self._flags[uid] = change

    def forget_flags(self, uid: int, modseq: int) -> None:
        """Drop what is pending of `uid` up to `modseq`: the client was told otherwise."""
        known = self._flags.get(uid)
        if known is not None and known.modseq <= modseq:
            del self._flags[uid]

    def take_updates(self, *, allow_expunge: bool) -> Updates:
        """Return what is to be told now, and count it as told.

        allow_expunge: False during and right after FETCH, STORE and SEARCH with message
        numbers: then expunges stay pending.
        """
        updates = Updates(flags=self._take_flags())
        if allow_expunge and self._expunged:
            self._take_expunges(updates)
        if self._new:
            self._uids.extend(self._new)
            self.recent |= self._new_recent
            self._new = array("I")
            self._new_recent = set()
            updates.exists = len(self._uids)
            updates.recent = len(self.recent)
        return updates

    def _expunge(self, uid: int) -> None:
        if self.seq(uid) is not None:
            self._expunged.add(uid)
            self._flags.pop(uid, None)
            return
        at = bisect_left(self._new, uid)
        if at < len(self._new) and self._new[at] == uid:
            # Never told, never missed. The last one stays as a gap in the UIDs only.
            del self._new[at]
            self._new_recent.discard(uid)

    def _take_flags(self) -> list[FlagUpdate]:
        if not self._flags:
            return []
        pending, self._flags = self._flags, {}
        return [
            FlagUpdate(bisect_left(self._uids, uid) + 1, uid, change.flags, change.modseq)
            for uid, change in sorted(pending.items())
        ]

    def _take_expunges(self, updates: Updates) -> None:
        gone = sorted(self._expunged)
        places = [bisect_left(self._uids, uid) for uid in gone]
        kept = array("I")
        start = 0
        for place in places:
            kept.extend(self._uids[start:place])
            start = place + 1
        kept.extend(self._uids[start:])
        self._uids = kept
        self._expunged = set()
        self.recent.difference_update(gone)
        updates.expunged = [place + 1 for place in reversed(places)]
        updates.vanished = sequence_set(gone)
        self.saved = self.saved.difference(updates.vanished)
