"""Steps that tell how a connection to another server came out, and which policy ruled."""

from typing import Any, Final

from pillarbox.delivery import evidence
from pillarbox.delivery.contact import Unusable
from pillarbox.delivery.remote import Session
from pillarbox.delivery.tls_policies import HostPolicy
from pillarbox.tlspolicy import dane
from pillarbox.tlspolicy.decide import Demand, Ruling
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step

_RULES: Final = {
    Ruling.DANE: "RFC 7672 §2.2",
    Ruling.STS: "RFC 8461 §5",
    Ruling.NOTHING: "RFC 3207 §4.1",
}


def connected(session: Session, at: float) -> Step:
    """Tell that a server was reached, and how the connection is protected."""
    seen = session.seen
    params: dict[str, Any] = {"host": seen.host, "ip": seen.ip}
    if seen.tls is None:
        offered = "offers no STARTTLS" in seen.plain_because
        key = "attempt.plain" if offered else "attempt.plain.failed"
        params["problem"] = seen.plain_because
        return Step(key=key, at=at, params=params, evidence=seen.as_json(), rfc="RFC 3207 §4.1")
    params["version"], params["cipher"] = seen.tls
    params["certificate"] = (
        seen.certificate.words if seen.certificate else phrase("certificate-none")
    )
    return Step(key="attempt.tls", at=at, params=params, evidence=seen.as_json(), rfc="RFC 3207 §4")


def judged(session: Session, wanted: HostPolicy, at: float) -> list[Step]:
    """Tell what a policy demanded and that it was kept, or is only being tested."""
    demand = session.demand
    if demand.ruling is Ruling.NOTHING:
        return []
    host = session.seen.host
    params: dict[str, Any] = {"host": host, "policy": demand.words}
    problem = wanted.problem or session.problem
    key = "attempt.policy.kept"
    if problem is not None:
        key, params["problem"] = "attempt.policy.tested", problem.text
    elif demand.records is not None and not demand.records.usable:
        key, params["name"] = "attempt.policy.unusable", demand.records.name
    elif session.fit is not None and session.fit.record is not None:
        params["proof"] = phrase("proof-tlsa", name=_name(demand))
    else:
        params["proof"] = phrase("proof-certificate", host=host)
    told = _evidence(wanted)
    if session.fit is not None and session.fit.record is not None:
        told["matched"] = dane.shown(session.fit.record)
    return [Step(key=key, at=at, params=params, evidence=told, rfc=_RULES[demand.ruling])]


def unreached(host: str, ip: str, exc: Unusable, wanted: HostPolicy, at: float) -> Step:
    """Tell that a server was not used, because it could not be or must not be."""
    told: dict[str, Any] = {"host": host, "ip": ip, "problem": exc.text}
    if exc.reply is not None:
        told["reply"] = str(exc.reply)
    if exc.problem is None or wanted.demand.ruling is Ruling.NOTHING:
        params = {"host": host, "ip": ip, "problem": exc.text}
        return Step(key="attempt.unreached", at=at, params=params, evidence=told)
    if exc.seen is not None:
        told |= exc.seen.as_json()
    return _failed(host, exc.problem.text, wanted.demand, told | _evidence(wanted), at)


def barred(host: str, wanted: HostPolicy, at: float) -> Step:
    """Tell that a server was left out before anybody connected to it."""
    assert wanted.problem is not None
    return _failed(host, wanted.problem.text, wanted.demand, _evidence(wanted), at)


def _failed(host: str, problem: str, demand: Demand, told: dict[str, Any], at: float) -> Step:
    words = demand.words if demand.ruling is not Ruling.NOTHING else "DANE"
    params = {"host": host, "policy": words, "problem": problem}
    rfc = _RULES[demand.ruling if demand.ruling is not Ruling.NOTHING else Ruling.DANE]
    return Step(key="attempt.policy.failed", at=at, params=params, evidence=told, rfc=rfc)


def waived(host: str, demand: Demand, at: float) -> Step:
    """Tell that the sender wished the policy away."""
    params = {"host": host, "policy": demand.words}
    return Step(key="attempt.policy.waived", at=at, params=params, rfc="RFC 8689 §5")


def _evidence(wanted: HostPolicy) -> dict[str, Any]:
    demand = wanted.demand
    told: dict[str, Any] = {"policy": demand.words, "enforced": demand.enforced}
    if wanted.answers:
        told["answers"] = evidence.answers(wanted.answers)
    if demand.records is not None:
        told["usable"] = [dane.shown(record) for record in demand.records.usable]
        told["unusable"] = [
            f"{dane.shown(record)}: {why}" for record, why in demand.records.unusable
        ]
    return told


def _name(demand: Demand) -> str:
    return demand.records.name if demand.records is not None else ""
