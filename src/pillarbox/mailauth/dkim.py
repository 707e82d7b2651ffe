"""Check the DKIM signatures of a message: RFC 6376 §6, RFC 8301, RFC 8463.

`verify` returns one outcome for each DKIM-Signature field, top to bottom, with its
evidence: the key record as answered, both hashes, what is not covered. It never raises for
what a message or DNS says. Each body form is hashed once, whatever the number of
signatures; keys are cached by their record (dkim_key.py).

A passing signature may cover less than the whole message (l=, `unsigned_octets`) or leave
room for a second Subject (`repeated`). That is evidence here and judged in `delivery/`.
"""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.dns.resolver import Answer, Resolver
from pillarbox.mailauth.dkim_canon import (
    BodyDigests,
    Header,
    hash_body,
    split_header,
)
from pillarbox.mailauth.dkim_header import (
    Canon,
    Reason,
    Signature,
    join_signed,
    parse_signature,
)
from pillarbox.mailauth.dkim_key import FetchedKeys, KeyFetcher, try_keys

MAX_UNREAD: Final = 90  # signatures that are listed without being evaluated
FUTURE_SECONDS: Final = 86400  # clocks are wrong by hours, and t= proves little


class DkimResult(enum.Enum):
    """The results of RFC 8601 §2.7.1."""

    NONE = "none"
    PASS = "pass"  # noqa: S105  # a result, not a password
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


# RFC 8601 §2.7.1: "policy" is a signature we do not accept, "neutral" one that cannot be
# processed, "permerror" one whose key or coverage can never be right.
RESULTS: Final[dict[Reason, DkimResult]] = {
    Reason.TAG_SYNTAX: DkimResult.NEUTRAL,
    Reason.TAG_MISSING: DkimResult.NEUTRAL,
    Reason.VERSION: DkimResult.NEUTRAL,
    Reason.ALGORITHM_UNKNOWN: DkimResult.NEUTRAL,
    Reason.ALGORITHM_WEAK: DkimResult.POLICY,
    Reason.CANONICALISATION: DkimResult.NEUTRAL,
    Reason.QUERY_METHOD: DkimResult.NEUTRAL,
    Reason.DOMAIN: DkimResult.NEUTRAL,
    Reason.IDENTITY: DkimResult.PERMERROR,
    Reason.FROM_NOT_SIGNED: DkimResult.PERMERROR,
    Reason.ARC_SEAL_SIGNED: DkimResult.PERMERROR,
    Reason.EXPIRED: DkimResult.POLICY,
    Reason.FUTURE: DkimResult.POLICY,
    Reason.KEY_MISSING: DkimResult.PERMERROR,
    Reason.KEY_UNAVAILABLE: DkimResult.TEMPERROR,
    Reason.KEY_REVOKED: DkimResult.PERMERROR,
    Reason.KEY_SYNTAX: DkimResult.PERMERROR,
    Reason.KEY_VERSION: DkimResult.PERMERROR,
    Reason.KEY_TYPE: DkimResult.PERMERROR,
    Reason.KEY_HASH: DkimResult.PERMERROR,
    Reason.KEY_SERVICE: DkimResult.PERMERROR,
    Reason.KEY_DOMAIN: DkimResult.PERMERROR,
    Reason.KEY_TOO_SHORT: DkimResult.POLICY,
    Reason.KEY_TOO_LONG: DkimResult.POLICY,
    Reason.BODY_LENGTH: DkimResult.FAIL,
    Reason.BODY_HASH: DkimResult.FAIL,
    Reason.SIGNATURE: DkimResult.FAIL,
    Reason.HEADER_TOO_LARGE: DkimResult.NEUTRAL,
    Reason.NOT_EVALUATED: DkimResult.NEUTRAL,
}


@dataclass(slots=True)
class DkimOutcome:
    """One signature and what was found out.

    domain, selector, identity, algorithm: "" where the field could not be read. headers:
    h= in order, lower case. reason: None when it passes. key_bits: of the key used, 0 if
    none was. testing: the key says t=y. body_length_limit: l=; unsigned_octets: how much of the
    canonical body it leaves out. oversigned: names in h= more often than in the message.
    repeated: names of h= that the message holds more often than they are signed.
    body_hash_ok, signature_ok: None where that was not computed. key_text: the record used.
    field: the signature as received, for `forensics`.
    """

    result: DkimResult
    reason: Reason | None
    detail: str
    domain: str
    selector: str
    identity: str
    algorithm: str
    canonicalisation: str
    headers: tuple[str, ...]
    field: bytes
    signature: Signature
    key_bits: int = 0
    key_text: bytes = b""
    testing: bool = False
    body_length_limit: int | None = None
    unsigned_octets: int = 0
    oversigned: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    body_hash_ok: bool | None = None
    signature_ok: bool | None = None
    computed_body_hash: bytes = b""
    signed_at: int | None = None
    expires_at: int | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def passed(self) -> bool:
        """True for "pass" alone."""
        return self.result is DkimResult.PASS

    @property
    def partial(self) -> bool:
        """True when l= leaves part of the body unsigned: anything may follow there."""
        return self.unsigned_octets > 0


async def verify(
    message: bytes,
    resolver: Resolver,
    now: datetime,
    *,
    max_signatures: int = 10,
    header_end: int | None = None,
) -> list[DkimOutcome]:
    """Return the outcome of each signature of `message`, the topmost first; [] = unsigned.

    Beyond `max_signatures` they are not evaluated (RFC 6376 §8.4), and say so; 90 more are
    listed at most. header_end: offset of the empty line after the header section, if the
    caller knows it. A header section beyond 1 MiB gives one outcome that says so, without a field.
    """
    header = split_header(message, header_end)
    if header.too_large:
        return [_unread(b"", Reason.HEADER_TOO_LARGE)]
    indexes = header.positions.get(b"dkim-signature")
    if indexes is None:
        return []
    checked = [(index, parse_signature(header.fields[index])) for index in indexes[:max_signatures]]
    bodies = hash_bodies(message, header, [signature for _, signature in checked])
    keys = KeyFetcher(resolver)
    seconds = int(now.timestamp())
    outcomes = []
    for index, signature in checked:
        outcome = _outcome_of(signature)
        if signature.reason is None:
            check_body(outcome, signature, bodies[signature.body_canon])
            fetched = await keys.fetch(signature.key_name)
            check_key(outcome, signature, fetched, header, index)
            judge(outcome, signature, seconds)
        outcomes.append(outcome)
    unread = indexes[max_signatures : max_signatures + MAX_UNREAD]
    outcomes += [_unread(header.fields[index], Reason.NOT_EVALUATED) for index in unread]
    return outcomes


def _unread(field: bytes, reason: Reason) -> DkimOutcome:
    return _outcome_of(Signature(field, reason=reason, detail="not looked at"))


def _outcome_of(signature: Signature) -> DkimOutcome:
    reason = signature.reason
    return DkimOutcome(
        DkimResult.NONE if reason is None else RESULTS[reason],
        reason,
        signature.detail,
        signature.domain,
        signature.selector,
        signature.identity,
        signature.algorithm,
        signature.canonicalisation if signature.headers else "",
        tuple(b":".join(signature.headers).decode().split(":")) if signature.headers else (),
        signature.raw,
        signature,
        body_length_limit=signature.limit,
        signed_at=signature.signed_at,
        expires_at=signature.expires_at,
    )


def hash_bodies(
    message: bytes, header: Header, signatures: list[Signature]
) -> dict[Canon, BodyDigests]:
    """Hash the body once in each form that the usable `signatures` ask for."""
    limits: dict[Canon, set[int | None]] = {}
    for signature in signatures:
        if signature.reason is None:
            limits.setdefault(signature.body_canon, set()).add(signature.limit)
    return {
        canon: hash_body(message, header.body_start, relaxed=canon is Canon.RELAXED, limits=wanted)
        for canon, wanted in limits.items()
    }


def check_body(outcome: DkimOutcome, signature: Signature, body: BodyDigests) -> None:
    """Compare bh= with the body: RFC 6376 §6.1.3, step 2."""
    digest = body.by_limit.get(signature.limit)
    if digest is None:
        outcome.body_hash_ok = False
        return
    outcome.computed_body_hash = digest
    outcome.body_hash_ok = digest == signature.body_hash
    if signature.limit is not None:
        outcome.unsigned_octets = body.octets - signature.limit


def check_key(
    outcome: DkimOutcome, signature: Signature, fetched: FetchedKeys, header: Header, index: int
) -> None:
    """Verify b= with the keys: RFC 6376 §6.1.3, steps 3 and 4. index: of the field itself."""
    relaxed = signature.header_canon is Canon.RELAXED
    selected = header.select(signature.headers, relaxed=relaxed, omit=index)
    outcome.oversigned = tuple([name.decode() for name in dict.fromkeys(selected.absent)])
    outcome.repeated = tuple([name.decode() for name in selected.repeated])
    tried = try_keys(fetched, signature, join_signed(selected.fields, signature))
    outcome.answers = (fetched.answer,)
    outcome.reason, outcome.detail = tried.reason, tried.detail
    outcome.signature_ok = tried.signature_ok
    if tried.key is not None:
        key = tried.key
        outcome.key_text, outcome.key_bits, outcome.testing = key.text, key.bits, key.testing


def judge(outcome: DkimOutcome, signature: Signature, now: int) -> None:
    """Settle the result from the evidence. now: Unix seconds."""
    reason, detail = outcome.reason, outcome.detail
    if not outcome.body_hash_ok and (
        reason is None or reason is Reason.SIGNATURE or reason is Reason.KEY_UNAVAILABLE
    ):
        # Also when the key cannot be fetched now: no later key can mend the body.
        if not outcome.computed_body_hash:
            reason, detail = Reason.BODY_LENGTH, "the body is shorter than l= says"
        else:
            reason, detail = Reason.BODY_HASH, "the body is not the one that was signed"
    elif reason is None:
        reason = past_or_future(signature, now)
        if reason is not None:
            detail = "x= is in the past" if reason is Reason.EXPIRED else "t= is in the future"
    outcome.reason, outcome.detail = reason, detail
    outcome.result = DkimResult.PASS if reason is None else RESULTS[reason]


def past_or_future(signature: Signature, now: int) -> Reason | None:
    """Tell whether `now` lies outside the signature's time: RFC 6376 §3.5, t= and x=."""
    if signature.expires_at is not None and now > signature.expires_at:
        return Reason.EXPIRED
    if signature.signed_at is not None and signature.signed_at > now + FUTURE_SECONDS:
        return Reason.FUTURE
    return None
