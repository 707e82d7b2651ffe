from datetime import timedelta
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid, TooLarge
from pillarbox.mailauth.dkim_sign import OVERSIGNED, SigningKey, sign
from tests.mailauth.dkim_lab import (
    MESSAGE,
    NOW,
    check,
    check_one,
    ed25519_key,
    published,
    rsa_key,
    signed,
)

WHERE: dict[str, Any] = {"domain": "example.org", "selector": "s", "now": NOW}


def test_the_field():
    field = sign(MESSAGE, rsa_key(), **WHERE)
    assert field.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;")
    assert field.endswith(b"\r\n")
    lines = field[:-2].split(b"\r\n")
    assert max(map(len, lines)) < 78
    assert all(line.startswith(b"\t") for line in lines[1:])


def test_what_is_signed():
    outcome = check_one(signed())
    assert outcome.headers[:4] == ("from", "from", "to", "to")
    assert "received" not in outcome.headers
    assert set(outcome.oversigned) == {name.lower() for name in OVERSIGNED}
    assert outcome.signed_at == NOW.timestamp()
    assert not outcome.repeated


def test_fields_that_occur_often_are_all_signed():
    message = b"To: x@example.org\r\n" + MESSAGE
    outcome = check_one(signed(message, oversign=()))
    assert outcome.headers.count("to") == 2
    assert outcome.passed


def test_both_algorithms():
    message = signed(signed(), ed25519_key(), selector="e")
    keys = published()
    keys.records["e._domainkey.example.org"] = ed25519_key().public_record()
    assert [outcome.algorithm for outcome in check(message, keys)] == [
        "ed25519-sha256",
        "rsa-sha256",
    ]
    assert all(outcome.passed for outcome in check(message, keys))


def test_options():
    message = signed(
        expires=NOW + timedelta(days=3),
        identity="ann;=ü@mail.example.org",
        headers=["From", "Subject"],
        oversign=["Subject"],
        canonicalisation="relaxed",
    )
    outcome = check_one(message)
    assert outcome.passed
    assert outcome.headers == ("from", "subject", "subject")
    assert outcome.identity == "ann;=ü@mail.example.org"
    assert outcome.expires_at == (NOW + timedelta(days=3)).timestamp()
    assert outcome.canonicalisation == "relaxed/simple"


def test_domains_become_a_labels():
    field = sign(MESSAGE, rsa_key(), domain="BÜCHER.example", selector="S1", now=NOW)
    assert b"d=xn--bcher-kva.example; s=s1;" in b" ".join(field.split())


REFUSED = [
    ("no From", {}, b"To: x\r\n\r\n"),
    ("From not chosen", {"headers": ["To"]}, MESSAGE),
    ("domain", {"domain": "org"}, MESSAGE),
    ("domain with a tag", {"domain": "example.org; l=0"}, MESSAGE),
    ("selector", {"selector": "a b"}, MESSAGE),
    ("selector empty", {"selector": ""}, MESSAGE),
    ("identity elsewhere", {"identity": "@example.com"}, MESSAGE),
    ("identity without domain", {"identity": "ann"}, MESSAGE),
    ("canonicalisation", {"canonicalisation": "nowsp"}, MESSAGE),
    ("canonicalisation of the body", {"canonicalisation": "simple/none"}, MESSAGE),
    ("expired", {"expires": NOW}, MESSAGE),
    ("bad name", {"headers": ["From", "a;b"], "oversign": ["a;b"]}, MESSAGE),
    ("too many", {"headers": ["From", "X"]}, b"X:\r\n" * 1001 + MESSAGE),
]


@pytest.mark.parametrize(("options", "message"), [case[1:] for case in REFUSED])
def test_refusals(options, message):
    with pytest.raises(Invalid):
        sign(message, rsa_key(), **(WHERE | options))


def test_a_huge_header_section_is_not_signed():
    with pytest.raises(TooLarge):
        sign(b"X: y\r\n" * 200_000 + MESSAGE, rsa_key(), **WHERE)


def test_keys_go_to_pem_and_back():
    for key in (rsa_key(), ed25519_key()):
        again = SigningKey.load(key.pem())
        assert (again.algorithm, again.bits) == (key.algorithm, key.bits)
        assert again.public_record() == key.public_record()
        assert "PRIVATE" not in repr(key)
        assert key.pem().decode()[:20] not in repr(key)


def test_other_keys_are_refused():
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for octets in (pem, b"", b"hello", rsa_key().pem()[:100]):
        with pytest.raises(Invalid):
            SigningKey.load(octets)
    with pytest.raises(Invalid):
        SigningKey.load(rsa_key().pem(), b"password")
    with pytest.raises(Invalid):
        SigningKey.generate("rsa1024")


def test_new_keys():
    key = SigningKey.generate()
    assert (key.algorithm, key.bits) == ("rsa-sha256", 2048)
    assert key.public_record().startswith("v=DKIM1; k=rsa; p=MII")
    assert SigningKey.generate("ed25519").public_record().startswith("v=DKIM1; k=ed25519; p=")


@given(st.binary(max_size=200))
def test_any_octets_are_a_key_or_invalid(pem):
    with pytest.raises(Invalid):
        SigningKey.load(b"-----BEGIN PRIVATE KEY-----\n" + pem)


@pytest.mark.filterwarnings("ignore::BytesWarning")  # of dkimpy
@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["From", "to", "X-Y", "Subject"]), st.text("ab c:\t", max_size=9)
        ),
        max_size=6,
    ),
    st.text("ab \t\n", max_size=30),
    st.sampled_from(["simple/simple", "relaxed/relaxed", "relaxed/simple"]),
)
def test_what_is_signed_passes_here_and_with_dkimpy(fields, body, form):
    header = "".join(f"{name}: {value}\r\n" for name, value in [("From", "a@b.c"), *fields])
    message = (header + "\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()
    for key in (rsa_key(), ed25519_key()):
        whole = signed(message, key, canonicalisation=form)
        assert check_one(whole, published(key)).passed
    record = rsa_key().public_record().encode()
    whole = signed(message, canonicalisation=form)
    assert dkim.verify(whole, dnsfunc=lambda *_args, **_options: record)
