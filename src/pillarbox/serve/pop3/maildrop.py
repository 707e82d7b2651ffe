"""The exclusive lock on a maildrop (RFC 1939 §4): one POP3 session an account, on all workers.

A lease in the store, renewed while the session lasts. It ends with the session; with its
process, which others see at once on the same host; else by itself. Other protocols do not
ask for it: what they remove meanwhile answers as gone.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from typing import Final

from pillarbox.base.errors import MailError
from pillarbox.store import leases
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId

LEASE_SECONDS: Final = 60.0
RENEW_SECONDS: Final = 20.0


class Lock:
    """The lock of one session."""

    def __init__(self, db: Database, account_id: AccountId) -> None:
        self._db = db
        self._name = f"pop3/{account_id}"
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(8)}"
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> bool:
        """Take the lock if no living session has it, and keep it. Raises what the store raises."""
        if not await self._take():
            held = await self._db.read(leases.find, self._name)
            if held is not None and not _is_gone(held[0]):
                return False
            if held is not None:
                await self._db.write(leases.release, self._name, held[0])
            if not await self._take():
                return False
        self._renewing = asyncio.create_task(self._renew())
        return True

    async def _take(self) -> bool:
        return await self._db.write(leases.take, self._name, self._owner, LEASE_SECONDS)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            # A store that is away for a moment takes no lock from us: nobody else gets it.
            with contextlib.suppress(MailError):
                await self._take()

    async def release(self) -> None:
        """Give the lock back, if we have it."""
        if self._renewing is None:
            return
        self._renewing.cancel()
        self._renewing = None
        with contextlib.suppress(MailError):
            await self._db.write(leases.release, self._name, self._owner)


def _is_gone(owner: str) -> bool:
    """Tell whether the process that took a lock was on this host and runs no more."""
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
