"""Commands about mailboxes in one session: CREATE, LIST, STATUS and the rest (RFC 9051 §6.3)."""

from collections.abc import Awaitable, Callable
from typing import Any

from pillarbox.imap import command as c
from pillarbox.imap import format_mailbox as fm
from pillarbox.serve.imap import mailboxes as mb
from pillarbox.serve.imap.owner import Owner
from pillarbox.store import mailboxes


class Folders:
    """Answers them."""

    def __init__(self, session: Owner) -> None:
        self._s = session

    def handlers(self) -> dict[type[c.Command], Callable[[Any], Awaitable[None]]]:
        """Return who answers which command."""
        return {
            c.Create: self._create,
            c.Delete: self._delete,
            c.Rename: self._rename,
            c.Subscribe: self._subscribe,
            c.Unsubscribe: self._unsubscribe,
            c.List: self._list,
            c.Lsub: self._lsub,
            c.Namespace: self._namespace,
            c.Status: self._status,
            c.GetQuota: self._get_quota,
            c.GetQuotaRoot: self._get_quota_root,
        }

    async def _create(self, command: c.Create) -> None:
        box = await self._s.db.write(mb.create, self._s.account_id, command)
        if box is None:
            self._s.no("It cannot be used for that, or another mailbox is", b"USEATTR")
            return
        self._s.changed()
        self._s.ok("Created", b"MAILBOXID (F%d)" % box.mailbox_id)

    async def _delete(self, command: c.Delete) -> None:
        if not await self._s.db.write(mb.delete, self._s.account_id, command.mailbox):
            self._s.no("Delete the mailboxes below it first", b"HASCHILDREN")
            return
        self._s.changed()
        self._s.ok("Deleted")

    async def _rename(self, command: c.Rename) -> None:
        await self._s.db.write(mb.rename, self._s.account_id, command.mailbox, command.new_name)
        self._s.changed()
        self._s.ok("Renamed")

    async def _subscribe(self, command: c.Subscribe) -> None:
        await self._s.db.write(mailboxes.subscribe, self._s.account_id, command.mailbox)
        self._s.ok("Subscribed")

    async def _unsubscribe(self, command: c.Unsubscribe) -> None:
        await self._s.db.write(mailboxes.unsubscribe, self._s.account_id, command.mailbox)
        self._s.ok("Unsubscribed")

    async def _list(self, command: c.List) -> None:
        found = await self._s.db.read(mb.everything, self._s.account_id, command.status)
        limit = self._s.services.policy.message_octets
        self._s.send(mb.list_lines(command, found, utf8=self._s.utf8, append_limit=limit))
        self._s.ok("Done")

    async def _lsub(self, command: c.Lsub) -> None:
        found = await self._s.db.read(mb.everything, self._s.account_id)
        self._s.send(mb.lsub_lines(command, found, utf8=self._s.utf8))
        self._s.ok("Done")

    async def _namespace(self, _: c.Namespace) -> None:
        self._s.send(fm.namespace_line([("", "/")], utf8=self._s.utf8))
        self._s.ok("Done")

    async def _status(self, command: c.Status) -> None:
        box, recents = await self._s.db.read(mb.one, self._s.account_id, command)
        if "HIGHESTMODSEQ" in command.items:
            self._s.enabled.add("CONDSTORE")  # RFC 7162 §3.1.7
        limit = self._s.services.policy.message_octets
        self._s.send(
            mb.status_line(box, recents, command.items, utf8=self._s.utf8, append_limit=limit)
        )
        await self._s.tell(allow_expunge=False)
        self._s.ok("Done")

    async def _get_quota(self, command: c.GetQuota) -> None:
        if command.root:
            self._s.no("There is one quota root, the empty one", b"NONEXISTENT")
            return
        self._s.send(await self._quota())
        self._s.ok("Done")

    async def _get_quota_root(self, command: c.GetQuotaRoot) -> None:
        await self._s.db.read(mb.require, self._s.account_id, command.mailbox)
        self._s.send(fm.quotaroot_line(command.mailbox, [""], utf8=self._s.utf8))
        self._s.send(await self._quota())
        self._s.ok("Done")

    async def _quota(self) -> bytes:
        return await self._s.db.read(mb.quota_lines, self._s.account_id, utf8=self._s.utf8)
