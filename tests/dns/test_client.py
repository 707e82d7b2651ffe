"""dns/client.py against dns/authority.py and against servers that lie."""

import asyncio
import struct

import pytest

from pillarbox.dns import wire
from pillarbox.dns.authority import Authority
from pillarbox.dns.cache import Cache
from pillarbox.dns.client import Client, Server, server, servers_from_resolv_conf
from pillarbox.dns.resolver import RType, Status
from tests.fakes import FakeClock

HOST = "127.0.0.1"
BIG = " ".join(f'"{i:03}{"x" * 200}"' for i in range(20))
ZONE = f"""$ORIGIN lab.test.
@ IN SOA ns.lab.test. h.lab.test. 1 2 3 4 30
@ IN MX 10 mx.lab.test.
mx 120 IN A 127.0.0.9
www IN CNAME mx
big IN TXT {BIG}
$FAIL broken
"""
SIGNED = "$ORIGIN signed.test.\n$AUTHENTIC on\n@ IN SOA a. b. 1 2 3 4 5\n@ IN A 127.0.0.8\n"


class Lab:
    def __init__(self, *, trust_ad=True):
        self.clock = FakeClock()
        self.authority = Authority({"lab.test": ZONE, "signed.test": SIGNED}, self.clock)
        self.trust_ad = trust_ad

    async def __aenter__(self):
        port = await self.authority.start(HOST, 0)
        self.client = Client([Server(HOST, port, self.trust_ad)], self.clock, seconds=5)
        return self

    async def __aexit__(self, *_):
        await self.authority.stop()


CASES = [
    ("mx", "LAB.test.", RType.MX, Status.NOERROR, ["10 mx.lab.test."]),
    ("alias", "www.lab.test", RType.A, Status.NOERROR, ["127.0.0.9"]),
    ("none", "nobody.lab.test", RType.A, Status.NXDOMAIN, []),
    ("no data", "mx.lab.test", RType.TXT, Status.NOERROR, []),
    ("refused", "example.org", RType.A, Status.FAILED, []),
    ("servfail", "broken.lab.test", RType.A, Status.FAILED, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rtype", "status", "texts"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
async def test_questions(name, rtype, status, texts):
    async with Lab() as lab:
        answer = await lab.client.resolve(name, rtype)
    assert (answer.status, [r.text for r in answer.records]) == (status, texts)
    assert answer.server.startswith(HOST)


async def test_answers_are_kept_until_they_expire():
    async with Lab() as lab:
        first = await lab.client.resolve("mx.lab.test", RType.A)
        assert (await lab.client.resolve("MX.lab.test.", RType.A)) is first
        await lab.client.resolve("nobody.lab.test", RType.A)
        await lab.client.resolve("nobody.lab.test", RType.A)
        assert lab.client.asked == 2
        lab.clock.advance(31)
        await lab.client.resolve("nobody.lab.test", RType.A)
        assert lab.client.asked == 3
        lab.clock.advance(90)
        await lab.client.resolve("mx.lab.test", RType.A)
        assert lab.client.asked == 4


async def test_many_who_ask_at_once_share_one_question():
    async with Lab() as lab:
        waiting = [
            asyncio.ensure_future(lab.client.resolve("mx.lab.test", RType.A)) for _ in range(20)
        ]
        await asyncio.sleep(0)
        waiting[0].cancel()
        answers = await asyncio.gather(*waiting[1:])
        assert lab.client.asked == 1
        assert all(answer is answers[0] for answer in answers)


async def test_large_answers_come_over_tcp():
    async with Lab() as lab:
        answer = await lab.client.resolve("big.lab.test", RType.TXT)
    assert len(answer.records[0].value.joined) == 20 * 203


async def test_only_trusted_servers_vouch():
    async with Lab() as lab:
        assert (await lab.client.resolve("signed.test", RType.A)).authentic
        assert not (await lab.client.resolve("lab.test", RType.MX)).authentic
    async with Lab(trust_ad=False) as lab:
        assert not (await lab.client.resolve("signed.test", RType.A)).authentic


def test_impossible_names_ask_nobody():
    client = Client([], FakeClock())
    answer = asyncio.run(client.resolve("x" * 64 + ".test", RType.A))
    assert (answer.status, answer.problem) == (Status.NXDOMAIN, "a label longer than 63 octets")


class Liar(asyncio.DatagramProtocol):
    """Answers each query with what `lies(query)` returns."""

    def __init__(self, lies):
        self.lies = lies

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for lie in self.lies(data):
            self.transport.sendto(lie, addr)


def right(query, rdata=b"\x7f\x00\x00\x05"):
    question = query[12:-11]
    return (
        query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question
        + b"\xc0\x0c\0\1\0\1\0\0\0\x3c" + struct.pack("!H", len(rdata)) + rdata
    )  # fmt: skip


def wrong_id(query):
    return bytes((query[0] ^ 1,)) + right(query, b"\x7f\x00\x00\x06")[1:]


def other_question(query):
    return right(query.replace(b"\x03lab", b"\x03bad"), b"\x7f\x00\x00\x06")


def head(query, counts):
    return query[:2] + b"\x81\x80" + counts + query[12:-11]


LIES = [
    (
        "noise before the answer",
        lambda q: [b"", b"x" * 11, wrong_id(q), other_question(q), right(q)],
        Status.NOERROR,
    ),
    ("only wrong ids", lambda q: [wrong_id(q)], Status.FAILED),
    (
        "pointer loop",
        lambda q: [head(q, b"\0\1\0\1\0\0\0\0") + b"\xc0\xff\0\1\0\1"],
        Status.FAILED,
    ),
    ("lies about lengths", lambda q: [right(q)[:-4] + b"\x7f"], Status.FAILED),
    ("counts without records", lambda q: [head(q, b"\0\1\xff\xff\0\0\0\0")], Status.FAILED),
]


@pytest.mark.parametrize(("lies", "status"), [c[1:] for c in LIES], ids=[c[0] for c in LIES])
async def test_liars(lies, status):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Liar(lies), local_addr=(HOST, 0))
    port = transport.get_extra_info("sockname")[1]
    client = Client([Server(HOST, port)], FakeClock(), seconds=1, try_seconds=0.1)
    answer = await client.resolve("mx.lab.test", RType.A)
    transport.close()
    assert answer.status is status
    assert [r.text for r in answer.records] == (["127.0.0.5"] if status is Status.NOERROR else [])


async def test_a_dead_server_is_followed_by_the_next():
    async with Lab() as lab:
        port = int(str(lab.client.servers[0]).split(":")[1])
        client = Client([Server(HOST, 9), Server(HOST, port)], lab.clock, try_seconds=0.2)
        assert (await client.resolve("mx.lab.test", RType.A)).status is Status.NOERROR


def test_the_servers_of_the_system(tmp_path):
    there = tmp_path / "resolv.conf"
    there.write_text("nameserver 192.0.2.53\n")
    for path, servers in [
        (there, (Server("192.0.2.53"),)),
        (tmp_path / "none", (Server("127.0.0.1", trust_ad=True),)),
    ]:
        assert Client.from_system(FakeClock(), path=path).servers == servers


def test_resolv_conf():
    text = (
        "# x\nnameserver 192.0.2.53\nnameserver 2001:db8::1\noptions edns0 trust-ad\nnameserver x"
    )
    assert servers_from_resolv_conf(text) == [
        Server("192.0.2.53", 53, trust_ad=True), Server("2001:db8::1", 53, trust_ad=True),
    ]  # fmt: skip
    assert servers_from_resolv_conf("") == [Server("127.0.0.1", 53, trust_ad=True)]
    assert server("127.0.0.1:5353") == Server("127.0.0.1", 5353, trust_ad=True)
    assert server("[2001:db8::1]:54") == Server("2001:db8::1", 54)


def test_the_cache_is_bounded():
    cache, clock = Cache(3), FakeClock()
    client = Client([], clock, cache=cache)
    for i in range(5):
        asyncio.run(client.resolve(f"{i}.test", RType.A))
    assert len(cache) == 3


def test_a_query_is_what_others_write():
    import dns.message  # noqa: PLC0415

    message = dns.message.from_wire(wire.query(7, "mx.example.org", RType.MX))
    assert (message.id, message.question[0].to_text()) == (7, "mx.example.org. IN MX")
    assert message.payload == wire.PAYLOAD
