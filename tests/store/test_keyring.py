import pytest

from pillarbox.base.errors import Corrupt, NotFound
from pillarbox.store.keyring import CURRENT, MasterKeyring
from pillarbox.store.packs import Packs

MASTER = bytes(range(32))


def test_keys_are_derived_and_differ():
    one, other = (MasterKeyring(m, sealing=True).get(CURRENT) for m in (MASTER, MASTER[::-1]))
    assert len(one) == 32
    assert one not in {other, MASTER}
    assert MasterKeyring(MASTER, sealing=True).get(CURRENT) == one


def test_a_key_that_was_never_used():
    with pytest.raises(NotFound, match="key 7"):
        MasterKeyring(MASTER, sealing=True).get(7)


def test_without_sealing_new_blobs_are_plain_and_sealed_ones_open(tmp_path):
    sealed = Packs(tmp_path, keyring=MasterKeyring(MASTER, sealing=True))
    [old] = sealed.put([b"an old secret"])
    sealed.close()
    plain = Packs(tmp_path, keyring=MasterKeyring(MASTER, sealing=False))
    [new] = plain.put([b"a new letter"])
    assert (plain.get(old), plain.get(new)) == (b"an old secret", b"a new letter")
    plain.close()
    octets = b"".join(path.read_bytes() for path in tmp_path.glob("*.pack"))
    assert b"an old secret" not in octets
    assert b"a new letter" in octets


def test_another_master_key_opens_nothing(tmp_path):
    sealed = Packs(tmp_path, keyring=MasterKeyring(MASTER, sealing=True))
    [ref] = sealed.put([b"a secret"])
    sealed.close()
    other = Packs(tmp_path, keyring=MasterKeyring(MASTER[::-1], sealing=True))
    with pytest.raises(Corrupt):
        other.get(ref)
    other.close()
