import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pillarbox.mailauth.publish import quote_txt
from tests.doctor.zone import find, zone

ED = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
RSA = generate_private_key(65537, 1024).public_key().public_bytes(
    Encoding.DER, PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip
SHORT = base64.b64encode(RSA).decode()
GOOD = f"v=DKIM1; k=ed25519; {ED}"

# record, id, part of the text, what to publish
CASES = [
    (GOOD, "dkim.ok", "Ed25519, 256 bits", ""),
    (f"v=DKIM1; k=ed25519; t=y; {ED}", "dkim.testing", "only a test", GOOD),
    (f"v=DKIM1; k=ed25519; t=y:s; {ED}", "dkim.testing", "only a test",
     f"v=DKIM1; k=ed25519; t=s; {ED}"),
    ("v=DKIM1; k=ed25519; p=", "dkim.revoked", "p= is empty", ""),
    (f"v=DKIM1; k=rsa; p={SHORT}", "dkim.weak-key", "1024 bits", ""),
    (f"v=DKIM1; h=sha1; k=ed25519; {ED}", "dkim.unusable", "sha256", ""),
    (f"v=DKIM1; s=tlsrpt; k=ed25519; {ED}", "dkim.unusable", "email", ""),
    (f"v=DKIM1; k=dsa; {ED}", "dkim.unusable", "k=", ""),
    (f'"v=DKIM1; k=ed25519; {ED}"', "dkim.syntax", "cannot be read", GOOD),
    (f"k=ed25519; {ED}; v=DKIM1", "dkim.syntax", "v= is not the first tag", GOOD),
    ("hello", "dkim.syntax", "cannot be read", ""),
]  # fmt: skip


@pytest.mark.parametrize(("record", "id_", "says", "publish"), CASES)
def test_each_fault(record, id_, says, publish):
    line = f"s._domainkey.example.org. IN TXT {quote_txt(record)}"
    (found,) = find(zone(line, without=("_domainkey",)), id_)
    assert says in found.text
    assert found.publish == publish


def test_a_key_that_is_not_there():
    (found,) = find(zone(), "dkim.missing", selectors=("old",))
    assert found.record == "old._domainkey.example.org TXT"


def test_two_keys_at_one_name():
    line = f's._domainkey.example.org. IN TXT "v=DKIM1; k=rsa; p={SHORT}"'
    assert find(zone(line), "dkim.several")[0].text.startswith("There are 2 records")


def test_without_a_selector():
    assert find(zone(), "dkim.no-selector", selectors=())
    assert find(zone(without=("_domainkey",)), "dkim.none", selectors=())
