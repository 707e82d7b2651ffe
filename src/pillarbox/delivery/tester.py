"""The mail-tester: `test-*@` our domains answers a message with its explained verdict.

An answer goes to the envelope's sender alone, and only where SPF or DKIM proved that domain:
nobody can make us write to a third party. Bounces, automatic mail and lists get none (RFC 3834
§2), and nobody gets many. What gets no answer is refused, so that its sender learns why.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import TooMany
from pillarbox.base.ratelimit import TokenBuckets, network_of
from pillarbox.delivery import stamp
from pillarbox.delivery.automatic import unanswerable
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.filing import Filing, Outgoing, submit
from pillarbox.delivery.judge import Judged
from pillarbox.delivery.route import Local, Remote, Routing, resolve
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.tester_report import Advice, Author, compose
from pillarbox.delivery.trace_id import new_id
from pillarbox.delivery.verdict import Results
from pillarbox.dns.resolver import Resolver
from pillarbox.doctor import domain as doctor
from pillarbox.mailauth import authentication
from pillarbox.mailauth.alignment import is_under, normalise
from pillarbox.mailauth.spf_outcome import SpfResult
from pillarbox.mime.header import Header
from pillarbox.mime.summary import summarise
from pillarbox.store.database import Database
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

log = structlog.get_logger()

ADVICE_SECONDS: Final = 10.0  # for all questions about the sender's records
BURST: Final = 10  # answers to one sender at once
PER_HOUR: Final = 20  # and then
NETWORK_FACTOR: Final = 5  # as many for one network or domain
MAX_DOMAINS: Final = 2

_WHY: Final = {
    "": "",
    "no-return": "the message has no return address",
    "nobody": "its return address is one that nobody reads",
    "program": "a program wrote it (Auto-Submitted)",
    "bulk": "it was sent to many (Precedence)",
    "list": "it came by way of a mailing list",
    "asked": "it asks for no automatic answers (X-Auto-Response-Suppress)",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """hostname: our name. separator: of subaddresses. expire: how long the queue tries."""

    hostname: str
    separator: str
    expire: timedelta


@dataclass(frozen=True, slots=True)
class Tested:
    """One message that came to the tester. address: which of its addresses."""

    client: Client
    envelope: Envelope
    header: Header
    address: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no answer, for the sender."""

    code: int
    enhanced: str
    text: str


class Tester:
    """Answers messages with what the checks found."""

    def __init__(
        self, db: Database, resolver: Resolver, signer: Signer, clock: Clock, policy: Policy
    ) -> None:
        self._db = db
        self._resolver = resolver
        self._signer = signer
        self._clock = clock
        self._policy = policy
        self._senders = TokenBuckets(BURST, PER_HOUR / 3600)
        many = NETWORK_FACTOR
        self._groups = TokenBuckets(BURST * many, PER_HOUR * many / 3600)

    async def answer(
        self, tested: Tested, judged: Judged | None, accounts_changed: "set[int]"
    ) -> Refused | None:
        """Send the verdict back; None when that is durable, else why not.

        The trace gets a step that says so. Raises what the store raises.
        """
        sender = tested.envelope.sender
        why = _WHY[unanswerable(tested.header, sender)]
        if judged is None:
            why = why or "your server is not checked here, so there is no verdict"
        elif not why and not proves(judged.results, sender):
            why = (
                f"nothing proves that {sender[:120]} sent it ({found(judged.results)}), and "
                "reports go to proven senders alone"
            )
        way = await self._db.read(resolve, sender, self._policy.separator)
        if not why and not way.targets:
            why = "its return address does not exist"
        if why or judged is None:
            return self._refused(tested, Refused(550, "5.7.1", f"No report: {why}"))
        if wait := self._limited(tested.client.ip, sender):
            text = f"No report yet: too many were asked for; try again in {wait} minutes"
            return self._refused(tested, Refused(450, "4.7.1", text))
        advice = await self._advise(judged.results, sender)
        await self._send(tested, judged, advice, way, accounts_changed)
        params = {"sender": sender, "address": tested.address}
        tested.trace.steps.append(self._step("tested", params))
        return None

    def _refused(self, tested: Tested, refused: Refused) -> Refused:
        params = {"sender": tested.envelope.sender, "text": refused.text}
        tested.trace.steps.append(self._step("tested.refused", params))
        return refused

    def _step(self, key: str, params: dict[str, str]) -> Step:
        at = self._clock.now().timestamp()
        return Step(key=key, at=at, params=params, rfc="RFC 3834 §2")

    def _limited(self, ip: str, sender: str) -> int:
        """Pay for one answer and return 0, or return how many minutes to wait."""
        now = self._clock.monotonic()
        domain = normalise(sender.rpartition("@")[2])
        charges = [(self._senders, sender.lower())]
        charges += [(self._groups, network_of(ip)), (self._groups, domain)]
        wait = max(buckets.wait_seconds(key, now) for buckets, key in charges)
        if wait > 0:
            return int(wait // 60) + 1
        for buckets, key in charges:
            buckets.take(key, now)
        return 0

    async def _advise(self, results: Results, sender: str) -> list[Advice]:
        """Return what is wrong with the records of the author's and the sender's domains."""
        names = [*results.author_domains, normalise(sender.rpartition("@")[2])]
        chosen = [name for name in dict.fromkeys(names) if name][:MAX_DOMAINS]
        return [await self._advise_one(results, name) for name in chosen]

    async def _advise_one(self, results: Results, name: str) -> Advice:
        selectors = [one.selector for one in results.dkim if one.selector and one.domain == name]
        try:
            async with asyncio.timeout(ADVICE_SECONDS):
                report = await doctor.check(self._resolver, name, selectors)
        except TimeoutError:
            return Advice(name, problem="its name servers took too long to answer")
        except TooMany as exc:
            return Advice(name, problem=str(exc))
        return Advice(name, report.findings)

    async def _send(
        self,
        tested: Tested,
        judged: Judged,
        advice: Sequence[Advice],
        way: Routing,
        accounts_changed: "set[int]",
    ) -> None:
        now = self._clock.now()
        local = [target for target in way.targets if isinstance(target, Local)]
        remote = tuple(Recipient(t.address) for t in way.targets if isinstance(t, Remote))
        sender, hostname = tested.envelope.sender, self._policy.hostname
        domain = tested.address.rpartition("@")[2]
        by = Author(hostname, tested.address, f"{secrets.token_hex(12)}@{hostname}", now)
        report = compose(tested.trace, judged.judgement, judged.authres, advice, by)
        signature, signed = await self._signer.sign(report, domain)
        # At home the answer is delivered at once, and so gets the field of the last hop.
        stamped = (stamp.return_path("") if local else b"") + signature + report
        trace = Trace(
            id=new_id(),
            direction="local",
            started_at=now.timestamp(),
            recipients=[sender],
            header_from=tested.address,
            message_id=by.message_id,
            subject=f"{judged.judgement.verdict.capitalize()}: {tested.trace.subject}",
            size_octets=len(stamped),
            action="queued" if remote else "delivered",
        )
        what = {"what": phrase("local-verdict", trace=tested.trace.id)}
        trace.steps += [Step(key="local", at=now.timestamp(), params=what), *signed]
        filing = Filing(
            summary=summarise(stamped),
            received_at=now,
            expires_at=now + self._policy.expire,
            # RFC 3834 §3.3: no return address, so that nothing comes back to this one.
            envelope=Envelope("", body="7BIT", smtputf8=not sender.isascii()),
            trace=trace,
            local=local,
            outgoing=(Outgoing("", remote),) if remote else (),
        )
        filed = await submit(self._db, filing, (stamped,))
        accounts_changed.update(each.account_id for each in filed.delivered)
        if filed.queued:
            accounts_changed.add(0)


def proves(results: Results, sender: str) -> bool:
    """Tell whether the envelope's sender is proven: by SPF, or by a signature of its domain."""
    domain = normalise(sender.rpartition("@")[2])
    if not domain:
        return False
    spf = results.spf
    if spf.result is SpfResult.PASS and spf.scope == "mfrom" and spf.domain == domain:
        return True
    return any(
        authentication.proves(one) and not one.testing and is_under(domain, one.domain)
        for one in results.dkim
    )


def found(results: Results) -> str:
    """Return the result of each check in a word, for a reply."""
    signatures = ", ".join(
        f"{one.domain[:60] or '?'} {one.reason or one.result.value}" for one in results.dkim[:2]
    )
    spf, dmarc = results.spf, results.dmarc
    return (
        f"SPF {spf.domain[:60]} {spf.result.value}; DKIM {signatures or 'none'}; "
        f"DMARC {dmarc.result.value}"
    )


def tested_address(routings: Sequence[Routing]) -> str:
    """Return the first address of the tester among the recipients, "" if there is none."""
    return next((routing.recipient for routing in routings if routing.answering), "")
