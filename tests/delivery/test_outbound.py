"""Whole ways: from the queue to a peer on loopback, and back as a notice."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.mime import dsn
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.serve.privilege import write_private
from pillarbox.store import attempts

from .fake_peer import CLOSE, HANG, OFFERS
from .outgoing import MESSAGE, ZONE, world

BOB = "bob@peer.example"


async def test_the_peer_gets_the_exact_octets(tmp_path):
    message = MESSAGE + b".\r\n..two dots\r\n\xc3\xa4\xff 8-bit\r\nno end of line"
    async with world(tmp_path) as w:
        peer = await w.peer()
        trace = await w.send(BOB, message=message)
        await w.sweep()
        (received,) = peer.messages
        wire = message.replace(b"\r\n.", b"\r\n..") + b"\r\n"
        assert received.data == wire
        assert received.mail.startswith("MAIL FROM:<anna@example.org>")
        assert "BODY=8BITMIME" in received.mail
        assert received.rcpts == [f"RCPT TO:<{BOB}>"]
        assert await w.waiting() == []
        assert await w.story(trace) == (
            "relayed",
            ["mx", "attempt.plain", "attempt.accepted"],
        )
        assert peer.commands[-1] == "QUIT"


# script of the peer -> state, last words
FAILURES = [
    ("mail-4xx", {"MAIL": "451 4.3.2 Not now"}, "DUE", "451 4.3.2 Not now"),
    ("rcpt-4xx", {"RCPT": "450 4.2.1 Busy"}, "DUE", "450 4.2.1 Busy"),
    ("data-4xx", {"DATA": "451 4.3.0 Later"}, "DUE", "451 4.3.0 Later"),
    ("end-4xx", {"END": "452 4.3.1 Disk full"}, "DUE", "452 4.3.1 Disk full"),
    ("mail-5xx", {"MAIL": "550 5.7.1 No"}, "gone", ""),
    ("rcpt-5xx", {"RCPT": "550 5.1.1 Unknown"}, "gone", ""),
    ("data-5xx", {"DATA": "554 5.5.1 No"}, "gone", ""),
    ("end-5xx", {"END": "554 5.6.0 Spam"}, "gone", ""),
    ("greeting-4xx", {"GREETING": "450 4.3.2 Busy"}, "DUE", "450 4.3.2 Busy"),
    ("greeting-421", {"GREETING": "421 4.3.2 Busy"}, "DUE", "421 4.3.2 Busy"),
    ("greeting-5xx", {"GREETING": "554 5.3.2 No mail here"}, "gone", ""),
    ("greeting-hang", {"GREETING": HANG}, "DUE", "0 4.4.2"),
    ("greeting-close", {"GREETING": CLOSE}, "DUE", "0 4.4.2"),
    ("greeting-junk", {"GREETING": "HTTP/1.1 400 Bad Request"}, "DUE", "0 4.4.2"),
    ("mail-421", {"MAIL": "421 4.7.0 Too fast"}, "DUE", "421 4.7.0 Too fast"),
    ("rcpt-close", {"RCPT": CLOSE}, "DUE", "0 4.4.2"),
    ("data-hang", {"DATA": HANG}, "DUE", "0 4.4.2"),
    ("body-close", {"BODY": CLOSE}, "DUE", "0 4.4.2"),
    ("end-close", {"END": CLOSE}, "DUE", "0 4.4.2"),
    ("end-hang", {"END": HANG}, "DUE", "0 4.4.2"),
    ("end-421", {"END": "421 4.3.2 Shutting down"}, "DUE", "421 4.3.2 Shutting down"),
]


UNPIPELINED = {"rcpt-4xx", "mail-5xx", "data-5xx", "end-5xx", "data-hang", "end-close", "mail-421"}
ANSWERS = [pytest.param(OFFERS, *f[1:], id=f[0]) for f in FAILURES] + [
    pytest.param(("8BITMIME",), *f[1:], id=f"{f[0]}-unpipelined")
    for f in FAILURES
    if f[0] in UNPIPELINED
]


@pytest.mark.parametrize(("offers", "script", "state", "words"), ANSWERS)
async def test_what_a_peer_answers(tmp_path, script, state, words, offers):
    async with world(tmp_path) as w:
        await w.peer(script, offers=offers)
        trace = await w.send(BOB)
        await w.sweep()
        waiting = await w.waiting()
        action, keys = await w.story(trace)
        if state == "gone":
            assert waiting == []
            assert action == "bounced"
            assert keys[-2:] == ["attempt.refused", "notice"]
            assert len(await w.inbox()) == 1
        else:
            ((_, found, attempts, last),) = waiting
            assert (found, attempts) == (state, 1)
            assert last.startswith(words)
            assert action == "deferred"
            assert await w.inbox() == []


async def test_each_recipient_has_its_own_fate(tmp_path):
    async with world(tmp_path) as w:
        script = {"RCPT": ["250 2.1.5 OK", "550 5.1.1 No such user", "451 4.2.1 Busy"]}
        peer = await w.peer(script)
        trace = await w.send("a@peer.example", "b@peer.example", "c@peer.example")
        await w.sweep()
        assert len(peer.messages) == 1
        states = {address: state for address, state, *_ in await w.waiting()}
        assert states == {
            "a@peer.example": "DONE",
            "b@peer.example": "FAILED",
            "c@peer.example": "DUE",
        }
        assert (await w.story(trace))[0] == "bounced"
        (notice,) = await w.inbox()
        assert [status.recipient for status in dsn.parse(notice)] == ["b@peer.example"]


async def test_one_connection_carries_many_messages(tmp_path):
    async with world(tmp_path, per_destination=1) as w:
        peer = await w.peer()
        for _ in range(5):
            await w.send(BOB)
        await w.sweep()
        assert (peer.connections, len(peer.messages)) == (1, 5)


async def test_no_more_connections_than_allowed_per_destination(tmp_path):
    async with world(tmp_path, per_destination=2) as w:
        peer = await w.peer()
        for _ in range(12):
            await w.send(BOB)
        await w.sweep()
        assert peer.connections == 2
        assert len(peer.messages) == 12


async def test_the_next_server_is_tried(tmp_path):
    zone = """
peer.example. MX 10 a.peer.example.
peer.example. MX 20 b.peer.example.
peer.example. MX 5 nowhere.peer.example.
a.peer.example. A 127.0.0.2
a.peer.example. A 127.0.0.3
b.peer.example. A 127.0.0.1
"""
    async with world(tmp_path, zone) as w:
        good = await w.peer()
        busy = await w.peer({"GREETING": "421 4.3.2 Busy"}, address="127.0.0.2")
        trace = await w.send(BOB)
        await w.sweep()
        assert (busy.connections, len(good.messages)) == (1, 1)
        _, keys = await w.story(trace)
        expected = ["mx", "attempt.unreached", "attempt.unreached", "attempt.plain"]
        assert keys == [*expected, "attempt.accepted"]


async def test_a_stale_connection_costs_nothing(tmp_path):
    async with world(tmp_path, per_destination=1) as w:
        # The server leaves after the first message; the second finds a new connection.
        peer = await w.peer({"MAIL": ["250 2.1.0 OK", CLOSE, "250 2.1.0 OK"]})
        await w.send(BOB)
        await w.send(BOB)
        await w.sweep()
        assert (peer.connections, len(peer.messages)) == (2, 2)
        assert await w.waiting() == []


UNROUTABLE = [
    ("nxdomain", "other.example. A 127.0.0.1\n", "5.1.2", "does not exist"),
    ("null-mx", "peer.example. MX 0 .\n", "5.1.10", "takes no mail"),
    ("loop", "peer.example. MX 0 mail.example.org.\n", "5.4.6", "circles"),
    ("loop-address", "peer.example. MX 0 x.example.\nx.example. A 127.0.0.9\n", "5.4.6", "circles"),
]


@pytest.mark.parametrize(
    ("zone", "status", "words"), [u[1:] for u in UNROUTABLE], ids=[u[0] for u in UNROUTABLE]
)
async def test_nobody_to_send_to(tmp_path, zone, status, words):
    async with world(tmp_path, zone) as w:
        trace = await w.send(BOB)
        await w.sweep()
        (notice,) = await w.inbox()
        assert [s.status for s in dsn.parse(notice)] == [status]
        assert words.encode() in notice
        assert await w.story(trace) == ("bounced", ["mx", "attempt.refused.here", "notice"])


async def test_name_servers_that_fail_are_asked_again(tmp_path):
    async with world(tmp_path, "$FAIL peer.example\n") as w:
        await w.send(BOB)
        await w.sweep()
        ((_, state, _, words),) = await w.waiting()
        assert state == "DUE"
        assert words.startswith("0 4.4.3")


async def test_retries_follow_the_schedule_until_the_end(tmp_path):
    async with world(tmp_path) as w:
        peer = await w.peer({"RCPT": "451 4.7.1 Greylisted, come back later"})
        trace = await w.send(BOB)
        await w.sweep()
        await w.sweep()
        assert peer.connections == 1
        w.clock.advance(70)
        await w.sweep()
        assert peer.connections == 2
        w.clock.advance(4 * 3600)
        await w.sweep()
        w.clock.advance(3600)
        await w.sweep()
        (delay,) = await w.inbox()
        assert b"Subject: Not yet delivered: Order 4711\r\n" in delay
        assert [(s.action, s.status) for s in dsn.parse(delay)] == [("delayed", "4.7.1")]
        w.clock.advance(116 * 3600)
        await w.sweep()
        assert await w.waiting() == []
        _, end = await w.inbox()
        assert [(s.action, s.status) for s in dsn.parse(end)] == [("failed", "4.4.7")]
        assert b"We tried for 5 days and gave up." in end
        assert "expired" in (await w.story(trace))[1]


async def test_the_null_sender_gets_no_notice(tmp_path):
    async with world(tmp_path) as w:
        await w.peer({"RCPT": "550 5.1.1 No"})
        trace = await w.send(BOB, sender="")
        await w.sweep()
        assert await w.waiting() == []
        assert (await w.story(trace))[1][-1] == "notice.none"


@pytest.mark.parametrize(
    ("notify", "offers", "script", "actions"),
    [
        ("NEVER", OFFERS, {"RCPT": "550 5.1.1 No"}, []),
        ("SUCCESS", OFFERS, {"RCPT": "550 5.1.1 No"}, []),
        ("FAILURE", OFFERS, {"RCPT": "550 5.1.1 No"}, ["failed"]),
        ("SUCCESS,FAILURE", OFFERS, {}, ["relayed"]),
        ("SUCCESS", (*OFFERS, "DSN"), {}, []),
        ("", OFFERS, {}, []),
    ],
)
async def test_notices_are_sent_as_asked(tmp_path, notify, offers, script, actions):
    async with world(tmp_path) as w:
        await w.peer(script, offers=offers)
        await w.send((BOB, notify))
        await w.sweep()
        notices = await w.inbox()
        assert [s.action for notice in notices for s in dsn.parse(notice)] == actions


async def test_dsn_parameters_are_passed_on(tmp_path):
    async with world(tmp_path) as w:
        peer = await w.peer(offers=(*OFFERS, "DSN", "SIZE 1000000"))
        await w.send((BOB, "SUCCESS,DELAY"), envid="id+1", ret="HDRS")
        await w.sweep()
        (received,) = peer.messages
        assert f"SIZE={len(MESSAGE)}" in received.mail
        assert "RET=HDRS ENVID=id+2B1" in received.mail
        assert "NOTIFY=SUCCESS,DELAY" in received.rcpts[0]


async def test_a_remote_sender_gets_a_queued_notice(tmp_path):
    zone = ZONE + "far.example. MX 0 mx.far.example.\nmx.far.example. A 127.0.0.2\n"
    async with world(tmp_path, zone) as w:
        await w.peer({"RCPT": "550 5.1.1 No"})
        far = await w.peer(address="127.0.0.2")
        await w.send(BOB, sender="fred@far.example")
        await w.sweep()
        (received,) = far.messages
        assert received.mail.startswith("MAIL FROM:<>")
        assert received.rcpts == ["RCPT TO:<fred@far.example>"]
        assert b"From: Mail delivery at mail.example.org <postmaster@mail.example.org>" in (
            received.data.replace(b'"', b"")
        )
        assert 0 in w.changed


async def test_a_full_mailbox_takes_no_notice_but_the_queue_goes_on(tmp_path):
    async with world(tmp_path) as w:
        await w.peer({"RCPT": "550 5.1.1 No"})
        sql = "UPDATE accounts SET quota_octets = 10 WHERE account_id = ?1"
        await w.db.write(lambda tx: tx.run(sql, w.anna))
        trace = await w.send(BOB)
        await w.sweep()
        assert await w.waiting() == []
        assert (await w.story(trace))[1][-1] == "notice.none"


OBSTACLES = [
    ("8bit", (), "", b"\xc3\xa4\r\n", {"body_type": "8BITMIME"}, ""),
    (
        "8bit-signed",
        (),
        "Content-Type: multipart/signed; boundary=x\r\n",
        b"--x\r\n\r\n\xc3\xa4\r\n--x--\r\n",
        {"body_type": "8BITMIME"},
        "5.6.3",
    ),
    ("too-large", ("SIZE 100",), "", b"", {}, "5.3.4"),
    ("utf8-header", ("8BITMIME",), "Subject: \u00e4\r\n", b"", {"smtputf8": True}, "5.6.7"),
    ("require-tls", ("8BITMIME",), "", b"", {"require_tls": True}, "TLS"),
    ("8bit-declared-only", (), "", b"", {"body_type": "8BITMIME"}, ""),
    ("utf8-declared-only", (), "", b"", {"smtputf8": True}, ""),
    ("binary-declared-only", (), "", b"", {"body_type": "BINARYMIME"}, ""),
    ("binary", OFFERS, "", b"a\0b\r\n", {"body_type": "BINARYMIME"}, "5.6.3"),
    ("bare-lf", OFFERS, "", b"a\nb\r\n", {}, "5.6.0"),
]


@pytest.mark.parametrize(
    ("offers", "header", "tail", "fields", "status"),
    [o[1:] for o in OBSTACLES],
    ids=[o[0] for o in OBSTACLES],
)
async def test_what_a_peer_cannot_take(tmp_path, offers, header, tail, fields, status):
    async with world(tmp_path) as w:
        peer = await w.peer(offers=offers)
        await w.send(BOB, message=header.encode() + MESSAGE + tail, **fields)
        await w.sweep()
        if status == "TLS":
            assert (await w.waiting())[0][1] == "DUE"
        elif status:
            (notice,) = await w.inbox()
            assert [s.status for s in dsn.parse(notice)] == [status]
            assert peer.messages == []
        else:
            assert len(peer.messages) == 1


async def test_a_peer_that_takes_no_8_bit_text_gets_it_rewritten_and_the_trace_says_so(tmp_path):
    async with world(tmp_path) as w:
        peer = await w.peer(offers=("PIPELINING", "SIZE 1000000"))
        trace = await w.send(BOB, message=MESSAGE + b"\xc3\xa4\r\n", body_type="8BITMIME")
        await w.sweep()
        (received,) = peer.messages
        assert received.data.isascii()
        assert b"Content-Transfer-Encoding: quoted-printable\r\n" in received.data
        assert b"=C3=A4" in received.data
        assert "BODY=" not in received.mail
        assert f"SIZE={len(received.data)}" in received.mail
        action, keys = await w.story(trace)
        assert (action, "attempt.rewritten" in keys) == ("relayed", True)
        assert "signatures" in (await w.told(trace, "attempt.rewritten"))[0]


async def test_recipients_beyond_ascii_do_not_hold_up_the_others(tmp_path):
    async with world(tmp_path) as w:
        peer = await w.peer(offers=("8BITMIME",))
        await w.send(BOB, "b\u00e4r@peer.example")
        await w.sweep()
        assert peer.messages[0].rcpts == [f"RCPT TO:<{BOB}>"]
        (notice,) = await w.inbox()
        assert b"message/global-delivery-status" in notice
        assert "b\u00e4r@peer.example".encode() in notice


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority's file, and contexts: proven, for another name, self-signed."""
    folder = tmp_path_factory.mktemp("tls")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    authority = make_authority("Test authority", now)
    (folder / "ca.pem").write_bytes(authority.certificate)
    made = {}
    for name, pair in {
        "good": issue(["mx.peer.example"], now, authority),
        "other": issue(["other.example"], now, authority),
        "self": issue(["mx.peer.example"], now),
    }.items():
        (folder / f"{name}.pem").write_bytes(pair.certificate)
        write_private(folder / f"{name}.key", pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        made[name] = context
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    broken.set_ciphers("PSK")
    broken.maximum_version = ssl.TLSVersion.TLSv1_2
    made["broken"] = broken
    return folder / "ca.pem", made


@pytest.mark.parametrize(
    ("name", "proof"), [("good", "verified"), ("other", "wrong name"), ("self", "self-signed")]
)
async def test_certificates_are_evidence(tmp_path, certificates, name, proof):
    file, contexts = certificates
    async with world(tmp_path, authorities=file, require_tls=True) as w:
        peer = await w.peer(tls=contexts[name])
        trace = await w.send(BOB)
        await w.sweep()
        assert len(peer.messages) == 1
        step = await w.step(trace, "attempt.tls")
        assert step.evidence["certificate"]["proof"] == proof
        assert step.params["version"] == "TLSv1.3"


@pytest.mark.parametrize("required", [False, True])
async def test_a_failed_handshake_means_the_clear_unless_forbidden(
    tmp_path, certificates, required
):
    file, contexts = certificates
    async with world(tmp_path, authorities=file, require_tls=required) as w:
        peer = await w.peer(tls=contexts["broken"])
        trace = await w.send(BOB)
        await w.sweep()
        if required:
            assert peer.messages == []
            ((_, state, _, words),) = await w.waiting()
            assert (state, words[:8]) == ("DUE", "0 4.7.10")
        else:
            assert len(peer.messages) == 1
            assert "attempt.plain.failed" in (await w.story(trace))[1]


async def test_requiretls_needs_a_proven_server(tmp_path, certificates):
    file, contexts = certificates
    offers = (*OFFERS, "REQUIRETLS")
    async with world(tmp_path, "$AUTHENTIC on\n" + ZONE, authorities=file) as w:
        peer = await w.peer(tls=contexts["good"], offers=offers)
        await w.send(BOB, require_tls=True)
        await w.sweep()
        assert "REQUIRETLS" in peer.messages[0].mail
    async with world(tmp_path / "unsigned", authorities=file) as w:
        # Nobody vouches for the name that the certificate is for (RFC 8689 §4.2.1).
        peer = await w.peer(tls=contexts["good"], offers=offers)
        await w.send(BOB, require_tls=True)
        await w.sweep()
        assert peer.messages == []
    async with world(tmp_path / "2", authorities=file) as w:
        peer = await w.peer(tls=contexts["self"], offers=offers)
        await w.send(BOB, require_tls=True)
        await w.sweep()
        assert peer.messages == []
        (notice,) = await w.inbox()
        assert [s.status for s in dsn.parse(notice)] == ["5.7.10"]


async def test_starttls_that_is_refused_is_not_the_end(tmp_path, certificates):
    async with world(tmp_path) as w:
        peer = await w.peer({"STARTTLS": "454 4.7.0 Not now"}, tls=certificates[1]["good"])
        await w.send(BOB)
        await w.sweep()
        assert len(peer.messages) == 1


async def test_run_wakes_up_and_gives_back_on_cancel(tmp_path):
    async with world(tmp_path, poll_seconds=60.0) as w:
        peer = await w.peer({"RCPT": ["250 2.1.5 OK", HANG]})
        runner = w.runner()
        task = asyncio.create_task(runner.run())
        await w.send(BOB)
        runner.wake()
        await peer.until(lambda: "QUIT" in peer.commands)
        assert await w.waiting() == []
        await w.send(BOB)
        runner.wake()
        await peer.until(lambda: len([c for c in peer.commands if c.startswith("RCPT")]) == 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        ((_, state, _, _),) = await w.waiting()
        assert state == "DUE"


async def test_a_lease_that_ends_is_taken_over(tmp_path):
    async with world(tmp_path) as w:
        peer = await w.peer()
        await w.send(BOB)
        await w.db.write(attempts.claim, "dead", 600.0, 10)
        await w.sweep()
        assert peer.connections == 0
        w.clock.advance(timedelta(minutes=11).total_seconds())
        await w.sweep()
        assert len(peer.messages) == 1
