"""sasl/binding.py."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given

from pillarbox.sasl.binding import tls_server_end_point
from tests.smtp.strategies import octets

EC_KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.example")])
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def certificate(key, algorithm) -> bytes:
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(DAY).not_valid_after(DAY + dt.timedelta(days=1))
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384()])
def test_the_hash_of_the_signature_is_used(algorithm):
    der = certificate(EC_KEY, algorithm)
    assert tls_server_end_point(der) == hashlib.new(algorithm.name, der).digest()


def test_no_binding_without_a_hash():
    assert tls_server_end_point(certificate(ed25519.Ed25519PrivateKey.generate(), None)) is None


@given(octets(max_size=40))
def test_no_certificate_no_binding(der):
    assert tls_server_end_point(der) is None
