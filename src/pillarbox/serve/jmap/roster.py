"""Rosters of accounts in memory: sorted lists and counts, kept up to date change by change.

Each worker keeps some. The truth is the database: before each use the account's modseq is
compared, and what changed meanwhile is read (`store/rosters`). So a list of 100 000 messages
costs one small query, wherever one looks into it.
"""

import asyncio
import bisect
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.store import keywords as kw
from pillarbox.store import rosters
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.rosters import Entry, Reading

MAX_ENTRIES: Final = 300_000
"""Messages that all rosters of a worker may hold together, some 300 octets each."""
FEW: Final = 500
"""Changes that are put into sorted lists one by one; above, lists are sorted anew."""
MAX_RESULTS: Final = 16
"""Results of queries that a roster remembers until something changes."""


@dataclass(slots=True)
class Counts:
    """What a mailbox holds (RFC 8621 §2). unread: neither $seen nor $draft."""

    emails: int = 0
    unread: int = 0
    threads: int = 0
    unread_threads: int = 0


@dataclass(slots=True)
class _Box:
    emails: int = 0
    unread: int = 0
    threads: dict[int, int] = field(default_factory=dict)


class Roster:
    """The messages of one account at one modseq."""

    def __init__(self, reading: Reading) -> None:
        self.modseq = reading.modseq
        self.trash = reading.trash
        self.entries: dict[int, Entry] = {}
        self._members: dict[int, tuple[int, ...]] | None = None
        self.results: OrderedDict[Any, Any] = OrderedDict()
        self._lists: dict[int, list[Entry]] = {}
        self._boxes: dict[int, _Box] = {}
        self._unread: dict[int, int] = {}
        self._unread_trash: dict[int, int] = {}
        self._is_unread: dict[str, bool] = {}
        self._count_all(reading.entries)
        self.entries.update((entry.message_id, entry) for entry in reading.entries)

    @property
    def members(self) -> Mapping[int, tuple[int, ...]]:
        """The messages of each thread, in no order; made when somebody asks first."""
        if self._members is None:
            members: dict[int, tuple[int, ...]] = {}
            for message_id, entry in self.entries.items():
                members[entry.thread_id] = (*members.get(entry.thread_id, ()), message_id)
            self._members = members
        return self._members

    def apply(self, reading: Reading) -> None:
        """Take in what changed since `modseq`."""
        self.modseq = reading.modseq
        if not reading.entries and not reading.gone:
            return
        self.results.clear()
        few = len(reading.entries) + len(reading.gone) <= FEW
        if not few:
            self._lists.clear()
        for message_id in reading.gone:
            self._remove(message_id)
        for entry in reading.entries:
            self._remove(entry.message_id)
            self.entries[entry.message_id] = entry
            self._count(entry, 1)
            for mailbox_id in (0, *entry.mailbox_ids):
                if mailbox_id in self._lists:
                    bisect.insort(self._lists[mailbox_id], entry)

    def list_(self, mailbox_id: int = 0) -> Sequence[Entry]:
        """Return the messages of a mailbox (0: of all), oldest first. Do not change it."""
        found = self._lists.get(mailbox_id)
        if found is None:
            entries: Iterable[Entry] = self.entries.values()
            if mailbox_id:
                if mailbox_id not in self._boxes:
                    return ()
                entries = (entry for entry in entries if mailbox_id in entry.mailbox_ids)
            found = self._lists[mailbox_id] = sorted(entries)
        return found

    def counts(self, mailbox_id: int) -> Counts:
        """Return what a mailbox holds; mail that is only in the trash makes no other unread."""
        box = self._boxes.get(mailbox_id)
        if box is None:
            return Counts()
        unread = self._unread_trash if mailbox_id == self.trash else self._unread
        both = len(unread.keys() & box.threads.keys())
        return Counts(box.emails, box.unread, len(box.threads), both)

    def threads(self, mailbox_id: int) -> int:
        """Return of how many threads a mailbox holds something."""
        box = self._boxes.get(mailbox_id)
        return 0 if box is None else len(box.threads)

    def is_unread(self, keywords: str) -> bool:
        """Tell whether keywords are those of a message that counts as unread (RFC 8621 §2)."""
        found = self._is_unread.get(keywords)
        if found is None:
            names = kw.names(keywords)
            found = kw.SEEN not in names and kw.DRAFT not in names
            self._is_unread[keywords] = found
        return found

    def _remove(self, message_id: int) -> None:
        old = self.entries.pop(message_id, None)
        if old is None:
            return
        self._count(old, -1)
        for mailbox_id in (0, *old.mailbox_ids):
            listed = self._lists.get(mailbox_id)
            if listed is not None:
                del listed[bisect.bisect_left(listed, old)]

    def _count_all(self, entries: Iterable[Entry]) -> None:
        """Do `_count` for many; those that are read, and in one mailbox, are most."""
        boxes = self._boxes
        for entry in entries:
            mailbox_ids = entry.mailbox_ids
            if len(mailbox_ids) > 1 or self.is_unread(entry.keywords):
                self._count(entry, 1)
                continue
            box = boxes.get(mailbox_ids[0])
            if box is None:
                box = boxes[mailbox_ids[0]] = _Box()
            box.emails += 1
            thread_id = entry.thread_id
            threads = box.threads
            threads[thread_id] = threads.get(thread_id, 0) + 1

    def _count(self, entry: Entry, sign: int) -> None:
        thread_id = entry.thread_id
        unread = self.is_unread(entry.keywords)
        for mailbox_id in entry.mailbox_ids:
            box = self._boxes.get(mailbox_id)
            if box is None:
                box = self._boxes[mailbox_id] = _Box()
            box.emails += sign
            _add(box.threads, thread_id, sign)
            if unread:
                box.unread += sign
        if unread:
            if self.trash in entry.mailbox_ids:
                _add(self._unread_trash, thread_id, sign)
            if entry.mailbox_ids != (self.trash,):
                _add(self._unread, thread_id, sign)
        if self._members is None:
            return
        members = self._members.get(thread_id, ())
        if sign > 0:
            self._members[thread_id] = (*members, entry.message_id)
        elif len(members) > 1:
            self._members[thread_id] = tuple(m for m in members if m != entry.message_id)
        else:
            del self._members[thread_id]

    def remember(self, key: Any, result: Any) -> None:
        """Keep the result of a query while nothing changes."""
        self.results[key] = result
        if len(self.results) > MAX_RESULTS:
            self.results.popitem(last=False)


def _add(counts: dict[int, int], key: int, sign: int) -> None:
    count = counts.get(key, 0) + sign
    if count:
        counts[key] = count
    else:
        del counts[key]


class Rosters:
    """The rosters of a worker, those used last. For use on one event loop."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._rosters: OrderedDict[AccountId, Roster] = OrderedDict()
        self._locks: dict[AccountId, asyncio.Lock] = {}

    async def get(self, db: Database, account_id: AccountId) -> Roster:
        """Return the roster as it is now. It stays so until the caller awaits. Raises NotFound."""
        lock = self._locks.setdefault(account_id, asyncio.Lock())
        try:
            async with lock:
                return await self._get(db, account_id)
        finally:
            if not lock.locked() and account_id not in self._rosters:
                self._locks.pop(account_id, None)

    async def _get(self, db: Database, account_id: AccountId) -> Roster:
        roster = self._rosters.get(account_id)
        if roster is not None:
            reading = await db.read(rosters.since, account_id, roster.modseq, roster.trash)
            if reading is not None:
                roster.apply(reading)
                self._rosters.move_to_end(account_id)
                return roster
        roster = await db.scan(_load, account_id)
        self._rosters[account_id] = roster
        self._rosters.move_to_end(account_id)
        total = sum(len(kept.entries) for kept in self._rosters.values())
        while total > self._max_entries and len(self._rosters) > 1:
            number, dropped = self._rosters.popitem(last=False)
            self._locks.pop(number, None)
            total -= len(dropped.entries)
        return roster


def _load(tx: Transaction, account_id: AccountId) -> Roster:
    """Read and count, in a thread."""
    return Roster(rosters.read(tx, account_id))
