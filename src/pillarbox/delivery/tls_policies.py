"""What other domains require of those who send to them: looked up, fetched and kept.

MTA-STS (RFC 8461): the record is asked for each time, the policy is fetched when its id is
new or it grows old, and what was fetched counts until its max_age is over, whatever happens
to the record meanwhile. DANE (RFC 7672): TLSA records count only where every answer on the
way to them was signed, as far as our resolver is to be believed.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.delivery import evidence
from pillarbox.delivery.https import Fetcher, NotFetched
from pillarbox.dns.resolver import Answer, Resolver, RType, Tlsa, Txt
from pillarbox.mailauth.tls_report import Wish, parse_record
from pillarbox.store import sts_policies
from pillarbox.store.database import Database
from pillarbox.store.sts_policies import StoredPolicy
from pillarbox.tlspolicy import dane, decide, mta_sts
from pillarbox.tlspolicy.dane import Records
from pillarbox.tlspolicy.decide import Demand, Fault, Problem
from pillarbox.tlspolicy.mta_sts import BadPolicy, Kept
from pillarbox.trace.step import Step

FETCH_SECONDS: Final = 60.0  # RFC 8461 §3.3
PATIENCE_SECONDS: Final = 3.0  # for a newer policy than the one that is kept
AGAIN: Final = timedelta(minutes=5)  # after a policy could not be fetched (RFC 8461 §3.3)
MAX_FAILURES: Final = 10_000  # domains that are remembered for that
PATH: Final = "/.well-known/mta-sts.txt"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unfetched:
    """Why there is no new policy. code: as reports name it (RFC 8460 §4.3)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DomainPolicy:
    """The MTA-STS policy of a domain, if it has one that counts.

    kept: the policy. problem: why it, or a newer one, could not be fetched. answer: the
    record; None if nobody was asked. reported: the domain wants to hear of our connections.
    """

    domain: str
    kept: Kept | None = None
    problem: Unfetched | None = None
    answer: Answer | None = None
    reported: bool = False

    def steps(self, at: float) -> list[Step]:
        """Return what the trace says of it; nothing where the domain has none."""
        told = {"answers": evidence.answers([self.answer])} if self.answer else {}
        found = []
        if self.problem is not None:
            params = {"domain": self.domain, "problem": self.problem.text}
            known = "attempt.sts.stale" if self.kept else "attempt.sts.unfetched"
            shown = {**told, "code": self.problem.code}
            found.append(Step(key=known, at=at, params=params, evidence=shown, rfc="RFC 8461 §3.3"))
        if self.kept is not None:
            policy = self.kept.policy
            params = {
                "domain": self.domain,
                "mode": policy.mode.value,
                "mx": ", ".join(policy.mx[:20]) or "none",
                "id": self.kept.policy_id,
            }
            shown = {
                **told,
                "policy": self.kept.text,
                "fetched_at": self.kept.fetched_at.isoformat(),
            }
            key = f"attempt.sts.{policy.mode.value}"
            found.append(Step(key=key, at=at, params=params, evidence=shown, rfc="RFC 8461 §5"))
        return found


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """What one server must prove. answers: how the TLSA records were found.

    problem: what is wrong before anybody has connected.
    """

    demand: Demand
    answers: tuple[Answer, ...] = ()
    problem: Problem | None = None

    @property
    def is_barred(self) -> bool:
        """Whether the server must not be used at all, whatever it proves."""
        if self.problem is None:
            return False
        return self.demand.enforced or self.problem.fault is Fault.DNSSEC


class TlsPolicies:
    """Looks policies up. port: of SMTP, which is part of the TLSA records' name.

    sts, dane: False leaves that kind out. reports: count connections for those who ask.
    """

    def __init__(  # noqa: PLR0913 - app.py alone puts it together
        self,
        db: Database,
        resolver: Resolver,
        fetcher: Fetcher,
        clock: Clock,
        *,
        port: int = 25,
        sts: bool = True,
        dane: bool = True,
        reports: bool = True,
    ) -> None:
        self._db = db
        self._resolver = resolver
        self._fetcher = fetcher
        self._clock = clock
        self._port = port
        self._sts = sts
        self._dane = dane
        self._reports = reports
        self._failures: OrderedDict[str, tuple[datetime, str, Unfetched]] = OrderedDict()
        self._flying: dict[str, asyncio.Task[Kept | Unfetched]] = {}

    async def of_domain(self, domain: str) -> DomainPolicy:
        """Return what a domain (A-labels, or an address literal) announces. Raises MailError."""
        if domain.startswith("["):
            return DomainPolicy(domain)
        if not self._reports:
            return await self._sts_of(domain)
        policy, wish = await asyncio.gather(self._sts_of(domain), wish_of(self._resolver, domain))
        return replace(policy, reported=wish is not None)

    async def _sts_of(self, domain: str) -> DomainPolicy:
        if not self._sts:
            return DomainPolicy(domain)
        now = self._clock.now()
        answer = await self._resolver.resolve(f"_mta-sts.{domain}", RType.TXT)
        stored = await self._db.read(sts_policies.find, domain)
        kept = _open(stored) if stored is not None else None
        if kept is not None and not kept.is_current(now):
            kept = None
        policy_id = mta_sts.find_id(_texts(answer))
        if policy_id is None or (kept is not None and kept.is_fresh(policy_id, now)):
            # RFC 8461 §5.1: without a record, what is kept still counts.
            return DomainPolicy(domain, kept, answer=answer)
        # Mail does not wait for a slow web server while there is a policy to keep to.
        seconds = PATIENCE_SECONDS if kept is not None else 2 * FETCH_SECONDS
        found = await self._fetch(domain, policy_id, seconds)
        if isinstance(found, Unfetched):
            return DomainPolicy(domain, kept, found, answer)
        return DomainPolicy(domain, found, answer=answer)

    async def _fetch(self, domain: str, policy_id: str, seconds: float) -> Kept | Unfetched:
        """Fetch a policy and keep it; once for all who want it now."""
        failed = self._failures.get(domain)
        if failed is not None and failed[0] > self._clock.now() and failed[1] == policy_id:
            return failed[2]
        task = self._flying.get(domain)
        if task is None:
            task = asyncio.ensure_future(self._fetch_now(domain, policy_id))
            self._flying[domain] = task
            task.add_done_callback(lambda _: self._flying.pop(domain, None))
        # One waiter that gives up does not end it for the others.
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            return task.result()
        text = f"mta-sts.{domain} has not answered yet"
        return Unfetched("sts-policy-fetch-error", text)

    async def _fetch_now(self, domain: str, policy_id: str) -> Kept | Unfetched:
        now = self._clock.now()
        try:
            kept = await fetch(self._fetcher, domain, policy_id, now)
        except NoPolicy as exc:
            self._failures[domain] = (now + AGAIN, policy_id, exc.why)
            self._failures.move_to_end(domain)
            if len(self._failures) > MAX_FAILURES:
                self._failures.popitem(last=False)
            return exc.why
        self._failures.pop(domain, None)
        end = now + timedelta(seconds=kept.policy.max_age)
        try:
            row = StoredPolicy(domain, policy_id, now, end, kept.text)
            await self._db.write(sts_policies.put, row)
        except MailError as exc:
            # It counts for this message all the same.
            log.warning("sts.not_kept", domain=domain, reason=str(exc))
        return kept

    async def of_host(
        self, host: str, answers: Sequence[Answer], policy: DomainPolicy, *, always: bool
    ) -> HostPolicy:
        """Return what a server of a domain must prove.

        answers: how it was found; the first is that for MX. always: never in the clear.
        """
        kept = policy.kept
        sts = kept.policy if kept is not None else None
        records: Records | None = None
        asked: list[Answer] = []
        if self._dane and not host.startswith("["):
            found = await self._records(host, answers, asked)
            if isinstance(found, Problem):
                wanted = decide.demand(host, sts, None, always=always)
                return HostPolicy(wanted, tuple(asked), found)
            records = found
        wanted = decide.demand(host, sts, records, always=always)
        return HostPolicy(wanted, tuple(asked), decide.unlisted(wanted, host))

    async def _records(
        self, host: str, answers: Sequence[Answer], asked: list[Answer]
    ) -> Records | Problem | None:
        """Return the signed TLSA records of a server (RFC 7672 §2.2)."""
        if not answers or not answers[0].authentic:
            return None  # Who can forge MX can name a server of his own.
        mx = answers[0]
        for base in await self._bases(host, answers):
            answer = await self._resolver.resolve(f"_{self._port}._tcp.{base}", RType.TLSA)
            asked.append(answer)
            if answer.failed:
                # RFC 7672 §2.1.2: the way to the records may be blocked by an attacker.
                text = f"its TLSA records could not be asked for ({answer.problem[:200]})"
                return Problem(Fault.DNSSEC, text)
            records = [value for value in answer.values if isinstance(value, Tlsa)]
            if records and answer.authentic:
                expanded = mx.records[0].name if mx.records else mx.name
                return dane.sort(answer.name, records, (base, host, mx.name, expanded))
        return None

    async def _bases(self, host: str, answers: Sequence[Answer]) -> list[str]:
        """Return the names below which TLSA records may be (RFC 7672 §2.2.2, §2.2.3)."""
        kinds = {RType.A, RType.AAAA}
        mine = [a for a in answers if a.name == host and a.rtype in kinds and a.records]
        if mine and all(answer.authentic for answer in mine):
            return list(dict.fromkeys((mine[0].records[0].name, host)))
        if any(answer.aliases for answer in mine):
            alias = await self._resolver.resolve(host, RType.CNAME)
            if alias.authentic and alias.records:
                return [host]
        return []


async def wish_of(resolver: Resolver, domain: str) -> Wish | None:
    """Return where a domain wants reports on encryption to go; None for nowhere."""
    return parse_record(_texts(await resolver.resolve(f"_smtp._tls.{domain}", RType.TXT)))


def _texts(answer: Answer) -> list[str]:
    return [v.joined.decode("latin-1") for v in answer.values if isinstance(v, Txt)]


class NoPolicy(Exception):
    """A policy could not be fetched."""

    def __init__(self, why: Unfetched) -> None:
        super().__init__(why.text)
        self.why = why


async def fetch(fetcher: Fetcher, domain: str, policy_id: str, now: datetime) -> Kept:
    """Fetch the policy of a domain (RFC 8461 §3.3). Raises NoPolicy."""
    host = f"mta-sts.{domain}"
    try:
        page = await fetcher.get(
            host, PATH, max_octets=mta_sts.MAX_POLICY_OCTETS, seconds=FETCH_SECONDS
        )
    except NotFetched as exc:
        code = "sts-webpki-invalid" if exc.certificate else "sts-policy-fetch-error"
        raise NoPolicy(Unfetched(code, str(exc))) from exc
    if page.status != 200:
        # RFC 8461 §3.3: redirects are not followed.
        text = f"https://{host}{PATH} answered {page.status}, not 200"
        raise NoPolicy(Unfetched("sts-policy-fetch-error", text))
    if page.media_type != "text/plain":
        text = f"https://{host}{PATH} is {page.media_type[:60] or 'of no type'}, not text/plain"
        raise NoPolicy(Unfetched("sts-policy-invalid", text))
    try:
        policy = mta_sts.parse_policy(page.body)
    except BadPolicy as exc:
        raise NoPolicy(Unfetched("sts-policy-invalid", str(exc))) from exc
    return Kept(policy_id, now, policy, page.body.decode("utf-8"))


def _open(stored: StoredPolicy) -> Kept | None:
    try:
        policy = mta_sts.parse_policy(stored.text.encode())
    except BadPolicy:
        return None
    return Kept(stored.policy_id, stored.fetched_at, policy, stored.text)
