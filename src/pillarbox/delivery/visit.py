"""A visit to one destination: connections opened and reused, messages sent one by one.

The servers of the domain are tried in the order of `destination`; the next one is tried when
one cannot be reached, or turns us away before it has heard of the message. What one server
says about a recipient stands until the next attempt.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from random import Random
from typing import Final

from pillarbox.base.address import AddressProblem, parse
from pillarbox.base.clock import Clock
from pillarbox.delivery import attempt_steps as steps
from pillarbox.delivery import destination, tls_sessions
from pillarbox.delivery.contact import Unusable
from pillarbox.delivery.content import Content
from pillarbox.delivery.destination import Destination, Endpoint, Own
from pillarbox.delivery.fitting import fit
from pillarbox.delivery.remote import Remote, Sent, Session
from pillarbox.delivery.result import Fate, Result, Tried, found, heard
from pillarbox.delivery.tls_policies import DomainPolicy, HostPolicy, TlsPolicies
from pillarbox.delivery.tls_sessions import Place
from pillarbox.dns.resolver import Resolver
from pillarbox.smtp.outgoing import Mail, Obstacle, Stage
from pillarbox.smtp.outgoing import Recipient as Rcpt
from pillarbox.store.attempts import Attempt
from pillarbox.store.database import Database
from pillarbox.store.queue import Item, Recipient
from pillarbox.tlspolicy import decide
from pillarbox.tlspolicy.decide import Demand, Problem, Ruling
from pillarbox.trace.step import Step

MAX_MESSAGES: Final = 100  # over one connection
KEEP_DESTINATION: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What visits need. require_tls: never send in the clear, to nobody.

    policies: what others demand of us; None looks at none.
    """

    db: Database
    resolver: Resolver
    clock: Clock
    remote: Remote
    own: Own
    random: Random
    require_tls: bool = False
    policies: TlsPolicies | None = None


@dataclass(frozen=True, slots=True)
class _Errand:
    """One message on its way. waived: its sender prefers delivery to proof (RFC 8689 §5)."""

    item: Item
    left: Sequence[Recipient]
    mail: Mail
    content: Content
    tried: Tried
    waived: bool


class Visit:
    """Sends messages to one domain, one after the other. Close it when there are no more."""

    def __init__(self, domain: str, around: Surroundings) -> None:
        self._domain = domain
        self._around = around
        self._session: Session | None = None
        self._lenient = False  # whether the open session was opened for a waived message
        self._destination: Destination | None = None
        self._policy = DomainPolicy(domain)
        self._found_at = around.clock.now()

    async def deliver(self, attempt: Attempt) -> Tried:
        """Try all recipients of an attempt. Raises what reading the message raises."""
        tried = Tried()
        item = attempt.item
        left, mail = _envelope(attempt, tried.results)
        if mail is None:
            return tried
        content = Content(self._around.db, item.blob, item.octets)
        mail = replace(mail, body=await content.body(mail.body))
        # RFC 8689 §5: the field counts for nothing beside REQUIRETLS.
        waived = not item.require_tls and await content.waives_tls()
        errand = _Errand(item, left, mail, content, tried, waived)
        if await self._reuse(errand):
            return tried
        where = await self._find()
        tried.steps.append(where.step(self._at()))
        if where.problem is not None:
            problem = where.problem
            tried.results += (found(r, problem.enhanced, problem.text) for r in left)
            return tried
        tried.steps += self._policy.steps(self._at())
        if self._policy.reported and self._policy.problem is not None:
            problem_ = self._policy.problem
            told = tls_sessions.unfetched(problem_.code, problem_.text)
            tried.observed.append((self._domain, told))
        await self._go_round(where, errand)
        return tried

    async def close(self) -> None:
        """Say goodbye."""
        session, self._session = self._session, None
        if session is not None:
            await session.quit()

    def abort(self) -> None:
        """Hang up."""
        session, self._session = self._session, None
        if session is not None:
            session.abort()

    def _at(self) -> float:
        return self._around.clock.now().timestamp()

    async def _reuse(self, errand: _Errand) -> bool:
        """Send over the open connection. False if there is none, or it had gone stale."""
        session = self._session
        if session is None:
            return False
        item = errand.item
        fit = session.seen.tls is not None or not (item.require_tls or self._around.require_tls)
        fit = fit and (errand.waived or not self._lenient)
        if item.require_tls and fit:
            fit = self._shortcoming(session, errand.mail) is None
        if not session.usable or session.messages >= MAX_MESSAGES or not fit:
            await self.close()
            return False
        return await self._send(session, errand)

    async def _find(self) -> Destination:
        now = self._around.clock.now()
        found = self._destination
        if found is None or now - self._found_at > KEEP_DESTINATION:
            around = self._around
            self._found_at = now
            finding = destination.find(self._domain, around.resolver, around.own, around.random)
            if around.policies is None:
                found = await finding
            else:
                policy = around.policies.of_domain(self._domain)
                both = await asyncio.gather(finding, policy)
                found, self._policy = both[0], both[1]
            self._destination = found
        return found

    async def _go_round(self, where: Destination, errand: _Errand) -> None:
        """Try one server after the other until one has spoken about the message."""
        problems: list[tuple[str, str, Unusable]] = []
        tried = errand.tried
        for host, endpoints in groupby(where.endpoints, key=lambda endpoint: endpoint.host):
            wanted = await self._demand(host, where, errand)
            if wanted.is_barred and wanted.problem is not None:
                text = f"{host}: {wanted.problem.text}"
                exc = Unusable("4.7.5", text, problem=wanted.problem)
                problems.append((host, "", exc))
                tried.steps.append(steps.barred(host, wanted, self._at()))
                self._count(errand, wanted, Place(host), wanted.problem)
                continue
            told = False
            for endpoint in endpoints:
                ip = str(endpoint.address)
                try:
                    session = await self._open(endpoint, wanted, errand)
                except Unusable as exc:
                    problems.append((host, ip, exc))
                    tried.steps.append(steps.unreached(host, ip, exc, wanted, self._at()))
                    if exc.problem is not None:
                        ours = exc.seen.own_ip if exc.seen else ""
                        self._count(errand, wanted, Place(host, ip, ours), exc.problem)
                    continue
                place = Place(host, ip, session.seen.own_ip)
                because = session.seen.plain_because
                problem = session.problem or wanted.problem
                problem = problem or (decide.lacking(because) if because else None)
                self._count(errand, wanted, place, problem)
                tried.steps.append(steps.connected(session, self._at()))
                if not told:
                    tried.steps += steps.judged(session, wanted, self._at())
                    told = True
                if await self._send(session, errand):
                    return
                lost = Unusable("4.4.2", f"{host} [{ip}] broke the connection off")
                problems.append((host, ip, lost))
        tried.results += (_worst(recipient, problems) for recipient in errand.left)

    def _count(
        self, errand: _Errand, wanted: HostPolicy, place: Place, problem: Problem | None
    ) -> None:
        """Count a connection for the domain's report, if it wants one."""
        if not self._policy.reported or errand.waived:
            # RFC 8460 §3: the way of reports themselves is not reported.
            return
        result, reason = (problem.fault.value, problem.text) if problem else ("", "")
        kept = self._policy.kept
        told = tls_sessions.observe(wanted.demand, kept, place, result, reason)
        errand.tried.observed.append((self._domain, told))

    async def _demand(self, host: str, where: Destination, errand: _Errand) -> HostPolicy:
        """Return what a server must prove for this message."""
        always = errand.item.require_tls or self._around.require_tls
        policies = self._around.policies
        if policies is None:
            return HostPolicy(Demand(encrypted=always, enforced=always))
        wanted = await policies.of_host(host, where.answers, self._policy, always=always)
        if errand.waived and wanted.demand.ruling is not Ruling.NOTHING:
            errand.tried.steps.append(steps.waived(host, wanted.demand, self._at()))
            return HostPolicy(Demand(encrypted=always, enforced=always))
        return wanted

    async def _open(self, endpoint: Endpoint, wanted: HostPolicy, errand: _Errand) -> Session:
        """Connect. Raises Unusable, also for what REQUIRETLS needs and is not there."""
        session = await self._around.remote.open(endpoint, wanted.demand)
        if errand.item.require_tls:
            lacking = self._shortcoming(session, errand.mail)
            if lacking is not None:
                await session.quit()
                raise lacking
        self._session, self._lenient = session, errand.waived
        return session

    def _shortcoming(self, session: Session, mail: Mail) -> Unusable | None:
        """Return why a message with REQUIRETLS must not go over a connection, or None.

        The server must be the right one, prove it, and keep the promise (RFC 8689 §4.2.1).
        """
        host = session.seen.host
        answers = self._destination.answers if self._destination is not None else ()
        named = session.demand.proven and session.demand.listed
        named = named or bool(answers and answers[0].authentic)
        if not session.is_proven or not (named or session.is_pinned):
            text = f"{host} cannot prove its name, and the sender requires that it does"
            return Unusable("5.7.10", text)
        if session.obstacle(mail) is Obstacle.REQUIRE_TLS:
            return Unusable("5.7.30", f"{host} does not promise encryption all the way")
        return None

    async def _send(self, session: Session, errand: _Errand) -> bool:
        """Send the message to one server. False if it left without a word about it."""
        host, ip = session.seen.host, session.seen.ip
        tried = errand.tried
        refused: list[Result] = []
        fitted = await fit(session, errand.mail, errand.left, errand.content, refused)
        tried.results += refused
        if fitted is None:
            return True
        mail, taken, content = fitted
        if content is not errand.content:
            params = {"host": host, "ip": ip}
            step = Step(key="attempt.rewritten", at=self._at(), params=params, rfc="RFC 6152 §3")
            tried.steps.append(step)
        try:
            sent = await session.send(mail, content.chunks())
        except BaseException:
            self.abort()
            raise
        if not session.usable:
            self.abort()
        if sent.bare_newline:
            text = "The message has a bare CR or LF, which no server can take"
            tried.results += (found(r, "5.6.0", text, host, ip) for r in taken)
            return True
        if _is_silent(sent) and not refused:
            return False
        several = len(taken) > 1
        for recipient, outcome in zip(taken, sent.outcomes, strict=True):
            result = heard(recipient, outcome, sent.problem, host, ip, several=several)
            if result.fate is Fate.ACCEPTED and not session.offers_dsn:
                result = replace(result, relayed=True)
            tried.results.append(result)
        return True


def _envelope(attempt: Attempt, results: list[Result]) -> tuple[list[Recipient], Mail | None]:
    """Return the recipients that can be named to a server, and the transaction for them."""
    item = attempt.item
    left = []
    rcpts = []
    try:
        sender = parse(item.sender) if item.sender else None
    except AddressProblem as exc:
        text = f"The return address cannot be sent: {exc.reason}"
        results += (found(r, "5.1.7", text) for r in attempt.recipients)
        return [], None
    for recipient in attempt.recipients:
        try:
            address = parse(recipient.address)
        except AddressProblem as exc:
            text = f"This is no address that a server could take: {exc.reason}"
            results.append(found(recipient, "5.1.3", text))
            continue
        left.append(recipient)
        notify = tuple(filter(None, recipient.notify.split(",")))
        rcpts.append(Rcpt(address, notify, recipient.orcpt))
    if not left:
        return left, None
    mail = Mail(
        sender,
        tuple(rcpts),
        size=item.octets,
        body=item.body_type,
        smtputf8=item.smtputf8,
        ret=item.ret,
        envid=item.envid,
        require_tls=item.require_tls,
    )
    return left, mail


def _is_silent(sent: Sent) -> bool:
    """Say whether the server left before it heard all of the message or judged anybody."""
    lost = all(outcome.stage is Stage.LOST for outcome in sent.outcomes)
    return lost and not sent.ended


def _worst(recipient: Recipient, problems: Sequence[tuple[str, str, Unusable]]) -> Result:
    """Return what it means that no server could be used: permanent only if all say so."""
    lasting = all(exc.permanent for _, _, exc in problems)
    # The last word is that of the last server that said anything at all.
    spoke = [problem for problem in problems if problem[2].reply is not None]
    host, ip, exc = spoke[-1] if spoke else problems[-1]
    if exc.reply is None:
        enhanced = exc.enhanced if lasting else f"4{exc.enhanced[1:]}"
        return found(recipient, enhanced, exc.text, host, ip)
    fate = Fate.REFUSED if lasting else Fate.DEFERRED
    text = " / ".join(exc.reply.text)
    return Result(recipient, fate, exc.reply.code, exc.reply.enhanced, text, host, ip)
