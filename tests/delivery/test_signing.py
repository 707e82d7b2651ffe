"""delivery/signing.py: keys under the master key, signatures of both algorithms."""

import pytest

from pillarbox.base.errors import Corrupt, Invalid
from pillarbox.delivery.key_life import KeyPolicy
from pillarbox.delivery.signing import Sealer, Signer, make_keys, open_key, public_records
from pillarbox.mailauth import dkim
from pillarbox.mailauth.dkim import DkimResult
from pillarbox.mailauth.publish import quote_txt
from pillarbox.store import dkim_keys, domains
from pillarbox.store.connect import connect
from tests.fakes import FakeClock, FakeResolver

SEALER = Sealer(b"k" * 32)
MESSAGE = (
    b"From: anna@example.org\r\nTo: b@peer.example\r\nSubject: News\r\n"
    b"List-Unsubscribe: <https://example.org/u/1>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHello.\r\n"
)


@pytest.fixture
async def db(tmp_path):
    clock = FakeClock()
    opened = connect(tmp_path, "", clock)
    await opened.open()

    def fill(tx):
        domains.add(tx, "example.org")
        make_keys(tx, "example.org", SEALER, clock.now())

    await opened.write(fill)
    yield opened
    await opened.close()


async def test_both_signatures_verify_with_the_records(db):
    clock = FakeClock()
    fields, steps = await Signer(db, SEALER, clock).sign(MESSAGE, "news.example.org")
    assert [s.params["algorithm"] for s in steps] == ["rsa-sha256", "ed25519-sha256"]
    records = await db.read(public_records, "example.org", SEALER)
    zone = "".join(f"{s}._domainkey.example.org. TXT {quote_txt(t)}\n" for s, t in records)
    found = await dkim.verify(fields + MESSAGE, FakeResolver(zone), clock.now())
    assert [one.result for one in found] == [DkimResult.PASS] * 2
    # RFC 8058 §4: both fields are signed; nobody can add a second From.
    for field in fields.split(b"DKIM-Signature:")[1:]:
        names = field.replace(b"\r\n\t", b"").lower().split(b"h=")[1].split(b";")[0].split(b":")
        assert names.count(b"from") == 2
        assert {b"list-unsubscribe", b"list-unsubscribe-post", b"reply-to"} <= set(names)


async def test_one_algorithm_by_setting(db):
    signer = Signer(db, SEALER, FakeClock(), KeyPolicy(algorithms=("ed25519",)))
    _, steps = await signer.sign(MESSAGE, "example.org")
    assert [s.params["algorithm"] for s in steps] == ["ed25519-sha256"]


async def test_nothing_signs_for_other_domains(db):
    assert await Signer(db, SEALER, FakeClock()).sign(MESSAGE, "other.example") == (b"", [])


async def test_a_copy_of_the_database_signs_nothing(db):
    (key, _) = await db.read(dkim_keys.list_, "example.org")
    assert b"PRIVATE" not in key.private_key
    with pytest.raises(Corrupt):
        open_key("example.org", key, Sealer(b"x" * 32))
    with pytest.raises(Corrupt):  # a key moved to another domain does not open
        open_key("other.example", key, SEALER)
    broken = dkim_keys.DkimKey("s", "rsa", b"-----BEGIN nonsense", "signing", key.created_at)
    with pytest.raises(Invalid):
        open_key("example.org", broken, SEALER)
