"""delivery/https.py: one request, over a proven connection, within limits."""

import asyncio
import contextlib
import ssl

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.delivery.https import Https, NotFetched, Page
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.serve.privilege import write_private
from tests.fakes import FakeResolver

HOST = "mta-sts.d.example"
ZONE = f"{HOST}. A 127.0.0.1\nother.example. A 127.0.0.1\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("https")
    now = SystemClock().now()
    authority = make_authority("Test", now)
    pair = issue([HOST], now, authority)
    (path / "ca.pem").write_bytes(authority.certificate)
    (path / "host.pem").write_bytes(pair.certificate)
    write_private(path / "host.key", pair.key)
    return path


class Site:
    """A web server that says the same to everybody. heard: the requests."""

    def __init__(self, answer):
        self.answer = answer
        self.heard: list[bytes] = []
        self.port = 0

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            size = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            self.heard.append(head + await reader.readexactly(int(size or 0)))
            if self.answer is None:
                await reader.read()
            writer.write(self.answer or b"")
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def site(folder, answer):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem", folder / "host.key")
    made = Site(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def client(folder, port, *, known=True, zone=ZONE):
    return Https(FakeResolver(zone), folder / "ca.pem" if known else None, port=port)


async def get(https, host=HOST, max_octets=1000, seconds=5.0):
    return await https.get(host, "/policy", max_octets=max_octets, seconds=seconds)


ANSWERS = [
    ("length", OK + b"Content-Length: 4\r\n\r\nbody", Page(200, "text/plain", b"body")),
    ("to the end", OK + b"\r\nbody", Page(200, "text/plain", b"body")),
    ("chunks", OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
     Page(200, "text/plain", b"body")),
    ("early hints", b"HTTP/1.1 103 Early\r\n\r\n" + OK + b"\r\nbody",
     Page(200, "text/plain", b"body")),
    ("not found", b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Page(404, "", b"")),
    ("moved", b"HTTP/1.1 301 Moved\r\nLocation: https://other.example/\r\n\r\n",
     Page(301, "", b"")),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "page"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
async def test_answers(folder, answer, page):
    async with site(folder, answer) as web:
        assert await get(client(folder, web.port)) == page
    assert web.heard[0].startswith(b"GET /policy HTTP/1.1\r\nHost: mta-sts.d.example\r\n")
    assert len(web.heard) == 1


BROKEN = [
    ("too large", OK + b"\r\n" + b"x" * 1001, "more than 1000 octets"),
    ("not http", b"220 mx ESMTP\r\n\r\n", "does not speak HTTP"),
    ("endless head", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 9000, "does not speak HTTP"),
    ("cut off", OK + b"Content-Length: 9\r\n\r\nbody", "does not speak HTTP"),
    ("nothing", b"", "does not speak HTTP"),
    ("lies about chunks", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "not speak HTTP"),
]


@pytest.mark.parametrize(("answer", "reason"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
async def test_broken_answers(folder, answer, reason):
    async with site(folder, answer) as web:
        with pytest.raises(NotFetched, match=reason) as caught:
            await get(client(folder, web.port))
    assert not caught.value.certificate


async def test_a_silent_server_has_limited_time(folder):
    async with site(folder, None) as web:
        with pytest.raises(NotFetched, match="did not answer within"):
            await get(client(folder, web.port), seconds=0.2)


async def test_the_certificate_must_be_proven_for_the_name(folder):
    async with site(folder, OK + b"\r\n") as web:
        for https, host in (
            (client(folder, web.port, known=False), HOST),
            (client(folder, web.port), "other.example"),
        ):
            with pytest.raises(NotFetched, match="is not valid") as caught:
                await get(https, host)
            assert caught.value.certificate
    assert web.heard == []


async def test_names_without_a_server(folder):
    for zone, reason in (
        ("", "has no address"),
        (f"$FAIL {HOST}.", "could not be asked"),
        (ZONE, "no connection"),
    ):
        with pytest.raises(NotFetched, match=reason):
            await get(client(folder, 1, zone=zone))


async def test_post(folder):
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
    async with site(folder, answer) as web:
        page = await client(folder, web.port).post(
            HOST, "/in?x=1", b"report", "application/tlsrpt+gzip", seconds=5.0
        )
    assert page.status == 201
    assert web.heard[0].startswith(b"POST /in?x=1 HTTP/1.1\r\n")
    assert web.heard[0].endswith(b"\r\n\r\nreport")
    assert b"application/tlsrpt+gzip" in web.heard[0]


async def test_a_path_cannot_smuggle_lines(folder):
    with pytest.raises(NotFetched):
        await client(folder, 1).post(HOST, "/a\r\nX: y", b"r", "a/b", seconds=1.0)
