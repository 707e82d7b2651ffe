"""Validate the Authenticated Received Chain of a message: RFC 8617 §5.2.

A chain says who handled a message and what each saw when it arrived. That it is whole
("pass") says nothing of whether the sealers are honest: whom to believe is decided in
`delivery/`, from the evidence per set.
"""

import enum
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from pillarbox.dns.resolver import Answer, Resolver
from pillarbox.mailauth.dkim import hash_bodies, past_or_future
from pillarbox.mailauth.dkim_canon import Header, relax_field, split_header
from pillarbox.mailauth.dkim_header import (
    Canon,
    Reason,
    Signature,
    join_signed,
    parse_message_signature,
    parse_seal,
)
from pillarbox.mailauth.dkim_key import KeyFetcher, try_keys

MAX_INSTANCE: Final = 50  # RFC 8617 §4.2.1

# Comments hold no ";" here, since writers of that could not be told from writers of rubbish.
_CFWS: Final = rb"[ \t\r\n]*(?:\([^();\\]*\)[ \t\r\n]*)*"
_ARC_INFO: Final = re.compile(
    _CFWS + rb"i" + _CFWS + rb"=" + _CFWS + rb"([0-9]{1,2})" + _CFWS + rb";"
)

_Kept = TypeVar("_Kept")

RESULTS_NAME: Final = b"arc-authentication-results"
MESSAGE_NAME: Final = b"arc-message-signature"
SEAL_NAME: Final = b"arc-seal"


class ChainStatus(enum.Enum):
    """The Chain Validation Status of RFC 8617 §4.4."""

    NONE = "none"
    PASS = "pass"  # noqa: S105  # a result, not a password
    FAIL = "fail"


@dataclass(slots=True)
class ArcSet:
    """The three fields of one instance, and what came of checking them.

    results: the text after "i=n;" of ARC-Authentication-Results, unfolded. seal_cv: the chain as
    its sealer found it. message_ok, seal_ok: None where that was not checked.
    message_reason, seal_reason: why not, None if it verified or was not checked.
    """

    instance: int
    results: str
    results_field: bytes
    message_signature: Signature
    seal: Signature
    seal_cv: str
    message_ok: bool | None = None
    message_reason: Reason | None = None
    seal_ok: bool | None = None
    seal_reason: Reason | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def fields(self) -> tuple[bytes, bytes, bytes]:
        """The fields as received, in the order in which seals cover them (RFC 8617 §5.1.1)."""
        return self.results_field, self.message_signature.raw, self.seal.raw

    @property
    def domain(self) -> str:
        """The domain that sealed this set (d= of ARC-Seal)."""
        return self.seal.domain

    @property
    def selector(self) -> str:
        """The selector of the seal."""
        return self.seal.selector


@dataclass(slots=True)
class ArcOutcome:
    """A whole chain.

    cv: the status. sets: oldest first; empty when the structure could not be read.
    oldest_pass: the lowest instance since which the message is unchanged, 0 if that is true
    for all (RFC 8617 §5.2, step 5), None unless `cv` is pass. reason: stable code when
    it fails: "structure", "cv", "too_many", or a Reason of dkim_header. instance: at which
    set. temporary: a key could not be fetched; asking again may help.
    """

    cv: ChainStatus
    sets: list[ArcSet]
    oldest_pass: int | None = None
    reason: str = ""
    detail: str = ""
    instance: int = 0
    temporary: bool = False
    last_instance: int = 0

    @property
    def passed(self) -> bool:
        """True for "pass" alone."""
        return self.cv is ChainStatus.PASS


async def validate(
    message: bytes, resolver: Resolver, now: datetime, *, header_end: int | None = None
) -> ArcOutcome:
    """Return the status of the chain of `message`: RFC 8617 §5.2."""
    header = split_header(message, header_end)
    return await validate_header(message, header, resolver, int(now.timestamp()))


async def validate_header(
    message: bytes, header: Header, resolver: Resolver, now: int
) -> ArcOutcome:
    """As `validate`, for a header section that is cut already. now: Unix seconds."""
    outcome = read_chain(header)
    if outcome.cv is ChainStatus.FAIL or not outcome.sets:
        return outcome
    sets = outcome.sets
    checker = _Checker(message, header, sets, KeyFetcher(resolver), now)
    newest = sets[-1]
    await checker.check_message(newest)
    if not newest.message_ok:
        return _failed(outcome, newest, newest.message_reason)
    outcome.oldest_pass = 0
    for arc_set in reversed(sets[:-1]):
        await checker.check_message(arc_set)
        if not arc_set.message_ok:
            outcome.oldest_pass = arc_set.instance + 1
            break
    for arc_set in reversed(sets):
        await checker.check_seal(arc_set, sets)
        if not arc_set.seal_ok:
            return _failed(outcome, arc_set, arc_set.seal_reason)
    outcome.cv = ChainStatus.PASS
    return outcome


def _failed(outcome: ArcOutcome, arc_set: ArcSet, reason: Reason | None) -> ArcOutcome:
    outcome.cv, outcome.oldest_pass = ChainStatus.FAIL, None
    outcome.reason, outcome.instance = str(reason), arc_set.instance
    outcome.temporary = reason is Reason.KEY_UNAVAILABLE
    return outcome


def read_chain(header: Header) -> ArcOutcome:
    """Collect the sets and check their structure: RFC 8617 §5.2, steps 1 to 3.

    The outcome's status is FAIL with a reason, or NONE: nothing is wrong so far.
    """
    outcome = ArcOutcome(ChainStatus.NONE, [])
    if not has_chain(header) and not header.too_large:
        return outcome
    try:
        _collect(header, outcome)
        _check_chain(outcome)
    except _Broken as exc:
        outcome.cv = ChainStatus.FAIL
        outcome.reason, outcome.instance, outcome.detail = exc.reason, exc.instance, str(exc)
    return outcome


def has_chain(header: Header) -> bool:
    """Tell whether there is any field of ARC."""
    return not header.positions.keys().isdisjoint((RESULTS_NAME, MESSAGE_NAME, SEAL_NAME))


class _Broken(Exception):
    def __init__(self, reason: str, instance: int, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.instance = instance


def _collect(header: Header, outcome: ArcOutcome) -> None:
    if header.too_large:
        raise _Broken(Reason.HEADER_TOO_LARGE, 0, "the header section is too large")
    names = (RESULTS_NAME, MESSAGE_NAME, SEAL_NAME)
    fields = [[header.fields[at] for at in header.positions.get(name, ())] for name in names]
    if max(map(len, fields)) > MAX_INSTANCE:
        raise _Broken("too_many", 0, f"more than {MAX_INSTANCE} sets")
    results = [(*_read_results(field), field) for field in fields[0]]
    messages = [parse_message_signature(field) for field in fields[1]]
    seals = [parse_seal(field) for field in fields[2]]
    signed = [signature.instance for signature in (*messages, *seals)]
    outcome.last_instance = max([result[0] for result in results] + signed)
    results_at: dict[int, tuple[int, str, bytes]] = {}
    message_at: dict[int, Signature] = {}
    seal_at: dict[int, Signature] = {}
    for result in results:
        _put(results_at, result[0], result, "ARC-Authentication-Results")
    for signature in messages:
        _put(message_at, signature.instance, signature, "ARC-Message-Signature")
    for signature in seals:
        _put(seal_at, signature.instance, signature, "ARC-Seal")
    for instance in range(1, outcome.last_instance + 1):
        if not (instance in results_at and instance in message_at and instance in seal_at):
            raise _Broken("structure", instance, f"set {instance} is not complete")
        _, text, field = results_at[instance]
        seal = seal_at[instance]
        cv = seal.tags["cv"].text if "cv" in seal.tags else ""
        outcome.sets.append(ArcSet(instance, text, field, message_at[instance], seal, cv))


def _put(kept: dict[int, _Kept], instance: int, value: _Kept, name: str) -> None:
    if not instance:
        raise _Broken("structure", 0, f"{name} without an instance from 1 to {MAX_INSTANCE}")
    if instance in kept:
        raise _Broken("structure", instance, f"two {name} fields in set {instance}")
    kept[instance] = value


def _read_results(field: bytes) -> tuple[int, str]:
    """Return instance and payload, 0 if malformed: RFC 8617 §4.1.1.

    arc-info = instance [CFWS] ";" authres-payload
    """
    value = field.partition(b":")[2]
    found = _ARC_INFO.match(value)
    if found is None:
        return 0, ""
    text = " ".join(value[found.end() :].decode(errors="replace").split())
    instance = int(found[1])
    if not text or not 1 <= instance <= MAX_INSTANCE:
        return 0, ""
    return instance, text


def _check_chain(outcome: ArcOutcome) -> None:
    newest = outcome.sets[-1]
    if newest.seal_cv == "fail":
        raise _Broken("cv", newest.instance, "the newest sealer found the chain broken")
    for arc_set in outcome.sets:
        if arc_set.seal_cv != ("none" if arc_set.instance == 1 else "pass"):
            raise _Broken("cv", arc_set.instance, f"cv={arc_set.seal_cv!r} is wrong here")


class _Checker:
    """Verifies signatures of one message; bodies are hashed and keys fetched once."""

    def __init__(
        self, message: bytes, header: Header, sets: list[ArcSet], keys: KeyFetcher, now: int
    ) -> None:
        self._header = header
        self._bodies = hash_bodies(message, header, [each.message_signature for each in sets])
        self._keys = keys
        self._now = now
        self._relaxed: list[bytes] = []  # the fields of the sets, three each, oldest first

    async def check_message(self, arc_set: ArcSet) -> None:
        """Verify an ARC-Message-Signature as one of DKIM: RFC 8617 §4.1.2."""
        signature = arc_set.message_signature
        reason = signature.reason or past_or_future(signature, self._now)
        if reason is None:
            digest = self._bodies[signature.body_canon].by_limit.get(signature.limit)
            if digest is None:
                reason = Reason.BODY_LENGTH
            elif digest != signature.body_hash:
                reason = Reason.BODY_HASH
            else:
                relaxed = signature.header_canon is Canon.RELAXED
                index = self._header.fields.index(signature.raw)
                selected = self._header.select(signature.headers, relaxed=relaxed, omit=index)
                data = join_signed(selected.fields, signature)
                reason = await self._check_key(arc_set, signature, data)
        arc_set.message_ok, arc_set.message_reason = reason is None, reason

    async def check_seal(self, arc_set: ArcSet, sets: list[ArcSet]) -> None:
        """Verify an ARC-Seal over all sets up to its own: RFC 8617 §5.1.1."""
        reason = arc_set.seal.reason
        if reason is None:
            if not self._relaxed:  # once: each seal covers the sets before it too
                self._relaxed = [relax_field(field) for each in sets for field in each.fields]
            covered = self._relaxed[: 3 * arc_set.instance - 1]
            data = join_signed(covered, arc_set.seal)
            reason = await self._check_key(arc_set, arc_set.seal, data)
        arc_set.seal_ok, arc_set.seal_reason = reason is None, reason

    async def _check_key(self, arc_set: ArcSet, signature: Signature, data: bytes) -> Reason | None:
        fetched = await self._keys.fetch(signature.key_name)
        if fetched.answer not in arc_set.answers:
            arc_set.answers += (fetched.answer,)
        return try_keys(fetched, signature, data).reason
