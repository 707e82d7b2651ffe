"""Memory: the idle server, and what one idle TLS IMAP connection adds to it."""

import subprocess
import sys
import time
from contextlib import contextmanager

from bench.harness import RUN, inside
from bench.ours import IMAPS, SETTINGS, Ours

WARM, COUNT = 60, 500

# Every connection is a mail program at rest: signed in, INBOX selected, in IDLE.
CLIENT = """
import imaplib, ssl, sys
context = ssl._create_unverified_context()
kept = []
for number in range(int(sys.argv[1])):
    c = imaplib.IMAP4_SSL('127.0.0.1', int(sys.argv[2]), ssl_context=context, timeout=30)
    c.login(f'user{number % 10 + 1}@example.test', 'pw')
    assert c.select()[0] == 'OK'
    c.send(b'i IDLE\\r\\n')
    assert c.readline().startswith(b'+')
    kept.append(c)
print('ready', flush=True)
sys.stdin.read()
"""


@contextmanager
def clients(count):
    """Hold `count` idle TLS IMAP connections open."""
    with subprocess.Popen(
        inside(sys.executable, "-c", CLIENT, str(count), str(IMAPS)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            if process.stdout.readline() != "ready\n":
                raise SystemExit("bench: an idle IMAP connection could not be opened")
            time.sleep(1)
            yield
        finally:
            process.stdin.close()


def memory():
    """Return (idle PSS of the whole server in MiB, KiB for each idle TLS IMAP connection).

    The first connections pay for what is loaded only once (TLS, passwords, IMAP): they stay
    open and are not counted.
    """
    settings = RUN / "tls.toml"
    text = SETTINGS.read_text().replace('"run/state"', '"tls-state"')
    listener = f'[[listener]]\nprotocol = "imap"\naddress = "127.0.0.1"\nport = {IMAPS}\n'
    settings.write_text(text.replace("[limits]", listener + 'tls = "implicit"\n\n[limits]', 1))
    with Ours(settings, RUN / "tls-state") as ours:
        time.sleep(2)
        idle = ours.pss_kib() / 1024
        with clients(WARM):
            before = ours.pss_kib()
            with clients(COUNT):
                return idle, (ours.pss_kib() - before) / COUNT
