"""A visit to one destination: connections opened and reused, messages sent one by one.

The servers of the domain are tried in the order of `destination`; the next one is tried when
one cannot be reached, or turns us away before it has heard of the message. What one server
says about a recipient stands until the next attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, Final

from pillarbox.base.address import AddressProblem, parse
from pillarbox.base.clock import Clock
from pillarbox.delivery import destination
from pillarbox.delivery.content import Content
from pillarbox.delivery.destination import Destination, Own
from pillarbox.delivery.remote import Remote, Sent, Session, Unusable
from pillarbox.delivery.result import Fate, Result, Tried, found, heard
from pillarbox.dns.resolver import Resolver
from pillarbox.smtp.outgoing import Mail, Obstacle, Stage
from pillarbox.smtp.outgoing import Recipient as Rcpt
from pillarbox.store.attempts import Attempt
from pillarbox.store.database import Database
from pillarbox.store.queue import Item, Recipient
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step

MAX_MESSAGES: Final = 100  # over one connection
KEEP_DESTINATION: Final = timedelta(seconds=60)
_MEGA: Final = 1_000_000

_OBSTACLES: Final = {
    Obstacle.EIGHT_BIT: ("5.6.3", "{host} takes no 8-bit text, and the message has some"),
    Obstacle.BINARY: ("5.6.3", "{host} takes no binary messages"),
    Obstacle.UTF8: ("5.6.7", "{host} takes no addresses or header lines beyond ASCII"),
    Obstacle.REQUIRE_TLS: ("5.7.30", "{host} does not promise encryption all the way"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What visits need. require_tls: never send in the clear, to nobody."""

    db: Database
    resolver: Resolver
    clock: Clock
    remote: Remote
    own: Own
    random: Random
    require_tls: bool = False


class Visit:
    """Sends messages to one domain, one after the other. Close it when there are no more."""

    def __init__(self, domain: str, around: Surroundings) -> None:
        self._domain = domain
        self._around = around
        self._session: Session | None = None
        self._destination: Destination | None = None
        self._found_at = around.clock.now()

    async def deliver(self, attempt: Attempt) -> Tried:
        """Try all recipients of an attempt. Raises what reading the message raises."""
        tried = Tried()
        left, mail = _envelope(attempt, tried.results)
        if mail is None:
            return tried
        content = Content(self._around.db, attempt.item.blob, attempt.item.octets)
        mail = replace(mail, body=await content.body(mail.body))
        if await self._reuse(attempt.item, left, mail, content, tried):
            return tried
        where = await self._find()
        tried.steps.append(where.step(self._at()))
        if where.problem is not None:
            problem = where.problem
            tried.results += (found(r, problem.enhanced, problem.text) for r in left)
            return tried
        await self._go_round(where, attempt.item, left, mail, content, tried)
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

    def _needs_tls(self, item: Item) -> bool:
        return item.require_tls or self._around.require_tls

    async def _reuse(
        self,
        item: Item,
        left: Sequence[Recipient],
        mail: Mail,
        content: Content,
        tried: Tried,
    ) -> bool:
        """Send over the open connection. False if there is none, or it had gone stale."""
        session = self._session
        if session is None:
            return False
        fit = not self._needs_tls(item) or session.seen.tls is not None
        if not session.usable or session.messages >= MAX_MESSAGES or not fit:
            await self.close()
            return False
        return await self._send(session, item, left, mail, content, tried)

    async def _find(self) -> Destination:
        now = self._around.clock.now()
        if self._destination is None or now - self._found_at > KEEP_DESTINATION:
            around = self._around
            self._found_at = now
            self._destination = await destination.find(
                self._domain, around.resolver, around.own, around.random
            )
        return self._destination

    async def _go_round(
        self,
        where: Destination,
        item: Item,
        left: Sequence[Recipient],
        mail: Mail,
        content: Content,
        tried: Tried,
    ) -> None:
        """Try one server after the other until one has spoken about the message."""
        problems: list[tuple[str, str, Unusable]] = []
        for endpoint in where.endpoints:
            ip = str(endpoint.address)
            try:
                session = await self._around.remote.open(
                    endpoint, require_tls=self._needs_tls(item)
                )
            except Unusable as exc:
                problems.append((endpoint.host, ip, exc))
                tried.steps.append(_unreached(endpoint.host, ip, exc, self._at()))
                continue
            tried.steps.append(_connected(session, self._at()))
            self._session = session
            if await self._send(session, item, left, mail, content, tried):
                return
            lost = Unusable("4.4.2", f"{endpoint.host} [{ip}] broke the connection off")
            problems.append((endpoint.host, ip, lost))
        tried.results += (_worst(recipient, problems) for recipient in left)

    async def _send(
        self,
        session: Session,
        item: Item,
        left: Sequence[Recipient],
        mail: Mail,
        content: Content,
        tried: Tried,
    ) -> bool:
        """Send the message to one server. False if it left without a word about it."""
        host, ip = session.seen.host, session.seen.ip
        if item.require_tls and not _is_proven(session):
            text = f"{host} cannot prove its name, and the sender requires that it does"
            tried.results += (found(r, "5.7.10", text, host, ip) for r in left)
            return True
        refused: list[Result] = []
        fitted = await _fit(session, mail, left, content, refused)
        tried.results += refused
        if fitted is None:
            return True
        mail, taken, fit = fitted
        if fit is not content:
            params = {"host": host, "ip": ip}
            step = Step(key="attempt.rewritten", at=self._at(), params=params, rfc="RFC 6152 §3")
            tried.steps.append(step)
        try:
            sent = await session.send(mail, fit.chunks())
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


async def _fit(
    session: Session,
    mail: Mail,
    recipients: Sequence[Recipient],
    content: Content,
    refused: list[Result],
) -> tuple[Mail, Sequence[Recipient], Content] | None:
    """Return transaction and content as this server can take them, or None if it cannot.

    What is declared is not always needed: only a real obstacle counts. Recipients that alone
    are in the way are refused alone.
    """
    host, ip = session.seen.host, session.seen.ip
    while (obstacle := session.obstacle(mail)) is not None:
        if obstacle is Obstacle.UTF8:
            if mail.smtputf8 and (await content.header()).isascii():
                mail = replace(mail, smtputf8=False)
                continue
            plain = [r.address.localpart.isascii() for r in mail.recipients]
            sender_plain = mail.sender is None or mail.sender.localpart.isascii()
            if sender_plain and not mail.smtputf8 and any(plain) and not all(plain):
                enhanced, text = _OBSTACLES[obstacle]
                odd = (r for r, ok in zip(recipients, plain, strict=True) if not ok)
                refused += (found(r, enhanced, text.format(host=host), host, ip) for r in odd)
                recipients = [r for r, ok in zip(recipients, plain, strict=True) if ok]
                kept = (r for r, ok in zip(mail.recipients, plain, strict=True) if ok)
                mail = replace(mail, recipients=tuple(kept))
                continue
        if obstacle in {Obstacle.EIGHT_BIT, Obstacle.BINARY}:
            needed = await _needed_body(content, obstacle)
            if needed != mail.body:
                mail = replace(mail, body=needed)
                continue
            rewritten = await content.seven_bit() if obstacle is Obstacle.EIGHT_BIT else None
            if rewritten is not None:
                content, octets = rewritten
                mail = replace(mail, body="7BIT", size=octets)
                continue
        if obstacle is Obstacle.TOO_LARGE:
            enhanced = "5.3.4"
            text = (
                f"The message has {mail.size / _MEGA:.1f} MB, "
                f"{host} takes {session.max_octets / _MEGA:.1f} MB"
            )
        else:
            enhanced, text = _OBSTACLES[obstacle]
        refused += (found(r, enhanced, text.format(host=host), host, ip) for r in recipients)
        return None
    return mail, recipients, content


async def _needed_body(content: Content, obstacle: Obstacle) -> str:
    """Return the least that a server must offer for the message."""
    scan = await content.scan()
    if obstacle is Obstacle.BINARY and (scan.nul or scan.bare_newline):
        return "BINARYMIME"
    return "8BITMIME" if scan.eight_bit else "7BIT"


def _is_silent(sent: Sent) -> bool:
    """Say whether the server left before it heard all of the message or judged anybody."""
    lost = all(outcome.stage is Stage.LOST for outcome in sent.outcomes)
    return lost and not sent.ended


def _is_proven(session: Session) -> bool:
    certificate = session.seen.certificate
    return certificate is not None and certificate.proof == "verified"


def _worst(recipient: Recipient, problems: Sequence[tuple[str, str, Unusable]]) -> Result:
    """Return what it means that no server could be used: permanent only if all say so."""
    lasting = all(exc.reply is not None and exc.reply.permanent for _, _, exc in problems)
    # The last word is that of the last server that said anything at all.
    spoke = [problem for problem in problems if problem[2].reply is not None]
    host, ip, exc = spoke[-1] if spoke else problems[-1]
    if exc.reply is None:
        return found(recipient, exc.enhanced, exc.text, host, ip)
    fate = Fate.REFUSED if lasting else Fate.DEFERRED
    text = " / ".join(exc.reply.text)
    return Result(recipient, fate, exc.reply.code, exc.reply.enhanced, text, host, ip)


def _connected(session: Session, at: float) -> Step:
    seen = session.seen
    params: dict[str, Any] = {"host": seen.host, "ip": seen.ip}
    if seen.tls is None:
        offered = "offers no STARTTLS" in seen.plain_because
        key = "attempt.plain" if offered else "attempt.plain.failed"
        params["problem"] = seen.plain_because
        return Step(key=key, at=at, params=params, evidence=seen.as_json(), rfc="RFC 3207 §4.1")
    params["version"], params["cipher"] = seen.tls
    params["certificate"] = (
        seen.certificate.words if seen.certificate else phrase("certificate-none")
    )
    return Step(key="attempt.tls", at=at, params=params, evidence=seen.as_json(), rfc="RFC 3207 §4")


def _unreached(host: str, ip: str, exc: Unusable, at: float) -> Step:
    params = {"host": host, "ip": ip, "problem": exc.text}
    evidence = {"host": host, "ip": ip, "problem": exc.text}
    if exc.reply is not None:
        evidence["reply"] = str(exc.reply)
    return Step(key="attempt.unreached", at=at, params=params, evidence=evidence)
