"""delivery/peer_certificate.py: what a certificate proves, and for whom."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pillarbox.delivery.peer_certificate import Authorities
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.trace import words

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=500)
AUTHORITY = make_authority("Lab", NOW)


def der(pair):
    return ssl.PEM_cert_to_DER_cert(pair.certificate.decode())


HOST = der(issue(["mx.d.example", "*.w.example", "192.0.2.1", "2001:db8::1"], NOW, AUTHORITY))
OWN = der(issue(["mx.d.example"], NOW))
FOREIGN = der(issue(["mx.d.example"], NOW, make_authority("Other", NOW)))
SYSTEM = Authorities()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(AUTHORITY.certificate)
    return Authorities(file)


@pytest.mark.parametrize(
    ("chain", "host", "now", "proof"),
    [
        ([HOST], "mx.d.example", NOW, "verified"),
        ([HOST], "a.w.example", NOW, "verified"),
        ([HOST], "[192.0.2.1]", NOW, "verified"),
        ([HOST], "[ipv6:2001:db8::1]", NOW, "verified"),
        ([HOST], "other.example", NOW, "wrong name"),
        ([HOST], "not_a_host.example", NOW, "wrong name"),
        ([HOST], "mx.d.example", LATER, "expired"),
        ([OWN], "mx.d.example", NOW, "self-signed"),
        ([FOREIGN], "mx.d.example", NOW, "unknown authority"),
        ([b"junk"], "mx.d.example", NOW, "unreadable"),
        ([], "mx.d.example", NOW, "unreadable"),
    ],
)
def test_proof(authorities, chain, host, now, proof):
    seen = authorities.judge(chain, host, now)
    assert seen.proof == proof
    assert ("not verified" in words.phrase(seen.words)) == (proof != "verified")
    assert seen.as_json()["proof"] == proof


def test_the_system_roots_can_be_read():
    assert SYSTEM.judge([HOST], "mx.d.example", NOW).proof == "unknown authority"


@example(12, 1)
@given(st.integers(0, len(HOST) - 1), st.integers(0, 255))
def test_any_octets_give_an_answer(place, value):
    broken = HOST[:place] + bytes([value]) + HOST[place + 1 :]
    assert SYSTEM.judge([broken], "mx.d.example", NOW).proof
