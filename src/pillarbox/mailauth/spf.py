"""SPF: may this client send for this domain (RFC 7208).

`check_host` judges the MAIL FROM identity and `check_helo` the HELO identity. The
outcome carries its evidence: every term that was looked at and what it resolved to, the
records, and the DNS answers in the order they came.

Bounded whatever is published: ten terms that ask DNS, two of them without an answer, ten
names for each mx and ptr (RFC 7208 §4.6.4). Includes thus nest at most ten deep and never
multiply. How long one question may take is the resolver's affair.
"""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from pillarbox.dns.resolver import Answer, Mx, Resolver, RType, Status, Txt
from pillarbox.mailauth import spf_macro, spf_record
from pillarbox.mailauth.alignment import is_under, normalise
from pillarbox.mailauth.spf_macro import Template, Values
from pillarbox.mailauth.spf_outcome import IPAddress, SpfOutcome, SpfResult, SpfStep, SpfText
from pillarbox.mailauth.spf_record import Kind, Mechanism, Qualifier, Record
from pillarbox.mailauth.spf_syntax import SyntaxFault, SyntaxProblem

MAX_LOOKUPS: Final = 10
MAX_VOID_LOOKUPS: Final = 2
MAX_NAMES: Final = 10  # of one mx or ptr term
MAX_EXPLANATION: Final = 500  # characters kept: it goes into a one-line SMTP reply
_SHOWN_RECORDS: Final = 10  # in the detail of a step; the answers hold all

_RESULTS: Final = {
    Qualifier.PASS: SpfResult.PASS,
    Qualifier.FAIL: SpfResult.FAIL,
    Qualifier.SOFTFAIL: SpfResult.SOFTFAIL,
    Qualifier.NEUTRAL: SpfResult.NEUTRAL,
}


async def check_host(
    resolver: Resolver, ip: IPAddress, helo: str, mail_from: str, *, receiver: str, now: datetime
) -> SpfOutcome:
    """Judge the MAIL FROM identity (RFC 7208 §2.4).

    mail_from: the reverse-path, "" for the null one, which stands for postmaster@helo.
    receiver: our host name, for explanations.
    """
    local, _, domain = (mail_from or helo).rpartition("@")
    check = _Check(resolver, ip, helo, f"{local or 'postmaster'}@{domain}", receiver, now)
    return await check.run("mfrom")


async def check_helo(
    resolver: Resolver, ip: IPAddress, helo: str, *, receiver: str, now: datetime
) -> SpfOutcome:
    """Judge the HELO identity (RFC 7208 §2.3)."""
    check = _Check(resolver, ip, helo, f"postmaster@{helo}", receiver, now)
    return await check.run("helo")


class _Stop(Exception):
    """An error that ends the whole check (RFC 7208 §2.6.6 and §2.6.7)."""

    def __init__(
        self, result: SpfResult, fault: str, problem: str, syntax: SyntaxFault | None = None
    ) -> None:
        super().__init__(problem)
        self.result, self.fault = result, fault
        self.problem, self.syntax = problem, syntax


class _Check:
    """One evaluation: the arguments of check_host(), the counters, the evidence."""

    __slots__ = (
        "_address_type",
        "_answers",
        "_helo",
        "_ip",
        "_ip_number",
        "_lookups",
        "_now",
        "_receiver",
        "_records",
        "_resolver",
        "_sender",
        "_steps",
        "_version",
        "_voids",
    )

    def __init__(
        self,
        resolver: Resolver,
        ip: IPAddress,
        helo: str,
        sender: str,
        receiver: str,
        now: datetime,
    ) -> None:
        if isinstance(ip, IPv6Address):
            # RFC 7208 §5: an IPv4-mapped address is an IPv4 address. A zone says nothing.
            ip = ip.ipv4_mapped or (IPv6Address(int(ip)) if ip.scope_id else ip)
        self._resolver = resolver
        self._ip = ip
        self._ip_number = int(ip)
        self._version = ip.version
        self._address_type = RType.A if self._version == 4 else RType.AAAA
        self._helo = helo
        self._sender = sender
        self._receiver = receiver
        self._now = now
        self._lookups = 0
        self._voids = 0
        self._answers: dict[tuple[str, int], Answer] = {}
        self._records: list[SpfText] = []
        self._steps: list[SpfStep] = []

    async def run(self, scope: str) -> SpfOutcome:
        given = self._sender.rpartition("@")[2]
        domain = normalise(given)
        explanation, decided, fault, syntax = "", None, "", None
        if "." not in domain:  # RFC 7208 §4.3
            result, problem = SpfResult.NONE, f"{given[:255]!r} is not a domain name"
            fault = "no_domain"
        else:
            try:
                result, decided, record = await self._judge(domain, 0)
                problem = "" if record else f"{domain} publishes no SPF record"
                if result is SpfResult.FAIL and record and decided:
                    explanation = await self._explain(record, decided.domain)
            except _Stop as stop:
                result, problem, fault = stop.result, stop.problem, stop.fault
                syntax = stop.syntax
        return SpfOutcome(
            result,
            scope,
            domain or given,
            self._sender,
            self._ip,
            self._helo,
            self._innermost(decided),
            decided,
            explanation,
            problem,
            self._lookups,
            self._voids,
            tuple(self._steps),
            tuple(self._records),
            tuple(self._answers.values()),
            fault,
            syntax,
        )

    def _innermost(self, decided: SpfStep | None) -> SpfStep | None:
        """Return the term inside the includes: a matching include follows what matched in it."""
        if decided is None:
            return None
        here = len(self._steps) - 1
        while (
            here
            and self._steps[here - 1].matched
            and self._steps[here - 1].depth > (self._steps[here].depth)
        ):
            here -= 1
        return self._steps[here]

    async def _judge(
        self, domain: str, depth: int
    ) -> tuple[SpfResult, SpfStep | None, Record | None]:
        """Evaluate one record and its redirects (RFC 7208 §4.6). Raises _Stop for errors."""
        record = await self._record(domain)
        if record is None:
            return SpfResult.NONE, None, None
        while True:
            for term in record.mechanisms:
                if term.family:  # ip4 and ip6, by far the most frequent
                    same = term.family == self._version
                    near = same and (term.network ^ self._ip_number) >> term.shift == 0
                    step = SpfStep(domain, depth, term.text, near, "")
                else:
                    step = await self._step(term, domain, depth)
                self._steps.append(step)
                if step.matched:
                    return _RESULTS[term.qualifier], step, record
            if record.redirect is None:
                return SpfResult.NEUTRAL, None, record  # RFC 7208 §4.7
            redirect = record.redirect
            self._count_lookup(domain, redirect.text)
            target = await self._expand(redirect.value, domain)
            following = await self._record(target) if target else None
            if following is None:  # RFC 7208 §6.1
                raise _Stop(
                    SpfResult.PERMERROR,
                    "no_target",
                    f"{domain}: {redirect.text}: {target or 'an empty name'} has no SPF record",
                )
            self._steps.append(SpfStep(domain, depth, redirect.text, False, target))
            record, domain = following, target

    async def _record(self, domain: str) -> Record | None:
        """Find the domain's one record (RFC 7208 §4.4 and §4.5)."""
        answer = await self._ask(domain, RType.TXT)
        if answer.status is Status.FAILED:
            problem = f"DNS did not answer for the SPF record of {domain}"
            raise _Stop(SpfResult.TEMPERROR, "unanswered", problem)
        texts = [
            text
            for held in answer.records
            if isinstance(held.value, Txt) and spf_record.is_spf(text := held.value.joined)
        ]
        if not texts:
            return None
        syntax = None
        try:
            record = spf_record.parse(texts[0])
            problem = "" if len(texts) == 1 else f"there are {len(texts)} SPF records"
            fault = "several_records"
        except SyntaxProblem as exc:
            record, problem, fault = None, str(exc), "syntax"
            syntax = SyntaxFault(domain, exc.code, exc.position, exc.values)
        if record is not None and not problem:
            self._records.append(SpfText(domain, record.text))
            return record
        for text in texts[:_SHOWN_RECORDS]:
            shown = text[: spf_record.MAX_OCTETS].decode("ascii", "backslashreplace")
            self._records.append(SpfText(domain, shown))
        raise _Stop(SpfResult.PERMERROR, fault, f"{domain}: {problem}", syntax)

    async def _step(self, term: Mechanism, domain: str, depth: int) -> SpfStep:
        kind = term.kind
        if kind is Kind.ALL:
            return SpfStep(domain, depth, term.text, True, "matches everyone")
        self._count_lookup(domain, term.text)
        if self._is_unspeakable(term.domain):
            return SpfStep(domain, depth, term.text, False, "the local part is not ASCII")
        target = domain if term.domain is None else await self._expand(term.domain, domain)
        if kind is Kind.INCLUDE:
            matched, detail = await self._include(target, domain, depth, term)
        elif kind is Kind.A:
            answer = await self._ask_for_term(target, self._address_type, domain, term)
            self._count_void(not answer.records, domain, term)
            matched, detail = self._holds(answer, term), _shown(answer)
        elif kind is Kind.MX:
            matched, detail = await self._mx(target, domain, term)
        elif kind is Kind.PTR:
            matched, detail = await self._ptr(target)
        else:
            # RFC 7208 §5.7: always A, whatever the client's address is.
            answer = await self._ask_for_term(target, RType.A, domain, term)
            self._count_void(not answer.records, domain, term)
            matched, detail = bool(answer.records), _shown(answer)
        return SpfStep(domain, depth, term.text, matched, detail)

    async def _include(
        self, target: str, domain: str, depth: int, term: Mechanism
    ) -> tuple[bool, str]:
        result, _, _ = await self._judge(target, depth + 1)
        if result is SpfResult.NONE:  # RFC 7208 §5.2
            problem = f"{domain}: {term.text}: {target} publishes no SPF record"
            raise _Stop(SpfResult.PERMERROR, "no_target", problem)
        return result is SpfResult.PASS, f"{target}: {result.value}"

    async def _mx(self, target: str, domain: str, term: Mechanism) -> tuple[bool, str]:
        answer = await self._ask_for_term(target, RType.MX, domain, term)
        servers = [r.value for r in answer.records if isinstance(r.value, Mx)]
        if len(servers) > MAX_NAMES:  # RFC 7208 §4.6.4
            raise _Stop(
                SpfResult.PERMERROR,
                "too_many_servers",
                f"{domain}: {term.text}: {target} has {len(servers)} mail servers,"
                f" {MAX_NAMES} are allowed",
            )
        seen, any_address = [], not servers
        for server in sorted(servers, key=lambda mx: mx.preference):
            if server.host:  # "" is the null MX (RFC 7505)
                hosts = await self._ask_for_term(server.host, self._address_type, domain, term)
                seen.append(_shown(hosts))
                any_address = any_address or bool(hosts.records)
                if self._holds(hosts, term):
                    return True, seen[-1]
        # The limit counts terms, so one mx is void at most once, however many names it has.
        self._count_void(not servers or not any_address, domain, term)
        return False, "; ".join(seen) or _shown(answer)

    async def _ptr(self, target: str) -> tuple[bool, str]:
        """RFC 7208 §5.5. DNS errors only make names unusable."""
        target = target.lower()
        names = await self._ptr_names()
        for name in names:
            # Only names under the target need to be validated.
            if is_under(name, target) and await self._is_validated(name):
                return True, name
        return False, ", ".join(names) or "the address has no name"

    async def _ptr_names(self) -> list[str]:
        answer = await self._ask(self._ip.reverse_pointer, RType.PTR)
        names = [r.value for r in answer.records[:MAX_NAMES] if isinstance(r.value, str)]
        return [name.lower().removesuffix(".") for name in names]

    async def _is_validated(self, name: str) -> bool:
        answer = await self._ask(name, self._address_type)
        return any(record.value == self._ip for record in answer.records)

    async def _validated_name(self, domain: str) -> str:
        """Return p: the domain itself, else a subdomain, else any (RFC 7208 §7.3)."""
        names = await self._ptr_names()
        for name in sorted(names, key=lambda n: (n != domain, not is_under(n, domain))):
            if await self._is_validated(name):
                return name
        return "unknown"

    async def _values(self, template: Template, domain: str) -> Values:
        return Values(
            self._sender,
            domain,
            self._ip,
            self._helo,
            await self._validated_name(domain) if "p" in template.letters else "unknown",
            self._receiver,
            int(self._now.timestamp()),
        )

    async def _expand(self, template: Template, domain: str) -> str:
        values = None if template.literal is not None else await self._values(template, domain)
        return spf_macro.expand_name(template, values).lower()

    def _is_unspeakable(self, template: Template | None) -> bool:
        """RFC 8616 §4: s and l match nothing when the local part is not ASCII."""
        return (
            template is not None
            and not self._sender.isascii()
            and not template.letters.isdisjoint("sl")
            and not self._sender.rpartition("@")[0].isascii()
        )

    async def _explain(self, record: Record, domain: str) -> str:
        """Return the explanation, "" for any trouble with it (RFC 7208 §6.2)."""
        if record.explanation is None or self._is_unspeakable(record.explanation.value):
            return ""
        target = await self._expand(record.explanation.value, domain)
        answer = await self._ask(target, RType.TXT)
        texts = [r.value.joined for r in answer.records if isinstance(r.value, Txt)]
        if len(texts) != 1 or len(texts[0]) > spf_record.MAX_OCTETS:
            return ""
        try:
            template = spf_macro.parse(texts[0].decode("ascii"), exp_text=True)
        except (SyntaxProblem, UnicodeDecodeError):
            return ""
        text = spf_macro.expand(template, await self._values(template, domain))
        # It is the sender's text: nothing in it may end a line of ours.
        return "".join(c if c.isprintable() else "?" for c in text[:MAX_EXPLANATION])

    async def _ask(self, name: str, rtype: RType) -> Answer:
        """Ask each question once: includes repeat them, and evidence need not."""
        key = (name.lower(), rtype.value)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = await self._resolver.resolve(name, rtype)
        return answer

    async def _ask_for_term(self, name: str, rtype: RType, domain: str, term: Mechanism) -> Answer:
        answer = await self._ask(name, rtype)
        if answer.status is Status.FAILED:  # RFC 7208 §5
            problem = f"{domain}: {term.text}: DNS did not answer for {name}"
            raise _Stop(SpfResult.TEMPERROR, "unanswered", problem)
        return answer

    def _holds(self, answer: Answer, term: Mechanism) -> bool:
        """Tell whether an address in the answer has the same leading bits as the client's."""
        shift = 32 - term.prefix4 if self._version == 4 else 128 - term.prefix6
        for record in answer.records:
            address = record.value
            if (
                isinstance(address, IPv4Address if self._version == 4 else IPv6Address)
                and (int(address) ^ self._ip_number) >> shift == 0
            ):
                return True
        return False

    def _count_lookup(self, domain: str, text: str) -> None:
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            problem = f"{domain}: {text}: more than {MAX_LOOKUPS} terms ask DNS"
            raise _Stop(SpfResult.PERMERROR, "too_many_lookups", problem)

    def _count_void(self, void: bool, domain: str, term: Mechanism) -> None:  # noqa: FBT001
        self._voids += void
        if self._voids > MAX_VOID_LOOKUPS:
            more = f"more than {MAX_VOID_LOOKUPS} terms name nothing in DNS"
            problem = f"{domain}: {term.text}: {more}"
            raise _Stop(SpfResult.PERMERROR, "too_many_voids", problem)


def _shown(answer: Answer) -> str:
    """Return what a name resolved to, for people."""
    texts = [record.text for record in answer.records[:_SHOWN_RECORDS]]
    if len(answer.records) > _SHOWN_RECORDS:
        texts.append("...")
    if not texts:
        texts.append("no such name" if answer.status is Status.NXDOMAIN else "no record")
    return f"{answer.name}: {', '.join(texts)}"
