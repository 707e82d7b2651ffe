"""delivery/remote.py and wire.py: hostile and slow servers come to an end."""

import asyncio
import contextlib
from ipaddress import ip_address

import pytest

from pillarbox.base.address import parse
from pillarbox.delivery.contact import Unusable
from pillarbox.delivery.destination import Endpoint
from pillarbox.delivery.peer_certificate import Authorities
from pillarbox.delivery.remote import Remote, Timeouts
from pillarbox.smtp.outgoing import Mail, Recipient, Stage
from pillarbox.tlspolicy.decide import ANYTHING, Demand
from tests.fakes import FakeClock, LeapingLoop

from .fake_peer import CLOSE, HANG, OFFERS, Peer
from .outgoing import MESSAGE, QUICK

WHERE = Endpoint("mx.peer.example", ip_address("127.0.0.1"))
MAIL = Mail(parse("a@example.org"), (Recipient(parse("b@peer.example")),), size=len(MESSAGE))


def remote(port, **timeouts):
    quick = Timeouts(**{**{k: getattr(QUICK, k) for k in QUICK.__slots__}, **timeouts})
    return Remote("client.example", Authorities(), FakeClock(), port, timeouts=quick)


async def body(*chunks):
    for chunk in chunks or (MESSAGE,):
        yield chunk


@contextlib.asynccontextmanager
async def session(script=None, offers=OFFERS, **timeouts):
    peer = await Peer(script, offers).start()
    try:
        opened = await remote(peer.port, **timeouts).open(WHERE, ANYTHING)
        try:
            yield peer, opened
        finally:
            opened.abort()
    finally:
        await peer.stop()


@contextlib.asynccontextmanager
async def server(talk):
    """A server that runs `talk(reader, writer)`; yields its port."""

    async def accept(reader, writer):
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.transport.abort()

    serving = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield serving.sockets[0].getsockname()[1]
    finally:
        serving.close()
        await serving.wait_closed()


async def test_two_messages_and_a_goodbye():
    async with session() as (peer, opened):
        for _ in range(2):
            sent = await opened.send(MAIL, body())
            assert sent.outcomes[0].accepted
            assert sent.ended
        assert opened.usable
        await opened.quit()
        assert not opened.usable
        assert peer.commands[-1] == "QUIT"
        assert [m.data for m in peer.messages] == [MESSAGE, MESSAGE]


async def test_a_large_message_arrives_whole():
    line = b"x" * 70 + b"\r\n"
    message = MESSAGE + line * 60_000
    async with session(command=20.0, block=20.0, end=20.0) as (peer, opened):
        half = len(message) // 2
        sent = await opened.send(MAIL, body(message[:half], message[half:]))
        assert sent.outcomes[0].accepted
        assert peer.messages[0].data == message


@pytest.mark.parametrize(("reply", "ended"), [(CLOSE, True), (HANG, True)])
async def test_no_answer_to_the_end_is_not_an_acceptance(reply, ended):
    async with session({"END": reply}) as (_, opened):
        sent = await opened.send(MAIL, body())
        assert [o.accepted for o in sent.outcomes] == [False]
        assert sent.outcomes[0].stage is Stage.LOST
        assert sent.ended is ended
        assert sent.problem
        assert not opened.usable


async def test_a_session_that_is_over_sends_nothing():
    async with session({"MAIL": "421 4.3.2 Bye"}) as (_, opened):
        await opened.send(MAIL, body())
        sent = await opened.send(MAIL, body())
        assert sent.outcomes[0].stage is Stage.LOST


async def test_what_reading_the_message_raises_comes_through():
    async def broken():
        yield MESSAGE
        raise RuntimeError("disk")

    async with session() as (peer, opened):
        with pytest.raises(RuntimeError, match="disk"):
            await opened.send(MAIL, broken())
        assert not opened.usable
    assert peer.messages == []


@pytest.mark.parametrize(
    "greeting", ["HTTP/1.0 200 OK", "x" * 5000, "220-a\r\n250 b", "999 odd", HANG, CLOSE]
)
async def test_servers_that_do_not_speak_smtp(greeting):
    with pytest.raises(Unusable) as caught:
        async with session({"GREETING": greeting}):
            pass
    assert caught.value.enhanced == "4.4.2"


async def test_a_refusing_greeting_keeps_its_words():
    with pytest.raises(Unusable) as caught:
        async with session({"GREETING": "554 5.7.1 Go away"}):
            pass
    assert str(caught.value.reply) == "554 5.7.1 Go away"


async def test_nobody_listens():
    with pytest.raises(Unusable) as caught:
        await remote(1).open(WHERE, ANYTHING)
    assert caught.value.enhanced == "4.4.1"


async def test_tls_that_is_required_and_not_offered():
    peer = await Peer().start()
    with pytest.raises(Unusable) as caught:
        await remote(peer.port).open(WHERE, Demand(encrypted=True, enforced=True))
    assert caught.value.enhanced == "4.7.10"
    await peer.stop()


async def test_a_server_that_drips_comes_to_an_end():
    async def drip(_reader, writer):
        writer.write(b"220-")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with server(drip) as port:
        with pytest.raises(Unusable):
            await remote(port, greeting=0.05).open(WHERE, ANYTHING)


async def test_a_server_that_never_ends_its_greeting():
    async def flood(_reader, writer):
        while True:
            writer.write(b"220-" + b"x" * 1000 + b"\r\n")
            await writer.drain()

    async with server(flood) as port:
        with pytest.raises(Unusable):
            await remote(port, greeting=2.0).open(WHERE, ANYTHING)


async def test_plaintext_behind_the_go_ahead_for_tls():
    async def inject(reader, writer):
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 injected\r\n")
        await reader.read()

    async with server(inject) as port:
        with pytest.raises(Unusable):
            await remote(port).open(WHERE, Demand(encrypted=True, enforced=True))


def test_a_server_that_reads_nothing_comes_to_an_end():
    async def deaf(reader, writer):
        writer.write(b"220 x\r\n")
        for answer in (b"250 x", b"250 ok", b"250 ok", b"354 go"):
            await reader.readline()
            writer.write(answer + b"\r\n")
        reader._transport.pause_reading()
        await asyncio.Event().wait()

    async def run():
        async with server(deaf) as port:
            opened = await remote(port).open(WHERE, ANYTHING)
            line = b"x" * 998 + b"\r\n"
            sent = await opened.send(MAIL, body(*([line * 4000] * 4)))
            assert not sent.ended
            assert sent.outcomes[0].stage is Stage.LOST
            opened.abort()

    # Writing 16 MB may take longer than the time that the server has.
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(run())
