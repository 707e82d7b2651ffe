"""What one person may read of a trace: their own part of the story, nobody else's. Pure.

A trace tells everything that happened to one message: also to whom else it went, blind copies
among them, what others do with their mail, and where they have it passed on to. `as_recipient`
keeps what concerns one account that got the message or should have got it, `as_sender` what
concerns the account that sent it. Both name the steps that they keep: what has no rule here is
left out, so that a new kind of step is nobody's business until somebody thought about it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import msgspec

from pillarbox.base.address import AddressProblem, ascii_domain
from pillarbox.trace.step import Step, Trace

# What is the same for everybody who gets the message. Steps by their key, or what stands before
# a dot of it.
_SHARED: Final = frozenset(
    {
        "connect", "tls", "claimed", "boundary", "untested", "loop", "reply", "local",
        "spf", "dkim", "dmarc", "arc", "override", "list", "looks", "decision",
    }
)  # fmt: skip
# How the sender's own part of the delivery went.
_SENDING: Final = frozenset({"signin", "tls", "local", "signed", "unsigned", "reply", "canceled"})
# Of one connection to another server: they say nothing of whom it was for.
_CONNECTION: Final = frozenset({"attempt"})
_OF_ONE: Final = frozenset({"attempt", "expired"})
_JUNK: Final = "Junk"


def recipients_of(trace: Trace, account: str) -> tuple[str, ...]:
    """Return the envelope's recipients that led to an account when the message came.

    account: its address, canonical. Empty for who did not get it, or if it was refused before
    anybody was looked up.
    """
    led = {
        _folded(step.params.get("recipient"))
        for step in trace.steps
        if step.key == "route.account" and _is(step.params.get("account"), account)
    }
    return tuple(address for address in trace.recipients if address.lower() in led)


def is_filed_for(trace: Trace, account: str) -> bool:
    """Tell whether the message was put into a mailbox of an account."""
    return any(_is(step.params.get("account"), account) for step in _filed(trace))


def as_recipient(trace: Trace, account: str, recipients: Collection[str]) -> Trace:
    """Return the trace as an account may see it to which the message came, or would have come.

    account: its address, canonical. recipients: those of the envelope that lead to it.
    """
    mine = {address.lower() for address in recipients}
    steps = [
        kept for step in trace.steps if (kept := _for_recipient(step, account, mine)) is not None
    ]
    own = trace.account == account
    return msgspec.structs.replace(
        trace,
        recipients=[address for address in trace.recipients if address.lower() in mine],
        action=_action_for(trace, account),
        client_ip=trace.client_ip if own or trace.direction != "submitted" else "",
        helo=trace.helo if own or trace.direction != "submitted" else "",
        steps=steps,
    )


def _action_for(trace: Trace, account: str) -> str:
    """Return what became of the account's own copy."""
    for step in _filed(trace):
        if _is(step.params.get("account"), account):
            return "junked" if step.params.get("mailbox") == _JUNK else "delivered"
    return trace.action if trace.action in {"refused", "deferred", "answered"} else ""


def _for_recipient(step: Step, account: str, mine: Collection[str]) -> Step | None:
    params = step.params
    rule = _RECIPIENT.get(step.key)
    if rule is not None:
        return rule(step, account, mine)
    if not _is_among(step.key, _SHARED):
        return None
    if "account" in step.evidence and not _is(step.evidence["account"], account):
        # Whose list of known forwarders it is.
        return _with(step, params, {k: v for k, v in step.evidence.items() if k != "account"})
    return step


def _own_account(step: Step, account: str, _: Collection[str]) -> Step | None:
    return step if _is(step.params.get("account"), account) else None


def _envelope(step: Step, _: str, mine: Collection[str]) -> Step:
    kept = [one for one in _listed(step.params.get("recipients")) if one.lower() in mine]
    return _with(step, {**step.params, "recipients": kept})


def _followed(step: Step, account: str, mine: Collection[str]) -> Step | None:
    """Keep that an address led to the account, not to whom else it leads."""
    if _folded(step.params.get("recipient")) not in mine:
        return None
    return _with(step, {**step.params, "targets": [account]})


def _signin(step: Step, _: str, __: Collection[str]) -> Step:
    """Keep who wrote it, not from where."""
    kept = {"account": step.params.get("account", "")}
    return msgspec.structs.replace(step, key="signin.other", params=kept, evidence={})


_Rule = Callable[[Step, str, Collection[str]], Step | None]

_RECIPIENT: Final[Mapping[str, _Rule]] = {
    "signin": _signin,
    "envelope": _envelope,
    "route.account": _own_account,
    "route.alias": _followed,
    "route.catchall": _followed,
    "filed": _own_account,
    "own.muted": _own_account,
    "own.blocked": _own_account,
    "vacation": _own_account,
    "vacation.none": _own_account,
}


def as_sender(trace: Trace) -> Trace:
    """Return the trace as the account that sent the message may see it.

    Whoever has an address here keeps to themselves where it leads, and what became of the
    message there; connections to other servers are told where a recipient is among them.
    """
    account = trace.account
    named = {address.lower() for address in trace.recipients}
    domains = {_ascii(address.rpartition("@")[2]) for address in named}
    steps = []
    hosts: frozenset[str] = frozenset()
    for step in trace.steps:
        if step.key == "mx":
            ours = _folded(step.params.get("domain")) in domains
            hosts = _hosts(step) if ours else frozenset()
            if not ours:
                continue
        kept = _for_sender(step, account, named, domains, hosts)
        if kept is not None:
            steps.append(kept)
    # That somebody here put it into Junk is theirs to know.
    action = "delivered" if trace.action == "junked" else trace.action
    return msgspec.structs.replace(trace, steps=steps, action=action)


def _for_sender(
    step: Step,
    account: str,
    named: Collection[str],
    domains: Collection[str],
    hosts: Collection[str],
) -> Step | None:
    key, params = step.key, step.params
    if key in {"filed", "own.muted", "own.blocked", "vacation", "vacation.none"}:
        return _own_account(step, account, named)
    if key in {"queued", "held", "released"}:
        kept = [one for one in _listed(params.get("recipients")) if one.lower() in named]
        return _with(step, {**params, "recipients": kept}) if kept else None
    if key in {"envelope", "mx"} or _is_among(key, _SENDING):
        keep = True
    elif key == "notice":
        keep = _is(params.get("sender"), account)
    elif key == "notice.none":
        keep = _is_free_of_others(params, named, account)
    elif "recipient" in params:
        keep = _is_among(key, _OF_ONE) and _folded(params["recipient"]) in named
    elif not _is_among(key, _CONNECTION):
        keep = False
    elif "host" in params:
        keep = _folded(params["host"]) in hosts
    else:
        keep = _folded(params.get("domain")) in domains
    return step if keep else None


def _is_free_of_others(params: Mapping[str, Any], named: Collection[str], account: str) -> bool:
    why = params.get("why")
    address = why.get("address") if isinstance(why, Mapping) else None
    return address is None or _folded(address) in {*named, account}


def _hosts(step: Step) -> frozenset[str]:
    given = step.params.get("hosts")
    names = _listed(given) if not isinstance(given, str) else given.split(",")
    return frozenset(name.strip().lower() for name in names)


def _filed(trace: Trace) -> list[Step]:
    return [step for step in trace.steps if step.key == "filed"]


def _is_among(key: str, families: Collection[str]) -> bool:
    return key.partition(".")[0] in families


def _is(value: object, address: str) -> bool:
    return isinstance(value, str) and value.lower() == address.lower()


def _folded(value: object) -> str:
    return value.lower() if isinstance(value, str) else ""


def _listed(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _ascii(domain: str) -> str:
    """Return a domain as steps name it."""
    try:
        return ascii_domain(domain)
    except AddressProblem:
        return domain


def _with(step: Step, params: dict[str, Any], evidence: dict[str, Any] | None = None) -> Step:
    return msgspec.structs.replace(
        step, params=params, evidence=step.evidence if evidence is None else evidence
    )
