"""Opening and closing mailboxes: SELECT, EXAMINE, CLOSE, UNSELECT (RFC 9051 §6.3.2, §6.4.1)."""

from bisect import bisect_left
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.format_fetch import flag_lines
from pillarbox.imap.values import SequenceSet, sequence_set
from pillarbox.imap.view import View
from pillarbox.serve.imap import flags
from pillarbox.serve.imap import mailboxes as mb
from pillarbox.serve.imap.owner import Owner
from pillarbox.serve.imap.selected import Selected
from pillarbox.store import changes, placements, vault
from pillarbox.store import keywords as kw
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId
from pillarbox.store.mailboxes import Mailbox


class Opened(NamedTuple):
    """A mailbox at one moment. keywords: sets as stored. unseen: the first number without Seen."""

    box: Mailbox
    uids: list[int]
    keywords: set[str]
    unseen: int


class Selecting:
    """Answers them for one session."""

    def __init__(self, session: Owner) -> None:
        self._s = session

    def handlers(self) -> dict[type[c.Command], Callable[[Any], Awaitable[None]]]:
        """Return who answers which command."""
        return {c.Select: self._select, c.Close: self._close, c.Unselect: self._unselect}

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
        found = await s.db.scan(_open, s.account_id, command.mailbox)
        box, view = found.box, View(found.uids)
        rev1 = "IMAP4REV2" not in s.enabled
        selected = Selected(s.account_id, box, view, read_only=command.read_only, rev1=rev1)
        first = await selected.first_told(s.db, box.recent_uid, box.uidnext)
        view.recent = set(found.uids[bisect_left(found.uids, first) :])
        selected.learn(found.keywords)
        s.selected = selected
        self._describe(found, len(view.recent))
        if command.qresync is not None and command.qresync.uidvalidity == box.uidvalidity:
            await self._resynchronise(command.qresync, selected)
        if command.read_only:
            s.ok("Selected, read-only", b"READ-ONLY")
        else:
            s.ok("Selected", b"READ-WRITE")

    def _describe(self, found: Opened, recent: int) -> None:
        s, box = self._s, found.box
        rev2 = "IMAP4REV2" in s.enabled
        s.announce()
        s.send(f.exists(box.total))
        if not rev2:
            s.send(f.recent(recent))
            if found.unseen:
                # RFC 3501 §6.3.1; RFC 9051 has given it up.
                s.send(f.untagged(f.Reply.OK, "First unseen", b"UNSEEN %d" % found.unseen))
        s.send(f.untagged(f.Reply.OK, "UIDs valid", b"UIDVALIDITY %d" % box.uidvalidity))
        s.send(f.untagged(f.Reply.OK, "Predicted next UID", b"UIDNEXT %d" % box.uidnext))
        code = b"HIGHESTMODSEQ %d" % max(box.highest_modseq, 1)
        s.send(f.untagged(f.Reply.OK, "Highest", code))
        s.send(f.untagged(f.Reply.OK, "Mailbox id", b"MAILBOXID (F%d)" % box.mailbox_id))
        if rev2:
            s.send(mb.list_of(box, utf8=True))

    async def _resynchronise(self, known: c.Qresync, box: Selected) -> None:
        """Tell what happened since the client was here (RFC 7162 §3.2.5)."""
        s, view = self._s, box.view
        gone, rows = await s.db.scan(since, s.account_id, box.mailbox_id, known.modseq)
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
        lines = (
            (n, r.uid, flags.item(r.keywords, r.deleted, r.uid in view.recent)[6:], r.modseq)
            for n, r in pairs
        )
        s.send(flag_lines(lines, modseq=True, uid=True))

    async def _close(self, _: c.Close) -> None:
        s, box = self._s, self._s.selected
        assert box is not None, "the engine lets it through only when selected"
        if not box.read_only and not box.lost:
            modseq, uids = await s.db.write(vault.expunge, s.account_id, box.mailbox_id)
            if uids and modseq:
                s.changed()
        s.selected = None
        s.ok("Closed")

    async def _unselect(self, _: c.Unselect) -> None:
        self._s.selected = None
        self._s.ok("Unselected")


def _open(tx: Transaction, account_id: AccountId, name: str) -> Opened:
    """Return a mailbox, its uids and its keywords, all of one moment."""
    box = mb.require(tx, account_id, name)
    rows = placements.numbered(tx, account_id, box.mailbox_id)
    used = {keywords for _, keywords in rows}
    unseen = {keywords for keywords in used if not kw.is_seen(keywords)}
    first = next((seq for seq, (_, keywords) in enumerate(rows, 1) if keywords in unseen), 0)
    return Opened(box, [uid for uid, _ in rows], used, first)


def since(
    tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, modseq: int
) -> tuple[list[int] | None, list[placements.Placement]]:
    """Return the uids that vanished after `modseq`, None if unknown, and what changed."""
    gone = changes.vanished(tx, account_id, mailbox_id, modseq)
    rows = placements.changed_since(tx, account_id, mailbox_id, modseq)
    return None if gone is None else list(gone), rows
