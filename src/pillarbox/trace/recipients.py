"""What became of a message for each of its recipients, as far as we know. Pure.

For mail that we sent: we know that another server took it, not what it did with it then. For
mail that came: whether it is in the mailbox here. Reads the whole trace, so that an address of
ours that passes mail on has the state of what became of that, and names nobody behind it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pillarbox.trace import words
from pillarbox.trace.catalogue import DEFAULT
from pillarbox.trace.step import Step, Trace

State = Literal["delivered", "accepted", "queued", "held", "failed", ""]

_MAX_FOLLOWED: Final = 1000  # addresses behind one recipient
_NEXT: Final = "%Y-%m-%d %H:%M UTC"
# Of what is behind one address, the state that counts for it: the worst.
_WORST: Final = ("failed", "held", "queued", "accepted", "delivered")


@dataclass(frozen=True, slots=True)
class Fate:
    """Where one recipient stands.

    state: "delivered" (in a mailbox here), "accepted" (by another server), "queued", "held",
    "failed", or "" for not known. at: of the last news, None for none. host: who took it, or
    spoke last. tls: how the connection to it was encrypted ("TLS 1.3"), "" if it was not, or
    there was none. next_at: of the next try.
    """

    address: str
    state: State
    sentence: str
    at: dt.datetime | None = None
    host: str = ""
    tls: str = ""
    next_at: dt.datetime | None = None


@dataclass(slots=True)
class _News:
    """The last that was heard of an address, and of the connection it was heard over."""

    step: Step
    tls: str = ""


@dataclass(slots=True)
class _Facts:
    """What a trace says of addresses; all in lower case."""

    accounts: dict[str, list[str]] = field(default_factory=dict)
    followed: dict[str, list[str]] = field(default_factory=dict)
    filed: dict[str, float] = field(default_factory=dict)
    news: dict[str, _News] = field(default_factory=dict)


def fates(trace: Trace, language: str = DEFAULT) -> list[Fate]:
    """Return where each recipient of the envelope stands, in its order."""
    facts = _gather(trace.steps)
    return [_fate(trace, facts, address, language) for address in trace.recipients]


def _gather(steps: Iterable[Step]) -> _Facts:
    facts = _Facts()
    encrypted: dict[str, str] = {}
    for step in steps:
        params = step.params
        recipient = _text(params, "recipient").lower()
        match step.key:
            case "route.account":
                facts.accounts.setdefault(recipient, []).append(_text(params, "account").lower())
            case "route.alias" | "route.catchall":
                facts.followed.setdefault(recipient, []).extend(_addresses(params, "targets"))
            case "filed":
                facts.filed[_text(params, "account").lower()] = step.at
            case "queued" | "held" | "released":
                for one in _addresses(params, "recipients"):
                    facts.news[one] = _News(step)
            case "attempt.tls":
                encrypted[_text(params, "host").lower()] = _version(_text(params, "version"))
            case "attempt.plain" | "attempt.plain.failed":
                encrypted[_text(params, "host").lower()] = ""
            case _ if recipient and step.key.startswith(("attempt.", "expired")):
                host = _text(params, "host").lower()
                facts.news[recipient] = _News(step, encrypted.get(host, ""))
    return facts


def _fate(trace: Trace, facts: _Facts, address: str, language: str) -> Fate:
    key = address.lower()
    if key in facts.news and key not in facts.accounts and key not in facts.followed:
        return _told(address, facts.news[key], language)
    local = [account for account in facts.accounts.get(key, ()) if account in facts.filed]
    if local:
        at = max(facts.filed[account] for account in local)
        return Fate(address, "delivered", _say("delivered", {}, language), _time(at))
    behind = [
        _told(address, facts.news[one], language)
        for one in _behind(facts, key)
        if one in facts.news
    ]
    if behind:
        worst = min(behind, key=lambda fate: _WORST.index(fate.state))
        said = _say(f"passed-on-{worst.state}", {}, language)
        return Fate(address, worst.state, said, worst.at, next_at=worst.next_at)
    filed_behind = [facts.filed[one] for one in _behind(facts, key) if one in facts.filed]
    if filed_behind:
        return Fate(address, "delivered", _say("delivered", {}, language), _time(max(filed_behind)))
    if trace.action in {"refused", "deferred"} or key in facts.accounts:
        at = trace.steps[-1].at if trace.steps else trace.started_at
        return Fate(address, "failed", _say("not-taken", {}, language), _time(at))
    return Fate(address, "", _say("unknown", {}, language))


def _behind(facts: _Facts, address: str) -> list[str]:
    """Return the addresses that one of ours leads to, in order, at most _MAX_FOLLOWED."""
    found: dict[str, None] = {}
    waiting = [address]
    while waiting and len(found) < _MAX_FOLLOWED:
        for target in facts.followed.get(waiting.pop(), ()):
            if target not in found:
                found[target] = None
                waiting.append(target)
    return list(found)


def _told(address: str, news: _News, language: str) -> Fate:
    step, params = news.step, news.step.params
    host = _text(params, "host")
    given: dict[str, Any] = {"host": host, "encrypted": "yes" if news.tls else "no"}
    next_at = _moment(_text(params, "next"))
    state: State = "queued"
    said = "queued"
    match step.key:
        case "attempt.accepted":
            state, said = "accepted", "accepted"
        case "attempt.refused" | "attempt.refused.here":
            state, said = "failed", "refused"
            given["meaning"] = params.get("meaning", "")
        case "expired":
            state, said = "failed", "expired"
        case "held":
            state, said = "held", "held"
        case "attempt.deferred" | "attempt.failed":
            said = "again" if next_at else "no-more"
            state = "queued" if next_at else "failed"
    sentence = _say(said, given, language)
    return Fate(address, state, sentence, _time(step.at), host, news.tls, next_at)


def _say(name: str, params: Mapping[str, Any], language: str) -> str:
    return words.text(f"recipient-{name}", params, language)


def _version(given: str) -> str:
    """Return "TLS 1.3" for "TLSv1.3"."""
    return given.replace("TLSv", "TLS ") if given else "TLS"


def _moment(shown: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(shown, _NEXT).replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    return value if isinstance(value, str) else ""


def _addresses(params: Mapping[str, Any], name: str) -> list[str]:
    value = params.get(name)
    return [one.lower() for one in value if isinstance(one, str)] if isinstance(value, list) else []
