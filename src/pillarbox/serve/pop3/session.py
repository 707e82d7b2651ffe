"""One POP3 session (RFC 1939).

The maildrop is the INBOX as it is at sign-in, locked against other POP3 sessions; IMAP
sessions and deliveries go on meanwhile, and what they remove answers as gone. What this
session deletes goes only at QUIT, to the undelete vault. UIDs are UIDVALIDITY and the IMAP
uid, so they never change and are never used again (RFC 1939 §7).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Conflict, MailError, NotFound, entry
from pillarbox.pop3.event import (
    AuthCancelled,
    AuthResponse,
    AuthStart,
    Capabilities,
    Closed,
    Item,
    Login,
    Quit,
    Reply,
    Retrieve,
    StartTls,
    err,
    ok,
)
from pillarbox.pop3.server import ServerConnection
from pillarbox.serve import connection
from pillarbox.serve.connection import Connection
from pillarbox.serve.listener import Endpoint
from pillarbox.serve.notify import Hub
from pillarbox.serve.pop3.errors import REPLIES
from pillarbox.serve.pop3.maildrop import Lock
from pillarbox.serve.signin import Exchange, Identity, SignIn
from pillarbox.store import mailboxes, placements, vault
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, MailboxId
from pillarbox.store.mailboxes import Role

log = structlog.get_logger()

CHUNK_OCTETS: Final = 256 * 1024
FLUSH_OCTETS: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Services:
    """What a session works with. starttls: None where TLS is not offered."""

    db: Database
    hub: Hub
    clock: Clock
    signin: SignIn
    idle_seconds: float
    starttls: Callable[[Connection], Awaitable[None]] | None


class Session:
    """One client."""

    def __init__(self, services: Services, conn: Connection, endpoint: Endpoint) -> None:
        self._s = services
        self._conn = conn
        self._endpoint = endpoint
        self._engine = ServerConnection("Pillarbox ready", self._capabilities())
        self._exchange: Exchange | None = None
        self._account: Identity | None = None
        self._mailbox = MailboxId(0)
        self._uids: list[int] = []
        self._unsent = 0
        self._lock: Lock | None = None

    async def run(self) -> None:
        """Serve until the client leaves."""
        try:
            await connection.run(
                self._conn, self._engine, self._respond, idle_seconds=self._idle_seconds
            )
        finally:
            await self._unlock()

    def _idle_seconds(self) -> float:
        return self._s.idle_seconds

    def _capabilities(self) -> Capabilities:
        encrypted = self._conn.tls is not None
        usable = encrypted or self._endpoint.plaintext_auth
        return Capabilities(
            starttls=not encrypted
            and self._s.starttls is not None
            and self._endpoint.tls == "starttls",
            user=usable,
            mechanisms=tuple(self._s.signin.mechanisms(tls=encrypted)) if usable else (),
            implementation="Pillarbox",
        )

    async def _respond(self) -> bool:
        engine = self._engine
        while (event := engine.next_event()) is not None:
            try:
                match event:
                    case Login(username=username, password=password):
                        ip = self._conn.peer[0]
                        await self._open(
                            await self._s.signin.password(username, password, ip, "pop3")
                        )
                    case AuthStart(mechanism=mechanism, initial=initial):
                        await self._begin(mechanism, initial)
                    case AuthResponse(data=data):
                        await self._step(data)
                    case AuthCancelled():
                        self._exchange = None
                    case StartTls():
                        await self._starttls()
                        return True
                    case Retrieve(index=index):
                        await self._retrieve(index)
                    case Quit(deleted=deleted):
                        await self._quit(deleted)
                    case Closed():
                        return False
            except MailError as exc:
                log.info("pop3.refused", error=type(exc).__name__, reason=str(exc))
                self._exchange = None
                engine.send(entry(REPLIES, exc))
        return True

    async def _starttls(self) -> None:
        assert self._s.starttls is not None
        self._conn.hold()
        self._engine.send(ok("Begin TLS"))
        self._conn.write(self._engine.data_to_send())
        await self._s.starttls(self._conn)
        self._engine.tls_started(self._capabilities())

    async def _begin(self, mechanism: str, initial: bytes | None) -> None:
        self._exchange = self._s.signin.begin(mechanism, self._conn, "pop3")
        if self._exchange is None:
            self._engine.send(err("That mechanism is not offered"))
            return
        await self._step(initial)

    async def _step(self, data: bytes | None) -> None:
        exchange = self._exchange
        assert exchange is not None
        challenge = await exchange.step(data)
        if exchange.identity is None or challenge:
            self._engine.send_challenge(challenge or b"")
            return
        self._exchange = None
        await self._open(exchange.identity)

    async def _open(self, identity: Identity) -> None:
        lock = Lock(self._s.db, identity.account_id)
        if not await lock.take():
            raise Conflict("another session has the maildrop")
        self._lock = lock
        self._account = identity
        box, rows = await self._s.db.scan(_maildrop, identity.account_id)
        self._mailbox = box.mailbox_id
        self._uids = [row.uid for row in rows]
        items = [Item(f"{box.uidvalidity}.{row.uid}", row.octets) for row in rows]
        self._engine.open(items, f"{len(items)} messages")

    async def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            await lock.release()

    async def _retrieve(self, index: int) -> None:
        assert self._account is not None
        db = self._s.db
        found = await db.read(
            placements.locate, self._account.account_id, self._mailbox, self._uids[index]
        )
        if found is None:
            raise NotFound(f"uid {self._uids[index]}")
        first = await db.blob(found.blob, 0, CHUNK_OCTETS)
        self._engine.begin_message()
        going = self._engine.send_chunk(first)
        at = len(first)
        while going and at < found.octets:
            await self._flush()
            chunk = await db.blob(found.blob, at, at + CHUNK_OCTETS)
            going = self._engine.send_chunk(chunk)
            at += len(chunk)
        self._engine.end_message()
        self._unsent += at
        if self._unsent > FLUSH_OCTETS:
            # A client that pipelines many RETRs must not make us hold them all.
            await self._flush()

    async def _flush(self) -> None:
        self._unsent = 0
        self._conn.write(self._engine.data_to_send())
        await self._conn.drain(self._s.idle_seconds)

    async def _quit(self, deleted: tuple[int, ...]) -> None:
        reply: Reply = ok("Bye")
        if deleted and self._account is not None:
            uids = [self._uids[index] for index in deleted]
            account_id = self._account.account_id
            await self._s.db.write(vault.remove, account_id, self._mailbox, uids)
            self._s.hub.changed(account_id)
            reply = ok(f"Bye, {len(uids)} deleted")
        # Before the reply: the client may sign in again as soon as it reads that.
        await self._unlock()
        self._engine.send(reply)


def _maildrop(
    tx: Transaction, account_id: AccountId
) -> tuple[mailboxes.Mailbox, list[placements.Placement]]:
    box = mailboxes.find_role(tx, account_id, Role.INBOX)
    if box is None:
        raise NotFound("INBOX")
    return box, placements.rows(tx, account_id, box.mailbox_id)
