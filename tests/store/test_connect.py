"""store/connect.py: from settings to a database."""

import pytest

from pillarbox.store.connect import connect

from .test_record import Keys


async def test_no_url_is_sqlite(tmp_path, clock):
    db = connect(tmp_path / "deep" / "store", "", clock)
    await db.open()
    assert await db.read(lambda tx: tx.dialect) == "sqlite"
    assert (tmp_path / "deep" / "store" / "index.db").exists()
    await db.close()


@pytest.mark.postgres
async def test_a_url_is_postgres(tmp_path, clock, postgres_url):
    db = connect(tmp_path / "store", postgres_url, clock)
    await db.open()
    assert await db.read(lambda tx: tx.dialect) == "postgres"
    await db.close()


async def test_with_keys_octets_are_sealed(tmp_path, clock):
    db = connect(tmp_path, "", clock, keyring=Keys())
    await db.open()
    [ref] = await db.write(lambda tx: tx.blobs, blobs=(b"a secret",))
    assert await db.blob(ref) == b"a secret"
    await db.close()
    [pack] = (tmp_path / "packs").glob("*.pack")
    assert b"a secret" not in pack.read_bytes()
