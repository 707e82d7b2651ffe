"""The whole server on PostgreSQL: mail in, read by IMAP and POP3, the queue, a crash."""

import email.message
import email.policy
import json
import poplib
import tempfile
from pathlib import Path

import pytest

from tests.e2e.server import Server
from tests.store.cluster import Cluster

pytestmark = pytest.mark.e2e

COUNT = 30


@pytest.fixture
def postgres():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder) / "server", durable=True)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture
def server(postgres, tmp_path):
    server = Server(tmp_path, top=f'database = "{postgres.create("mail")}"\nsealed = true\n')
    server.start()
    yield server
    server.stop()


def letter(number):
    message = email.message.EmailMessage()
    message["From"] = "Sender <sender@example.com>"
    message["Subject"] = f"Letter {number}"
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content("Some words.\n" * 20)
    return message.as_bytes(policy=email.policy.SMTP)


def subjects(server, user=1):
    client = server.imap(user)
    client.select("INBOX")
    found = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    client.logout()
    return sorted(part[1].decode().split()[2] for part in found if isinstance(part, tuple))


def test_mail_comes_in_and_is_read_after_a_crash(server):
    for number in range(COUNT):
        server.send(["user1@example.test", "user2@example.test"], letter(number))
    expected = sorted(str(number) for number in range(COUNT))
    assert subjects(server) == subjects(server, 2) == expected
    client = poplib.POP3("127.0.0.1", server.ports["pop3"], timeout=20)
    client.user("user1@example.test")
    client.pass_("pw")
    assert client.stat()[0] == COUNT
    assert any(b"Some words." in line for line in client.retr(1)[1])
    client.dele(1)
    client.quit()
    server.kill_all()
    server.start()
    assert len(subjects(server)) == COUNT - 1
    assert subjects(server, 2) == expected
    done = server.command("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    traces = json.loads(server.command("trace", "list", "--json").stdout)
    assert len(traces) >= COUNT


def test_flags_moves_and_the_queue(server):
    server.send(["user1@example.test"], letter(1))
    client = server.imap()
    client.select("INBOX")
    assert client.store("1", "+FLAGS", r"(\Flagged)")[0] == "OK"
    client.create("Kept")
    assert client.uid("MOVE", "1", "Kept")[0] == "OK"
    assert client.select("Kept")[1] == [b"1"]
    assert b"Flagged" in client.fetch("1", "(FLAGS)")[1][0]
    client.logout()
    text = server.folder / "text"
    text.write_text("Hello\n")
    sent = server.command(
        "send", "--from", "user1@example.test", "--to", "someone@nowhere.invalid",
        "--subject", "Out", "--file", str(text),
    )  # fmt: skip
    assert sent.returncode == 0, sent.stderr
    waiting = json.loads(server.command("queue", "list", "--json").stdout)
    assert [entry["sender"] for entry in waiting] in ([], ["user1@example.test"])
    done = server.command("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
