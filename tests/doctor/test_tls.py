import pytest

from pillarbox.doctor.tls import NoPolicyFile
from pillarbox.tlspolicy.mta_sts import Mode, StsPolicy
from tests.doctor.zone import check, find, zone

# other lines, lines left out, id, part of the text
CASES = [
    ((), ("_mta-sts",), "mta-sts.missing", "no MTA-STS"),
    (('_mta-sts.example.org. IN TXT "v=STSv1; id=2;"',), (), "mta-sts.several", "2 MTA-STS"),
    (('_mta-sts.example.org. IN TXT "v=STSv1; id=a b;"',), ("_mta-sts",), "mta-sts.syntax", "id="),
    ((), ("mta-sts.example.org. IN A",), "mta-sts.no-host", "mta-sts.example.org"),
    ((), ("_smtp._tls",), "tls-rpt.missing", "no TLS-RPT"),
    (('_smtp._tls.example.org. IN TXT "v=TLSRPTv1; rua=mailto:b@example.org"',), (),
     "tls-rpt.several", "2 TLS-RPT"),
    (('_smtp._tls.example.org. IN TXT "v=TLSRPTv1; rua=b@example.org"',), ("_smtp._tls",),
     "tls-rpt.syntax", "mailto:"),
    (('default._bimi.example.org. IN TXT "v=BIMI1; l=https://example.org/l.svg"',), (),
     "bimi.present", "logo"),
    (('default._bimi.example.org. IN TXT "v=BIMI1; l="',
      '_dmarc.example.org. IN TXT "v=DMARC1; p=none"'), ("_dmarc",), "bimi.needs-policy", "logo"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "without", "id_", "says"), CASES)
def test_each_fault(more, without, id_, says):
    text = zone(*more, without=without)
    found = find(text, id_)
    assert found, [one.id for one in check(text).findings]
    assert says in found[0].text


def test_signed_answers():
    assert find("$AUTHENTIC on\n" + zone(), "dnssec.signed")


def serving(policy):
    """A policy file, or why there is none."""

    async def fetch(domain, policy_id):
        assert (domain, policy_id) == ("example.org", "1")
        return policy

    return fetch


def sts(mode=Mode.ENFORCE, mx=("mx.example.org",), max_age=604800):
    return StsPolicy(mode, mx, max_age)


POLICIES = [
    (sts(), "mta-sts.policy", "mx.example.org", ""),
    (sts(mx=("*.example.org",)), "mta-sts.policy", "*.example.org", ""),
    (sts(mx=("old.example.org",)), "mta-sts.mx", "does not name mx.example.org",
     "mx: old.example.org\r\nmx: mx.example.org"),
    (sts(max_age=3600), "mta-sts.short", "3600 seconds", "max_age: 604800"),
    (sts(Mode.TESTING), "mta-sts.testing", "testing", "mode: enforce"),
    (sts(Mode.NONE, ()), "mta-sts.none", "mode: none", ""),
    (NoPolicyFile("sts-policy-fetch-error", "no connection"), "mta-sts.unreachable",
     "no connection", "mx: mx.example.org"),
    (NoPolicyFile("sts-webpki-invalid", "it has expired"), "mta-sts.certificate",
     "it has expired", "mx: mx.example.org"),
    (NoPolicyFile("sts-policy-invalid", "line 1"), "mta-sts.invalid", "line 1", "version: STSv1"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "id_", "says", "publish"), POLICIES)
def test_the_policy_file(policy, id_, says, publish):
    (one,) = find(zone(), id_, fetch=serving(policy))
    assert says in one.text
    assert publish in one.publish
    assert bool(one.publish) is bool(publish)
    assert one.record == "https://mta-sts.example.org/.well-known/mta-sts.txt"


def test_a_policy_that_is_not_asked_for():
    assert find(zone(), "mta-sts.not-asked")
    assert not find(zone(), "mta-sts.not-asked", fetch=serving(sts()))
    assert not find(zone(without=("_mta-sts",)), "mta-sts.not-asked")
