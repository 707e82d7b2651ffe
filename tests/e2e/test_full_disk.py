"""A full disk answers 452, reads go on, and mail flows again when there is space."""

import os
import shutil
import smtplib
import subprocess

import pytest

from pillarbox.store.packs import RESERVE_OCTETS
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e
ROOM = 192 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 192 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() == 0:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "pillarbox-test", str(folder)],
            check=True,
        )
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    # Without root: a user's own name space could do it; the quota of /dev/shm is at hand.
    folder.rmdir()
    pytest.fail("this test needs root to mount a small tmpfs")


def test_full_disk(small_disk):
    server = Server(small_disk)
    server.start()
    try:
        _fill(server, small_disk)
    finally:
        server.stop()


def _fill(server, folder):
    accepted = 0
    assert server.send(["user1@example.test"], "Subject: first\r\n\r\nx\r\n") == {}
    accepted += 1
    ballast = folder / "ballast"
    free = shutil.disk_usage(folder).free
    with ballast.open("wb") as file:
        file.write(b"\1" * (free - RESERVE_OCTETS - 12 * 1024 * 1024))
    body = os.urandom(300_000).hex()
    lines = "\r\n".join(body[i : i + 70] for i in range(0, len(body), 70))
    refused = None
    for number in range(60):
        try:
            server.send(["user1@example.test"], f"Subject: {number}\r\n\r\n{lines}\r\n")
            accepted += 1
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as exc:
            refused = exc.smtp_code
            break
    assert refused == 452
    client = server.imap(1)
    _, data = client.select("INBOX")
    assert int(data[0]) == accepted
    _, parts = client.fetch("1", "(BODY.PEEK[])")
    assert b"Subject: first" in parts[0][1]
    ballast.unlink()
    assert server.send(["user1@example.test"], "Subject: again\r\n\r\nx\r\n") == {}
    client.noop()
    _, data = client.select("INBOX")
    assert int(data[0]) == accepted + 1
    client.logout()
