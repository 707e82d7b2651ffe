"""Commands on the messages of the selected mailbox: FETCH, STORE, COPY, MOVE, EXPUNGE.

What needs many rows runs in a scan thread, a bounded piece at a time, and is sent before
the next piece is made.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from pillarbox.base.errors import NotFound
from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.section import Att
from pillarbox.imap.values import Saved, SequenceSet, sequence_set
from pillarbox.imap.view import Expunged
from pillarbox.serve.imap import fetch, flags
from pillarbox.serve.imap import mailboxes as mb
from pillarbox.serve.imap.fetch import Plan, Span
from pillarbox.serve.imap.owner import Owner
from pillarbox.serve.imap.selected import Selected
from pillarbox.serve.imap.selecting import since
from pillarbox.store import copying, placements, vault
from pillarbox.store import flags as store_flags
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId
from pillarbox.store.mailboxes import Mailbox

INLINE_MESSAGES: Final = 50  # so few rows are read on the event loop
_HOWS: Final = {
    c.Change.REPLACE: store_flags.How.REPLACE,
    c.Change.ADD: store_flags.How.ADD,
    c.Change.REMOVE: store_flags.How.REMOVE,
}


class Commands:
    """Answers them for one session."""

    def __init__(self, session: Owner) -> None:
        self._s = session

    def handlers(self) -> dict[type[c.Command], Callable[[Any], Awaitable[None]]]:
        """Return who answers which command."""
        return {
            c.Expunge: self._expunge,
            c.Fetch: self._fetch,
            c.Store: self._store,
            c.Copy: self._copy,
            c.Move: self._move,
        }

    @property
    def _box(self) -> Selected:
        selected = self._s.selected
        assert selected is not None, "the engine lets these commands through only when selected"
        return selected

    async def _expunge(self, command: c.Expunge) -> None:
        s, box = self._s, self._box
        if box.read_only:
            s.no("The mailbox is open read-only", b"READ-ONLY")
            return
        uids = None
        if command.uids is not None:
            uids = [uid for _, uid in self._pairs(command.uids, uid=True) or ()]
        _, gone = await s.db.write(vault.expunge, s.account_id, box.mailbox_id, uids)
        if gone:
            box.view.apply(Expunged(gone))
            s.changed()
        await s.tell(allow_expunge=True)
        s.ok("Expunged", self._highest() if gone else b"")

    # Messages.

    def _highest(self) -> bytes:
        """Return the response code after an expunge (RFC 7162 §3.2.7, §3.2.9)."""
        return b"HIGHESTMODSEQ %d" % self._box.modseq if self._s.condstore else b""

    def _issued(self, pairs: Sequence[tuple[int, int]]) -> bytes:
        """Return EXPUNGEISSUED if some of these are gone, and untold (RFC 5530 §3)."""
        view = self._box.view
        gone = view.holds_expunges and any(view.is_expunged(uid) for _, uid in pairs)
        return b"EXPUNGEISSUED" if gone else b""

    def _pairs(self, numbers: SequenceSet | Saved, *, uid: bool) -> list[tuple[int, int]] | None:
        return self._box.view.select(numbers, uid=uid)

    async def _fetch(self, command: c.Fetch) -> None:
        s, box = self._s, self._box
        pairs = self._pairs(command.numbers, uid=command.uid)
        if pairs is None:
            s.bad("No such message number")
            return
        if command.vanished and "QRESYNC" not in s.enabled:
            s.bad("ENABLE QRESYNC first")  # RFC 7162 §3.2.6
            return
        if command.changed_since is not None or Att.MODSEQ in command.items:
            s.enabled.add("CONDSTORE")
        if Att.FLAGS in command.items:
            await box.refresh(s.db)
            s.announce()
            if not s.condstore and command.changed_since is None:
                for _, uid in pairs:
                    box.view.forget_flags(uid, box.modseq)  # told with the answer
        modseq = command.changed_since is not None
        plan = fetch.plan(
            command.items, uid=command.uid, modseq=modseq, marks_seen=not box.read_only,
            recent=frozenset(box.view.recent),
        )  # fmt: skip
        if command.vanished and command.changed_since is not None:
            await self._tell_vanished(command)
        since = -1 if command.changed_since is None else command.changed_since
        for piece in fetch.work(pairs, plan):
            await self._fetch_piece(piece, plan, since)
        await s.tell(allow_expunge=command.uid)
        s.ok("Fetched", self._issued(pairs))

    async def _fetch_piece(self, pairs: Sequence[tuple[int, int]], plan: Plan, since: int) -> None:
        s, box = self._s, self._box
        if plan.marks_seen:
            plan = await self._mark_seen(pairs, plan)
        small = len(pairs) <= INLINE_MESSAGES and not plan.needs_octets
        run = s.db.read if small else s.db.scan
        pieces, _ = await run(
            fetch.responses, s.account_id, box.mailbox_id, pairs, plan, since, s.services.headers
        )
        for octets in pieces:
            if isinstance(octets, Span):
                for start in range(octets.start, octets.stop, fetch.SPAN_OCTETS):
                    stop = min(start + fetch.SPAN_OCTETS, octets.stop)
                    data = await s.db.blob(octets.blob, start, stop)
                    # A literal may not hold NUL (RFC 9051 §9, CHAR8).
                    s.send(data.replace(b"\0", b"\x80"))
                    await s.flush()
            else:
                s.send(octets)
        await s.flush()

    async def _mark_seen(self, pairs: Sequence[tuple[int, int]], plan: Plan) -> Plan:
        r"""Set \Seen where it is missing, and tell it with the response (RFC 9051 §6.4.5)."""
        s, box = self._s, self._box
        uids = [uid for _, uid in pairs]
        unseen = await s.db.read(_unseen, s.account_id, box.mailbox_id, uids)
        if not unseen:
            return plan
        change = store_flags.Change(store_flags.How.ADD, frozenset(("$seen",)))
        stored = await s.db.write(store_flags.store, s.account_id, box.mailbox_id, unseen, change)
        s.changed()
        await box.took(s.db, stored)
        s.announce()
        items = plan.items if Att.FLAGS in plan.items else (Att.FLAGS, *plan.items)
        return fetch.plan(
            items, uid=plan.uid or s.condstore, modseq=plan.modseq or s.condstore,
            marks_seen=True, recent=frozenset(box.view.recent),
        )  # fmt: skip

    async def _tell_vanished(self, command: c.Fetch) -> None:
        s, box = self._s, self._box
        assert command.changed_since is not None
        gone, _ = await s.db.scan(since, s.account_id, box.mailbox_id, command.changed_since)
        if gone is None:
            here = set(box.view.uids())
            gone = [uid for uid in range(1, box.uidnext) if uid not in here]
        if isinstance(command.numbers, SequenceSet):
            highest = max(box.uidnext - 1, 1)
            gone = [uid for uid in gone if command.numbers.contains(uid, highest)]
        s.send(f.vanished(sequence_set(gone), earlier=True))

    async def _store(self, command: c.Store) -> None:
        s, box = self._s, self._box
        if box.read_only:
            s.no("The mailbox is open read-only", b"READ-ONLY")
            return
        pairs = self._pairs(command.numbers, uid=command.uid)
        if pairs is None:
            s.bad("No such message number")
            return
        if command.unchanged_since is not None:
            s.enabled.add("CONDSTORE")
        names, deleted = flags.from_wire(command.flags)
        change = store_flags.Change(_HOWS[command.change], names, deleted)
        uids = [uid for _, uid in pairs]
        stored = await s.db.write(
            store_flags.store, s.account_id, box.mailbox_id, uids, change, command.unchanged_since
        )
        if stored.changed:
            s.changed()
        current = await box.took(s.db, stored)
        s.announce()
        self._tell_stored(command, pairs, stored)
        await s.tell(allow_expunge=command.uid, look=not current)
        if stored.conflicts:
            numbers: set[int] = set(stored.conflicts)
            if not command.uid:
                numbers = {seq for seq, uid in pairs if uid in numbers}
            s.ok("Some were changed meanwhile", f.modified(sequence_set(numbers)))
        else:
            s.ok("Stored", self._issued(pairs))

    def _tell_stored(
        self, command: c.Store, pairs: Sequence[tuple[int, int]], stored: store_flags.Stored
    ) -> None:
        """Tell the new flags; `.SILENT` tells only the mod-sequences, if anything."""
        s = self._s
        if command.silent and not s.condstore:
            return
        seqs = {uid: seq for seq, uid in pairs}
        lines = []
        recent = self._box.view.recent
        for uid, keywords, deleted, modseq in stored.rows:
            items = []
            # RFC 7162 §3.2.4: with CONDSTORE always UID and MODSEQ.
            if command.uid or s.condstore:
                items.append(b"UID %d" % uid)
            if not command.silent:
                items.append(flags.item(keywords, deleted, uid in recent))
            if s.condstore:
                items.append(b"MODSEQ (%d)" % modseq)
            lines.append(b"* %d FETCH (%b)\r\n" % (seqs[uid], b" ".join(items)))
        s.send(b"".join(lines))

    async def _copy(self, command: c.Copy) -> None:
        s = self._s
        prepared = await self._destination(command)
        if prepared is None:
            return
        uids, destination = prepared
        source = self._box.mailbox_id
        copied = await s.db.write(copying.copy, s.account_id, source, uids, destination.mailbox_id)
        s.changed()
        await s.tell(allow_expunge=command.uid)
        s.ok("Copied", _copyuid(copied))

    async def _move(self, command: c.Move) -> None:
        s, box = self._s, self._box
        if box.read_only:
            s.no("The mailbox is open read-only", b"READ-ONLY")
            return
        prepared = await self._destination(command)
        if prepared is None:
            return
        uids, destination = prepared
        moved = await s.db.write(
            copying.move, s.account_id, box.mailbox_id, uids, destination.mailbox_id
        )
        if moved.source:
            # RFC 6851 §4.3: COPYUID comes before the expunges, in an untagged OK.
            s.send(f.untagged(f.Reply.OK, "Moved", _copyuid(moved)))
            box.view.apply(Expunged(moved.source))
            s.changed()
        await s.tell(allow_expunge=True)
        s.ok("Moved", self._highest() if moved.source else b"")

    async def _destination(self, command: c.Copy | c.Move) -> tuple[list[int], Mailbox] | None:
        """Return the uids and the mailbox of COPY or MOVE; None when refused already."""
        s = self._s
        pairs = self._pairs(command.numbers, uid=command.uid)
        if pairs is None:
            s.bad("No such message number")
            return None
        try:
            destination = await s.db.read(mb.require, s.account_id, command.mailbox)
        except NotFound:
            s.no("There is no such mailbox", b"TRYCREATE")
            return None
        return [uid for _, uid in pairs], destination


def _unseen(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int]
) -> list[int]:
    rows = placements.rows_of(tx, account_id, mailbox_id, uids)
    return [row.uid for row in rows if "$seen" not in row.keywords.split()]


def _copyuid(copied: copying.Copied) -> bytes:
    if not copied.source:
        return b""
    return f.copyuid(copied.uidvalidity, list(zip(copied.source, copied.copies, strict=True)))
