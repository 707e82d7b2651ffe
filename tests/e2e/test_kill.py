"""kill -9 at random moments under load: what got 250 is there, once.

Twice only where the client saw no answer and sent again, which SMTP cannot avoid
(RFC 1047).
"""

import contextlib
import os
import random
import re
import signal
import smtplib
import threading
import time
from collections import Counter

import pytest

from tests.e2e.server import USERS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]
KILLS = int(os.environ.get("PILLARBOX_KILLS", "200"))
SENDERS = 4


class Load:
    """Sends unique messages until told to stop. acknowledged: id -> recipients.

    unsure: ids whose answer never came: they may be there, or not, or twice when sent again.
    """

    def __init__(self, server, seed):
        self.server = server
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}
        self.unsure = set()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(SENDERS)]

    def run(self, number):
        count = 0
        while not self.stopping.is_set():
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client = smtplib.SMTP("127.0.0.1", self.server.ports["smtp"], "c.example", 5)
                with contextlib.closing(client):
                    client.ehlo()
                    while not self.stopping.is_set():
                        count += 1
                        self.one(client, f"{number}.{count}@load.example", count)

    def one(self, client, name, count):
        users = (
            {count % USERS + 1, (count * 7) % USERS + 1} if count % 5 == 0 else {count % USERS + 1}
        )
        message = (
            f"From: a@load.example\r\nSubject: {name}\r\nMessage-ID: <{name}>\r\n\r\n"
            + "text of the message\r\n" * (count % 50)
        )
        client.mail("a@load.example")
        for user in users:
            code, _ = client.rcpt(f"user{user}@example.test")
            if code != 250:
                client.rset()
                return
        with self.lock:
            self.unsure.add(name)
        code, _ = client.data(message)
        with self.lock:
            self.unsure.discard(name)
            if code == 250:
                self.acknowledged[name] = users


def found(server):
    """Return (user, id) -> how often it is in the user's mailbox."""
    counts: Counter[tuple[int, str]] = Counter()
    for user in range(1, USERS + 1):
        client = server.imap(user)
        client.select("INBOX", readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        for part in data:
            if isinstance(part, tuple):
                match = re.search(rb"<([^>]+)>", part[1])
                assert match is not None, part
                counts[(user, match[1].decode())] += 1
        client.logout()
    return counts


def test_nothing_acknowledged_is_lost_or_doubled(server):
    seed = int.from_bytes(os.urandom(4), "big")
    load = Load(server, seed)
    for thread in load.threads:
        thread.start()
    for number in range(KILLS):
        time.sleep(load.random.uniform(0.02, 0.5))
        if number % 25 == 24:
            server.kill_all()
            server.start()
            continue
        workers = server.workers()
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(load.random.choice(workers), signal.SIGKILL)
    load.stopping.set()
    for thread in load.threads:
        thread.join(30)
    server.await_ready()
    counts = found(server)
    lost = [
        (user, name)
        for name, users in load.acknowledged.items()
        for user in users
        if not counts[(user, name)]
    ]
    assert lost == [], f"seed {seed}"
    doubled = [key for key, count in counts.items() if count > 1 and key[1] not in load.unsure]
    assert doubled == [], f"seed {seed}"
    assert len(load.acknowledged) > KILLS
    server.stop()
    done = server.command("store", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
