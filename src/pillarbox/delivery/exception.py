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

_VOUCHERS: Final = {
    Kind.SEALER: "{by} is known here, and its seal says that all was well when it came in",
    Kind.NETWORK: "the server {by} is known here as a forwarder",
    Kind.LIST: "it came through the mailing list {by}, which is known here and signed it",
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
        because=_VOUCHERS[vouched.entry.kind].format(by=vouched.by),
        via=vouched.by,
        reason="",
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
    reason = f"nothing proves that this is from {domain}"
    return replace(
        judgement,
        verdict="misfit",
        action=Action.JUNK,
        because=f"{reason}; {sealer}, which we do not know, says that it was fine on arrival",
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
