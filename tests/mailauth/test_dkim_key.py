import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.dkim_key import CACHED_RECORDS, Key, read_key
from tests.mailauth.dkim_lab import ed25519_key, rsa_key

RSA = rsa_key().public_record().rpartition("p=")[2]
ED = ed25519_key().public_record().rpartition("p=")[2]


def rsa_of(bits, exponent=65537, low=1):
    public = RSAPublicNumbers(exponent, (1 << (bits - 1)) | low).public_key()
    octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


def bare_rsa():
    public = rsa_key()._private.public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.PKCS1)).decode()


def elliptic():
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


CASES = [
    ("full", f"v=DKIM1; k=rsa; p={RSA}", None),
    ("short", f"p={RSA}", None),
    ("bare RSAPublicKey", f"v=DKIM1; p={bare_rsa()}", None),
    ("ed25519", f"v=DKIM1; k=ed25519; p={ED}", None),
    ("white space in p", f"p={RSA[:50]} {RSA[50:]}\t", None),
    ("no padding", f"p={RSA.rstrip('=')}", None),
    ("g is ignored", f"v=DKIM1; g=; p={RSA}", None),
    ("notes", f"v=DKIM1; n=hello there; p={RSA}", None),
    ("unknown tag", f"v=DKIM1; zz=1; p={RSA}", None),
    ("h allows", f"h=sha1 : sha256; p={RSA}", None),
    ("h forbids", f"h=sha1; p={RSA}", Reason.KEY_HASH),
    ("h empty", f"h=; p={RSA}", Reason.KEY_HASH),
    ("s email", f"s=email; p={RSA}", None),
    ("s any", f"s=tlsrpt:*; p={RSA}", None),
    ("s other", f"s=tlsrpt; p={RSA}", Reason.KEY_SERVICE),
    ("flags", f"t=y:s:zz; p={RSA}", None),
    ("revoked", "v=DKIM1; p=", Reason.KEY_REVOKED),
    ("revoked, spaces", "v=DKIM1; p= ", Reason.KEY_REVOKED),
    ("no p", "v=DKIM1; k=rsa", Reason.KEY_SYNTAX),
    ("other version", f"v=DKIM2; p={RSA}", Reason.KEY_VERSION),
    ("version in lower case", f"v=dkim1; p={RSA}", Reason.KEY_VERSION),
    ("version not first", f"p={RSA}; v=DKIM1", Reason.KEY_SYNTAX),
    ("spf", "v=spf1 include:example.org -all", Reason.KEY_VERSION),
    ("duplicate", f"v=DKIM1; p={RSA}; p={RSA}", Reason.KEY_SYNTAX),
    ("quoted", f'"v=DKIM1; p={RSA}"', Reason.KEY_SYNTAX),
    ("quote within", f'v=DKIM1; p={RSA[:60]}" "{RSA[60:]}', Reason.KEY_SYNTAX),
    ("backslash", f"v=DKIM1\\; k=rsa\\; p={RSA}", Reason.KEY_VERSION),
    ("empty", "", Reason.KEY_SYNTAX),
    ("text", "hello", Reason.KEY_SYNTAX),
    ("not base64", "p=***", Reason.KEY_SYNTAX),
    ("truncated", f"p={RSA[:100]}", Reason.KEY_SYNTAX),
    ("not a key", "p=AAAA", Reason.KEY_SYNTAX),
    ("elliptic curve", f"p={elliptic()}", Reason.KEY_TYPE),
    ("unknown k", f"k=dsa; p={RSA}", Reason.KEY_TYPE),
    ("RSA called ed25519", f"k=ed25519; p={RSA}", Reason.KEY_SYNTAX),
    ("ed25519 called RSA", f"p={ED}", Reason.KEY_SYNTAX),
    ("512 bits", f"p={rsa_of(512)}", Reason.KEY_TOO_SHORT),
    ("1023 bits", f"p={rsa_of(1023)}", Reason.KEY_TOO_SHORT),
    ("16384 bits", f"p={rsa_of(16384)}", Reason.KEY_TOO_LONG),
    ("even modulus", f"p={rsa_of(1024, low=0)}", Reason.KEY_SYNTAX),
    ("huge exponent", f"p={rsa_of(1024, exponent=(1 << 100) + 1)}", Reason.KEY_SYNTAX),
    ("too long", "p=" + "A" * 17000, Reason.KEY_SYNTAX),
]


IDS = [case[0] for case in CASES]


@pytest.mark.parametrize(("text", "reason"), [case[1:] for case in CASES], ids=IDS)
def test_records(text, reason):
    key = read_key(text.encode())
    assert key.reason is reason, key.detail
    assert (key.public is None) == (reason is not None)


def test_flags_and_sizes():
    assert read_key(f"t=y:s; p={RSA}".encode()).testing
    assert read_key(f"t=y : s; p={RSA}".encode()).strict
    assert not read_key(f"p={RSA}".encode()).strict
    assert read_key(f"p={RSA}".encode()).bits == 1024
    assert read_key(f"k=ed25519;p={ED}".encode()).bits == 256
    assert read_key(f"p={rsa_of(512)}".encode()).bits == 512


def test_keys_verify():
    for signer in (rsa_key(), ed25519_key()):
        key = read_key(signer.public_record().encode())
        mark = signer.sign(b"data")
        assert key.verifies(mark, b"data")
        assert not key.verifies(mark, b"Data")
        assert not key.verifies(mark[:-1], b"data")
        assert not key.verifies(b"", b"data")
    assert not Key(b"").verifies(b"x", b"y")


def test_records_are_cached_within_bounds():
    assert read_key(f"p={RSA}".encode()) is read_key(f"p={RSA}".encode())
    assert read_key.cache_parameters()["maxsize"] == CACHED_RECORDS


@given(
    st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["v", "k", "p", "h", "s", "t", "n", "g"]),
        st.sampled_from([RSA, ED, "rsa", "DKIM1", "ed25519", "", "sha256", "*"])
        | st.text(max_size=9),
    ).map(lambda tags: ";".join(f"{key}={value}" for key, value in tags.items()).encode())
    | st.binary(max_size=90).map(lambda der: b"p=" + base64.b64encode(der))
    | st.tuples(st.integers(0, 160), st.integers(0, 255)).map(
        lambda at: (
            b"p="
            + base64.b64encode(
                base64.b64decode(RSA)[: at[0]] + bytes([at[1]]) + base64.b64decode(RSA)[at[0] + 1 :]
            )
        )
    )
)
def test_any_octets_give_a_key(text):
    key = read_key(text)
    assert (key.public is None) == (key.reason is not None)
    assert not key.verifies(b"\x01" * 128, b"data")
