"""serve/connection.py, over real sockets, on uvloop and on asyncio's own loop."""

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from pillarbox.serve import certificate, connection, privilege
from pillarbox.serve.worker import loop_factory

NOW = datetime.now(UTC)  # noqa: TID251 - certificates are checked against the real time
LOOPS = {"uvloop": loop_factory(), "asyncio": None}


class Echo:
    """An engine that answers each line with its upper case; `S` asks for TLS, `Q` ends."""

    def __init__(self):
        self.held, self.out, self.lines = b"", b"hi\r\n", []

    def receive(self, data):
        *lines, self.held = (self.held + data).split(b"\n")
        self.lines += lines if data else [b"Q"]

    def data_to_send(self):
        out, self.out = self.out, b""
        return out


async def talk(script, *, idle=5.0, context=None):
    """Run one echo server; `script(reader, writer)` is the client. Returns both results."""
    ended = asyncio.get_running_loop().create_future()

    async def serve(conn):
        engine = Echo()

        async def respond():
            while engine.lines:
                line = engine.lines.pop(0)
                if line == b"S":
                    conn.hold()
                    conn.write(b"go\r\n")
                    engine.lines.clear()
                    engine.held = b""
                    await conn.start_tls(context)
                    return True
                if line == b"Q":
                    return False
                engine.out += line.upper() + b"\r\n"
            return True

        try:
            await connection.run(conn, engine, respond, idle_seconds=lambda: idle)
            ended.set_result("end")
        except (OSError, connection.TlsFailed) as exc:
            ended.set_result(type(exc).__name__)
        finally:
            conn.close()

    tasks = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: connection.Connection(lambda c: tasks.append(loop.create_task(serve(c)))),
        "127.0.0.1",
        0,
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.readline() == b"hi\r\n"
    result = await script(reader, writer)
    end = await asyncio.wait_for(ended, 5)
    writer.close()
    server.close()
    await asyncio.gather(*tasks)
    return result, end


@pytest.fixture(params=LOOPS)
def run(request):
    def runner(coroutine):
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as r:
            return r.run(coroutine)

    return runner


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    authority = certificate.make_authority("Test", NOW)
    pair = certificate.issue(["mx.example", "127.0.0.1"], NOW, authority)
    (folder / "c.pem").write_bytes(pair.certificate)
    privilege.write_private(folder / "k.pem", pair.key)
    client = ssl.create_default_context(cadata=authority.certificate.decode())
    return certificate.server_context(folder / "c.pem", folder / "k.pem"), client


def test_pipelined_lines_and_half_close(run):
    async def script(reader, writer):
        writer.write(b"a\nb\nc\n")
        writer.write_eof()
        return await reader.read()

    assert run(talk(script)) == (b"A\r\nB\r\nC\r\n", "end")


def test_silence_ends_the_connection(run):
    async def script(reader, _):
        return await reader.read()

    assert run(talk(script, idle=0.05)) == (b"", "TimeoutError")


def test_each_read_gets_the_whole_idle_time(run):
    async def script(reader, writer):
        loop = asyncio.get_running_loop()
        start = loop.time()
        said = 0
        while loop.time() - start < 0.5:
            writer.write(b"x\n")
            await reader.readline()
            said += 1
            await asyncio.sleep(0.1)
        writer.write(b"Q\n")
        await reader.read()
        return said >= 4

    assert run(talk(script, idle=0.3)) == (True, "end")


def test_a_lost_peer_is_noticed(run):
    async def script(_, writer):
        writer.transport.abort()

    assert run(talk(script))[1] in {"end", "ConnectionResetError"}


def test_starttls_discards_what_was_sent_before(run, contexts):
    server, client = contexts

    async def script(reader, writer):
        writer.write(b"S\ninjected\n")
        assert await reader.readline() == b"go\r\n"
        try:
            await writer.start_tls(client, server_hostname="mx.example")
        except (ssl.SSLError, OSError) as exc:
            # The injected octets reached the handshake, which must fail: also right.
            return type(exc).__name__ != ""
        writer.write(b"a\nQ\n")
        return (await reader.read()) == b"A\r\n"

    result, _ = run(talk(script, context=server))
    assert result


def test_starttls(run, contexts):
    server, client = contexts

    async def script(reader, writer):
        writer.write(b"S\n")
        assert await reader.readline() == b"go\r\n"
        await writer.start_tls(client, server_hostname="mx.example")
        writer.write(b"a\n")
        assert await reader.readline() == b"A\r\n"
        version = writer.get_extra_info("ssl_object").version()
        writer.write(b"Q\n")
        await reader.read()
        return version

    assert run(talk(script, context=server)) == ("TLSv1.3", "end")


def test_a_failed_handshake_says_why(run, contexts):
    async def script(reader, writer):
        writer.write(b"S\n")
        await reader.readline()
        writer.write(b"this is not TLS\r\n")
        await writer.drain()
        return await reader.read() is not None

    assert run(talk(script, context=contexts[0]))[1] == "TlsFailed"


def test_memory_is_bounded_when_the_session_is_slow():
    class Transport(asyncio.Transport):
        paused = 0

        def pause_reading(self):
            self.paused += 1

        def resume_reading(self):
            self.paused -= 1

        def set_write_buffer_limits(self, high=None, low=None):  # noqa: ARG002
            assert high

        def get_extra_info(self, name, default=None):  # noqa: ARG002
            return ("::ffff:192.0.2.1", 9)

    async def main():
        conn = connection.Connection(lambda _: None)
        transport = Transport()
        conn.connection_made(transport)
        assert conn.peer == ("192.0.2.1", 9)
        for _ in range(5):
            conn.data_received(b"x" * 100_000)
        assert transport.paused == 1
        assert len(await conn.read(1) or b"") == 500_000
        assert transport.paused == 0

    asyncio.run(main())
