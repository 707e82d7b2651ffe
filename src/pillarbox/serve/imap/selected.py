"""The selected mailbox of one session: its view, kept in step with the store."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pillarbox.base.errors import NotFound
from pillarbox.imap.view import Added, Changed, Expunged, View
from pillarbox.serve.imap import flags
from pillarbox.store import changes, mailboxes, placements
from pillarbox.store.database import Database, Transaction
from pillarbox.store.flags import Stored
from pillarbox.store.ids import AccountId, MailboxId, ModSeq
from pillarbox.store.mailboxes import Mailbox


@dataclass(slots=True)
class News:
    """What happened to a mailbox since a modseq. gone: None: compare with `all_uids`."""

    highest_modseq: int
    uidnext: int
    recent_uid: int
    changed: list[placements.Placement] = field(default_factory=list)
    gone: list[int] | None = field(default_factory=list)
    all_uids: list[int] = field(default_factory=list)


class Selected:
    """The mailbox that SELECT or EXAMINE opened.

    modseq: up to where the view knows the store. told: up to where the client knows all of it,
    also what is expunged. lost: the mailbox was deleted meanwhile. rev1: it knows of Recent.
    """

    def __init__(
        self, account_id: AccountId, box: Mailbox, view: View, *, read_only: bool, rev1: bool
    ) -> None:
        self.account_id = account_id
        self.mailbox_id = box.mailbox_id
        self.name = box.name
        self.uidvalidity = box.uidvalidity
        self.read_only = read_only
        self.rev1 = rev1
        self.view = view
        self.modseq = self.told = ModSeq(box.highest_modseq)
        self.uidnext: int = box.uidnext
        self.lost = False
        self._flags = list(flags.SYSTEM)
        self._met: set[str] = set()
        self._news = True

    def learn(self, stored: Iterable[str]) -> None:
        """Take in sets of keywords that messages here have."""
        new = {keywords for keywords in stored if keywords not in self._met}
        if not new:
            return
        self._met |= new
        words = sorted(w for keywords in new for w in flags.to_wire(keywords, 0))
        fresh = [w for w in dict.fromkeys(words) if w not in self._flags]
        self._flags += fresh
        self._news = self._news or bool(fresh)

    async def first_told(self, db: Database, recent_uid: int, upto: int) -> int:
        r"""Return from which uid on messages are `\Recent` here, of those below `upto`.

        A session that may write is the only one that they are recent for (RFC 3501 §2.3.2).
        """
        if not self.rev1 or recent_uid >= upto:
            return upto
        if self.read_only:
            return recent_uid
        return await db.write_brief(mailboxes.tell_recent, self.account_id, self.mailbox_id, upto)

    def new_flags(self) -> tuple[str, ...]:
        """Return all flags in use if the client does not know them all yet, else nothing."""
        news, self._news = self._news, False
        return tuple(self._flags) if news else ()

    async def took(self, db: Database, stored: Stored) -> bool:
        """Take in a change of flags that this session made itself, and is about to tell.

        True: nobody did anything else until then, so there is nothing to ask the store for.
        """
        if stored.before != self.modseq or self.view.pending or self.lost:
            await self.refresh(db)
            for uid, *_ in stored.rows:
                self.view.forget_flags(uid, stored.modseq)
            return False
        if stored.changed:
            self.learn({keywords for _, keywords, _ in stored.changed})
            self.modseq = stored.modseq
        return True

    async def refresh(self, db: Database) -> None:
        """Take in what others did. One short read when nothing happened."""
        if self.lost:
            return
        try:
            news = await db.read(look, self.account_id, self.mailbox_id, self.modseq)
        except NotFound:
            self.lost = True
            return
        if news is None:
            return
        added = []
        self.learn(row.keywords for row in news.changed)
        for row in news.changed:
            if row.uid >= self.uidnext:
                added.append(row.uid)
            else:
                recent = row.uid in self.view.recent
                wire = flags.to_wire(row.keywords, row.deleted, recent)
                self.view.apply(Changed(row.uid, wire, row.modseq))
        if added:
            added.sort()
            first = await self.first_told(db, news.recent_uid, news.uidnext)
            self.view.apply(Added([uid for uid in added if uid < first]))
            self.view.apply(Added([uid for uid in added if uid >= first], recent=True))
        gone = news.gone
        if gone is None:
            there = set(news.all_uids)
            gone = [uid for uid in self.view.uids() if uid not in there]
        if gone:
            self.view.apply(Expunged(gone))
        self.modseq = ModSeq(news.highest_modseq)
        self.uidnext = max(self.uidnext, news.uidnext)


def look(tx: Transaction, account_id: AccountId, mailbox_id: MailboxId, since: int) -> News | None:
    """Return what happened after `since`, None if nothing. Raises NotFound."""
    mailbox = mailboxes.get(tx, account_id, mailbox_id)
    if mailbox.highest_modseq <= since:
        return None
    news = News(mailbox.highest_modseq, mailbox.uidnext, mailbox.recent_uid)
    news.changed = placements.changed_since(tx, account_id, mailbox_id, since)
    gone = changes.vanished(tx, account_id, mailbox_id, since)
    if gone is None:
        news.gone = None
        news.all_uids = [row.uid for row in placements.rows(tx, account_id, mailbox_id)]
    else:
        news.gone = list(gone)
    return news
