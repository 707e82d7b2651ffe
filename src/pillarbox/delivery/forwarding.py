"""Mail that we pass on: where, under which return address, under which seal.

The octets stay as they came, so that the author's signature stays whole; our fields go on
top. What we judged junk is never passed on: it would be our server that others remember.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Invalid, TooMany
from pillarbox.delivery import evidence_arc
from pillarbox.delivery.envelope import Envelope, Recipient
from pillarbox.delivery.filing import Outgoing
from pillarbox.delivery.route import Local, Routing, resolve
from pillarbox.delivery.signing import ActiveKey, Signer
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import arc, arc_sign, srs
from pillarbox.mailauth.alignment import normalise
from pillarbox.mailauth.arc import ArcOutcome
from pillarbox.store.database import Database
from pillarbox.trace.phrase import Phrase, phrase
from pillarbox.trace.step import Step


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say about mail that we pass on.

    rewriter: None keeps return addresses. seal: with ARC. junk_to: the account whose Junk
    takes what would be forwarded and was judged junk, "" refuses it.
    """

    hostname: str
    rewriter: srs.Rewriter | None = None
    seal: bool = True
    junk_to: str = ""
    separator: str = "+"


@dataclass(slots=True)
class Plan:
    """Where copies go. local: each account once. lonely: recipients that nobody here gets.

    domain: of ours, that forwards; "" where nothing is. returning: addresses, lower case, to
    which a bounce goes back. steps: of the trace.
    """

    local: dict[int, Local] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    lonely: list[str] = field(default_factory=list)
    domain: str = ""
    returning: set[str] = field(default_factory=set)
    steps: list[Step] = field(default_factory=list)


class Forwarder:
    """Prepares copies for other servers."""

    def __init__(
        self, db: Database, signer: Signer, resolver: Resolver, clock: Clock, policy: Policy
    ) -> None:
        self._db = db
        self._signer = signer
        self._resolver = resolver
        self._clock = clock
        self._policy = policy

    def plan(self, envelope: Envelope, routings: Sequence[Routing]) -> Plan:
        """Return where a message goes; the steps of following aliases are the caller's."""
        plan = Plan()
        at = self._clock.now().timestamp()
        outgoing: dict[str, dict[str, Recipient]] = {}
        for routing, recipient in zip(routings, envelope.recipients, strict=True):
            here = [target for target in routing.targets if isinstance(target, Local)]
            for target in here:
                plan.local.setdefault(target.account_id, target)
            if not here and routing.targets and not routing.returning:
                plan.lonely.append(recipient.address)
            for away in routing.targets:
                if isinstance(away, Local):
                    continue
                domain = routing.recipient.rpartition("@")[2]
                plan.domain = plan.domain or normalise(domain)
                sender = self._return_address(envelope.sender, domain)
                copies = outgoing.setdefault(sender, {})
                forwarded = Recipient(away.address, recipient.notify, recipient.orcpt)
                copies.setdefault(away.address.lower(), forwarded)
                if routing.returning:
                    plan.returning.add(away.address.lower())
                step = _forward_step(away.address, envelope.sender, sender, at)
                if routing.returning:
                    step = Step(key="route.return", at=at, params={"target": away.address})
                plan.steps.append(step)
        plan.outgoing = [Outgoing(s, tuple(r.values())) for s, r in outgoing.items()]
        return plan

    def _return_address(self, sender: str, domain: str) -> str:
        """Return the reverse-path of a forwarded copy: ours, leading back to the sender."""
        rewriter = self._policy.rewriter
        if not sender or rewriter is None:
            return sender
        return rewriter.forward(sender, domain, self._clock.now())

    async def hold_back(self, plan: Plan, because: Phrase) -> str:
        """Take the copies for others out of the plan of junk; return why it must be refused.

        "" when everybody who would have got it has it in a Junk mailbox here. Bounces go back
        all the same: that the return address is ours proves that we sent what they are about,
        and few of them can prove their own author.
        """
        everybody = [r for outgoing in plan.outgoing for r in outgoing.recipients]
        targets = [r.address for r in everybody if r.address.lower() not in plan.returning]
        if not targets:
            return ""
        at = self._clock.now().timestamp()
        if plan.lonely:
            keeper = await self._keeper()
            if keeper is None:
                return (
                    "We do not pass on what does not prove its sender; "
                    "write to the person directly, or sign your mail (DKIM)"
                )
            plan.local.setdefault(keeper.account_id, keeper)
        params = {"targets": targets, "because": because}
        plan.steps.append(Step(key="route.forward.junk", at=at, params=params))
        plan.lonely = []
        plan.outgoing = [
            Outgoing(outgoing.sender, tuple(kept))
            for outgoing in plan.outgoing
            if (kept := [r for r in outgoing.recipients if r.address.lower() in plan.returning])
        ]
        plan.steps = [
            step
            for step in plan.steps
            if step.key == "route.forward.junk" or step.params["target"] not in targets
        ]
        return ""

    async def _keeper(self) -> Local | None:
        if not self._policy.junk_to:
            return None
        routing = await self._db.read(resolve, self._policy.junk_to, self._policy.separator)
        return next((target for target in routing.targets if isinstance(target, Local)), None)

    async def seal(
        self, message: bytes, original: bytes, authres: bytes, chain: ArcOutcome | None, domain: str
    ) -> tuple[bytes, Step | None]:
        """Return the ARC set to put on top of `message`, b"" where none can be, and a step.

        message: as it leaves. original: as it came, for a chain that was not looked at yet.
        authres: our Authentication-Results field, b"" where nothing was checked.
        """
        if not self._policy.seal:
            return b"", None
        now = self._clock.now()
        at = now.timestamp()
        active = await self._sealing_key(domain)
        if active is None:
            return b"", evidence_arc.unsealed(phrase("no-sealing-key", domain=domain), at)
        if chain is None:
            chain = await arc.validate(original, self._resolver, now)
        if chain.temporary:
            # RFC 8617 §5.2: to say "fail" now would end the chain for ever.
            return b"", evidence_arc.unsealed(phrase("chain-key-unavailable"), at)
        payload = authres.partition(b":")[2].strip() or f"{self._policy.hostname}; none".encode()
        try:
            fields = arc_sign.seal(
                message,
                active.key,
                domain=domain,
                selector=active.selector,
                authres=payload,
                cv=chain.cv,
                now=now,
            )
        except (Invalid, TooMany) as exc:
            return b"", evidence_arc.unsealed(str(exc), at)
        instance = chain.last_instance + 1
        return fields, evidence_arc.sealed(domain, active.selector, instance, chain.cv.value, at)

    async def _sealing_key(self, domain: str) -> ActiveKey | None:
        """Return the key of the forwarding domain: RSA, which every reader of seals knows."""
        keys = await self._signer.keys(domain)
        rsa = [active for active in keys if active.key.algorithm.startswith("rsa")]
        return next(iter([*rsa, *keys]), None)


def _forward_step(target: str, before: str, after: str, at: float) -> Step:
    key = "route.forward" if before != after else "route.forward.unchanged"
    return Step(key=key, at=at, params={"target": target, "sender": after})
