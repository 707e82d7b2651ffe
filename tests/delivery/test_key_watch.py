"""delivery/key_watch.py: a whole rotation, as the name servers and the clock see it."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from pillarbox.base.errors import AlreadyExists, NotFound
from pillarbox.delivery.key_life import KeyPolicy
from pillarbox.delivery.key_watch import Eyes, KeyWatch, record_name, rotate
from pillarbox.delivery.signing import Sealer, Signer, make_keys, open_key
from pillarbox.dns.authority import Authority
from pillarbox.dns.client import AuthorityClient, Client, Server
from pillarbox.dns.everywhere import ZoneAsker
from pillarbox.dns.zone import Zones
from pillarbox.mailauth.publish import quote_txt
from pillarbox.store import dkim_keys, domains, leases, verify
from pillarbox.store.connect import connect
from tests.fakes import FakeClock, FakeResolver

DOMAIN = "example.org"
SEALER = Sealer(b"k" * 32)
SERVERS = ("192.0.2.1", "192.0.2.2")
DELEGATION = "".join(
    f"example.org. NS ns{n}.example.org.\nns{n}.example.org. A {ip}\n"
    for n, ip in enumerate(SERVERS, 1)
)
MESSAGE = b"From: anna@example.org\r\nTo: b@peer.example\r\nSubject: Hi\r\n\r\nHello.\r\n"


class World:
    """An installation with one domain whose two name servers show what `publish` says."""

    def __init__(self, db, clock, policy):
        self.db, self.clock, self.policy = db, clock, policy
        self.asker = ZoneAsker({}, clock)
        self.eyes = Eyes(FakeResolver(DELEGATION, clock), self.asker)
        self.signer = Signer(db, SEALER, clock, policy)
        self.watch = self.another()

    def another(self):
        return KeyWatch(self.db, self.eyes, SEALER, self.clock, self.policy, seconds=600.0)

    async def keys(self):
        return await self.db.read(dkim_keys.list_, DOMAIN)

    async def states(self):
        return {key.selector: key.state for key in await self.keys()}

    async def publish(self, *selectors, servers=SERVERS):
        records = {key.selector: key.record for key in await self.keys()}
        text = "".join(
            f"{record_name(DOMAIN, s)}. 300 TXT {quote_txt(records[s])}\n" for s in selectors
        )
        for address in servers:
            self.asker.replace(address, Zones(text, self.clock))

    async def after(self, **time):
        """Let time pass, and the job do its pass; return what it logged."""
        self.clock.advance(timedelta(**time).total_seconds())
        with capture_logs() as logs:
            await self.watch.look()
        return [entry["event"] for entry in logs]

    async def signing(self):
        self.clock.advance(61)  # the signer keeps keys for a minute
        fields, steps = await self.signer.sign(MESSAGE, DOMAIN)
        return fields.count(b"DKIM-Signature:"), [(s.key, s.params["selector"]) for s in steps]


@contextlib.asynccontextmanager
async def world(folder, state="signing", **policy):
    clock = FakeClock()
    db = connect(folder, "", clock)
    await db.open()

    def fill(tx):
        domains.add(tx, DOMAIN)
        made = make_keys(tx, DOMAIN, SEALER, clock.now(), algorithms=("ed25519",), state=state)
        return made[0].selector

    try:
        await db.write(fill)
        yield World(db, clock, KeyPolicy(**{"algorithms": ("ed25519",), **policy}))
        assert [str(finding) for finding in await db.scan(verify.check)] == []
    finally:
        await db.close()


async def test_a_rotation_from_the_making_to_the_end(tmp_path):
    async with world(tmp_path) as w:
        await w.publish("202601e")
        assert await w.after(minutes=0) == []
        (new,) = await rotate(w.db, DOMAIN, SEALER, w.clock.now(), ("ed25519",))
        assert new.selector == "202601e2"
        await w.after(minutes=10)
        assert await w.states() == {"202601e": "signing", "202601e2": "made"}
        await w.publish("202601e", "202601e2", servers=SERVERS[:1])
        await w.after(minutes=10)
        await w.after(minutes=10)
        assert (await w.states())["202601e2"] == "made"  # the second server lacks it
        await w.publish("202601e", "202601e2")
        await w.after(minutes=10)
        await w.after(seconds=299)
        assert (await w.states())["202601e2"] == "made"  # a cache may still say no
        assert await w.signing() == (1, [("signed", "202601e")])
        assert await w.after(seconds=1) == ["dkim.moved"]
        assert (await w.states())["202601e2"] == "published"
        await w.after(minutes=10)
        assert await w.states() == {"202601e": "retired", "202601e2": "signing"}
        assert await w.signing() == (1, [("signed", "202601e2")])
        await w.after(days=6)
        assert (await w.states())["202601e"] == "retired"
        await w.after(days=1)
        gone = (await w.keys())[0]
        assert (gone.state, gone.private_key) == ("removed", b"")
        assert gone.record.startswith("v=DKIM1; k=ed25519; p=")
        await w.after(minutes=10)
        assert len(await w.keys()) == 2  # its record still stands in DNS
        await w.publish("202601e2")
        await w.after(minutes=10)
        assert await w.states() == {"202601e2": "signing"}


async def test_a_record_that_is_lost_is_told_and_not_signed_for(tmp_path):
    async with world(tmp_path) as w:
        await w.publish("202601e")
        await w.after(minutes=0)
        await w.publish()
        assert await w.after(minutes=10) == ["dkim.record_gone"]
        assert await w.after(minutes=10) == []  # told once
        assert await w.signing() == (0, [("unsigned", "202601e")])
        await w.publish("202601e")
        assert await w.after(minutes=10) == ["dkim.record_back"]
        assert await w.signing() == (1, [("signed", "202601e")])


async def test_the_retired_key_stands_in(tmp_path):
    async with world(tmp_path) as w:
        await w.publish("202601e")
        (new,) = await rotate(w.db, DOMAIN, SEALER, w.clock.now(), ("ed25519",))
        await w.publish("202601e", new.selector)
        for _ in range(4):
            await w.after(minutes=10)
        assert await w.states() == {"202601e": "retired", "202601e2": "signing"}
        await w.publish("202601e")
        await w.after(minutes=10)
        assert await w.signing() == (1, [("signed", "202601e"), ("unsigned", "202601e2")])


async def test_silent_name_servers_change_nothing(tmp_path):
    async with world(tmp_path) as w:
        assert await w.after(minutes=10) == []
        (key,) = await w.keys()
        assert (key.state, key.finding) == ("signing", "unasked")
        assert await w.signing() == (1, [("signed", "202601e")])


async def test_only_one_process_looks(tmp_path):
    async with world(tmp_path) as w:
        await w.publish("202601e")
        await asyncio.gather(*(w.another().look() for _ in range(3)), w.watch.look())
        owner, _ = await w.db.read(leases.find, "dkim_keys")
        asked = len(w.eyes.resolver.asked)
        await w.another().look()
        assert len(w.eyes.resolver.asked) == asked
        assert (await w.db.read(leases.find, "dkim_keys"))[0] == owner


async def test_a_key_in_the_clear_is_sealed(tmp_path):
    async with world(tmp_path) as w:
        (key,) = await w.keys()
        pem = open_key(DOMAIN, key, SEALER).pem()
        await w.db.write(dkim_keys.set_secret, DOMAIN, key.selector, pem, "")
        assert await w.signing() == (1, [("signed", "202601e")])
        assert await w.after(minutes=0) == ["dkim.sealed"]
        (sealed,) = await w.keys()
        assert b"PRIVATE" not in sealed.private_key
        assert sealed.record == key.record
        assert open_key(DOMAIN, sealed, SEALER).pem() == pem


async def test_old_keys_get_successors_by_themselves(tmp_path):
    async with world(tmp_path, rotate=timedelta(days=90)) as w:
        await w.publish("202601e")
        assert await w.after(days=89) == []
        assert await w.after(days=1) == ["dkim.publish"]
        assert await w.states() == {"202601e": "signing", "202604e": "made"}
        assert await w.after(days=1) == []


async def test_a_rotation_over_real_name_servers(tmp_path):
    """Two servers on loopback, asked over the network; the zone is published on each by itself."""
    async with world(tmp_path) as w:
        hosts = ("127.0.0.1", "127.0.0.2")
        apex = "$ORIGIN example.org.\n$TTL 0\n@ IN SOA a. b. 1 2 3 4 0\n" + "".join(
            f"@ IN NS ns{n}\nns{n} IN A {host}\n" for n, host in enumerate(hosts)
        )
        servers = [Authority({DOMAIN: apex}, w.clock) for _ in hosts]
        port = await servers[0].start(hosts[0], 0)
        await servers[1].start(hosts[1], port)
        try:
            resolver = Client([Server(hosts[0], port)], w.clock)
            w.eyes = Eyes(resolver, AuthorityClient(w.clock, port=port))
            w.watch = w.another()
            assert await w.after(minutes=1) == ["dkim.record_gone"]
            await rotate(w.db, DOMAIN, SEALER, w.clock.now(), ("ed25519",))
            records = "".join(
                f"{record_name(DOMAIN, key.selector)}. 60 IN TXT {quote_txt(key.record)}\n"
                for key in await w.keys()
            )
            servers[0].replace({DOMAIN: apex + records})
            await w.after(minutes=5)
            (old, new) = await w.keys()
            assert (old.finding, new.finding) == ("partial", "partial")
            assert new.detail == "ns1.example.org: nothing stands there"
            servers[1].replace({DOMAIN: apex + records})
            for _ in range(3):
                await w.after(minutes=5)
            assert await w.states() == {"202601e": "retired", "202601e2": "signing"}
        finally:
            for one in servers:
                await one.stop()


async def test_one_rotation_at_a_time(tmp_path):
    async with world(tmp_path) as w:
        await rotate(w.db, DOMAIN, SEALER, w.clock.now(), ("ed25519",))
        with pytest.raises(AlreadyExists, match="202601e2"):
            await rotate(w.db, DOMAIN, SEALER, w.clock.now(), ("ed25519",))
        with pytest.raises(NotFound):
            await rotate(w.db, "a.example", SEALER, w.clock.now(), ("ed25519",))
