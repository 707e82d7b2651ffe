"""tlspolicy/dane.py: which records count, and which certificates fit them."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.dns.resolver import Tlsa
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.tlspolicy import dane

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=500)
HOST = "mx.d.example"


def der(pem):
    return ssl.PEM_cert_to_DER_cert(pem.decode())


def key(octets):
    public = x509.load_der_x509_certificate(octets).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


CA = make_authority("Test", NOW)
ROOT = der(CA.certificate)
OWN = der(issue([HOST], NOW, CA).certificate)
WILD = der(issue(["*.d.example"], NOW, CA).certificate)
DOMAIN = der(issue(["d.example"], NOW, CA).certificate)
SELF = der(issue(["anything.example"], NOW).certificate)
FOREIGN = der(issue([HOST], NOW, make_authority("Other", NOW)).certificate)


def nameless():
    """A certificate with a common name alone."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    authority = x509.load_pem_x509_certificate(CA.certificate)
    signer = load_pem_private_key(CA.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(authority.subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=90))
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)


def sha256(octets):
    return hashlib.sha256(octets).digest()


def sha512(octets):
    return hashlib.sha512(octets).digest()


def records(*found, names=(HOST, "d.example")):
    return dane.sort(f"_25._tcp.{HOST}", found, names)


# records, chain, time, whether one fits (or the clause why not)
FITS = [
    ("3 1 1", [Tlsa(3, 1, 1, sha256(key(OWN)))], [OWN], NOW, ""),
    ("3 0 1", [Tlsa(3, 0, 1, sha256(OWN))], [OWN], NOW, ""),
    ("3 1 2", [Tlsa(3, 1, 2, sha512(key(OWN)))], [OWN], NOW, ""),
    ("3 0 0", [Tlsa(3, 0, 0, OWN)], [OWN], NOW, ""),
    ("3 1 0", [Tlsa(3, 1, 0, key(OWN))], [OWN], NOW, ""),
    ("3 asks for no name", [Tlsa(3, 1, 1, sha256(key(SELF)))], [SELF], NOW, ""),
    ("3 asks for no date", [Tlsa(3, 1, 1, sha256(key(OWN)))], [OWN], LATER, ""),
    ("3 is of the host alone", [Tlsa(3, 1, 1, sha256(key(ROOT)))], [OWN, ROOT], NOW, "none of"),
    ("one of two", [Tlsa(3, 1, 1, bytes(32)), Tlsa(3, 1, 1, sha256(key(OWN)))], [OWN], NOW, ""),
    ("another key", [Tlsa(3, 1, 1, sha256(key(SELF)))], [OWN], NOW, "none of"),
    ("2 1 1", [Tlsa(2, 1, 1, sha256(key(ROOT)))], [OWN, ROOT], NOW, ""),
    ("2 0 1", [Tlsa(2, 0, 1, sha256(ROOT))], [OWN, ROOT], NOW, ""),
    ("2 0 0 brings the authority", [Tlsa(2, 0, 0, ROOT)], [OWN], NOW, ""),
    ("2 needs the authority", [Tlsa(2, 0, 1, sha256(ROOT))], [OWN], NOW, "none of"),
    ("2 with a star", [Tlsa(2, 0, 1, sha256(ROOT))], [WILD, ROOT], NOW, ""),
    ("2 for the domain", [Tlsa(2, 0, 1, sha256(ROOT))], [DOMAIN, ROOT], NOW, ""),
    ("2 with a common name", [Tlsa(2, 0, 1, sha256(ROOT))], [nameless(), ROOT], NOW, ""),
    ("2 asks for the date", [Tlsa(2, 0, 1, sha256(ROOT))], [OWN, ROOT], LATER, "does not prove"),
    ("2 asks for the signature", [Tlsa(2, 0, 1, sha256(ROOT))], [FOREIGN, ROOT], NOW, "not prove"),
    ("2 is not of the host", [Tlsa(2, 1, 1, sha256(key(SELF)))], [SELF], NOW, "none of"),
    ("no chain", [Tlsa(3, 1, 1, sha256(key(OWN)))], [], NOW, "no certificate"),
    ("junk", [Tlsa(3, 1, 1, sha256(key(OWN)))], [b"junk"], NOW, "none of"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "chain", "now", "problem"), [f[1:] for f in FITS], ids=[f[0] for f in FITS]
)
def test_fits(found, chain, now, problem):
    match = dane.match(records(*found), chain, now)
    assert (match.record is not None) is (not problem)
    assert problem in match.problem


def test_an_authority_proves_only_its_names():
    found = records(Tlsa(2, 0, 1, sha256(ROOT)), names=("other.example",))
    match = dane.match(found, [OWN, ROOT], NOW)
    assert match.record is None
    assert match.problem == f"its certificate is for {HOST}"


UNUSABLE = [
    (Tlsa(0, 1, 1, bytes(32)), "usage 0"),
    (Tlsa(1, 1, 1, bytes(32)), "usage 1"),
    (Tlsa(255, 1, 1, bytes(32)), "usage 255"),
    (Tlsa(3, 2, 1, bytes(32)), "selector 2"),
    (Tlsa(3, 1, 3, bytes(32)), "matching type 3"),
    (Tlsa(3, 1, 1, bytes(31)), "a digest has 32 octets"),
    (Tlsa(3, 1, 2, bytes(32)), "a digest has 64 octets"),
    (Tlsa(3, 0, 0, b""), "neither a certificate nor a key"),
    (Tlsa(3, 1, 0, b"junk"), "neither a certificate nor a key"),
]


@pytest.mark.parametrize(("record", "reason"), UNUSABLE)
def test_records_that_do_not_count(record, reason):
    found = records(record)
    assert found.usable == ()
    assert [why for _, why in found.unusable if reason in why]


def test_only_the_strongest_digest_counts():
    weak, strong = Tlsa(3, 1, 1, sha256(key(OWN))), Tlsa(3, 1, 2, bytes(64))
    other = Tlsa(3, 0, 1, bytes(32))
    full = Tlsa(3, 1, 0, key(SELF))
    found = records(weak, strong, other, full)
    assert found.usable == (strong, other, full)
    assert dane.match(found, [OWN], NOW).record is None
    assert dane.match(found, [SELF], NOW).record == full


def test_too_many_records():
    found = records(*[Tlsa(3, 1, 1, bytes(32))] * (dane.MAX_RECORDS + 1))
    assert len(found.usable) == dane.MAX_RECORDS


@given(
    st.integers(0, 4), st.integers(0, 2), st.integers(0, 3), st.binary(max_size=70),
    st.lists(st.binary(max_size=60), max_size=3),
)  # fmt: skip
def test_any_octets_give_an_answer(usage, selector, matching, data, chain):
    match = dane.match(records(Tlsa(usage, selector, matching, data)), chain, NOW)
    assert bool(match.problem) is (match.record is None)


@given(st.integers(0, len(OWN) - 1), st.integers(0, 255))
def test_a_damaged_certificate_does_not_fit(place, value):
    broken = OWN[:place] + bytes([value]) + OWN[place + 1 :]
    match = dane.match(records(Tlsa(3, 0, 1, sha256(OWN)), Tlsa(2, 0, 0, ROOT)), [broken], NOW)
    assert match.record is None or broken == OWN
