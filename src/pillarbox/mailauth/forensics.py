"""Why did this DKIM signature fail? The likeliest cause, found by undoing usual damage.

Each trial undoes one kind of damage (a footer, a subject tag, other folding, another
encoding) and compares hashes. A trial that fits is proof that the signer saw just that,
so nothing is blamed by resemblance; where no trial fits, the cause is `UNKNOWN`, and only
the part that changed is told, if that is certain. An RSA signature gives up the digest that
the signer computed, so a header trial costs one SHA-256, and a wrong key is told from a
changed header; Ed25519 needs a verification per trial, so fewer are made.

Findings hold numbers and names, never text of the message.
"""

from dataclasses import replace
from typing import Final

from pillarbox.dns.resolver import Txt
from pillarbox.mailauth.dkim import DkimOutcome
from pillarbox.mailauth.dkim_canon import Header, split_header
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.dkim_key import read_key
from pillarbox.mailauth.forensics_body import diagnose_body
from pillarbox.mailauth.forensics_finding import FULL, Cause, Effort, Finding
from pillarbox.mailauth.forensics_header import diagnose_header
from pillarbox.mailauth.forensics_key import diagnose_record

# What the outcome's reason already says. Nothing is guessed here: confidence 1.
_PLAIN: Final[dict[Reason, tuple[Cause, str]]] = {
    Reason.EXPIRED: (Cause.EXPIRED, "clock"),
    Reason.FUTURE: (Cause.CLOCK, "clock"),
    Reason.KEY_MISSING: (Cause.KEY_MISSING, "key"),
    Reason.KEY_UNAVAILABLE: (Cause.KEY_UNAVAILABLE, "key"),
    Reason.KEY_REVOKED: (Cause.KEY_REVOKED, "key"),
    Reason.KEY_HASH: (Cause.KEY_NOT_FOR_THIS, "key"),
    Reason.KEY_SERVICE: (Cause.KEY_NOT_FOR_THIS, "key"),
    Reason.KEY_DOMAIN: (Cause.KEY_NOT_FOR_THIS, "key"),
    Reason.KEY_TOO_SHORT: (Cause.KEY_TOO_SHORT, "key"),
    Reason.KEY_TOO_LONG: (Cause.KEY_NOT_FOR_THIS, "key"),
}


def diagnose(
    message: bytes,
    outcome: DkimOutcome,
    *,
    header_end: int | None = None,
    effort: Effort = FULL,
) -> Finding:
    """Return the likeliest cause why `outcome`, a signature of `message`, does not pass.

    Work is bounded by the counts of `effort`. With FULL, usual messages take 1 to 50 ms and
    hostile ones up to a second: for when somebody asks. BRIEF is a tenth of that.
    """
    reason = outcome.reason
    if reason is None:
        return Finding(Cause.NONE, 1.0)
    plain = _PLAIN.get(reason)
    if plain is not None:
        return Finding(plain[0], 1.0, plain[1], params={"reason": str(reason)})
    if reason in {Reason.KEY_SYNTAX, Reason.KEY_VERSION, Reason.KEY_TYPE}:
        texts = [
            value.joined
            for answer in outcome.answers
            for value in answer.values
            if isinstance(value, Txt)
        ]
        return diagnose_record(texts, outcome.signature.key_type)
    header = split_header(message, header_end)
    if reason in {Reason.BODY_HASH, Reason.BODY_LENGTH}:
        return _body_and_header(message, header, outcome, effort)
    if reason is Reason.SIGNATURE:
        return diagnose_header(header, outcome.signature, read_key(outcome.key_text), effort)
    return Finding(Cause.NOT_ACCEPTED, 1.0, "signature", params={"reason": str(reason)})


def _body_and_header(
    message: bytes, header: Header, outcome: DkimOutcome, effort: Effort
) -> Finding:
    """Diagnose the body, and the header too where neither hash fits."""
    signature = outcome.signature
    intact = outcome.signature_ok is True
    found = diagnose_body(message, header, signature, effort, header_intact=intact)
    if outcome.signature_ok is not False or not outcome.key_text:
        return found
    second = diagnose_header(header, signature, read_key(outcome.key_text), effort)
    if second.cause is Cause.UNKNOWN:
        return found
    if found.cause is Cause.UNKNOWN:
        # The header is explained, the body is not: half an answer is no certainty.
        return replace(second, confidence=min(second.confidence, 0.6), also=(*second.also, found))
    return replace(found, also=(*found.also, replace(second, also=()), *second.also))
