"""What every command builds from the settings: the master key above all."""

import os

import pytest

from pillarbox import foundation
from pillarbox.base.clock import SystemClock
from pillarbox.config import Settings
from pillarbox.foundation import CannotStart, master_key, open_database


@pytest.fixture
def settings(tmp_path):
    return Settings(hostname="mx.example.org", listener=(), state=str(tmp_path), sealed=True)


def test_the_key_is_made_once_and_for_its_owner_alone(settings):
    made = master_key(settings)
    assert master_key(settings) == made
    assert settings.path("master.key").stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_wrong_size_is_named(settings):
    settings.path("master.key").write_bytes(b"short")
    with pytest.raises(CannotStart, match=r"master\.key: has 5 octets, a master key has 32"):
        master_key(settings)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_of_somebody_else_is_named(settings):
    master_key(settings)
    settings.path("master.key").chmod(0)
    with pytest.raises(CannotStart, match="must belong to the user that runs the server"):
        master_key(settings)


async def test_messages_are_sealed_and_a_lost_key_is_not_replaced(settings):
    db = open_database(settings, SystemClock())
    await db.open()
    [ref] = await db.write(lambda tx: tx.blobs, blobs=(b"a secret",))
    assert await db.blob(ref) == b"a secret"
    await db.close()
    octets = b"".join(path.read_bytes() for path in settings.path("packs").glob("*.pack"))
    assert b"a secret" not in octets
    settings.path("master.key").unlink()
    with pytest.raises(CannotStart, match="is missing, and what is stored here needs it"):
        open_database(settings, SystemClock())
    with pytest.raises(CannotStart):
        foundation.sealer(settings)
