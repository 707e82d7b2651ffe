"""One IMAP session: who signed in, what is selected, and the answer to each command.

Invariants: no transaction is open while octets go to the client; changes are committed
before they are told; what other sessions did is told only where the protocol allows it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, entry
from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap import format_mailbox as fm
from pillarbox.imap.capability import ENABLEABLE, before_login, signed_in
from pillarbox.imap.event import (
    Aborted,
    AppendEnd,
    AppendStart,
    AuthResponse,
    Closed,
    IdleDone,
    Limits,
    LiteralChunk,
    Request,
    State,
)
from pillarbox.imap.format_fetch import update_lines
from pillarbox.imap.server import ServerConnection
from pillarbox.serve import connection
from pillarbox.serve.connection import Connection
from pillarbox.serve.imap.append import Appending
from pillarbox.serve.imap.commands import Commands
from pillarbox.serve.imap.errors import RESPONSES
from pillarbox.serve.imap.folders import Folders
from pillarbox.serve.imap.headers import Headers
from pillarbox.serve.imap.searching import Searching
from pillarbox.serve.imap.selected import Selected
from pillarbox.serve.imap.selecting import Selecting
from pillarbox.serve.listener import Endpoint
from pillarbox.serve.notify import Hub
from pillarbox.serve.signin import Exchange, Identity, SignIn
from pillarbox.store import mailboxes
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about IMAP. Octets and seconds."""

    hostname: str
    message_octets: int
    idle_seconds: float
    login_seconds: float


@dataclass(frozen=True, slots=True)
class Services:
    """What a session works with. starttls: the context, None where TLS is not offered."""

    db: Database
    headers: Headers
    hub: Hub
    clock: Clock
    signin: SignIn
    policy: Policy
    starttls: Callable[[Connection], Awaitable[None]] | None


class Session:
    """One client."""

    def __init__(self, services: Services, conn: Connection, endpoint: Endpoint) -> None:
        self.services = services
        self.conn = conn
        self.endpoint = endpoint
        self.account: Identity | None = None
        self.selected: Selected | None = None
        self.enabled: set[str] = set()
        self.tag = b""
        clear = conn.tls is None and not endpoint.plaintext_auth
        self._engine = ServerConnection(
            f.greeting("Pillarbox ready", f.capability_code(self._capabilities())),
            limits=Limits(append=services.policy.message_octets),
            login_disabled=clear,
        )
        self._exchange: Exchange | None = None
        self._appending: Appending | None = None
        self._idle = contextlib.ExitStack()
        self._stale = False
        self._handlers: dict[type[c.Command], Callable[[Any], Awaitable[None]]] = {
            c.Capability: self._capability,
            c.Noop: self._done_noop,
            c.Check: self._done_noop,
            c.Id: self._id,
            c.Logout: self._logout,
            c.StartTls: self._starttls,
            c.Authenticate: self._authenticate,
            c.Login: self._login,
            c.Enable: self._enable,
            c.Idle: self._start_idle,
            **Folders(self).handlers(),
            **Selecting(self).handlers(),
            **Commands(self).handlers(),
            **Searching(self).handlers(),
        }

    async def run(self) -> None:
        """Serve until the client leaves."""
        try:
            await connection.run(
                self.conn, self._engine, self._respond, idle_seconds=self._idle_seconds
            )
        except TimeoutError:
            self._engine.bye("Idle for too long")
            self.conn.write(self._engine.data_to_send())
            raise
        finally:
            self._idle.close()

    @property
    def db(self) -> Database:
        """The store."""
        return self.services.db

    @property
    def account_id(self) -> AccountId:
        """Whose mail. Only after signing in."""
        assert self.account is not None
        return self.account.account_id

    @property
    def utf8(self) -> bool:
        """True when names and headers may be sent as UTF-8."""
        return self._engine.utf8

    @property
    def condstore(self) -> bool:
        """True when the client knows mod-sequences."""
        return bool(self.enabled & {"CONDSTORE", "QRESYNC"})

    def send(self, data: bytes) -> None:
        """Queue untagged responses."""
        if data:
            self._engine.send_untagged(data)

    async def flush(self) -> None:
        """Write what is queued, and wait until the client has taken enough of it."""
        self.conn.write(self._engine.data_to_send())
        await self.conn.drain(self._idle_seconds())

    def ok(self, words: str, code: bytes = b"") -> None:
        """End the command well."""
        self._engine.send_tagged(f.Reply.OK, words, code)

    def no(self, words: str, code: bytes = b"") -> None:
        """End the command with NO."""
        self._engine.send_tagged(f.Reply.NO, words, code)

    def bad(self, words: str) -> None:
        """End the command with BAD."""
        self._engine.send_tagged(f.Reply.BAD, words)

    def announce(self) -> None:
        """Tell of the flags in use, if there are some that the client does not know."""
        selected = self.selected
        if selected is not None and (names := selected.new_flags()):
            permanent = () if selected.read_only else (*names, "\\*")
            self.send(f.flags_line(names))
            self.send(f.untagged(f.Reply.OK, "Flags permitted", f.permanentflags(permanent)))

    async def tell(self, *, allow_expunge: bool, look: bool = True) -> None:
        """Tell the client what happened to the selected mailbox meanwhile.

        look: False when the view is up to date.
        """
        selected = self.selected
        if selected is None:
            return
        if look:
            await selected.refresh(self.db)
        if selected.lost:
            self._engine.bye("The selected mailbox was deleted")
            return
        self.announce()
        updates = selected.view.take_updates(allow_expunge=allow_expunge)
        if updates:
            # RFC 9051 §7.5.2: with their UID, always.
            self.send(
                update_lines(
                    updates,
                    uid=True,
                    modseq=self.condstore,
                    vanished="QRESYNC" in self.enabled,
                    recent="IMAP4REV2" not in self.enabled,
                )
            )
        if not selected.view.holds_expunges:
            selected.told = selected.modseq
        elif "QRESYNC" in self.enabled:
            # RFC 7162 §3.2: a client that is cut off now must ask again from before them.
            code = b"HIGHESTMODSEQ %d" % selected.told
            self.send(f.untagged(f.Reply.OK, "Some expunges are still to come", code))

    def changed(self) -> None:
        """Tell the account's other sessions that something changed."""
        self.services.hub.changed(self.account_id)

    # The loop.

    async def _respond(self) -> bool:
        if self._stale and self._engine.idling:
            self._stale = False
            await self.tell(allow_expunge=True)
        while (event := self._engine.next_event()) is not None:
            try:
                if not await self._handle(event):
                    return False
            except MailError as exc:
                code, words = entry(RESPONSES, exc)
                log.info("imap.refused", error=type(exc).__name__, reason=str(exc))
                self.no(words, code)
        return not self._engine.closed

    async def _handle(self, event: object) -> bool:
        match event:
            case Request(tag=tag, command=command):
                self.tag = tag
                await self._handlers[type(command)](command)
            case AuthResponse(data=data):
                await self._step(data)
            case IdleDone():
                self._idle.close()
                self.ok("Done")
            case AppendStart():
                await self._append_start(event)
            case LiteralChunk(data=data):
                if self._appending is not None:
                    self._appending.add(data)
            case AppendEnd():
                await self._append_end()
            case Aborted():
                self._exchange = self._appending = None
                self._idle.close()
            case Closed():
                return False
        return True

    def _idle_seconds(self) -> float:
        policy = self.services.policy
        return policy.login_seconds if self.account is None else policy.idle_seconds

    # Any state.

    def _capabilities(self) -> tuple[bytes, ...]:
        if self.account is not None:
            return signed_in(self.services.policy.message_octets)
        clear = self.conn.tls is None
        disabled = clear and not self.endpoint.plaintext_auth
        names = () if disabled else self.services.signin.mechanisms(tls=not clear)
        starttls = clear and self.services.starttls is not None and self.endpoint.tls == "starttls"
        return before_login(names, starttls=starttls, login_disabled=disabled)

    async def _capability(self, _: c.Capability) -> None:
        self.send(f.capability(self._capabilities()))
        self.ok("Done")

    async def _done_noop(self, _: c.Noop | c.Check) -> None:
        await self.tell(allow_expunge=True)
        if not self._engine.closed:
            self.ok("Done")

    async def _id(self, command: c.Id) -> None:
        log.info("imap.client", params=dict(command.params or {}))
        self.send(fm.id_line({"name": "Pillarbox"}))
        self.ok("Done")

    async def _logout(self, _: c.Logout) -> None:
        self.send(f.bye("Goodbye"))
        self.ok("Done")

    async def _starttls(self, _: c.StartTls) -> None:
        starttls = self.services.starttls
        if starttls is None or self.conn.tls is not None or self.endpoint.tls != "starttls":
            self.bad("TLS is not offered here")
            return
        self.conn.hold()
        self.ok("Go ahead")
        self.conn.write(self._engine.data_to_send())
        await starttls(self.conn)
        self._engine.tls_started()
        self._engine.login_disabled = False

    # Signing in.

    async def _login(self, command: c.Login) -> None:
        if self._engine.login_disabled:
            self.no("Use TLS first", b"PRIVACYREQUIRED")
            return
        identity = await self.services.signin.password(
            command.user, command.password, self.conn.peer[0], "imap"
        )
        self._welcome(identity)

    async def _authenticate(self, command: c.Authenticate) -> None:
        if self._engine.login_disabled:
            self.no("Use TLS first", b"PRIVACYREQUIRED")
            return
        exchange = self.services.signin.begin(command.mechanism, self.conn, "imap")
        if exchange is None:
            self.no("That mechanism is not offered", b"CANNOT")
            return
        self._exchange = exchange
        await self._step(command.initial)

    async def _step(self, data: bytes | None) -> None:
        assert self._exchange is not None
        try:
            challenge = await self._exchange.step(data)
        except MailError:
            self._exchange = None
            raise
        if self._exchange.identity is None or challenge:
            self._engine.send_continuation(challenge or b"")
            return
        identity, self._exchange = self._exchange.identity, None
        self._welcome(identity)

    def _welcome(self, identity: Identity) -> None:
        self.account = identity
        self.ok("Welcome", f.capability_code(self._capabilities()))

    async def _enable(self, command: c.Enable) -> None:
        new = [name for name in command.names if name in ENABLEABLE]
        self.enabled.update(new)
        if {"IMAP4REV2", "UTF8=ACCEPT"} & self.enabled:
            self._engine.utf8 = True
        self.send(f.enabled(name.encode() for name in new))
        self.ok("Done")

    # IDLE and APPEND.

    async def _start_idle(self, _: c.Idle) -> None:
        await self.tell(allow_expunge=True)
        if self._engine.closed:
            return
        self._engine.send_continuation(b"idling")
        self._idle.enter_context(self.services.hub.subscribe(self.account_id, self._wake))

    def _wake(self) -> None:
        self._stale = True
        self.conn.poke()

    async def _append_start(self, event: AppendStart) -> None:
        if event.first:
            box = await self.db.read(mailboxes.find, self.account_id, event.mailbox)
            if box is None:
                self.no("There is no such mailbox", b"TRYCREATE")
                return
            limit = self.services.policy.message_octets
            self._appending = Appending(box, limit)
        assert self._appending is not None
        if not event.message.octets:
            # RFC 3502 §6.3.11: how a client gives up.
            self._appending = None
            self.no("An empty message is not kept")
            return
        if not self._appending.begin(event.message):
            self._appending = None
            self.no("Too large", b"TOOBIG")
            return
        self._engine.accept_literal()

    async def _append_end(self) -> None:
        appending, self._appending = self._appending, None
        assert appending is not None
        now = self.services.clock.now()
        prepared = await asyncio.to_thread(appending.prepare, now)
        blobs = [octets for octets, *_ in prepared]
        uids = await self.db.write(appending.file, self.account_id, prepared, blobs=blobs)
        self.changed()
        if self._engine.state is State.SELECTED:
            await self.tell(allow_expunge=False)
        self.ok("Appended", f.appenduid(appending.box.uidvalidity, uids))
