"""From results to a decision: who is it from, and what do we do with it. Pure.

Two answers that must not be confused: the *verdict* says how sure we are of the sender
(one of five, see `trace/view.py`), the *action* says what we do. An owner's DMARC policy
is obeyed, our own settings decide where no owner has spoken. A failed SPF alone never
refuses what a whole signature proves, because forwarding breaks SPF and not DKIM.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pillarbox.delivery.vouching import Vouched
from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.authentication import proves
from pillarbox.mailauth.dkim import DkimOutcome
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.dmarc import DmarcOutcome, DmarcResult
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult
from pillarbox.trace.phrase import Phrase, phrase

# What SPF says without saying anything of the server.
_SILENT: Final = frozenset(
    {SpfResult.NONE, SpfResult.NEUTRAL, SpfResult.TEMPERROR, SpfResult.PERMERROR}
)
MAX_NAME: Final = 80  # characters of a domain that enter a reply


class Action(enum.Enum):
    """What we do with the message."""

    ACCEPT = "accept"
    JUNK = "junk"
    REFUSE = "refuse"
    DEFER = "defer"


@dataclass(frozen=True, slots=True)
class Rules:
    """Local policy, from the settings.

    spf_fail: what an SPF fail does where nothing else speaks. stranger: what to do with mail
    that the owner wants refused, when a sealer that we do not know says it was whole:
    "policy" obeys the owner.
    """

    dmarc_reject: bool = True
    spf_fail: Literal["junk", "refuse", "mark"] = "junk"
    stranger: Literal["policy", "junk"] = "policy"


@dataclass(frozen=True, slots=True)
class Results:
    """What the checks found. author_domains: from the From field, A-labels, in order.

    client_domain: an organisation's name for the client (its greeting or reverse name).
    from_fields: how many From fields that differ there are.
    """

    author_domains: tuple[str, ...]
    spf: SpfOutcome
    dkim: Sequence[DkimOutcome]
    dmarc: DmarcOutcome
    client_domain: str
    from_fields: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision. because: the phrase that completes "we accepted it, because ...".

    code, enhanced, text: the reply for REFUSE and DEFER. reason: completes "something does not
    fit: ...", None where all fits. via: who passed it on, for the verdict "via" or an exception.
    breakable: it rests on checks that lists and forwarders break, so that one that we know may be
    an exception. vouched: the exception that was made.
    """

    verdict: Literal["proven", "via", "unproven", "misfit", "forged"]
    action: Action
    because: Phrase
    domain: str = ""
    via: str = ""
    reason: Phrase | None = None
    code: int = 250
    enhanced: str = "2.0.0"
    text: str = "OK"
    rfc: str = ""
    breakable: bool = False
    vouched: Vouched | None = None


def decide(results: Results, rules: Rules) -> Judgement:
    """Judge one message by its checks."""
    domains = results.author_domains
    if len(domains) != 1 or not domains[0] or results.from_fields > 1:
        return _no_single_author(results)
    if results.dmarc.result is DmarcResult.PASS:
        return _proven(results)
    if results.dmarc.result is DmarcResult.FAIL:
        return _dmarc_failed(results, rules)
    if results.dmarc.result is DmarcResult.TEMPERROR:
        return _ask_again(results)
    return _no_policy(results, rules)


def _no_single_author(results: Results) -> Judgement:
    count = len(results.author_domains)
    many = "several addresses of different domains stand in From" if count else "From is empty"
    because = phrase("no-author-many" if count else "no-author-empty")
    if count == 1:
        many = "the address in From has no domain that can exist"
        because = phrase("no-author-name")
    if results.from_fields > 1:
        many = f"there are {results.from_fields} different From fields"
        because = phrase("no-author-fields", count=results.from_fields)
    return Judgement(
        "misfit",
        Action.REFUSE,
        because,
        domain=", ".join(results.author_domains)[:MAX_NAME],
        reason=because,
        code=550,
        enhanced="5.7.1",
        text=f"This message does not say whose it is ({many}); write one address in From",
        rfc="RFC 5322 §3.6.2",
    )


def _proven(results: Results) -> Judgement:
    domain = results.author_domains[0]
    spf_aligned, dkim_aligned = _aligned(results)
    passed = results.spf.result is SpfResult.PASS
    # A softer SPF result, or none, says little of whose server it is: the signature settles it.
    if dkim_aligned and not spf_aligned and (passed or results.spf.result is SpfResult.FAIL):
        via = results.spf.domain if passed else results.client_domain or results.spf.domain
        # The owner's signature, from a server that is not the owner's: passed on.
        if not _related(via, domain):
            return Judgement(
                "via",
                Action.ACCEPT,
                phrase("forwarded", domain=domain),
                domain=domain,
                via=via,
                rfc="RFC 6376 §1.5" if passed else "RFC 7208 §D",
            )
    how = {
        (True, True): "proven-both",
        (True, False): "proven-server",
        (False, True): "proven-signature",
    }[(spf_aligned, dkim_aligned)]
    because = phrase(how, domain=domain)
    return Judgement("proven", Action.ACCEPT, because, domain=domain, rfc="RFC 9989 §5.3.6")


def _dmarc_failed(results: Results, rules: Rules) -> Judgement:
    domain = results.author_domains[0]
    policy = results.dmarc.disposition
    spf, dkim = _short(results)
    if policy is Policy.REJECT and rules.dmarc_reject:
        return Judgement(
            "forged",
            Action.REFUSE,
            phrase("dmarc-reject", domain=domain),
            domain=domain,
            code=550,
            enhanced="5.7.26",
            text=(
                f"{domain[:MAX_NAME]} asks us to refuse mail that fails its checks "
                f"(SPF: {spf}, DKIM: {dkim}); {_remedy(results)}"
            ),
            rfc="RFC 9989 §5.3.6",
            breakable=True,
        )
    reason = _altered(results) or phrase("nothing-proves", domain=domain)
    wish = f"wish-is-{policy.value}"
    if results.dmarc.test_mode and results.dmarc.policy is not policy:
        wish = f"wish-is-test-{results.dmarc.policy.value}"
    because = phrase("failed", reason=reason, wish=phrase(wish, domain=domain))
    return Judgement(
        "misfit", Action.JUNK, because, domain=domain, reason=reason,
        rfc="RFC 9989 §5.3.6", breakable=True,
    )  # fmt: skip


def _remedy(results: Results) -> str:
    """Return what the sender should change, for the reply."""
    domain = results.author_domains[0][:MAX_NAME]
    if _altered(results):
        return f"the signature of {domain} broke on the way: nothing may change the message"
    signers = [outcome.domain for outcome in results.dkim if proves(outcome)]
    if signers:
        return f"it is signed by {signers[0][:MAX_NAME]}; sign it with a key of {domain}"
    if results.spf.result is SpfResult.PASS:
        sender = results.spf.domain[:MAX_NAME]
        return f"its return address is at {sender}; use one at {domain} or sign with its key"
    return "send from its servers or sign with its key"


def _ask_again(results: Results) -> Judgement:
    domain = results.author_domains[0]
    return Judgement(
        "unproven",
        Action.DEFER,
        phrase("policy-unknown", domain=domain),
        domain=domain,
        code=451,
        enhanced="4.7.26",
        text=f"The policy of {domain[:MAX_NAME]} cannot be looked up now, try again later",
        rfc="RFC 9989 §5.3.5",
    )


def _no_policy(results: Results, rules: Rules) -> Judgement:
    """Decide where the owner of the address has published no DMARC policy."""
    domain = results.author_domains[0]
    if _never_sends(results.spf) and domain == results.spf.domain:
        return Judgement(
            "forged",
            Action.REFUSE,
            phrase("never-sends", domain=domain),
            domain=domain,
            code=550,
            enhanced="5.7.23",
            text=f"{domain[:MAX_NAME]} publishes that it never sends mail (SPF: v=spf1 -all)",
            rfc="RFC 7208 §10.1.2",
        )
    spf_aligned, dkim_aligned = _aligned(results)
    if spf_aligned or dkim_aligned:
        return _proven(results)
    if altered := _altered(results):
        return Judgement(
            "misfit", Action.JUNK, altered, domain=domain, reason=altered, rfc="RFC 6376 §6.3",
            breakable=True,
        )  # fmt: skip
    if results.spf.result is SpfResult.FAIL:
        return _spf_failed(results, rules)
    because: Phrase = phrase(f"spf-{results.spf.result.value}", spf_domain=results.spf.domain)
    if results.spf.result in _SILENT and (why := _unusable(results)):
        because = why
    return Judgement("unproven", Action.ACCEPT, because, domain=domain, rfc="RFC 7208 §8")


def _spf_failed(results: Results, rules: Rules) -> Judgement:
    domain = results.author_domains[0]
    reason = phrase("spf-fail", domain=results.spf.domain)
    if rules.spf_fail == "refuse":
        return Judgement(
            "misfit",
            Action.REFUSE,
            reason,
            domain=domain,
            reason=reason,
            code=550,
            enhanced="5.7.23",
            text=(
                results.spf.explanation
                or f"{results.spf.domain[:MAX_NAME]} does not allow this server to send (SPF fail)"
            ),
            rfc="RFC 7208 §8.4",
            breakable=True,
        )
    action = Action.JUNK if rules.spf_fail == "junk" else Action.ACCEPT
    return Judgement(
        "misfit", action, reason, domain=domain, reason=reason, rfc="RFC 7208 §8.4",
        breakable=True,
    )  # fmt: skip


def _aligned(results: Results) -> tuple[bool, bool]:
    """Return whether SPF and DKIM passed for the author's organisation.

    Without a DMARC record nobody has said what the organisation is: then a name and the
    names below it count as one.
    """
    methods = {aligned.method for aligned in results.dmarc.aligned_by}
    if results.dmarc.result is not DmarcResult.NONE:
        return "spf" in methods, "dkim" in methods
    author = results.author_domains[0]
    spf = results.spf.result is SpfResult.PASS and results.spf.scope == "mfrom"
    return (
        spf and _related(results.spf.domain, author),
        any(proves(outcome) and _related(outcome.domain, author) for outcome in results.dkim),
    )


def _related(one: str, other: str) -> bool:
    return is_under(one, other) or (one.count(".") > 0 and is_under(other, one))


def _never_sends(spf: SpfOutcome) -> bool:
    """Say whether the domain's record is "v=spf1 -all" and nothing else."""
    own = [record.text for record in spf.records if record.domain == spf.domain]
    return spf.result is SpfResult.FAIL and [text.split() for text in own] == [["v=spf1", "-all"]]


def _altered(results: Results) -> Phrase | None:
    """Return what an own signature that no longer fits tells, None if there is none."""
    author = results.author_domains[0]
    org = results.dmarc.org_domain or author
    for outcome in results.dkim:
        if outcome.passed or not (
            is_under(outcome.domain, org) or _related(outcome.domain, author)
        ):
            continue
        if outcome.reason is Reason.BODY_HASH:
            return phrase("altered-body", domain=outcome.domain)
        if outcome.reason is Reason.SIGNATURE:
            return phrase("altered-header", domain=outcome.domain)
    return None


def _unusable(results: Results) -> Phrase | None:
    """Return why an own signature does not count, None if there is none."""
    author = results.author_domains[0]
    for outcome in results.dkim:
        if proves(outcome) or not _related(outcome.domain, author):
            continue
        why = phrase("signed-partly") if outcome.passed else phrase(f"reason-{outcome.reason}")
        return phrase("signature-unusable", domain=outcome.domain, why=why)
    return None


def _short(results: Results) -> tuple[str, str]:
    """Return the SPF and DKIM results in a word each, for a reply."""
    spf = results.spf.result.value
    if results.spf.result is SpfResult.PASS:
        spf = "not aligned"
    if not results.dkim:
        return spf, "none"
    if any(map(proves, results.dkim)):
        return spf, "not aligned"
    reason = results.dkim[0].reason
    return spf, reason.value.replace("_", " ") if reason else results.dkim[0].result.value
