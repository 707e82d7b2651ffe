import email
import email.policy
import socket
import threading

import pytest

from pillarbox.cli.send import compose
from pillarbox.store import accounts, mailboxes, placements

FROM_ANNA = ("send", "--from", "anna@example.org")


def inbox(shell, address):
    """Return the messages in an account's INBOX."""

    def refs(tx):
        account = accounts.find(tx, address)
        assert account is not None
        box = mailboxes.find(tx, account.account_id, "INBOX")
        assert box is not None
        where = (tx, account.account_id, box.mailbox_id)
        found = [placements.locate(*where, row.uid) for row in placements.rows(*where)]
        return [located.blob for located in found if located is not None]

    async def work(db):
        return [await db.blob(ref) for ref in await db.read(refs)]

    return shell.installation.run(work)


def test_to_an_account_here(shell):
    args = (*FROM_ANNA, "--to", "bert@example.org", "--subject", "Grüße")
    sent = shell.json(*args, stdin="Hallo\nÜber alles\n")
    assert sent["code"] == 250
    (octets,) = inbox(shell, "bert@example.org")
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert message["Subject"] == "Grüße"
    assert message["From"] == "anna@example.org"
    assert message.get_content().splitlines() == ["Hallo", "Über alles"]
    assert octets.count(b"DKIM-Signature") == 2
    assert octets.isascii()
    assert b"\n" not in octets.replace(b"\r\n", b"")
    shown = shell.json("trace", "show", sent["trace"])
    assert (shown["direction"], shown["account"]) == ("submitted", "anna@example.org")
    assert shell.json("store", "verify")["ok"] is True


def test_to_somebody_elsewhere_waits_in_the_queue(shell, tmp_path):
    text = tmp_path / "letter.txt"
    text.write_text("Hello\n")
    out = shell.run(*FROM_ANNA, "--to", "x@far.example", "--to", "y@far.example", "--file", text)
    assert out.startswith("250 Accepted, trace ")
    (item,) = shell.json("queue", "list")
    assert [r["address"] for r in item["recipients"]] == ["x@far.example", "y@far.example"]


def test_an_alias_may_write(shell):
    sent = ("send", "--from", "info@example.org", "--to", "bert@example.org")
    assert shell.json(*sent, stdin="x\n")["code"] == 250


@pytest.mark.parametrize(
    ("args", "stdin", "code", "words"),
    [
        (("--from", "x@example.org", "--to", "bert@example.org"), "x", 1, "no account x@example"),
        (("--from", "a@far.example", "--to", "bert@example.org"), "x", 1, "no account a@far"),
        (("--from", "anna@example.org", "--to", "no@example.org"), "x", 1, "no mailbox no@"),
        (("--from", "anna@example.org", "--to", "bert"), "x", 2, "not a mail address"),
        (("--from", "anna@example.org"), "x", 2, "Missing option '--to'"),
        (("--from", "anna@example.org", "--to", "bert@example.org"), b"\xff", 1, "not UTF-8"),
        (
            ("--from", "anna@example.org", "--to", "bert@example.org", "--subject", "a\nBcc: x"),
            "x", 1, "--subject",
        ),
        (
            ("--from", "anna@example.org", "--to", "b@c.example", "--user", "anna"),
            "x", 2, "go with --via",
        ),
        (
            ("--from", "anna@example.org", "--to", "b@c.example", "--via", "h:25", "--user", "u"),
            "x", 2, "go together",
        ),
        (
            ("--from", "anna@example.org", "--to", "b@c.example", "--via", "host"),
            "x", 2, "not HOST:PORT",
        ),
        (
            ("--from", "anna@example.org", "--to", "b@c.example", "--via", "h:25",
             "--user", "u", "--password-stdin"), "x", 2, "--file",
        ),
    ],
)  # fmt: skip
def test_failures(shell, args, stdin, code, words):
    assert words in shell.fails("send", *args, stdin=stdin, code=code)


def test_compose_with_addresses_that_need_smtputf8():
    message = compose("änna@example.org", ("bert@example.org",), "Grüße", "x")
    assert "From: änna@example.org\r\n".encode() in message
    assert "Subject: Grüße".encode() in message


class Peer:
    """An SMTP server for one connection that answers from a table, and remembers."""

    def __init__(self, **answers):
        self.answers = answers
        self.heard = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(10)
        self.via = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        conn, _ = self._server.accept()
        with conn, conn.makefile("rwb") as file:

            def say(line):
                file.write(line.encode() + b"\r\n")
                file.flush()

            say("220 peer.example ESMTP")
            for line in file:
                text = line.decode().strip()
                self.heard.append(text)
                verb = text[:4].strip().lower()
                if verb == "ehlo":
                    say("250-peer.example")
                    say("250-AUTH PLAIN")
                    say("250 8BITMIME")
                elif verb == "data":
                    say("354 go on")
                    for body in file:
                        self.heard.append(body.decode().rstrip("\r\n"))
                        if body == b".\r\n":
                            break
                    say(self.answers.get("body", "250 taken"))
                else:
                    say(self.answers.get(verb, "235 ok" if verb == "auth" else "250 ok"))
                if verb == "quit":
                    return

    def close(self):
        self._thread.join(10)
        self._server.close()


@pytest.fixture
def peer():
    peers = []

    def make(**answers):
        peers.append(Peer(**answers))
        return peers[-1]

    yield make
    for one in peers:
        one.close()


def via(peer, *more):
    return ("send", "--from", "a@x.example", "--to", "b@y.example", "--via", peer.via, *more)


def test_by_another_server(bare, peer):
    server = peer()
    assert bare(*via(server), stdin="Hello\n").stdout == "250 accepted\n"
    assert "Hello" in server.heard
    assert any(line.lower().startswith("mail from:<a@x.example>") for line in server.heard)


def test_a_password_goes_in_the_clear_only_to_loopback(bare, peer, tmp_path):
    server = peer()
    letter = tmp_path / "letter"
    letter.write_text("Hello\n")
    more = ("--user", "anna", "--password-stdin", "--file", letter)
    bare(*via(server, *more), stdin="pw\n")
    assert any(line.startswith("AUTH PLAIN") for line in server.heard)


@pytest.mark.parametrize(
    ("answers", "stdout", "words"),
    [
        ({"rcpt": "550 5.1.1 Nobody"}, "550 5.1.1 Nobody\n", "not accepted"),
        ({"mail": "451 4.3.0 Later"}, "451 4.3.0 Later\n", "not accepted"),
        ({"body": "554 5.7.1 No"}, "554 5.7.1 No\n", "not accepted"),
    ],
)
def test_refused_by_another_server(bare, peer, answers, stdout, words):
    result = bare(*via(peer(**answers)), stdin="Hello\n", code=1)
    assert result.stdout == stdout
    assert words in result.stderr


def test_a_wrong_password_for_another_server(bare, peer, tmp_path):
    server = peer(auth="535 5.7.8 No")
    letter = tmp_path / "letter"
    letter.write_text("Hello\n")
    more = ("--user", "anna", "--password-stdin", "--file", letter)
    assert "is wrong (535)" in bare(*via(server, *more), stdin="pw\n", code=1).stderr


def test_smtputf8_is_needed_for_some_addresses(bare, peer):
    server = peer()
    args = ("send", "--from", "ä@x.example", "--to", "b@y.example", "--via", server.via)
    assert "SMTPUTF8" in bare(*args, stdin="x\n", code=1).stderr


def test_nobody_is_there(bare):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = f"127.0.0.1:{server.getsockname()[1]}"
    args = ("send", "--from", "a@x.example", "--to", "b@y.example", "--via", free)
    assert bare(*args, stdin="x\n", code=1).stderr == f"pillarbox: {free}: Connection refused\n"
