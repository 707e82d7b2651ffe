"""Sends the answers of people who are away (RFC 3834, RFC 5230 §5, RFC 8621 §8).

Every worker looks for what is owed. One transaction queues an answer and marks that it is owed no
more: whichever worker commits first, the other does nothing.
"""

import asyncio
import contextlib
import html
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
import nh3
import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.delivery import stamp
from pillarbox.delivery.away import About
from pillarbox.delivery.envelope import Envelope, Recipient
from pillarbox.delivery.filing import Filed, Filing, Outgoing, file
from pillarbox.delivery.route import Local, Remote, Routing, resolve
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.trace_id import new_id
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.build import Draft, build
from pillarbox.mime.summary import summarise
from pillarbox.store import accounts, identities, preferences, vacations
from pillarbox.store.database import Database, Transaction
from pillarbox.store.vacations import Due
from pillarbox.trace.catalogue import catalogue, choose
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

POLL_SECONDS: Final = 10.0
LEAST_SECONDS: Final = 0.2  # between two looks, however many hints there are
BATCH: Final = 50
PACKAGE: Final = "pillarbox.delivery"

log = structlog.get_logger()


class Words(msgspec.Struct, rename="camel"):
    """What somebody wants to be answered; null where the server chooses (RFC 8621 §8)."""

    subject: str | None = None
    text_body: str | None = None
    html_body: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """hostname: our name. separator: of subaddresses. expire: how long the queue tries."""

    hostname: str
    separator: str
    expire: timedelta


@dataclass(frozen=True, slots=True)
class _Owed:
    """One answer, with all that is needed to write it. name: of who is away, "" if unknown."""

    due: Due
    about: About
    words: Words
    name: str
    language: str
    way: Routing


class Vacations:
    """Sends them. changed: called after a commit with each account that changed, 0 the queue."""

    def __init__(
        self,
        db: Database,
        signer: Signer,
        clock: Clock,
        policy: Policy,
        changed: Callable[[int], None],
    ) -> None:
        self._db = db
        self._signer = signer
        self._clock = clock
        self._policy = policy
        self._changed = changed
        self._event = asyncio.Event()

    def wake(self, _: int = 0) -> None:
        """Look at what is owed now. Call on the loop."""
        self._event.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._event.clear()
            try:
                await self.sweep()
            except MailError as exc:
                log.warning("vacation.unavailable", problem=str(exc))
            await asyncio.sleep(LEAST_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._event.wait()

    async def sweep(self) -> int:
        """Send all that is owed, and return how many answers were queued or delivered."""
        count = 0
        while found := await self._db.read(vacations.due, BATCH):
            for due in found:
                count += await self._answer(due)
            if len(found) < BATCH:
                break
        return count

    async def _answer(self, due: Due) -> bool:
        owed = await self._db.read(_look, due, self._policy.separator)
        if owed is None or not owed.way.targets:
            await self._db.write(vacations.settle, due)
            return False
        filing, octets = await self._write(owed)
        filed = await self._db.write(_file, due, filing, blobs=(octets,))
        if filed is None:
            return False
        for delivered in filed.delivered:
            self._changed(delivered.account_id)
        if filed.queued:
            self._changed(0)
        return bool(filed.delivered or filed.queued)

    async def _write(self, owed: _Owed) -> tuple[Filing, bytes]:
        now = self._clock.now()
        about = owed.about
        message_id = f"{secrets.token_hex(12)}@{self._policy.hostname}"
        message = compose(owed.about, owed.words, owed.name, owed.language, message_id, now)
        signature, signed = await self._signer.sign(message, about.own.rpartition("@")[2])
        local = [target for target in owed.way.targets if isinstance(target, Local)]
        # RFC 3461: nobody wants to hear what became of an automatic answer.
        remote = tuple(
            Recipient(target.address, ("NEVER",))
            for target in owed.way.targets
            if isinstance(target, Remote)
        )
        # At home it is delivered at once, and so gets the field of the last hop.
        octets = (stamp.return_path("") if local else b"") + signature + message
        trace = Trace(
            id=new_id(),
            direction="local",
            started_at=now.timestamp(),
            recipients=[about.sender],
            header_from=about.own,
            message_id=message_id,
            subject=about.subject,
            size_octets=len(octets),
            action="queued" if remote else "delivered",
        )
        what = {"what": phrase("local-vacation", account=about.own, trace=about.trace)}
        trace.steps += [Step(key="local", at=now.timestamp(), params=what), *signed]
        filing = Filing(
            summary=summarise(octets),
            received_at=now,
            expires_at=now + self._policy.expire,
            # RFC 3834 §3.3: no return address, so that two who are away do not answer each other.
            envelope=Envelope(
                "",
                body="7BIT" if octets.isascii() else "8BITMIME",
                smtputf8=not about.sender.isascii(),
            ),
            trace=trace,
            local=local,
            outgoing=(Outgoing("", remote),) if remote else (),
        )
        return filing, octets


def compose(
    about: About, words: Words, name: str, language: str, message_id: str, now: datetime
) -> bytes:
    """Return the answer, with CRLF line ends. Pure. message_id: of the answer."""
    texts = catalogue(language, PACKAGE)
    subject = " ".join(about.subject.split())
    text = words.text_body
    if not text:
        plain = html.unescape(nh3.clean(words.html_body or "", tags=set())).strip()
        text = plain or texts.text("vacation-text", {"subject": subject or "-"})
    references = [*about.references, *([about.message_id] if about.message_id else [])]
    draft = Draft(
        sender=_mailbox(about.own, name),
        to=(_mailbox(about.sender),),
        subject=words.subject or texts.text("vacation-subject", {"subject": subject}).strip(),
        text=text,
        html=words.html_body or "",
        date=now,
        message_id=message_id,
        in_reply_to=about.message_id,
        references=references,
        # RFC 5230 §5.5 and RFC 3834 §5; the other is what Exchange looks at.
        headers=(("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")),
    )
    return build(draft)


def _mailbox(address: str, name: str = "") -> Mailbox:
    local, _, domain = address.rpartition("@")
    return Mailbox(name, local, domain)


def _look(tx: Transaction, due: Due, separator: str) -> _Owed | None:
    """Return what is needed to write an answer; None if it is not owed any more."""
    try:
        account = accounts.get(tx, due.account_id)
        about = msgspec.json.decode(due.about, type=About)
    except (NotFound, msgspec.MsgspecError):
        return None
    _, vacation = vacations.find(tx, due.account_id)
    words = msgspec.json.decode(vacation.body or "{}", type=Words)
    known = identities.list_(tx, account.account_id)
    name = next((one.name for one in known if one.address == about.own and one.name), "")
    _, body = preferences.find(tx, account.account_id)
    wanted = json.loads(body).get("language") if body else ""
    language = choose(wanted if isinstance(wanted, str) else "")
    return _Owed(due, about, words, name, language, resolve(tx, about.sender, separator))


def _file(tx: Transaction, due: Due, filing: Filing) -> Filed | None:
    """Queue or file the answer, unless another worker was first."""
    if not vacations.settle(tx, due):
        return None
    steps = list(filing.trace.steps)
    filed = file(tx, filing)
    filing.trace.steps = steps  # A transaction may run again.
    return filed
