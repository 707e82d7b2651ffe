"""dns/everywhere.py: each name server of a zone, past all caches."""

import pytest

from pillarbox.dns.authority import Authority
from pillarbox.dns.client import AuthorityClient
from pillarbox.dns.everywhere import ZoneAsker, look_everywhere
from pillarbox.dns.resolver import RType, Status
from pillarbox.dns.zone import Zones
from tests.fakes import FakeClock, FakeResolver

DELEGATION = """
example.org. NS ns1.example.org.
example.org. NS ns2.example.net.
ns1.example.org. A 192.0.2.1
ns2.example.net. AAAA 2001:db8::2
own.example.org. NS ns3.example.org.
ns3.example.org. A 192.0.2.3
broken.example. NS nowhere.example.
$FAIL silent.example NS
elsewhere.example.org. CNAME s.keys.example.
keys.example. NS ns.keys.example.
ns.keys.example. A 192.0.2.9
"""
TXT = 's._domainkey.{} 300 TXT "v=DKIM1; p=AA"\n'

# the name asked for -> the zone, and each server with its status
CASES = [
    ("both", "s._domainkey.example.org", "example.org",
     {"ns1.example.org": Status.NOERROR, "ns2.example.net": Status.NXDOMAIN}),
    ("delegated", "s._domainkey.own.example.org", "own.example.org",
     {"ns3.example.org": Status.NOERROR}),
    ("not delegated", "s._domainkey.sub.example.org", "example.org",
     {"ns1.example.org": Status.NXDOMAIN, "ns2.example.net": Status.NXDOMAIN}),
    ("an alias", "elsewhere.example.org", "keys.example", {"ns.keys.example": Status.NOERROR}),
    ("no address", "broken.example", "broken.example", {"nowhere.example": Status.FAILED}),
    ("silence", "silent.example", "", {}),
    ("no zone", "s._domainkey.none.example", "", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "zone", "said"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
async def test_each_server_is_asked(name, zone, said):
    clock = FakeClock()
    asker = ZoneAsker(
        {
            "192.0.2.1": Zones(TXT.format("example.org"), clock),
            "2001:db8::2": Zones("example.org. A 192.0.2.2", clock),
            "192.0.2.3": Zones(TXT.format("own.example.org"), clock),
            "192.0.2.9": Zones('s.keys.example. TXT "v=DKIM1; p=AA"', clock),
        },
        clock,
    )
    found = await look_everywhere(FakeResolver(DELEGATION, clock), asker, name, RType.TXT)
    assert found.zone == zone
    assert {one.host: one.answer.status for one in found.said} == said
    assert bool(found.problem) is not bool(said)


async def test_a_zone_file_is_the_only_server():
    resolver = FakeResolver(TXT.format("example.org"))
    found = await look_everywhere(resolver, None, "S._domainkey.Example.org.", RType.TXT)
    assert [(one.host, one.answer.ttl) for one in found.said] == [("zone file", 300)]


async def test_a_server_over_the_network_answers_for_its_own_zones_only():
    clock = FakeClock()
    zone = "$ORIGIN example.org.\n@ IN SOA a. b. 1 2 3 4 30\n@ IN A 192.0.2.1\n"
    authority = Authority({"example.org": zone}, clock)
    port = await authority.start("127.0.0.1", 0)
    try:
        asker = AuthorityClient(clock, port=port)
        assert not (await asker.ask("127.0.0.1", "example.org", RType.A)).failed
        # Replaced: a cache would still know the old address.
        authority.replace({"example.org": zone.replace("192.0.2.1", "192.0.2.2")})
        answer = await asker.ask("127.0.0.1", "example.org", RType.A)
        assert [record.text for record in answer.records] == ["192.0.2.2"]
        assert (await asker.ask("127.0.0.1", "example.com", RType.A)).failed
        assert (await asker.ask("127.0.0.1", "a..b", RType.A)).failed
    finally:
        await authority.stop()
