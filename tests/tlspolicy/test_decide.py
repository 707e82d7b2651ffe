"""tlspolicy/decide.py: which policy rules, and what it takes."""

import pytest

from pillarbox.dns.resolver import Tlsa
from pillarbox.tlspolicy import dane, decide
from pillarbox.tlspolicy.dane import Match
from pillarbox.tlspolicy.decide import Demand, Fault, Ruling
from pillarbox.tlspolicy.mta_sts import Mode, StsPolicy

HOST = "mx.d.example"
RECORD = Tlsa(3, 1, 1, bytes(32))
GOOD = dane.sort("_25._tcp.mx", [RECORD], [HOST])
USELESS = dane.sort("_25._tcp.mx", [Tlsa(1, 1, 1, bytes(32))], [HOST])


def sts(mode, mx=HOST):
    return StsPolicy(mode, (mx,), 86400)


# policy, records, always -> ruling, encrypted, enforced, proven
DEMANDS = [
    ("nothing", None, None, False, (Ruling.NOTHING, False, False, False)),
    ("our own settings", None, None, True, (Ruling.NOTHING, True, True, False)),
    ("enforce", sts(Mode.ENFORCE), None, False, (Ruling.STS, True, True, True)),
    ("testing", sts(Mode.TESTING), None, False, (Ruling.STS, False, False, True)),
    ("testing, our own settings", sts(Mode.TESTING), None, True, (Ruling.STS, True, False, True)),
    ("none", sts(Mode.NONE), None, False, (Ruling.NOTHING, False, False, False)),
    ("dane", None, GOOD, False, (Ruling.DANE, True, True, False)),
    ("dane first", sts(Mode.ENFORCE), GOOD, False, (Ruling.DANE, True, True, False)),
    ("none usable", None, USELESS, False, (Ruling.DANE, True, True, False)),
    ("none usable, sts", sts(Mode.ENFORCE), USELESS, False, (Ruling.STS, True, True, True)),
    ("none usable, testing", sts(Mode.TESTING), USELESS, False, (Ruling.STS, True, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "records", "always", "expected"),
    [d[1:] for d in DEMANDS],
    ids=[d[0] for d in DEMANDS],
)
def test_what_is_demanded(policy, records, always, expected):
    found = decide.demand(HOST, policy, records, always=always)
    assert (found.ruling, found.encrypted, found.enforced, found.proven) == expected
    assert decide.unlisted(found, HOST) is None


def test_a_server_that_the_policy_does_not_name():
    found = decide.demand(HOST, sts(Mode.ENFORCE, "other.example"), None, always=False)
    problem = decide.unlisted(found, HOST)
    assert problem is not None
    assert HOST in problem.text
    # Where DANE rules, the list does not count.
    both = decide.demand(HOST, sts(Mode.ENFORCE, "other.example"), GOOD, always=False)
    assert decide.unlisted(both, HOST) is None


def test_in_the_clear():
    assert decide.plain(decide.ANYTHING, "the server offers no STARTTLS") is None
    wanted = decide.demand(HOST, sts(Mode.TESTING), None, always=False)
    none = decide.plain(wanted, "the server offers no STARTTLS")
    failed = decide.plain(wanted, "the TLS handshake failed: alert")
    assert none is not None
    assert failed is not None
    assert (none.fault, failed.fault) == (Fault.NO_STARTTLS, Fault.OTHER)


STS = decide.demand(HOST, sts(Mode.ENFORCE), None, always=False)
DANE = decide.demand(HOST, None, GOOD, always=False)
ENCRYPTED = [
    (STS, "verified", None, None),
    (STS, "wrong name", None, Fault.WRONG_NAME),
    (STS, "expired", None, Fault.EXPIRED),
    (STS, "self-signed", None, Fault.NOT_PROVEN),
    (STS, "unknown authority", None, Fault.NOT_PROVEN),
    (STS, "unreadable", None, Fault.NOT_PROVEN),
    (DANE, "self-signed", Match(RECORD), None),
    (DANE, "verified", Match(None, "it fits none"), Fault.OTHER),
    (Demand(encrypted=True, enforced=True), "self-signed", None, None),
]


@pytest.mark.parametrize(("wanted", "proof", "fit", "fault"), ENCRYPTED)
def test_encrypted(wanted, proof, fit, fault):
    problem = decide.encrypted(wanted, proof, "detail", fit)
    assert (problem.fault if problem else None) is fault
