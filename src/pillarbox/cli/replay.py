"""Judge a message again, from the evidence that its trace keeps.

SPF and DMARC are evaluated anew over the DNS answers of then. Signatures are verified anew
where the message is still in a mailbox here; else their recorded results count. The rules
are those of the settings today.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from pillarbox.base.errors import Corrupt, Invalid, NotFound
from pillarbox.cli.recorded import Recorded, change_policy, read_answers
from pillarbox.delivery import appearance, evidence_arc
from pillarbox.delivery import judge as judging
from pillarbox.delivery.envelope import Client
from pillarbox.delivery.exception import make_exception, soften
from pillarbox.delivery.verdict import Judgement, Results, Rules, decide
from pillarbox.mailauth import dkim, spf
from pillarbox.mailauth.alignment import normalise
from pillarbox.mailauth.authentication import evaluate
from pillarbox.mailauth.author import author_domains
from pillarbox.mailauth.dkim import DkimOutcome, DkimResult
from pillarbox.mailauth.dkim_header import Reason, Signature
from pillarbox.mime.header import parse_header
from pillarbox.store import accounts, mailboxes, placements
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.mailboxes import Role
from pillarbox.trace.step import Step, Trace

_ROLES: Final = {"INBOX": Role.INBOX, "Junk": Role.JUNK}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was judged, then and now."""

    what: str
    then: str
    now: str

    @property
    def same(self) -> bool:
        """True when the second judgement agrees."""
        return self.then == self.now


@dataclass(frozen=True, slots=True)
class Replay:
    """Old and new side by side.

    verified: signatures were verified anew, not taken as recorded. missing: DNS questions
    that the evidence does not answer. policy: the DMARC record that was tried, "" if none.
    """

    lines: tuple[Line, ...]
    judgement: Judgement
    verified: bool
    missing: tuple[str, ...]
    policy: str = ""

    @property
    def same(self) -> bool:
        """True when nothing came out otherwise."""
        return all(line.same for line in self.lines)


async def replay(
    db: Database, trace: Trace, *, rules: Rules, hostname: str, policy: str = ""
) -> Replay:
    """Judge again. policy: tags of a DMARC record to try ("p=reject"), "" for as it was.

    Raises Invalid for a trace in which nothing was judged, and for a policy that is none.
    """
    old = _Old.of(trace)
    now = datetime.fromtimestamp(old.at, UTC)
    resolver = Recorded(read_answers(trace.steps), now)
    tried = _try_policy(resolver, old, policy) if policy else ""
    message = await _message(db, trace)
    ip = ip_address(trace.client_ip)
    spf_outcome = await spf.check_host(
        resolver, ip, trace.helo, trace.sender, receiver=hostname, now=now
    )
    domains: tuple[str, ...] = old.author_domains
    signatures: Sequence[DkimOutcome] = [_recorded(step) for step in old.dkim]
    if message:
        signatures = await dkim.verify(message, resolver, now)
        domains = author_domains(parse_header(message))
    dmarc_outcome = await evaluate(resolver, domains, spf_outcome, signatures, now)
    results = Results(
        domains,
        spf_outcome,
        signatures,
        dmarc_outcome,
        judging.client_domain(_client(trace)),
        old.from_fields,
    )
    judgement = _except(decide(results, rules), trace, rules)
    judgement = appearance.weigh(judgement, appearance.recorded(trace.steps))
    lines = [Line("SPF", old.spf.outcome, spf_outcome.result.value)]
    lines += _signature_lines(old.dkim, signatures)
    then = old.dmarc.evidence
    lines += [
        Line("DMARC", old.dmarc.outcome, dmarc_outcome.result.value),
        Line("policy", str(old.dmarc.params.get("policy", "")), dmarc_outcome.policy.value),
        Line("disposition", str(then.get("disposition", "")), dmarc_outcome.disposition.value),
        Line("verdict", trace.verdict, judgement.verdict),
        Line("action", old.decision.outcome, judgement.action.value),
    ]
    return Replay(tuple(lines), judgement, bool(message), tuple(resolver.missing), tried)


def _client(trace: Trace) -> Client:
    """Return who brought it, as far as the trace tells."""
    rdns = next((s.params.get("rdns") for s in trace.steps if s.key == "connect"), "")
    return Client(trace.client_ip, trace.helo, "smtp", rdns=rdns if isinstance(rdns, str) else "")


def _except(judgement: Judgement, trace: Trace, rules: Rules) -> Judgement:
    """Make the exception that was made then: whom we knew is part of the evidence."""
    if not judgement.breakable:
        return judgement
    for step in trace.steps:
        if (vouched := evidence_arc.read_exception(step)) is not None:
            return make_exception(judgement, vouched)
        if step.key == "arc.stranger":
            return soften(judgement, str(step.params.get("sealer", "")), rules)
    return judgement


@dataclass(frozen=True, slots=True)
class _Old:
    """The steps of the first judgement."""

    spf: Step
    dkim: tuple[Step, ...]
    dmarc: Step
    decision: Step

    @classmethod
    def of(cls, trace: Trace) -> "_Old":
        found: dict[str, Step] = {}
        for step in trace.steps:
            found.setdefault(step.key.partition(".")[0], step)
        signatures = [
            s for s in trace.steps if s.key.startswith(("dkim.pass", "dkim.partial", "dkim.fail"))
        ]
        signatures += [s for s in trace.steps if s.key == "dkim.temperror"]
        try:
            return cls(found["spf"], tuple(signatures), found["dmarc"], found["decision"])
        except KeyError:
            raise Invalid(f"trace {trace.id}: nothing was judged") from None

    @property
    def at(self) -> float:
        return self.decision.at

    @property
    def from_fields(self) -> int:
        kept = self.decision.evidence.get("from_fields")
        return kept if isinstance(kept, int) else 1

    @property
    def author_domains(self) -> tuple[str, ...]:
        kept = self.decision.evidence.get("authors")
        if isinstance(kept, list):
            return tuple(map(str, kept))
        domain = normalise(str(self.dmarc.params.get("domain", "")))
        return (domain,) if domain and domain != "?" else ()


def _recorded(step: Step) -> DkimOutcome:
    """Return a signature's outcome as it was recorded."""
    params, kept = step.params, step.evidence
    try:
        result = DkimResult(kept.get("result", ""))
    except ValueError:
        result = DkimResult.NEUTRAL
    try:
        reason = Reason(kept["reason"]) if kept.get("reason") else None
    except ValueError:
        reason = None
    return DkimOutcome(
        result,
        reason,
        str(kept.get("detail") or params.get("detail", "")),
        str(params.get("domain", "")),
        str(params.get("selector", "")),
        str(kept.get("identity", "")),
        str(params.get("algorithm", "")),
        str(kept.get("canonicalisation", "")),
        tuple(map(str, params.get("headers", ()))),
        b"",
        Signature(b""),
        unsigned_octets=unsigned if isinstance(unsigned := params.get("unsigned"), int) else 0,
    )


def _signature_lines(old: Sequence[Step], new: Sequence[DkimOutcome]) -> list[Line]:
    def name(domain: Any, selector: Any) -> str:
        return f"DKIM {domain} {selector}"

    then = [(name(s.params.get("domain"), s.params.get("selector")), s) for s in old]
    now = [(name(s.domain, s.selector), s) for s in new]
    names = list(dict.fromkeys([what for what, _ in then] + [what for what, _ in now]))
    lines = []
    for what in names:
        was = [str(step.evidence.get("result", "")) for key, step in then if key == what]
        is_ = [outcome.result.value for key, outcome in now if key == what]
        lines.append(Line(what, ", ".join(was) or "none", ", ".join(is_) or "none"))
    return lines or [Line("DKIM", "none", "none")]


def _try_policy(resolver: Recorded, old: _Old, policy: str) -> str:
    """Put a changed DMARC record in place of the one that applied."""
    author = old.author_domains[0] if old.author_domains else ""
    name = f"_dmarc.{old.dmarc.evidence.get('record_domain') or author}"
    changed = change_policy(resolver.text(name), policy)
    resolver.publish(name, changed)
    return changed


async def _message(db: Database, trace: Trace) -> bytes:
    """Return the message as it came, if a mailbox here still has it, else b""."""
    for step in trace.steps:
        if step.key != "filed":
            continue
        ref = await db.read(_locate, step)
        if ref is None:
            continue
        try:
            return _as_received(await db.blob(ref), trace.id)
        except (Corrupt, NotFound):
            continue
    return b""


def _locate(tx: Transaction, step: Step) -> BlobRef | None:
    account = accounts.find(tx, str(step.params.get("account", "")))
    role = _ROLES.get(str(step.params.get("mailbox", "")))
    uid = step.params.get("uid")
    if account is None or role is None or not isinstance(uid, int):
        return None
    mailbox = mailboxes.find_role(tx, account.account_id, role)
    if mailbox is None:
        return None
    located = placements.locate(tx, account.account_id, mailbox.mailbox_id, uid)
    return None if located is None else located.blob


def _as_received(stored: bytes, trace_id: str) -> bytes:
    """Cut off the fields that we put on top: they end with the Received field of this trace.

    b"" when there is none: then it is another message.
    """
    ours = re.compile(
        rb"^Received: (?:[^\r]|\r\n[ \t])*? id %b\b(?:[^\r]|\r\n[ \t])*\r\n"
        % re.escape(trace_id.encode()),
        re.MULTILINE,
    )
    end = stored.find(b"\r\n\r\n") + 2
    found = ours.search(stored, 0, end)
    return stored[found.end() :] if found else b""
