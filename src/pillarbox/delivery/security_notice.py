"""Mail to people about what happened to their ways of signing in.

An event waits in the store until a mail about it is filed, in the same transaction as the mark
that it is told: each is told once, whatever dies. The mail holds nothing that whoever did it could
have written (names, programs): it comes from the server, and would be believed.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.delivery import filing, stamp
from pillarbox.delivery.envelope import Envelope
from pillarbox.delivery.filing import Filed, Filing
from pillarbox.delivery.route import Local
from pillarbox.delivery.trace_id import new_id
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.build import Draft, build
from pillarbox.mime.summary import summarise
from pillarbox.store import accounts, preferences, security_events
from pillarbox.store.accounts import Account
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.security_events import SecurityEvent
from pillarbox.trace.catalogue import catalogue, choose
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

log = structlog.get_logger()

EVERY_SECONDS: Final = 20.0
PACKAGE: Final = "pillarbox.delivery"
MOST: Final = 20  # events that one mail lists; of more it gives the number


class SecurityNotices:
    """Tells people. changed: called with each account that got a mail."""

    def __init__(
        self, db: Database, clock: Clock, hostname: str, changed: Callable[[int], None]
    ) -> None:
        self._db = db
        self._clock = clock
        self._hostname = hostname
        self._changed = changed

    async def run(self) -> None:
        """Look now and then, for ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.tell()
            except MailError as exc:
                log.error("security_notice.failed", reason=str(exc))  # noqa: TRY400 - no bug

    async def tell(self) -> int:
        """Tell everybody who is to be told of something; return how many mails were filed."""
        told = 0
        for account_id in await self._db.read(security_events.waiting):
            found = await self._db.read(_look, account_id)
            if found is None:
                continue
            account, events, language = found
            mail, octets = self._mail(account, events, language)
            last = events[-1].event_no
            if await self._db.write_brief(_file, account_id, last, mail, blobs=(octets,)):
                self._changed(account_id)
                told += 1
        return told

    def _mail(
        self, account: Account, events: Sequence[SecurityEvent], language: str
    ) -> tuple[Filing, bytes]:
        now = self._clock.now()
        postmaster = f"postmaster@{account.address.rpartition('@')[2]}"
        message_id = f"{secrets.token_hex(12)}@{self._hostname}"
        subject, text = compose(account.address, events, language, postmaster)
        draft = Draft(
            sender=_mailbox(postmaster),
            to=(_mailbox(account.address),),
            subject=subject,
            text=text,
            date=now,
            message_id=message_id,
            headers=(("Auto-Submitted", "auto-generated"),),
        )
        octets = stamp.return_path("") + build(draft)
        trace = Trace(
            id=new_id(),
            direction="local",
            started_at=now.timestamp(),
            recipients=[account.address],
            header_from=postmaster,
            message_id=message_id,
            subject=subject,
            size_octets=len(octets),
        )
        what = {"what": phrase("local-security", account=account.address)}
        trace.steps.append(Step(key="local", at=now.timestamp(), params=what))
        return _filing(account, octets, trace, now), octets


def compose(
    address: str, events: Sequence[SecurityEvent], language: str, postmaster: str
) -> tuple[str, str]:
    """Return subject and text of the mail about some events, oldest first. Pure."""
    texts = catalogue(language, PACKAGE)
    lines = []
    for event in events[-MOST:]:
        what = texts.text("event", {"kind": event.kind})
        network = event.network
        source = texts.text("from", {"network": network}) if network else texts.text("server", {})
        lines.append(f"- {event.at:%Y-%m-%d %H:%M} UTC: {what}, {source}")
    first = texts.text("event", {"kind": events[0].kind})
    subject = texts.text("subject", {"count": len(events), "what": first})
    parts = [
        texts.text("intro", {"address": address}),
        "\r\n".join(lines),
        texts.text("yours", {}),
        texts.text("not-yours", {"postmaster": postmaster}),
    ]
    return subject, "\r\n\r\n".join(parts) + "\r\n"


def _mailbox(address: str) -> Mailbox:
    local, _, domain = address.rpartition("@")
    return Mailbox("", local, domain)


def _filing(account: Account, octets: bytes, trace: Trace, now: datetime) -> Filing:
    return Filing(
        summary=summarise(octets),
        received_at=now,
        expires_at=now + timedelta(days=1),
        envelope=Envelope(""),
        trace=trace,
        local=(Local(account.account_id, account.address),),
    )


def _look(
    tx: Transaction, account_id: AccountId
) -> tuple[Account, list[SecurityEvent], str] | None:
    """Return whom to tell what, in which language; None if there is nothing, or nobody."""
    events = security_events.untold(tx, account_id)
    try:
        account = accounts.get(tx, account_id)
    except NotFound:
        return None
    return (account, events, _language(tx, account_id)) if events else None


def _language(tx: Transaction, account_id: AccountId) -> str:
    _, body = preferences.find(tx, account_id)
    try:
        wanted = json.loads(body).get("language") if body else ""
    except (ValueError, AttributeError):
        wanted = ""
    return choose(wanted if isinstance(wanted, str) else "")


def _file(tx: Transaction, account_id: AccountId, event_no: int, mail: Filing) -> bool:
    """File the mail, unless another worker was first."""
    if not security_events.note_told(tx, account_id, event_no):
        return False
    filed: Filed = filing.file(tx, mail)
    return bool(filed.delivered)
