"""delivery/tls_sessions.py: connections as text, and reports of them."""

from datetime import UTC, datetime

from pillarbox.delivery.tls_sessions import Place, gather, observe, unfetched
from pillarbox.dns.resolver import Tlsa
from pillarbox.mailauth.tls_report import Failure, PolicyResult
from pillarbox.store.tls_results import Counted
from pillarbox.tlspolicy import dane, decide
from pillarbox.tlspolicy.mta_sts import Kept, Mode, StsPolicy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
D = "d.example"
PLACE = Place("mx.d.example", "192.0.2.1", "192.0.2.9")
KEPT = Kept(
    "1", NOW, StsPolicy(Mode.ENFORCE, ("mx.d.example",), 60), "version: STSv1\r\nmode: enforce\r\n"
)
STS = decide.demand("mx.d.example", KEPT.policy, None, always=False)
RECORDS = dane.sort("_25._tcp.mx.d.example", [Tlsa(3, 1, 1, bytes(32))], ["mx.d.example"])
DANE = decide.demand("mx.d.example", None, RECORDS, always=False)


def policies(*pairs):
    counted = [Counted(D, body, count) for body, count in pairs]
    return gather(D, counted, ("o", "c", "i"), (NOW, NOW)).policies


def test_successes_of_one_policy_are_one_text():
    other = Place("mx2.d.example", "192.0.2.2", "192.0.2.9")
    assert observe(STS, KEPT, PLACE) == observe(STS, KEPT, other)
    assert observe(STS, KEPT, PLACE, "certificate-expired") != observe(
        STS, KEPT, other, "certificate-expired"
    )


def test_a_report():
    failed = observe(STS, KEPT, PLACE, "certificate-expired", "it has expired")
    found = policies((observe(STS, KEPT, PLACE), 5), (failed, 2), ("junk", 1))
    strings = ("version: STSv1", "mode: enforce")
    failure = Failure(
        "certificate-expired", 2, "192.0.2.9", "mx.d.example", "192.0.2.1", "it has expired"
    )
    assert found == (PolicyResult("sts", D, strings, ("mx.d.example",), 5, 2, (failure,)),)


def test_kinds_of_policy():
    found = policies(
        (observe(DANE, None, PLACE), 1),
        (observe(decide.ANYTHING, None, PLACE), 2),
        (unfetched("sts-webpki-invalid", "wrong name"), 3),
    )
    assert [(p.kind, p.strings, p.succeeded, p.failed) for p in found] == [
        ("tlsa", ("3 1 1 " + "00" * 32,), 1, 0),
        ("no-policy-found", (), 2, 0),
        ("sts", (), 0, 3),
    ]
    assert found[0].mx == ("mx.d.example",)
