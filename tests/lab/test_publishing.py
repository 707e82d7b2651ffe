"""lab/publishing.py: what a server's keys become in the lab's DNS."""

import asyncio

from pillarbox import config, foundation
from pillarbox.delivery.signing import make_keys, public_records
from pillarbox.dns.authority import Authority
from pillarbox.dns.client import AuthorityClient
from pillarbox.dns.resolver import RType, Txt
from pillarbox.lab import publishing
from pillarbox.lab.hosts import DOMAINS, Network
from pillarbox.lab.prepare import prepare
from pillarbox.mailauth.publish import txt_strings
from tests.fakes import FakeClock


async def test_a_new_key_is_published(tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "EVERY_SECONDS", 0.0)
    clock, network = FakeClock(), Network(97)
    prepared = await prepare(tmp_path / "lab", network, clock)
    name = DOMAINS[0].name
    settings = config.load(prepared.settings[name])
    sealer = foundation.sealer(settings)
    stores = {}
    for domain, path in prepared.settings.items():
        stores[domain] = foundation.open_database(config.load(path), clock)
        await stores[domain].open()
    authority = Authority(prepared.zones, clock)
    port = await authority.start("127.0.0.1", 0)
    work = asyncio.create_task(publishing.keep_published(prepared, stores, network, authority))
    try:
        asker = AuthorityClient(clock, port=port)
        (made,) = await stores[name].write(
            make_keys, name, sealer, clock.now(), algorithms=("ed25519",), state="made"
        )
        async with asyncio.timeout(10):
            while True:
                answer = await asker.ask(
                    "127.0.0.1", f"{made.selector}._domainkey.{name}", RType.TXT
                )
                if answer.records:
                    break
        assert answer.values == (Txt(txt_strings(made.record)),)
        published = {record.name for record in prepared.records[name]}
        for selector, _ in await stores[name].read(public_records, name, sealer):
            assert f"{selector}._domainkey.{name}" in published
    finally:
        work.cancel()
        await authority.stop()
        for db in stores.values():
            await db.close()
