"""DMARC: does the visible author's domain vouch for the message (RFC 9989).

`evaluate` finds the policy by the tree walk of RFC 9989 §4.10, finds the organisational
domains of the identifiers that SPF and DKIM have authenticated, and says whether one is
aligned. No public suffix list takes part.

A message should have one author domain. With several, each is evaluated and the
strictest outcome is reported (RFC 9989 §11.5); with none, nothing can be evaluated.
"""

import dataclasses
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from pillarbox.dns.resolver import Answer, Resolver, RType, Status, Txt
from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.alignment import Mode, is_aligned, is_under, normalise
from pillarbox.mailauth.dmarc_record import DmarcRecord, Policy, Psd
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult

MAX_AUTHORS: Final = 10
MAX_IDENTIFIERS: Final = 20  # distinct DKIM domains looked at
_WALK_LABELS: Final = 7  # RFC 9989 §4.10: after the first query, at most so many labels


class DkimPass(Protocol):
    """One DKIM signature. domain: the d= tag. passed: it was verified."""

    @property
    def domain(self) -> str: ...

    @property
    def passed(self) -> bool: ...


class DmarcResult(enum.Enum):
    """The results of RFC 7489 §11.2. value: as in Authentication-Results."""

    NONE = "none"
    PASS = "pass"  # noqa: S105  # A result, not a password.
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Aligned:
    """An authenticated identifier that is aligned. method: "spf" or "dkim"."""

    method: str
    domain: str


@dataclass(frozen=True, slots=True)
class DmarcOutcome:
    """Verdict and evidence for one author domain, or for the strictest of several.

    domain: the author domain, normalised. requested: the p tag of the record that applies.
    policy: what it says about this domain, by p, sp or np as `policy_tag` tells.
    disposition: what the owner asks us to do with this message: NONE unless it failed, one
    level lower in test mode. record_domain: where the record was found, "" without one.
    org_domain: the author's organisational domain; the author domain where no walk was
    needed to decide. walk: every DNS answer in order. problem: why there is no policy, or
    why the result is an error. authors: one outcome each when there were several.
    """

    result: DmarcResult
    domain: str
    requested: Policy = Policy.NONE
    policy: Policy = Policy.NONE
    policy_tag: str = ""
    disposition: Policy = Policy.NONE
    record_domain: str = ""
    org_domain: str = ""
    aligned_by: tuple[Aligned, ...] = ()
    test_mode: bool = False
    record_text: str = ""
    record: DmarcRecord | None = None
    problem: str = ""
    walk: tuple[Answer, ...] = ()
    authors: tuple["DmarcOutcome", ...] = ()


async def evaluate(
    resolver: Resolver,
    header_from_domains: Sequence[str],
    spf: SpfOutcome | None,
    dkim: Iterable[DkimPass],
    *,
    dkim_undecided: Iterable[str] = (),
    now: datetime,  # noqa: ARG001  # Every check takes the time; records of DMARC have none.
) -> DmarcOutcome:
    """Judge the author domains of RFC5322.From.

    spf: of the MAIL FROM identity; of HELO it does not count (RFC 9989 §4.4.2).
    dkim_undecided: d= of signatures whose key DNS did not tell: were one of them aligned,
    nothing can be said (RFC 9989 §5.3.6).
    """
    names = [normalise(domain) for domain in header_from_domains]
    authors = list(dict.fromkeys(names))
    if not authors or "" in authors or len(authors) > MAX_AUTHORS:
        problem = "From holds no usable domain" if authors else "From holds no address"
        if len(authors) > MAX_AUTHORS:
            problem = f"From holds {len(authors)} domains, {MAX_AUTHORS} are allowed"
        return DmarcOutcome(DmarcResult.PERMERROR, authors[0] if authors else "", problem=problem)
    search = _Search(resolver)
    identifiers = _Identifiers.gather(spf, dkim, dkim_undecided)
    outcomes = [await _judge(search, author, identifiers) for author in authors]
    if len(outcomes) == 1:
        return outcomes[0]
    strictest = max(outcomes, key=_severity)
    return dataclasses.replace(strictest, authors=tuple(outcomes))


_RESULT_SEVERITY: Final = [
    DmarcResult.PASS,
    DmarcResult.NONE,
    DmarcResult.PERMERROR,
    DmarcResult.TEMPERROR,
    DmarcResult.FAIL,
]
_POLICY_SEVERITY: Final = [Policy.NONE, Policy.QUARANTINE, Policy.REJECT]


def _severity(outcome: DmarcOutcome) -> tuple[int, int]:
    return (
        _RESULT_SEVERITY.index(outcome.result),
        _POLICY_SEVERITY.index(outcome.disposition),
    )


@dataclass(frozen=True, slots=True)
class _Identifiers:
    """What SPF and DKIM have authenticated, and what they could not decide."""

    passed: tuple[Aligned, ...]
    undecided: tuple[Aligned, ...]

    @classmethod
    def gather(
        cls, spf: SpfOutcome | None, dkim: Iterable[DkimPass], undecided: Iterable[str]
    ) -> "_Identifiers":
        passed = dict.fromkeys(Aligned("dkim", normalise(s.domain)) for s in dkim if s.passed)
        unknown = dict.fromkeys(Aligned("dkim", normalise(domain)) for domain in undecided)
        good, open_ = list(passed)[:MAX_IDENTIFIERS], list(unknown)[:MAX_IDENTIFIERS]
        if spf is not None and spf.scope == "mfrom":
            identifier = Aligned("spf", normalise(spf.domain))
            if spf.result is SpfResult.PASS:
                good.insert(0, identifier)
            elif spf.result is SpfResult.TEMPERROR:
                open_.insert(0, identifier)
        return cls(tuple(good), tuple(open_))


class _Unanswered(Exception):
    """DNS did not answer a question that matters."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A DMARC record at one place in the tree."""

    domain: str
    record: DmarcRecord


class _Search:
    """The questions of one evaluation, each asked once."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._answers: dict[tuple[str, int], Answer] = {}
        self.several = ""  # a domain that publishes more than one record

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(self._answers.values())

    async def ask(self, name: str, rtype: RType) -> Answer:
        key = (name, rtype.value)
        if key not in self._answers:
            self._answers[key] = await self._resolver.resolve(name, rtype)
        answer = self._answers[key]
        if answer.status is Status.FAILED:
            raise _Unanswered(f"DNS did not answer for {name}")
        return answer

    async def record_at(self, domain: str) -> _Found | None:
        """Return the one record of a domain; several count as none (RFC 9989 §4.10)."""
        answer = await self.ask(f"_dmarc.{domain}", RType.TXT)
        texts = [
            text
            for held in answer.records
            if isinstance(held.value, Txt) and dmarc_record.is_dmarc(text := held.value.joined)
        ]
        if len(texts) > 1:
            self.several = domain
        if len(texts) != 1 or len(texts[0]) > dmarc_record.MAX_OCTETS:
            return None
        return _Found(domain, dmarc_record.parse(texts[0]))

    async def walk(self, domain: str) -> list[_Found]:
        """Return the records from `domain` upwards, longest name first (RFC 9989 §4.10)."""
        found = []
        for target in walk_targets(domain):
            here = await self.record_at(target)
            if here is not None:
                found.append(here)
                if here.record.psd is not Psd.UNKNOWN:
                    break
        return found

    async def organisation(self, domain: str) -> str:
        """Return the organisational domain (RFC 9989 §4.10.2)."""
        return organisational_domain(domain, await self.walk(domain))


def walk_targets(domain: str) -> list[str]:
    """Return the at most eight domains whose records a tree walk asks for (RFC 9989 §4.10)."""
    labels = domain.split(".")
    first = max(1, len(labels) - _WALK_LABELS)
    return [domain, *(".".join(labels[n:]) for n in range(first, len(labels)))]


def organisational_domain(domain: str, found: Sequence[_Found]) -> str:
    """Select the organisational domain from the records of a walk (RFC 9989 §4.10.2)."""
    for here in found:
        if here.record.psd is Psd.NO:
            return here.domain
        if here.record.psd is Psd.YES and here.domain != domain:
            # The domain one label below the public suffix.
            return ".".join(domain.split(".")[-here.domain.count(".") - 2 :])
    return found[-1].domain if found else domain


async def _judge(search: _Search, author: str, identifiers: _Identifiers) -> DmarcOutcome:
    try:
        found, org = await _discover(search, author)
    except _Unanswered as exc:
        return DmarcOutcome(
            DmarcResult.TEMPERROR, author, problem=str(exc), walk=search.answers, org_domain=author
        )
    if found is None:
        problem = f"no DMARC record for {author}"
        if search.several:
            problem = f"{search.several} publishes several DMARC records, so none counts"
        return DmarcOutcome(
            DmarcResult.NONE, author, org_domain=org, problem=problem, walk=search.answers
        )
    record = found.record
    aligned: tuple[Aligned, ...] = ()
    policy, tag = Policy.NONE, ""
    problem = ""
    if record.policy_broken and not record.rua:
        # RFC 9989 §4.10.1: without anybody to tell, such a record is not applied.
        result, problem = DmarcResult.NONE, "; ".join(record.problems)
    else:
        try:
            aligned, known_org = await _align(search, author, org, record, identifiers)
            policy, tag = await _policy(search, author, found, passed=bool(aligned))
        except _Unanswered as exc:
            result, problem, aligned = DmarcResult.TEMPERROR, str(exc), ()
        else:
            result = DmarcResult.PASS if aligned else DmarcResult.FAIL
            org = known_org or author
    refused = result is DmarcResult.FAIL
    return DmarcOutcome(
        result,
        author,
        requested=Policy.NONE if record.policy_broken else record.p,
        policy=policy,
        policy_tag=tag,
        disposition=_lowered(policy, testing=record.testing) if refused else Policy.NONE,
        record_domain=found.domain,
        org_domain=org,
        aligned_by=aligned,
        test_mode=record.testing,
        record_text=record.text,
        record=record,
        problem=problem,
        walk=search.answers,
    )


async def _discover(search: _Search, author: str) -> tuple[_Found | None, str]:
    """Return the record that applies and the organisational domain (RFC 9989 §4.10.1).

    The domain is "" where the author's own record spares the walk.
    """
    own = await search.record_at(author)
    if own is not None:
        return own, ""
    found = await search.walk(author)
    org = organisational_domain(author, found)
    # The organisation's record, else that of the public suffix above it. Records of other
    # names in between are passed over.
    for here in found:
        if here.domain == org or here.record.psd is Psd.YES:
            return here, org
    return None, org


async def _align(
    search: _Search, author: str, org: str, record: DmarcRecord, identifiers: _Identifiers
) -> tuple[tuple[Aligned, ...], str]:
    """Return the aligned identifiers and the author's organisation (RFC 9989 §4.10.2).

    Raises _Unanswered when nothing is aligned and something might be.
    """
    aligned: list[Aligned] = []
    unanswered: _Unanswered | None = None
    for undecided, group in ((False, identifiers.passed), (True, identifiers.undecided)):
        if undecided and aligned:
            break
        for identifier in group:
            mode = record.adkim if identifier.method == "dkim" else record.aspf
            domain = identifier.domain
            other = ""
            try:
                if mode is Mode.RELAXED and domain != author:
                    org = org or await search.organisation(author)
                    # Outside the author's tree no walk can lead to the author's organisation.
                    if domain and is_under(domain, org):
                        other = await search.organisation(domain)
                if is_aligned(mode, author, domain, org, other):
                    if undecided:
                        unanswered = _Unanswered(f"{identifier.method} of {domain} is undecided")
                    else:
                        aligned.append(identifier)
            except _Unanswered as exc:
                unanswered = exc
    if unanswered is not None and not aligned:
        raise unanswered
    return tuple(aligned), org


async def _policy(
    search: _Search, author: str, found: _Found, *, passed: bool
) -> tuple[Policy, str]:
    """Return the policy for the author domain and the tag it comes from (RFC 9989 §4.10.1)."""
    record = found.record
    if record.policy_broken:
        return Policy.NONE, "p"
    if found.domain == author:
        return record.p, "p"
    policy, tag = (record.p, "p") if record.sp is None else (record.sp, "sp")
    if record.np is not None and record.np is not policy:
        try:
            # RFC 9989 §3.2.13: NXDOMAIN for any type means that the name does not exist.
            answer = await search.ask(author, RType.A)
        except _Unanswered:
            if not passed:
                raise
        else:
            if answer.status is Status.NXDOMAIN:
                return record.np, "np"
    return policy, tag


def _lowered(policy: Policy, *, testing: bool) -> Policy:
    """Return the disposition; t=y asks for one level less (RFC 9989 §4.7)."""
    if not testing:
        return policy
    return Policy.QUARANTINE if policy is Policy.REJECT else Policy.NONE
