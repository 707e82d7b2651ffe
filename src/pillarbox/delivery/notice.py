"""From what a sender is to be told to a message of our own, ready to be filed or queued."""

import secrets
from datetime import timedelta

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.delivery import stamp
from pillarbox.delivery.bounce import Author, build, returns_whole
from pillarbox.delivery.content import Content
from pillarbox.delivery.envelope import Envelope
from pillarbox.delivery.filing import Filing, domain_of
from pillarbox.delivery.settle import Settlement
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.trace_id import new_id
from pillarbox.mime.header import parse_header
from pillarbox.mime.summary import summarise
from pillarbox.store.database import Database
from pillarbox.store.queue import Item
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

log = structlog.get_logger()


class Notices:
    """Makes delivery notices. expire: how long the queue tries to send one."""

    def __init__(
        self, db: Database, signer: Signer, clock: Clock, hostname: str, expire: timedelta
    ) -> None:
        self._db = db
        self._signer = signer
        self._clock = clock
        self._hostname = hostname
        self._expire = expire

    async def make(self, settlement: Settlement) -> tuple[Filing | None, tuple[bytes, ...]]:
        """Return the notice that a settlement asks for, and its octets; (None, ()) for none.

        A notice that cannot be made is logged: what happened must be written down all the same.
        """
        if not settlement.subjects:
            return None, ()
        try:
            return await self._make(settlement)
        except Exception:  # part of the queue runner, which must outlive one message
            log.exception("notice", trace=settlement.item.trace_id)
            return None, ()

    async def _make(self, settlement: Settlement) -> tuple[Filing, tuple[bytes, ...]]:
        item = settlement.item
        now = self._clock.now()
        domain = domain_of(item.sender)
        ours = bool(await self._signer.keys(domain))
        domain = domain if ours else self._hostname
        author = Author(self._hostname, domain, f"{secrets.token_hex(12)}@{self._hostname}", now)
        message = build(settlement.subjects, item, await self._original(item), author)
        signature, signed = await self._signer.sign(message, domain)
        # At home the notice is delivered at once, and so gets the field of the last hop.
        stamped = (stamp.return_path("") if ours else b"") + signature + message
        trace = Trace(
            id=new_id(),
            direction="local",
            started_at=now.timestamp(),
            recipients=[item.sender],
            header_from=f"postmaster@{domain}",
            message_id=author.message_id,
            subject=parse_header(message).text("subject"),
            size_octets=len(stamped),
        )
        what = {"what": phrase("local-notice", trace=item.trace_id)}
        trace.steps += [Step(key="local", at=now.timestamp(), params=what), *signed]
        settlement.notice_steps = len(trace.steps)
        envelope = Envelope(
            "",
            body="7BIT" if stamped.isascii() else "8BITMIME",
            smtputf8=not item.sender.isascii(),
            # RFC 8689 §5: a notice shows the header of what must not be read on the way.
            require_tls=item.require_tls,
        )
        filing = Filing(
            summary=summarise(stamped),
            received_at=now,
            expires_at=now + self._expire,
            envelope=envelope,
            trace=trace,
        )
        return filing, (stamped,)

    async def _original(self, item: Item) -> bytes:
        """Return what goes back of the message; nothing if it cannot be read."""
        try:
            if returns_whole(item):
                return await self._db.blob(item.blob)
            return await Content(self._db, item.blob, item.octets).header()
        except MailError as exc:
            log.warning("notice.unreadable", trace=item.trace_id, problem=str(exc))
            return b""
