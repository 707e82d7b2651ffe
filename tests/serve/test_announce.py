"""serve/announce.py: our MTA-STS policies, for the world, over a real connection with TLS."""

import asyncio
import contextlib
import socket
import ssl

import pytest

from pillarbox.base.clock import SystemClock
from pillarbox.delivery.https import Https
from pillarbox.serve import announce, certificate, status
from pillarbox.serve.privilege import write_private
from tests.fakes import FakeResolver

POLICY = "version: STSv1\r\nmode: testing\r\nmx: mx.example.org\r\nmax_age: 86400\r\n"
NAMES = ["mta-sts.example.org", "mta-sts.other.example", "example.org"]


async def policy_of(name):
    return POLICY if name == "example.org" else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("announce")
    now = SystemClock().now()
    authority = certificate.make_authority("Test", now)
    pair = certificate.issue(NAMES, now, authority)
    (path / "ca.pem").write_bytes(authority.certificate)
    (path / "host.pem").write_bytes(pair.certificate)
    write_private(path / "host.key", pair.key)
    return path


@contextlib.asynccontextmanager
async def served(folder):
    """Yield a client of a server that announces policies."""
    context = certificate.server_context(folder / "host.pem", folder / "host.key")
    server = status.server(announce.application(policy_of), context)
    sock = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve(sockets=[sock]))
    zone = "".join(f"{name}. A 127.0.0.1\n" for name in NAMES)
    try:
        port = sock.getsockname()[1]
        yield Https(FakeResolver(zone), folder / "ca.pem", port=port), port
    finally:
        server.should_exit = True
        await serving
        sock.close()


CASES = [
    ("ours", "mta-sts.example.org", "/.well-known/mta-sts.txt", 200),
    ("not ours", "mta-sts.other.example", "/.well-known/mta-sts.txt", 404),
    ("without the prefix", "example.org", "/.well-known/mta-sts.txt", 404),
    ("numbers are not for the world", "mta-sts.example.org", "/metrics", 404),
    ("health neither", "mta-sts.example.org", "/health", 404),
]


@pytest.mark.parametrize(
    ("host", "path", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
async def test_what_is_served(folder, host, path, expected):
    async with served(folder) as (client, _):
        page = await client.get(host, path, max_octets=10_000, seconds=5.0)
    assert page.status == expected
    if expected == 200:
        assert (page.media_type, page.body.decode()) == ("text/plain", POLICY)


async def test_nothing_without_tls(folder):
    async with served(folder) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.org\r\n\r\n")
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            assert b"STSv1" not in await reader.read()
        writer.close()


async def test_also_behind_a_web_server_that_does_the_tls():
    async def healthy():
        return ""

    application = status.application(healthy, announce.routes(policy_of))
    get = asked(application)
    assert await get("/.well-known/mta-sts.txt", b"mta-sts.example.org") == (200, POLICY)
    assert (await get("/.well-known/mta-sts.txt", b"other.example"))[0] == 404
    assert (await get("/health", b"127.0.0.1"))[0] == 200


def asked(application):
    """Call an ASGI application without a socket: (path, host) -> (status, body)."""

    async def call(path, host):
        sent = []
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "root_path": "", "scheme": "http", "query_string": b"", "server": ("127.0.0.1", 80),
            "headers": [(b"host", host)],
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(event):
            sent.append(event)

        await application(scope, receive, send)
        return sent[0]["status"], b"".join(e.get("body", b"") for e in sent[1:]).decode()

    return call
