"""The job that sends reports to other domains, once for each UTC day (RFC 9990, RFC 8460).

One worker of all does it, under a lease, when a day is over. A report and the note that it was
sent are one transaction: none goes out twice. What cannot be asked or posted now is tried again
for two days. Failure reports (ruf) are not sent: they tell strangers what is in people's mail.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.delivery import report_mail, report_targets, tls_sessions
from pillarbox.delivery.dmarc_rows import Tallies, Tally
from pillarbox.delivery.envelope import Envelope, Recipient
from pillarbox.delivery.filing import Filing, Outgoing, file
from pillarbox.delivery.https import Fetcher, NotFetched
from pillarbox.delivery.report_mail import Letter
from pillarbox.delivery.route import Local, Remote, resolve
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.tls_policies import wish_of
from pillarbox.delivery.trace_id import new_id
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth.dmarc_report import AggregateReport
from pillarbox.mailauth.tls_report import TlsReport, Wish
from pillarbox.mime.header import parse_header
from pillarbox.mime.summary import summarise
from pillarbox.store import leases, sent_reports, tls_results, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import day_of
from pillarbox.store.sent_reports import SentReport
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

log = structlog.get_logger()

EVERY_SECONDS: Final = 900.0
LEASE_SECONDS: Final = 1800.0
SPREAD_SECONDS: Final = 4 * 3600  # after midnight: not all the world at once (RFC 8460 §4.1)
DAYS: Final = 2  # that are looked back
PAGE: Final = 200  # traces at once
MAX_DETAILS: Final = 2000  # of one report on encryption
POST_SECONDS: Final = 60.0
_LEASE: Final = "reports"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE: Final = ""  # stands for all domains of a day


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """What the settings say. sender: our address. separator: of subaddresses.

    expire: how long the queue tries. dmarc, tls: which kinds are sent.
    """

    hostname: str
    org: str
    sender: str
    separator: str
    expire: timedelta
    dmarc: bool = True
    tls: bool = True


@dataclass(frozen=True, slots=True)
class Pending:
    """A report that is to be sent. count: messages or connections. to: as the record says."""

    kind: str
    domain: str
    day: int
    count: int
    to: tuple[str, ...]


class Reporter:
    """Sends reports. changed: called with each account that got one, 0 for the queue."""

    def __init__(
        self,
        db: Database,
        resolver: Resolver,
        clock: Clock,
        signer: Signer,
        fetcher: Fetcher,
        policy: ReportPolicy,
        changed: Callable[[int], None] | None = None,
    ) -> None:
        self._db = db
        self._resolver = resolver
        self._clock = clock
        self._signer = signer
        self._fetcher = fetcher
        self._policy = policy
        self._changed = changed
        self._owner = secrets.token_hex(8)
        self._delay = timedelta(seconds=secrets.randbelow(SPREAD_SECONDS))

    async def run(self) -> None:
        """Look now and then whether a day is over, for ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            now = self._clock.now()
            if now - _period(day_of(now))[0] < self._delay:
                continue
            try:
                if await self._db.write(leases.take, _LEASE, self._owner, LEASE_SECONDS):
                    await self.send_due()
            except MailError as exc:
                log.error("reports.failed", reason=str(exc))  # noqa: TRY400 - no bug of ours

    async def send_due(self) -> list[SentReport]:
        """Send what is due for the last days; return what was noted."""
        today = day_of(self._clock.now())
        done: list[SentReport] = []
        for day in range(today - DAYS, today):
            done += await self.send_day(day)
        await self._db.write(tls_results.purge, today)
        return done

    async def pending(self, day: int) -> list[Pending]:
        """Return what would be sent for a day, also for one that is not over."""
        found = []
        if self._policy.dmarc:
            for tally in (await self._tallies(day)).by_domain.values():
                if not await self._is_done("dmarc", day, tally.domain):
                    uris = tuple(uri.uri for uri in tally.record.rua)
                    found.append(Pending("dmarc", tally.domain, day, tally.messages, uris))
        for domain in await self._tls_domains(day):
            wish = await wish_of(self._resolver, domain)
            counted = await self._db.read(tls_results.list_, day, domain, MAX_DETAILS)
            count = sum(one.count for one in counted)
            found.append(Pending("tls", domain, day, count, _wanted(wish)))
        return found

    async def send_day(self, day: int) -> list[SentReport]:
        """Send the reports of one day that were not sent; return what was noted."""
        done: list[SentReport] = []
        if self._policy.dmarc and not await self._is_done("dmarc", day, _WHOLE):
            whole = True
            for tally in (await self._tallies(day)).by_domain.values():
                if not await self._is_done("dmarc", day, tally.domain):
                    sent = await self._send_dmarc(tally, day)
                    whole = whole and sent is not None
                    done += [sent] if sent else []
            if whole and day < day_of(self._clock.now()):
                await self._db.write(sent_reports.add, self._note("dmarc", _WHOLE, day, "done"))
        for domain in await self._tls_domains(day):
            sent = await self._send_tls(domain, day)
            done += [sent] if sent else []
        return done

    async def _is_done(self, kind: str, day: int, domain: str) -> bool:
        return await self._db.read(sent_reports.is_done, kind, day, domain)

    async def _tls_domains(self, day: int) -> list[str]:
        """Return the domains whose report on encryption was not sent."""
        if not self._policy.tls:
            return []
        names = await self._db.read(tls_results.domains, day)
        return [name for name in names if not await self._is_done("tls", day, name)]

    async def _tallies(self, day: int) -> Tallies:
        """Add up the traces of a day, page by page: mail does not wait for it."""
        tallies = Tallies()
        begin, end = _period(day)
        place: traces.Place | None = (day * 86_400_000_000, 0)
        while place is not None:
            found, place = await self._db.scan(traces.page, "in", place, end, PAGE)
            await asyncio.to_thread(tallies.add, found)
        assert begin < end
        return tallies

    def _about(self, day: int, domain: str) -> str:
        """Return an id for a report: letters, digits and dots."""
        return f"{_period(day)[0]:%Y%m%d}.{domain}.{secrets.token_hex(8)}"

    def _note(self, kind: str, domain: str, day: int, outcome: str, trace: str = "") -> SentReport:
        return SentReport(kind, domain, day, self._clock.now(), outcome, trace)

    def _letter(self) -> Letter:
        return Letter(self._policy.sender, self._policy.hostname, self._clock.now())

    async def _send_dmarc(self, tally: Tally, day: int) -> SentReport | None:
        """Send one DMARC report; None if that must wait."""
        begin, end = _period(day)
        left = (f"{tally.left_out} messages are not in this report",) if tally.left_out else ()
        report = AggregateReport(
            org_name=self._policy.org,
            email=self._policy.sender,
            report_id=self._about(day, tally.domain),
            begin=int(begin.timestamp()),
            end=int(end.timestamp()) - 1,
            policy=tally.policy(),
            rows=await asyncio.to_thread(tally.report_rows),
            generator="Pillarbox",
            errors=left,
        )
        letter = self._letter()
        # Many rows take a second to write: not on the loop.
        attached = await asyncio.to_thread(report_mail.dmarc_file, report, letter.submitter)
        targets = await report_targets.find(self._resolver, tally, len(attached.octets))
        refused = "; ".join(f"{uri}: {why}" for uri, why in targets.refused)
        if not targets.addresses:
            if targets.later:
                return None
            note = self._note("dmarc", tally.domain, day, f"not sent: {refused}")
            await self._db.write(sent_reports.add, note)
            return note
        message = report_mail.dmarc_message(report, attached, targets.addresses, letter)
        outcome = f"sent to {', '.join(targets.addresses)}" + (f"; {refused}" if refused else "")
        note = self._note("dmarc", tally.domain, day, outcome)
        return await self._submit(note, message, targets.addresses)

    async def _send_tls(self, domain: str, day: int) -> SentReport | None:
        """Send one report on encryption; None if that must wait."""
        wish = await wish_of(self._resolver, domain)
        if wish is None:
            note = self._note("tls", domain, day, "not sent: the domain does not ask for it now")
            await self._db.write(sent_reports.add, note)
            return note
        counted = await self._db.read(tls_results.list_, day, domain, MAX_DETAILS)
        begin, end = _period(day)
        about = (self._policy.org, self._policy.sender, self._about(day, domain))
        period = (begin, end - timedelta(seconds=1))
        report = tls_sessions.gather(domain, counted, about, period)
        if wish.addresses:
            letter = self._letter()
            attached = report_mail.tls_file(report, domain, letter.submitter)
            message = report_mail.tls_message(report, attached, domain, wish.addresses, letter)
            note = self._note("tls", domain, day, f"sent to {', '.join(wish.addresses)}")
            return await self._submit(note, message, wish.addresses)
        return await self._post(report, domain, day, wish)

    async def _post(
        self, report: TlsReport, domain: str, day: int, wish: Wish
    ) -> SentReport | None:
        """Hand a report to the first web server that takes it (RFC 8460 §5.4)."""
        body = report_mail.tls_file(report, domain, self._letter().submitter).octets
        for host, path in wish.sites:
            try:
                page = await self._fetcher.post(
                    host, path, body, report_mail.TLS_TYPE, seconds=POST_SECONDS
                )
            except NotFetched as exc:
                log.info("reports.not_posted", domain=domain, reason=str(exc))
                continue
            if 200 <= page.status < 300:
                note = self._note("tls", domain, day, f"posted to https://{host}{path}")
                await self._db.write(sent_reports.add, note)
                return note
            log.info("reports.not_posted", domain=domain, reason=f"{host} answered {page.status}")
        return None

    async def _submit(self, note: SentReport, message: bytes, to: tuple[str, ...]) -> SentReport:
        """Sign a report, queue it, and note that it was sent, in one transaction."""
        now = self._clock.now()
        day = f"{_period(note.day)[0]:%Y-%m-%d}"
        signature, signed = await self._signer.sign(message, self._letter().submitter)
        octets = signature + message
        trace = Trace(
            id=new_id(),
            direction="local",
            started_at=now.timestamp(),
            sender=self._policy.sender,
            recipients=list(to),
            header_from=self._policy.sender,
            message_id=parse_header(message).message_id(),
            subject=parse_header(message).text("subject")[:200],
            size_octets=len(octets),
            action="queued",
        )
        params = {"what": phrase(f"local-report-{note.kind}", domain=note.domain, day=day)}
        trace.steps += [Step(key="local", at=now.timestamp(), params=params), *signed]
        filing = Filing(
            summary=summarise(octets),
            received_at=now,
            expires_at=now + self._policy.expire,
            envelope=Envelope(self._policy.sender, body="7BIT"),
            trace=trace,
        )
        note = replace(note, trace_id=trace.id)
        changed = await self._db.write(
            _file, note, filing, to, self._policy.separator, blobs=(octets,)
        )
        if self._changed is not None:
            for account_id in changed:
                self._changed(account_id)
        return note


def _file(
    tx: Transaction, note: SentReport, filing: Filing, to: tuple[str, ...], separator: str
) -> set[int]:
    """Note a report and send it; nothing if it was noted before. Return who changed."""
    if not sent_reports.add(tx, note):
        return set()
    local: dict[int, Local] = {}
    remote: dict[str, Recipient] = {}
    for address in to:
        for target in resolve(tx, address, separator).targets:
            if isinstance(target, Local):
                local[target.account_id] = target
            elif isinstance(target, Remote):
                # Nobody reads a notice about a report that nobody takes.
                remote[target.address] = Recipient(target.address, ("NEVER",))
    filing.local = list(local.values())
    sender = filing.envelope.sender
    filing.outgoing = (Outgoing(sender, tuple(remote.values())),) if remote else ()
    filing.trace.action = "queued" if remote else "delivered"
    filed = file(tx, filing)
    changed: set[int] = {each.account_id for each in filed.delivered}
    return changed | ({0} if filed.queued else set())


def _period(day: int) -> tuple[datetime, datetime]:
    """Return begin and end of a day since 1970, the latter exclusive."""
    begin = _EPOCH + timedelta(days=day)
    return begin, begin + timedelta(days=1)


def _wanted(wish: Wish | None) -> tuple[str, ...]:
    if wish is None:
        return ()
    sites = (f"https://{host}{path}" for host, path in wish.sites)
    return (*(f"mailto:{address}" for address in wish.addresses), *sites)
