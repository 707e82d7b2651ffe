import pytest

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
