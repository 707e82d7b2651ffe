"""delivery/public_web.py: where strangers may send us, and what is sent there."""

import asyncio
import contextlib
import ssl
from ipaddress import IPv4Address

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.delivery import public_web
from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.public_web import Refused, StrangersWeb
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.serve.privilege import write_private
from tests.fakes import FakeResolver

LOOPBACK = IPv4Address("127.0.0.1")
HOST = "pictures.example"
ZONE = f"""
{HOST}. A 127.0.0.1
other.example. A 127.0.0.1
127.0.0.1.nip.example. A 127.0.0.1
carrier.example. A 100.64.0.1
cloud.example. A 169.254.169.254
private.example. A 10.1.2.3
mixed.example. A 8.8.8.8
mixed.example. A 192.168.0.1
second.example. A 8.8.8.8
second.example. AAAA ::1
mapped.example. AAAA ::ffff:10.0.0.1
nat64.example. AAAA 64:ff9b::7f00:1
link.example. AAAA fe80::1
alias.example. CNAME private.example.
"""
REFUSED = """
http://127.0.0.1/ http://localhost.example:22/ http://[::1]/ http://[::ffff:10.0.0.1]/
http://[::ffff:127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[fe80::1]/ http://[fe80::1%25lo]/
http://169.254.169.254/latest/meta-data/ http://100.64.0.1/ http://192.168.1.1/ http://10.0.0.1/
http://0.0.0.0/ http://0/ http://2130706433/ http://0x7f000001/ http://0x7f.0.0.1/ http://127.1/
http://0177.0.0.1/ http://017700000001/ http://127.0.0.1.nip.example/ http://carrier.example/
http://cloud.example/ http://private.example/ http://mixed.example/ https://second.example/
http://mapped.example/ http://nat64.example/ http://link.example/ http://alias.example/
http://224.0.0.1/ http://255.255.255.255/ http://[fd00::1]/ http://[2002:7f00:1::]/
http://user:password@pictures.example/ http://pictures.example:8080/ http://pictures.example:0/
https://pictures.example:65536/ ftp://pictures.example/ file:///etc/passwd gopher://pictures.example/
//pictures.example/ pictures.example http:///x http:// https://pictures.example\\@8.8.8.8/
http://127.0.0.1%2f.example/ http://①②⑦.0.0.1/ http://127。0。0。1/ data:text/plain,x
""".split()  # noqa: SIM905 - a table to read


@pytest.mark.parametrize("url", REFUSED)
async def test_where_nobody_is_asked(url):
    web = StrangersWeb(FakeResolver(ZONE))
    with pytest.raises(Refused):
        await web.get(url, max_octets=100)
    with pytest.raises(Refused):
        await web.post(url, b"", "text/plain")


class Site:
    """Answers by path. heard: the requests."""

    def __init__(self, answers, encoding):
        self.answers = answers
        self.encoding = encoding
        self.heard: list[str] = []
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader, writer):
        self.writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = head.lower().partition("content-length: ")[2].partition("\r")[0]
            self.heard.append(head + (await reader.readexactly(int(size or 0))).decode())
            answer = self.answers[head.split()[1]]
            if answer is None:
                await reader.read()
            writer.write((answer or "").replace("PORT", str(self.port)).encode(self.encoding))
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def site(answers, tls=None, encoding="utf-8"):
    made = Site(answers, encoding)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in made.writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def web(port, **more):
    return StrangersWeb(FakeResolver(ZONE), [(LOOPBACK, port)], **more)


def ok(body, kind="image/png"):
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def moved(where, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"


async def test_what_is_said():
    async with site({"/a%20b/%C3%BC?c=d&e": ok("body")}) as there:
        page = await web(there.port).get(
            f"http://{HOST}:{there.port}/a b/ü?c=d&e#f", max_octets=100
        )
        assert (page.status, page.body) == (200, b"body")
        fields = there.heard[0].lower().split("\r\n")
        assert f"host: {HOST}:{there.port}" in fields
        assert {field.partition(":")[0] for field in fields[1:] if field} == {
            "host", "user-agent", "connection", "accept",
        }  # fmt: skip


async def test_redirects_are_followed_three_times():
    answers = {f"/{n}": moved(f"/{n + 1}") for n in range(4)} | {"/4": ok("x")}
    async with site(answers) as there:
        base = f"http://{HOST}:{there.port}"
        assert (await web(there.port).get(f"{base}/1", max_octets=100)).body == b"x"
        with pytest.raises(NotFetched, match="redirects"):
            await web(there.port).get(f"{base}/0", max_octets=100)


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1/", "http://169.254.169.254/", "http://private.example/", "file:///etc/passwd",
     "//127.0.0.1/", "http://127.0.0.1:22/", "http://[::1]:PORT/", "ftp://pictures.example/"],
)  # fmt: skip
async def test_redirects_to_what_is_not_public(where):
    async with site({"/": moved(where)}) as there:
        with pytest.raises(Refused):
            await web(there.port).get(f"http://{HOST}:{there.port}/", max_octets=100)
        assert len(there.heard) == 1


async def test_names_are_asked_for_once():
    """An answer that changes in between (DNS rebinding) changes nothing."""
    resolver = FakeResolver(ZONE)
    async with site({"/": ok("x")}) as there:
        strangers = StrangersWeb(resolver, [(LOOPBACK, there.port)])
        await strangers.get(f"http://{HOST}:{there.port}/", max_octets=100)
    assert [kind.name for name, kind in resolver.asked] == ["A", "AAAA"]


async def test_what_is_reachable_is_so_at_its_port_alone():
    async with site({"/": ok("x")}) as there:
        with pytest.raises(Refused):
            await web(there.port).get("http://127.0.0.1/", max_octets=100)
        with pytest.raises(Refused):
            await web(there.port).get(f"http://8.8.8.8:{there.port + 1}/", max_octets=100)


async def test_this_machine_is_not_asked_at_its_public_address(monkeypatch):
    monkeypatch.setattr(public_web, "is_public", lambda _: True)
    async with site({"/": ok("x")}) as there:
        monkeypatch.setattr(public_web, "_PORTS", {"http": there.port, "https": 443})
        with pytest.raises(Refused, match="this machine"):
            await StrangersWeb(FakeResolver(ZONE)).get(f"http://{HOST}/", max_octets=100)
        assert there.heard == []


async def test_limits():
    async with site({"/large": ok("x" * 101), "/slow": None, "/noise": "SSH-2.0\r\n"}) as there:
        base = f"http://{HOST}:{there.port}"
        with pytest.raises(NotFetched, match="octets"):
            await web(there.port).get(f"{base}/large", max_octets=100)
        with pytest.raises(NotFetched, match="within"):
            await web(there.port).get(f"{base}/slow", max_octets=100, seconds=0.1)
        with pytest.raises(NotFetched, match="HTTP"):
            await web(there.port).get(f"{base}/noise", max_octets=100)
    with pytest.raises(NotFetched, match="no connection"):
        await web(there.port).get(f"{base}/", max_octets=100)
    with pytest.raises(NotFetched, match="no address"):
        await web(there.port).get("http://nothing.example/", max_octets=100)


async def test_post_does_not_follow():
    async with site({"/u?x=1": moved("/other", 307)}) as there:
        page = await web(there.port).post(
            f"http://{HOST}:{there.port}/u?x=1", b"List-Unsubscribe=One-Click", "text/x"
        )
        assert page.status == 307
        head, _, body = there.heard[0].partition("\r\n\r\n")
        assert head.startswith("POST /u?x=1 ")
        assert body == "List-Unsubscribe=One-Click"
        assert "cookie" not in head.lower()
        assert "referer" not in head.lower()


async def test_certificates_are_for_the_name(tmp_path):
    now = SystemClock().now()
    authority = make_authority("Test", now)
    pair = issue([HOST], now, authority)
    (tmp_path / "ca.pem").write_bytes(authority.certificate)
    (tmp_path / "host.pem").write_bytes(pair.certificate)
    write_private(tmp_path / "host.key", pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "host.pem", tmp_path / "host.key")
    async with site({"/": ok("x")}, context) as there:
        known = web(there.port, authorities=tmp_path / "ca.pem")
        assert (await known.get(f"https://{HOST}:{there.port}/", max_octets=9)).body == b"x"
        with pytest.raises(NotFetched, match="certificate"):
            await known.get(f"https://other.example:{there.port}/", max_octets=9)
        with pytest.raises(NotFetched, match="certificate"):
            await web(there.port).get(f"https://{HOST}:{there.port}/", max_octets=9)
