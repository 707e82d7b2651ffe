"""delivery/srs_secrets.py: return addresses outlive the secret they were written with."""

from datetime import timedelta

import pytest

from pillarbox.delivery import srs_secrets
from pillarbox.mailauth.srs import SrsProblem
from pillarbox.store.connect import connect
from tests.fakes import FakeClock


@pytest.fixture
async def clock():
    return FakeClock()


@pytest.fixture
async def db(tmp_path, clock):
    made = connect(tmp_path, "", clock)
    await made.open()
    yield made
    await made.close()


async def test_rotation(db, clock):
    before = await db.write(srs_secrets.load, 21)
    assert before == await db.write(srs_secrets.load, 21)
    address = before.forward("carl@a.example", "example.org", clock.now())
    assert await db.write(srs_secrets.rotate, 21) == 1
    after = await db.write(srs_secrets.load, 21)
    assert after.secret != before.secret
    assert after.older == (before.secret,)
    assert after.reverse(address, clock.now()) == "carl@a.example"
    assert after.forward("carl@a.example", "example.org", clock.now()) != address
    assert after.reverse(address, clock.now() + timedelta(days=22)) is SrsProblem.EXPIRED


async def test_an_old_secret_is_forgotten_when_nothing_can_need_it(db, clock):
    first = await db.write(srs_secrets.load, 21)
    await db.write(srs_secrets.rotate, 21)
    clock.advance(29 * 86400)
    assert (await db.write(srs_secrets.load, 21)).older == ()
    address = first.forward("carl@a.example", "example.org", clock.now())
    now = await db.write(srs_secrets.load, 21)
    assert now.reverse(address, clock.now()) is SrsProblem.FORGED
    assert await db.write(srs_secrets.rotate, 21) == 1


async def test_many_rotations_keep_a_limited_number(db):
    for _ in range(srs_secrets.MAX_OLDER + 5):
        await db.write(srs_secrets.rotate, 21)
    assert len((await db.write(srs_secrets.load, 21)).older) == srs_secrets.MAX_OLDER
