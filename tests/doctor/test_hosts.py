import asyncio
import dataclasses

import pytest

from pillarbox.dns.resolver import Record, RType, Status, Tlsa
from pillarbox.dns.zone import Zones
from pillarbox.doctor import hosts
from tests.doctor.zone import Clock, check, find, zone

NO_MX = ("IN MX",)
DIGEST = "00" * 32

# other lines, lines left out, id, part of the text
CASES = [
    (("example.org. IN MX 0 .",), NO_MX, "mx.null", "takes no mail"),
    (("example.org. IN MX 0 .",), (), "mx.null-and-others", "beside others"),
    (("example.org. IN A 192.0.2.1",), NO_MX, "mx.implicit", "no MX record"),
    ((), NO_MX, "mx.missing", "no address"),
    (("example.org. IN MX 10 192.0.2.7.",), NO_MX, "mx.address-literal", "192.0.2.7 is an address"),
    (("example.org. IN MX 10 al.example.org.", "al.example.org. IN CNAME mx.example.org."), NO_MX,
     "mx.alias", "al.example.org"),
    (("example.org. IN MX 20 none.example.org.",), (), "mx.no-address", "none.example.org"),
    (("example.org. IN MX 20 in.example.org.", "in.example.org. IN A 10.1.2.3"), (),
     "mx.private-address", "10.1.2.3"),
    ((), ("PTR",), "reverse.missing", "192.0.2.1"),
    (("1.2.0.192.in-addr.arpa. IN PTR x.example.",), ("PTR",), "reverse.mismatch", "x.example"),
    (("$FAIL mx.example.org A", "$FAIL mx.example.org AAAA"), ("mx.example.org. IN A",),
     "mx.unknown", "mx.example.org"),
    ((f"_25._tcp.mx.example.org. IN TLSA 3 1 1 {DIGEST}",), (), "dane.unsigned", "not signed"),
    (("$AUTHENTIC on", f"_25._tcp.mx.example.org. IN TLSA 3 1 1 {DIGEST}"), (), "dane.ok",
     "mx.example.org"),
    (("$AUTHENTIC on", f"_25._tcp.mx.example.org. IN TLSA 1 1 1 {DIGEST}"), (), "dane.usage",
     "usage 1"),
    (("$AUTHENTIC on", f"_25._tcp.mx.example.org. IN TLSA 3 7 1 {DIGEST}"), (), "dane.broken",
     "selector 7"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "without", "id_", "says"), CASES)
def test_each_fault(more, without, id_, says):
    text = zone(*more, without=without)
    found = find(text, id_)
    assert found, [one.id for one in check(text).findings]
    assert says in found[0].text


class Raw:
    """A zone, and one TLSA record that no zone file could hold: servers may send anything."""

    def __init__(self, zones, record):
        self.zones = zones
        self.record = record

    async def resolve(self, name, rtype):
        answer = await self.zones.resolve(name, rtype)
        if rtype is RType.TLSA:
            held = Record(name, rtype, 300, self.record, "")
            return dataclasses.replace(
                answer, status=Status.NOERROR, records=(held,), authentic=True
            )
        return answer


RAW = [
    (Tlsa(3, 1, 1, b"ab"), "2 octets"),
    (Tlsa(3, 1, 9, b"ab"), "matching type 9"),
    (Tlsa(3, 1, 0, b""), "no data"),
]


@pytest.mark.parametrize(("record", "says"), RAW)
def test_tlsa_records_that_cannot_fit(record, says):
    resolver = Raw(Zones(zone(), Clock()), record)
    found = asyncio.run(hosts.check_dane(resolver, ["mx.example.org"]))
    assert [one.id for one in found] == ["dane.broken"]
    assert says in found[0].text
