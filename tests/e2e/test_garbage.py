"""Any octets to any port: a protocol error or a close, no traceback, no growth."""

import contextlib
import os
import random
import socket
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
PORTS = ("smtp", "lmtp", "imap", "pop3", "http")
RANDOM = random.Random(7)

GARBAGE = [
    ("random octets", lambda: RANDOM.randbytes(4000)),
    ("one endless line", lambda: b"A" * 1_000_000),
    ("NULs", lambda: b"\0" * 5000),
    ("TLS hello", lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + RANDOM.randbytes(500)),
    ("lone line feeds", lambda: b"EHLO x\nMAIL FROM:<>\n" * 300),
    ("lone carriage returns", lambda: b"a1 NOOP\r" * 300),
    ("huge literal", lambda: b"a1 LOGIN {999999999999}\r\n"),
    ("huge literal, no wait", lambda: b"a1 LOGIN {9999999+}\r\n" + b"x" * 200_000),
    ("deep parentheses", lambda: b"a1 FETCH " + b"(" * 60_000 + b"\r\n"),
    ("endless BDAT", lambda: b"EHLO x\r\nBDAT 99999999999999999999 LAST\r\n" + b"x" * 100_000),
    ("many commands", lambda: b"NOOP\r\n" * 20_000),
    ("UTF-8 torn", lambda: b"EHLO \xc3\xc3\xc3\r\n" * 100),
    ("half a command", lambda: b"EHL"),
    (
        "HTTP smuggling",
        lambda: b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nx",
    ),
]


def resident(server):
    """Return the resident memory of all workers, octets."""
    total = 0
    for pid in server.workers():
        statm = Path(f"/proc/{pid}/statm").read_text()
        total += int(statm.split()[1]) * os.sysconf("SC_PAGESIZE")
    return total


def poke(server, name, octets):
    with contextlib.suppress(OSError), server.connect(name, 5) as sock:
        sock.settimeout(5)
        sock.sendall(octets)
        sock.shutdown(socket.SHUT_WR)
        said = b""
        while chunk := sock.recv(65536):
            said += chunk
            if len(said) > 10_000_000:
                raise AssertionError("it never stops talking")
        return said
    return b""


def test_garbage_everywhere(server):
    for name in PORTS:
        poke(server, name, b"warm up\r\n")
    before = resident(server)
    workers = set(server.workers())
    for _ in range(3):
        for _, make in GARBAGE:
            for name in PORTS:
                said = poke(server, name, make())
                assert b"Traceback" not in said
                assert b"/src/" not in said
    assert set(server.workers()) == workers, "a worker died"
    assert resident(server) - before < 50 * 1024 * 1024
    assert server.send(["user1@example.test"], "Subject: still here\r\n\r\nx\r\n") == {}
    log = server.log.read_text()
    assert "Traceback" not in log, log[-3000:]
