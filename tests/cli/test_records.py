"""Comparing what is published with what should be."""

import asyncio

import pytest

from pillarbox.cli.records import compare
from pillarbox.dns.zone import Zones
from pillarbox.mailauth import publish
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.publish import Wanted
from tests.cli.mail import NOW, Clock

HOST = "mx.example.org"
A = f"{HOST}. IN A 192.0.2.1\n"
MX = publish.mx("example.org", HOST)
SPF = publish.spf("example.org")
DKIM = Wanted("s._domainkey.example.org", "TXT", "v=DKIM1; k=ed25519; p=AAAA", "a key")
DMARC = publish.dmarc("example.org", Policy.QUARANTINE, "postmaster@example.org")
TLS = publish.tls_rpt("example.org", "postmaster@example.org")

# record, zone, status, what its problem says
CASES = [
    (MX, "example.org. IN MX 5 MX.example.ORG.", "ok", ""),
    (MX, "example.org. IN MX 5 a.example.\nexample.org. IN MX 9 mx.example.org.", "ok", ""),
    (MX, "example.org. IN MX 5 other.example.", "wrong", "other hosts"),
    (MX, "example.org. IN MX 0 .", "wrong", "other hosts"),
    (MX, "", "missing", "no MX"),
    (MX, "$FAIL example.org", "unknown", "no answer"),
    (SPF, 'example.org. IN TXT "v=spf1 a:mx.example.org ~all"', "ok", ""),
    (SPF, 'example.org. IN TXT "other"', "missing", "no SPF"),
    (SPF, 'example.org. IN TXT "v=spf1 ip4:198.51.100.1 -all"', "wrong", "fail"),
    (SPF, 'example.org. IN TXT "v=spf1 ipv4:1 -all"', "wrong", "ipv4"),
    (SPF, 'example.org. IN TXT "v=spf1 a"\nexample.org. IN TXT "v=spf1 mx"', "wrong", "several"),
    (SPF, 'example.org. IN TXT "v=spf1 mx -all"\n$FAIL example.org MX', "unknown", ""),
    (SPF, 'example.org. IN TXT "v=spf1 mx -all"\n$FAIL mx.example.org AAAA', "unknown", "address"),
    (DKIM, 's._domainkey.example.org. IN TXT "v=DKIM1;k=ed25519;p=AA AA"', "ok", ""),
    (DKIM, 's._domainkey.example.org. IN TXT "v=DKIM1; p=BBBB"', "wrong", "another key"),
    (DKIM, 's._domainkey.example.org. IN TXT "=; =;"', "wrong", "another key"),
    (DKIM, "", "missing", "not published"),
    (DMARC, '_dmarc.example.org. IN TXT "v=DMARC1; p=reject"', "ok", ""),
    (DMARC, '_dmarc.example.org. IN TXT "v=DMARC1; p=often"', "wrong", "p"),
    (DMARC, '_dmarc.example.org. IN TXT "v=spf1"', "missing", "v=DMARC1"),
    (TLS, '_smtp._tls.example.org. IN TXT "v=TLSRPTv1; rua=mailto:a@b.example"', "ok", ""),
    (TLS, '_smtp._tls.example.org. IN TXT "v=TLSRPTv1; x=y"', "wrong", "rua"),
    (TLS, "", "missing", ""),
]


@pytest.mark.parametrize(("record", "zone", "status", "problem"), CASES)
def test_compare(record, zone, status, problem):
    resolver = Zones(A + zone + "\n", Clock())
    (checked,) = asyncio.run(compare(resolver, [record], HOST, NOW))
    assert checked.status == status, checked
    assert problem in checked.problem


def test_a_host_without_address_cannot_be_allowed():
    resolver = Zones('example.org. IN TXT "v=spf1 mx -all"\n', Clock())
    (checked,) = asyncio.run(compare(resolver, [SPF], HOST, NOW))
    assert (checked.status, checked.problem) == ("wrong", f"{HOST} has no address")
