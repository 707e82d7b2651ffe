"""Exceptions to an owner's policy, and what reports say of them. Pure.

Nothing is proven by an exception: the sender stays "unproven", the mail is accepted. Only
what forwarders and lists break can be excepted, never a forgery of another kind.
"""

from dataclasses import replace
from typing import Final

from pillarbox.delivery.known import Kind, Reason
from pillarbox.delivery.verdict import Action, Judgement, Results, Rules
from pillarbox.delivery.vouching import Vouched
from pillarbox.mailauth.dmarc import DmarcResult
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.trace.phrase import phrase

_VOUCHERS: Final = {
    Kind.SEALER: "vouched-sealer",
    Kind.NETWORK: "vouched-network",
    Kind.LIST: "vouched-list",
}


def make_exception(judgement: Judgement, vouched: Vouched) -> Judgement:
    """Return the decision when somebody we know vouches for what was broken on the way.

    Only for what `breakable` says.
    """
    assert judgement.breakable
    return replace(
        judgement,
        verdict="unproven",
        action=Action.ACCEPT,
        because=phrase(_VOUCHERS[vouched.entry.kind], by=vouched.by),
        via=vouched.by,
        reason=None,
        code=250,
        enhanced="2.0.0",
        text="OK",
        rfc="RFC 8617 §7.2.1" if vouched.instance else "RFC 9989 §5.4",
        breakable=False,
        vouched=vouched,
    )


def soften(judgement: Judgement, sealer: str, rules: Rules) -> Judgement:
    """Return the decision where a sealer that we do not know vouches: Junk, if rules say so."""
    if rules.stranger != "junk" or judgement.action is not Action.REFUSE:
        return judgement
    domain = judgement.domain
    reason = phrase("nothing-proves", domain=domain)
    return replace(
        judgement,
        verdict="misfit",
        action=Action.JUNK,
        because=phrase("stranger", reason=reason, sealer=sealer),
        reason=reason,
        code=250,
        enhanced="2.0.0",
        text="OK",
    )


def report_reasons(
    results: Results, judgement: Judgement, rules: Rules
) -> list[tuple[Reason, str]]:
    """Return (type, comment) of each reason why the owner's policy was not applied as it is.

    For aggregate reports (RFC 7489 §C, RFC 9990). Empty where it was, or where there is none.
    """
    dmarc = results.dmarc
    if dmarc.result is not DmarcResult.FAIL:
        return []
    if judgement.vouched is not None:
        return [(judgement.vouched.reason, judgement.vouched.comment)]
    found: list[tuple[Reason, str]] = []
    if dmarc.test_mode and dmarc.policy is not dmarc.disposition:
        found.append((Reason.POLICY_TEST_MODE, "t=y"))
    wish = {Policy.REJECT: Action.REFUSE, Policy.QUARANTINE: Action.JUNK}
    wanted = wish.get(dmarc.disposition, Action.ACCEPT)
    if judgement.action is not wanted:
        refusing = dmarc.disposition is Policy.REJECT and not rules.dmarc_reject
        comment = "rejecting is off here" if refusing else f"local: {judgement.action.value}"
        found.append((Reason.LOCAL_POLICY, comment))
    return found
