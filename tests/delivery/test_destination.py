"""delivery/destination.py: which servers, in which order, or why none."""

import random
from ipaddress import ip_address

import pytest

from pillarbox.delivery.destination import MAX_ADDRESSES, Own, find
from tests.fakes import FakeResolver

US = Own(frozenset({"us.example"}), frozenset({ip_address("192.0.2.99")}))


async def endpoints(zone, domain="d.example", own=US, seed=1):
    found = await find(domain, FakeResolver(zone), own, random.Random(seed))
    if found.problem is not None:
        return found.problem.enhanced
    return [f"{e.host} {e.address}" for e in found.endpoints]


A, B, C = (f"{x}.example. A 192.0.2.{n}\n" for n, x in enumerate("abc", 1))

CASES = [
    ("by-preference", "d.example. MX 20 b.example.\nd.example. MX 10 a.example.\n" + A + B,
     ["a.example 192.0.2.1", "b.example 192.0.2.2"]),
    ("implicit", "d.example. A 192.0.2.7\n", ["d.example 192.0.2.7"]),
    ("both-kinds-in-turn", "d.example. A 192.0.2.7\nd.example. AAAA 2001:db8::1\n",
     ["d.example 2001:db8::1", "d.example 192.0.2.7"]),
    ("host-without-address", "d.example. MX 10 x.example.\nd.example. MX 20 a.example.\n" + A,
     ["a.example 192.0.2.1"]),
    ("through-an-alias", "d.example. MX 10 w.example.\nw.example. CNAME a.example.\n" + A,
     ["w.example 192.0.2.1"]),
    ("null-mx", "d.example. MX 0 .\n", "5.1.10"),
    ("null-mx-beside-others", "d.example. MX 0 .\nd.example. MX 10 a.example.\n" + A,
     ["a.example 192.0.2.1"]),
    ("no-domain", A, "5.1.2"),
    ("no-server", 'd.example. TXT "hello"\n', "5.4.4"),
    ("hosts-without-address", "d.example. MX 10 x.example.\n", "5.4.4"),
    ("mx-fails", "$FAIL d.example\n", "4.4.3"),
    ("address-fails", "d.example. MX 10 a.example.\n$FAIL a.example A\n", "4.4.3"),
    ("one-address-fails", "d.example. MX 1 c.example.\nd.example. MX 10 a.example.\n"
     "$FAIL c.example A\n" + A, ["a.example 192.0.2.1"]),
    ("we-are-best", "d.example. MX 10 us.example.\nd.example. MX 20 a.example.\n" + A, "5.4.6"),
    ("we-are-equal", "d.example. MX 10 us.example.\nd.example. MX 10 a.example.\n" + A, "5.4.6"),
    ("we-are-a-backup", "d.example. MX 20 us.example.\nd.example. MX 10 a.example.\n"
     "d.example. MX 30 b.example.\n" + A + B, ["a.example 192.0.2.1"]),
    ("our-address", "d.example. MX 10 o.example.\no.example. A 192.0.2.99\n", "5.4.6"),
    ("our-address-is-a-backup", "d.example. MX 20 o.example.\no.example. A 192.0.2.99\n"
     "d.example. MX 10 a.example.\n" + A, ["a.example 192.0.2.1"]),
    ("unspecified", "d.example. A 0.0.0.0\n", "5.4.4"),
    ("impossible-name", "", "5.1.2"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
async def test_servers_of_a_domain(zone, expected):
    assert await endpoints(zone) == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("[192.0.2.1]", ["[192.0.2.1] 192.0.2.1"]),
        ("[ipv6:2001:db8::1]", ["[ipv6:2001:db8::1] 2001:db8::1"]),
        ("[192.0.2.99]", "5.4.6"),
        ("[192.0.2.999]", "5.1.2"),
        ("[", "5.1.2"),
        ("", "5.1.2"),
        ("a..b", "5.1.2"),
        ("x" * 300, "5.1.2"),
    ],
)
async def test_literals_and_odd_names(domain, expected):
    assert await endpoints("", domain) == expected


async def test_equal_preferences_come_in_any_order():
    zone = "".join(f"d.example. MX 10 {x}.example.\n" for x in "abc") + A + B + C
    firsts = {(await endpoints(zone, seed=seed))[0] for seed in range(30)}
    assert len(firsts) == 3


async def test_no_more_addresses_than_the_limit():
    zone = "".join(f"d.example. A 192.0.2.{n}\n" for n in range(1, 60))
    assert len(await endpoints(zone)) == MAX_ADDRESSES


async def test_only_the_kind_of_address_that_we_send_from():
    own = Own(source=ip_address("192.0.2.50"))
    zone = "d.example. A 192.0.2.7\nd.example. AAAA 2001:db8::1\n"
    assert await endpoints(zone, own=own) == ["d.example 192.0.2.7"]
    assert await endpoints("d.example. AAAA 2001:db8::1\n", own=own) == "4.4.4"


async def test_answers_are_evidence():
    found = await find("d.example", FakeResolver("d.example. A 192.0.2.7\n"), US, random.Random(1))
    step = found.step(1.0)
    assert step.params == {"domain": "d.example", "hosts": ["d.example"]}
    assert [a["type"] for a in step.evidence["answers"]] == ["MX", "AAAA", "A"]
