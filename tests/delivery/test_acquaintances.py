"""delivery/acquaintances.py: what is known, from settings and store."""

import pytest

from pillarbox.base.errors import AlreadyExists, NotFound, TooMany
from pillarbox.delivery import acquaintances, known
from pillarbox.delivery.acquaintances import KEEP_SECONDS, MAX_KNOWN, Acquaintances
from pillarbox.store.connect import connect
from tests.fakes import FakeClock


@pytest.fixture
async def db(tmp_path):
    made = connect(tmp_path, "", FakeClock())
    await made.open()
    yield made
    await made.close()


async def test_add_list_remove(db):
    now = FakeClock().now()
    entry = known.make("sealer", "lists.example")
    added = await db.write(acquaintances.add, entry, now)
    assert added.since == now.timestamp()
    with pytest.raises(AlreadyExists):
        await db.write(acquaintances.add, entry, now)
    mine = known.make("sealer", "lists.example", account="Anna@example.org")
    await db.write(acquaintances.add, mine, now)
    assert [e.account for e in await db.read(acquaintances.list_)] == ["", "anna@example.org"]
    await db.write(acquaintances.remove, "sealer", "lists.example")
    with pytest.raises(NotFound):
        await db.write(acquaintances.remove, "sealer", "lists.example")
    assert [e.account for e in await db.read(acquaintances.list_)] == ["anna@example.org"]


async def test_there_is_a_limit(db):
    entries = [known.make("sealer", f"l{n}.example") for n in range(MAX_KNOWN)]
    await db.write(acquaintances._save, entries)
    with pytest.raises(TooMany):
        await db.write(acquaintances.add, known.make("sealer", "x.example"), FakeClock().now())


async def test_a_running_server_takes_notice_within_a_minute(db):
    clock = FakeClock()
    configured = known.make("network", "192.0.2.0/24")
    friends = Acquaintances(db, clock, [configured])
    assert await friends.find([]) == (configured,)
    entry = known.make("sealer", "lists.example")
    await db.write(acquaintances.add, entry, clock.now())
    assert len(await friends.find([])) == 1
    clock.advance(KEEP_SECONDS)
    assert [e.value for e in await friends.find([])] == ["192.0.2.0/24", "lists.example"]


async def test_entries_of_one_account(db):
    mine = known.make("sealer", "lists.example", account="anna@example.org")
    friends = Acquaintances(db, FakeClock(), [mine])
    assert await friends.find(["Anna@example.org"]) == (mine,)
    assert await friends.find(["anna@example.org", "bert@example.org"]) == ()
    assert await friends.find([]) == ()
