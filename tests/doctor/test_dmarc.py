import pytest

from tests.doctor.zone import check, find, zone

RUA = "rua=mailto:d@example.org"


def dmarc(record, *more):
    return zone(f'_dmarc.example.org. IN TXT "{record}"', *more, without=("_dmarc",))


# record, id, part of the text, what to publish
CASES = [
    (f"v=DMARC1; p=none; {RUA}", "dmarc.policy-none", "asks for nothing",
     f"v=DMARC1; p=quarantine; {RUA}"),
    (f"v=DMARC1; p=quarantine; t=y; {RUA}", "dmarc.testing", "t=y",
     f"v=DMARC1; p=quarantine; {RUA}"),
    (f"v=DMARC1; p=reject; pct=50; {RUA}", "dmarc.pct", "pct=50", f"v=DMARC1; p=reject; {RUA}"),
    ("v=DMARC1; p=reject", "dmarc.no-reports", "Nobody gets reports",
     "v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.org"),
    (f"v=DMARC1; p=reject; sp=none; {RUA}", "dmarc.subdomains-weaker", "sp=none",
     f"v=DMARC1; sp=reject; p=reject; {RUA}"),
    (f"v=DMARC1; p=reject; adkim=s; {RUA}", "dmarc.strict", "adkim=s", ""),
    (f"v=DMARC1; p=refuse; {RUA}", "dmarc.policy-broken", "refuse", f"v=DMARC1; p=none; {RUA}"),
    (f"v=DMARC1; p=reject; adkim=x; {RUA}", "dmarc.syntax", "Adkim=x", ""),
    (f"p=reject; {RUA}; v=DMARC1", "dmarc.not-dmarc", "does not begin",
     f"v=DMARC1; p=reject; {RUA}"),
    ("v=DMARC1; p=reject; rua=https://example.org/", "dmarc.report-uri", "https://example.org/",
     ""),
    ("v=DMARC1; p=reject; rua=mailto:a@other.example", "dmarc.report-unauthorised",
     "other.example does not say", "v=DMARC1;"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "id_", "says", "publish"), CASES)
def test_each_fault(record, id_, says, publish):
    found = find(dmarc(record), id_)
    assert found, [one.id for one in check(dmarc(record)).findings]
    assert says in found[0].text
    assert found[0].publish == publish


def test_reports_that_another_domain_agreed_to():
    line = 'example.org._report._dmarc.other.example. IN TXT "v=DMARC1;"'
    text = dmarc("v=DMARC1; p=reject; rua=mailto:a@other.example", line)
    assert not find(text, "dmarc.report-unauthorised")
    failing = dmarc(
        "v=DMARC1; p=reject; rua=mailto:a@other.example",
        "$FAIL example.org._report._dmarc.other.example",
    )
    assert find(failing, "dmarc.report-unknown")


def test_the_policy_of_the_organisation_is_inherited():
    (found,) = find(zone(), "dmarc.inherited", name="mail.example.org")
    assert found.text == "The record of example.org applies: p=reject."


def test_several():
    text = zone('_dmarc.example.org. IN TXT "v=DMARC1; p=none"')
    (found,) = find(text, "dmarc.several")
    assert found.publish.startswith("v=DMARC1; p=reject")
