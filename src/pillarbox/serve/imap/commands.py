"""Commands on the selected mailbox: SELECT, FETCH, STORE, COPY, MOVE, EXPUNGE, SEARCH.

What needs many rows runs in a scan thread, a bounded piece at a time, and is sent before
the next piece is made.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from pillarbox.base.errors import NotFound
from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.format_fetch import flag_lines
from pillarbox.imap.section import Att
from pillarbox.imap.values import Saved, SequenceSet, sequence_set
from pillarbox.imap.view import Expunged, View
from pillarbox.serve.imap import fetch, flags
from pillarbox.serve.imap import mailboxes as mb
from pillarbox.serve.imap.fetch import Plan, Reader, Span
from pillarbox.serve.imap.owner import Owner
from pillarbox.serve.imap.selected import Selected
from pillarbox.store import changes, copying, placements, vault
from pillarbox.store import flags as store_flags
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, ModSeq
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
            c.Select: self._select,
            c.Close: self._close,
            c.Unselect: self._unselect,
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

    # Opening and closing.

    async def _select(self, command: c.Select) -> None:
        s = self._s
        if s.selected is not None:
            s.selected = None
            if "QRESYNC" in s.enabled or "IMAP4REV2" in s.enabled:
                s.send(f.untagged(f.Reply.OK, "Closed", b"CLOSED"))
        if command.condstore:
            s.enabled.add("CONDSTORE")
        if command.qresync is not None and "QRESYNC" not in s.enabled:
            s.bad("ENABLE QRESYNC first")
            return
        box, uids, keywords = await s.db.scan(_open, s.account_id, command.mailbox)
        view = View(uids)
        s.selected = Selected(
            s.account_id, box.mailbox_id, box.name, box.uidvalidity, command.read_only,
            view, ModSeq(box.highest_modseq), box.uidnext,
        )  # fmt: skip
        self._describe(box, keywords, command)
        if command.qresync is not None and command.qresync.uidvalidity == box.uidvalidity:
            await self._resynchronise(command.qresync, view)
        if command.read_only:
            s.ok("Selected, read-only", b"READ-ONLY")
        else:
            s.ok("Selected", b"READ-WRITE")

    def _describe(self, box: Mailbox, keywords: Sequence[str], command: c.Select) -> None:
        s = self._s
        rev2 = "IMAP4REV2" in s.enabled
        words = [w for name in keywords for w in flags.to_wire(name, 0)]
        names = list(dict.fromkeys((*flags.SYSTEM, *words)))
        s.send(f.flags_line(names))
        permanent = () if command.read_only else (*names, "\\*")
        s.send(f.untagged(f.Reply.OK, "Flags permitted", f.permanentflags(permanent)))
        s.send(f.exists(box.total))
        if not rev2:
            s.send(f.recent(0))
        s.send(f.untagged(f.Reply.OK, "UIDs valid", b"UIDVALIDITY %d" % box.uidvalidity))
        s.send(f.untagged(f.Reply.OK, "Predicted next UID", b"UIDNEXT %d" % box.uidnext))
        code = b"HIGHESTMODSEQ %d" % max(box.highest_modseq, 1)
        s.send(f.untagged(f.Reply.OK, "Highest", code))
        s.send(f.untagged(f.Reply.OK, "Mailbox id", b"MAILBOXID (F%d)" % box.mailbox_id))
        if rev2:
            s.send(mb.list_of(box, utf8=True))

    async def _resynchronise(self, known: c.Qresync, view: View) -> None:
        """Tell what happened since the client was here (RFC 7162 §3.2.5)."""
        s, box = self._s, self._box
        gone, rows = await s.db.scan(_since, s.account_id, box.mailbox_id, known.modseq)
        if gone is None:
            # History is gone: whatever the client may know and is not here has vanished.
            limit = box.uidnext - 1
            known_uids = known.known_uids or SequenceSet(((1, limit),) if limit else ())
            here = set(view.uids())
            gone = [uid for uid in known_uids.iter_numbers(limit) if uid not in here]
        elif known.known_uids is not None:
            highest = max(gone, default=0)
            gone = [uid for uid in gone if known.known_uids.contains(uid, highest)]
        s.send(f.vanished(sequence_set(gone), earlier=True))
        pairs = [(seq, row) for row in rows if (seq := view.seq(row.uid)) is not None]
        if known.known_uids is not None:
            highest = box.uidnext
            pairs = [(n, r) for n, r in pairs if known.known_uids.contains(r.uid, highest)]
        lines = ((n, r.uid, flags.item(r.keywords, r.deleted)[6:], r.modseq) for n, r in pairs)
        s.send(flag_lines(lines, modseq=True, uid=True))

    async def _close(self, _: c.Close) -> None:
        s, box = self._s, self._box
        if not box.read_only and not box.lost:
            modseq, uids = await s.db.write(vault.expunge, s.account_id, box.mailbox_id)
            if uids and modseq:
                s.changed()
        s.selected = None
        s.ok("Closed")

    async def _unselect(self, _: c.Unselect) -> None:
        self._s.selected = None
        self._s.ok("Unselected")

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
        await s.tell(allow_expunge=True, uid=command.uids is not None)
        code = b"HIGHESTMODSEQ %d" % box.modseq if "QRESYNC" in s.enabled else b""
        s.ok("Expunged", code)

    # Messages.

    def _pairs(self, numbers: SequenceSet | Saved, *, uid: bool) -> list[tuple[int, int]] | None:
        return self._box.view.select(numbers, uid=uid)

    async def _fetch(self, command: c.Fetch) -> None:
        s, box = self._s, self._box
        pairs = self._pairs(command.numbers, uid=command.uid)
        if pairs is None:
            s.bad("No such message number")
            return
        if command.changed_since is not None or Att.MODSEQ in command.items:
            s.enabled.add("CONDSTORE")
        modseq = command.changed_since is not None
        plan = fetch.plan(
            command.items, uid=command.uid, modseq=modseq, marks_seen=not box.read_only
        )
        if command.vanished and command.changed_since is not None:
            await self._tell_vanished(command)
        since = -1 if command.changed_since is None else command.changed_since
        for piece in fetch.work(pairs, plan):
            await self._fetch_piece(piece, plan, since)
        await s.tell(allow_expunge=command.uid, uid=command.uid)
        s.ok("Fetched")

    async def _fetch_piece(self, pairs: Sequence[tuple[int, int]], plan: Plan, since: int) -> None:
        s, box = self._s, self._box
        if plan.marks_seen:
            plan = await self._mark_seen(pairs, plan)
        small = len(pairs) <= INLINE_MESSAGES and not plan.needs_octets
        run = s.db.read if small else s.db.scan
        reader = Reader(s.db.blob_now)
        pieces, _ = await run(
            fetch.responses, s.account_id, box.mailbox_id, pairs, plan, since, reader
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
        await box.refresh(s.db)
        for uid, *_ in stored.changed:
            box.view.forget_flags(uid, stored.modseq)
        if Att.FLAGS in plan.items:
            return plan
        return Plan(
            (Att.FLAGS, *plan.items), plan.uid, plan.modseq or s.condstore,
            plan.columns, plan.needs_octets, plan.marks_seen,
        )  # fmt: skip

    async def _tell_vanished(self, command: c.Fetch) -> None:
        s, box = self._s, self._box
        assert command.changed_since is not None
        gone, _ = await s.db.scan(_since, s.account_id, box.mailbox_id, command.changed_since)
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
        await box.refresh(s.db)
        await self._tell_stored(command, pairs, stored)
        await s.tell(allow_expunge=command.uid, uid=command.uid)
        if stored.conflicts:
            numbers: set[int] = set(stored.conflicts)
            if not command.uid:
                numbers = {seq for seq, uid in pairs if uid in numbers}
            s.ok("Some were changed meanwhile", f.modified(sequence_set(numbers)))
        else:
            s.ok("Stored")

    async def _tell_stored(
        self, command: c.Store, pairs: Sequence[tuple[int, int]], stored: store_flags.Stored
    ) -> None:
        """Tell the new flags; `.SILENT` tells only the mod-sequences, if anything."""
        s, box = self._s, self._box
        conflicts = set(stored.conflicts)
        seqs = {uid: seq for seq, uid in pairs if uid not in conflicts}
        for uid in seqs:
            box.view.forget_flags(uid, stored.modseq)
        if command.silent and not s.condstore:
            return
        rows = await s.db.read(placements.rows_of, s.account_id, box.mailbox_id, list(seqs))
        lines = []
        for row in rows:
            items = [b"UID %d" % row.uid] if command.uid else []
            if not command.silent:
                items.append(flags.item(row.keywords, row.deleted))
            if s.condstore:
                items.append(b"MODSEQ (%d)" % row.modseq)
            lines.append(b"* %d FETCH (%b)\r\n" % (seqs[row.uid], b" ".join(items)))
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
        await s.tell(allow_expunge=command.uid, uid=command.uid)
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
        await s.tell(allow_expunge=True, uid=command.uid)
        s.ok("Moved")

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


def _open(
    tx: Transaction, account_id: AccountId, name: str
) -> tuple[Mailbox, list[int], list[str]]:
    """Return a mailbox, its uids and its keywords, all of one moment."""
    box = mb.require(tx, account_id, name)
    uids = placements.uids(tx, account_id, box.mailbox_id)
    return box, uids, placements.keywords_used(tx, account_id, box.mailbox_id)


def _since(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, modseq: int
) -> tuple[list[int] | None, list[placements.Placement]]:
    gone = changes.vanished(tx, account_id, mailbox_id, modseq)
    rows = placements.changed_since(tx, account_id, mailbox_id, modseq)
    return None if gone is None else list(gone), rows


def _unseen(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int]
) -> list[int]:
    rows = placements.rows_of(tx, account_id, mailbox_id, uids)
    return [row.uid for row in rows if "$seen" not in row.keywords.split()]


def _copyuid(copied: copying.Copied) -> bytes:
    if not copied.source:
        return b""
    return f.copyuid(copied.uidvalidity, list(zip(copied.source, copied.copies, strict=True)))
