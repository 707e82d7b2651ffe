"""Python's own mail clients, and what only a program can send, against a whole service."""

import asyncio
import imaplib
import poplib
import smtplib
import ssl
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from pillarbox.store import queue_admin
from pillarbox.store.connect import connect
from tests.fakes import HastyLoop
from tests.serve.house import open_house
from tests.serve.mail import MESSAGES, fill
from tests.serve.script import context

pytestmark = pytest.mark.slow


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as house:
        yield house


async def aside(work, *args):
    """Run a blocking client beside the loop that serves it."""
    return await asyncio.wait_for(asyncio.to_thread(work, *args), 60)


def message(subject="Hello"):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "ann@example.test", "bob@example.test", subject
    made.set_content("Grüße\n.leading dot\n")
    made.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream")
    return made


async def test_smtplib_submits_and_imaplib_reads(house):
    def work():
        with smtplib.SMTP("127.0.0.1", house.ports["submission"], timeout=20) as client:
            client.starttls(context=context())
            client.login("ann@example.test", "pw")
            assert client.send_message(message()) == {}
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("ann@example.test", ["nobody@example.test"], "x")
        with imaplib.IMAP4_SSL(
            "127.0.0.1", house.ports["imaps"], ssl_context=context(), timeout=20
        ) as box:
            box.login("bob@example.test", "pw")
            assert box.select("INBOX") == ("OK", [b"1"])
            assert box.search(None, "SUBJECT", "hello") == ("OK", [b"1"])
            _, (data, *_) = box.fetch("1", "(BODYSTRUCTURE BODY.PEEK[2]<0.8> FLAGS)")
            assert isinstance(data, tuple)
            assert b'"OCTET-STREAM"' in data[0]
            assert data[1] == b"AAECAwQF"
            assert box.store("1", "+FLAGS", r"(\Flagged)")[0] == "OK"
            assert box.copy("1", "Archive")[0] == "OK"
            assert box.uid("MOVE", "1", "Trash")[0] == "OK"
            assert box.status("Trash", "(MESSAGES UNSEEN)") == (
                "OK", [b"Trash (MESSAGES 1 UNSEEN 1)"],
            )  # fmt: skip
            assert box.append("Drafts", r"(\Draft)", None, message("Draft").as_bytes())[0] == "OK"
            assert box.select("Drafts") == ("OK", [b"1"])
            assert box.thread("REFERENCES", "UTF-8", "ALL") == ("OK", [b"(1)"])
            assert box.sort("(SUBJECT)", "UTF-8", "ALL") == ("OK", [b"1"])
            assert box.expunge() == ("OK", [None])
            assert box.close()[0] == "OK"

    await aside(work)


async def test_imaplib_with_starttls_and_sasl(house):
    def work():
        box = imaplib.IMAP4("127.0.0.1", house.ports["imap-starttls"], 20)
        with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED"):
            box.login("ann@example.test", "pw")
        assert box.starttls(context())[0] == "OK"
        box.authenticate("PLAIN", lambda _: b"\0ann@example.test\0pw")
        assert box.enable("UTF8=ACCEPT")[0] == "OK"
        assert box.namespace() == ("OK", [b'(("" "/")) NIL NIL'])
        assert box.logout()[0] == "BYE"

    await aside(work)


async def test_poplib(house):
    await fill(house, 3)

    def work():
        for box in (
            poplib.POP3("127.0.0.1", house.ports["pop3"], 20),
            poplib.POP3_SSL("127.0.0.1", house.ports["pop3s"], timeout=20, context=context()),
            poplib.POP3("127.0.0.1", house.ports["pop3-starttls"], 20),
        ):
            if "STLS" in box.capa():
                box.stls(context())
            box.user("ann@example.test")
            box.pass_("pw")
            assert box.stat() == (3, sum(map(len, MESSAGES)))
            lines = [b"\r\n".join(box.retr(number)[1]) + b"\r\n" for number in (1, 2, 3)]
            assert lines == list(MESSAGES)
            assert box.top(3, 1)[1] == [b"From: carl@example.com", b"Subject: Three", b"", b".dot"]
            assert len(set(box.uidl()[1])) == 3
            box.quit()

    await aside(work)


async def test_searching_what_the_store_keeps_only_in_part(house):
    """Subjects and lists of people that are cut in the database are searched to their end."""
    people = ", ".join(f"Person {number} <p{number}@example.com>" for number in range(200))
    text = f"To: {people}\r\nCc: {people}\r\nSubject: {'long ' * 400}end\r\n\r\nx\r\n"

    def work():
        box = imaplib.IMAP4("127.0.0.1", house.ports["imap"], 20)
        box.login("ann@example.test", "pw")
        for body in (text, "To: a@example.com\r\nSubject: short\r\n\r\nx\r\n"):
            assert box.append("INBOX", None, None, body.encode())[0] == "OK"
        box.select("INBOX")
        for keys, found in (
            (("TO", "p199@"), b"1"), (("CC", "p199@"), b"1"), (("SUBJECT", "end"), b"1"),
            (("SUBJECT", "short"), b"2"), (("HEADER", "Subject", "long"), b"1"),
            (("HEADER", "To", "a@example.com"), b"2"), (("BCC", "a"), b""),
            (("NOT", "TO", "p199@"), b"2"), (("OR", "TO", "p0@", "SUBJECT", "short"), b"1 2"),
        ):  # fmt: skip
            assert box.search(None, *keys) == ("OK", [found]), keys
        box.logout()

    await aside(work)


async def test_a_client_that_sends_octet_by_octet(house):
    reader, writer = await house.connect("imap")
    script = b"a LOGIN {16}\r\nann@example.test pw\r\nb APPEND INBOX {3}\r\nabc\r\nc LOGOUT\r\n"
    for octet in script:
        writer.write(bytes([octet]))
        await writer.drain()
    said = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    assert [line.split(b" ")[:2] for line in said.splitlines()] == [
        [b"*", b"OK"], [b"+", b"OK"], [b"a", b"OK"], [b"+", b"OK"], [b"b", b"OK"],
        [b"*", b"BYE"], [b"c", b"OK"],
    ]  # fmt: skip


async def test_plaintext_injected_before_tls_is_never_answered(house):
    """RFC 3207 §4.2 and its kin: the handshake fails, or what came before it is forgotten."""
    for name, go in (("smtp", b"EHLO x\r\n"), ("imap-starttls", b""), ("pop3-starttls", b"")):
        reader, writer = await house.connect(name)
        verb = {"smtp": b"STARTTLS", "imap-starttls": b"a STARTTLS", "pop3-starttls": b"STLS"}[name]
        writer.write(go + verb + b"\r\n" + (b"b " if "imap" in name else b"") + b"NOOP\r\n")
        marks = {"smtp": b"220 2.0.0", "imap-starttls": b"a OK", "pop3-starttls": b"+OK Begin"}
        while not (await reader.readline()).startswith(marks[name]):
            pass
        try:
            await writer.start_tls(context())
        except (ssl.SSLError, OSError):
            writer.transport.abort()
            continue
        end = {"smtp": b"QUIT", "imap-starttls": b"z LOGOUT", "pop3-starttls": b"QUIT"}[name]
        writer.write(end + b"\r\n")
        said = await asyncio.wait_for(reader.read(), 20)
        writer.transport.abort()
        lines = {"smtp": 1, "imap-starttls": 2, "pop3-starttls": 1}[name]
        assert len(said.splitlines()) == lines, said


async def test_two_clients_append_and_expunge_at_once(house):
    """Each sees every message come and go, in an order that keeps numbers right."""

    def writer_of(name):
        box = imaplib.IMAP4("127.0.0.1", house.ports["imap"], 20)
        box.login("ann@example.test", "pw")
        for number in range(20):
            text = b"Subject: %b %d\r\n\r\nx\r\n" % (name, number)
            assert box.append("INBOX", None, None, text)[0] == "OK"
        box.logout()

    def reader():
        box = imaplib.IMAP4("127.0.0.1", house.ports["imap"], 20)
        box.login("ann@example.test", "pw")
        box.select("INBOX")
        seen: set[bytes] = set()
        end = time.monotonic() + 40
        while len(seen) < 40:
            assert time.monotonic() < end
            _, data = box.uid("SEARCH", "ALL")
            uids = data[0].split()
            for uid in uids:
                assert uid not in seen
                seen.add(uid)
                box.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Deleted)")
            if uids:
                assert box.expunge()[0] == "OK"
            box.noop()
        assert box.status("INBOX", "(MESSAGES)") == ("OK", [b"INBOX (MESSAGES 0)"])
        box.logout()

    await asyncio.gather(aside(writer_of, b"a"), aside(writer_of, b"b"), aside(reader))


LOGIN = b"a LOGIN ann@example.test pw\r\n"
MAIL = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.test>\r\n"
# What happens after a long silence, with a loop whose time is moved.

SILENCE = (
    ("imap", b"", b"* OK", 61, b"* BYE Idle for too long"),
    ("imap", LOGIN, b"a OK", 1801, b"* BYE Idle for too long"),
    ("imap", LOGIN + b"a IDLE\r\n", b"+ idling", 1801, b"* BYE Idle for too long"),
    ("imap", LOGIN + b"a APPEND INBOX {9}\r\n123", b"+ OK", 1801, b"* BYE"),
    ("smtp", b"", b"220", 301, b"421 4.4.2 Idle for too long"),
    ("smtp", b"EHLO x\r\nMAIL FROM:<>\r\n", b"250 2.1.0", 301, b"421 4.4.2"),
    ("smtp", MAIL + b"DATA\r\nhalf", b"354", 301, b"421 4.4.2"),
    ("pop3", b"USER ann@example.test\r\n", b"+OK Send", 601, b""),
)


@pytest.mark.parametrize(("port", "said", "heard", "seconds", "end"), SILENCE)
def test_silence_ends_a_session(tmp_path, port, said, heard, seconds, end):
    """Not before its time, and with a word where the protocol has one."""
    loop = HastyLoop()

    async def run():
        async with open_house(tmp_path) as house:
            reader, writer = await house.connect(port)
            writer.write(said)
            while not (await asyncio.wait_for(reader.readline(), 20)).startswith(heard):
                pass
            # What it answered last it wrote before it began to wait.
            loop.advance(seconds / 2)
            for _ in range(100):
                await asyncio.sleep(0)
            assert not reader.at_eof()
            assert len(house.sessions) == 1
            loop.advance(seconds)
            rest = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return rest.splitlines()[-1] if rest else b""

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(run()).startswith(end)


async def test_requiretls_is_offered_under_tls_alone_and_kept(house):
    def work():
        for name in ("smtp", "submission", "lmtp"):
            kind = smtplib.LMTP if name == "lmtp" else smtplib.SMTP
            with kind("127.0.0.1", house.ports[name], timeout=20) as client:
                client.ehlo("x")
                assert not client.has_extn("REQUIRETLS")
        with smtplib.SMTP("127.0.0.1", house.ports["submission"], timeout=20) as client:
            client.starttls(context=context())
            client.login("ann@example.test", "pw")
            assert client.has_extn("REQUIRETLS")
            client.sendmail(
                "ann@example.test",
                ["far@example.com"],
                "From: ann@example.test\n\nHi",
                ["REQUIRETLS"],
            )

    await aside(work)
    db = connect(Path(house.settings.state), "", house.clock)
    await db.open()
    try:
        ((item, _),) = await db.read(queue_admin.list_)
        assert item.require_tls
    finally:
        await db.close()
