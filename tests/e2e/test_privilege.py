"""Started as root with a `user`, on a port below 1024: no process has a way back to root."""

import os
import pwd
import shutil
import smtplib
import socket
import tempfile
from pathlib import Path

import pytest

from tests.e2e.server import ROOT, Server

USER = "nobody"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give root up"),
]


def low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    pytest.fail("no port below 1024 is free")


def readable(path, uid):
    """Tell whether another user gets to a folder: a checkout may lie where it does not."""
    return all(
        folder.stat().st_uid == uid or folder.stat().st_mode & 0o005 == 0o005
        for folder in (path, *path.parents)
    )


@pytest.fixture
def server():
    entry = pwd.getpwnam(USER)
    for needed in (ROOT / "src" / "pillarbox", Path(os.__file__).parent):
        if not readable(needed, entry.pw_uid):
            pytest.skip(f"{USER} may not read {needed}")
    folder = Path(tempfile.mkdtemp(prefix="pillarbox-root-"))
    folder.chmod(0o755)
    server = Server(folder, top=f'user = "{USER}"\n', ports={"smtp": low_port()})
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def test_nobody_who_serves_is_root_or_can_become_it(server):
    entry = pwd.getpwnam(USER)
    workers = server.workers()
    assert len(workers) == 2
    for pid in (server.process.pid, *workers):
        found = status(pid)
        # Real, effective, saved, and of the file system.
        assert found["Uid"] == [str(entry.pw_uid)] * 4
        assert found["Gid"] == [str(entry.pw_gid)] * 4
        assert set(map(int, found["Groups"])) == set(os.getgrouplist(USER, entry.pw_gid))
        for name in ("CapPrm", "CapEff", "CapAmb"):
            assert int(found[name][0], 16) == 0, name
        # No program that belongs to root, or has capabilities, gives any.
        assert found["NoNewPrivs"] == ["1"]


def test_all_state_is_the_users_also_after_commands_of_root(server):
    entry = pwd.getpwnam(USER)
    server.send(["user1@example.test"], "From: a@example.com\r\nSubject: x\r\n\r\ny\r\n")
    for words in (("domain", "add", "more.test"), ("store", "verify"), ("account", "list")):
        done = server.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    state = server.folder / "state"
    for path in (state, *state.rglob("*")):
        known = path.lstat()
        assert (known.st_uid, known.st_gid) == (entry.pw_uid, entry.pw_gid), path
    assert (state / "master.key").stat().st_mode & 0o077 == 0
    assert (state / "key.pem").stat().st_mode & 0o077 == 0


def test_a_second_start_follows_no_link_out_of_the_state_folder(server):
    """What the user put there while it served gives it nothing when root starts again."""
    server.stop()
    state = server.folder / "state"
    owned_by_root = server.folder / "secret"
    owned_by_root.write_text("of root")
    (state / "by-name").symlink_to(owned_by_root)
    (state / "by-number").hardlink_to(owned_by_root)
    (state / "certificate.pem").unlink()
    (state / "key.pem").unlink()
    (state / "certificate.pem").symlink_to(owned_by_root)
    # Writing the certificate through the link is refused to the user, so it does not start.
    with pytest.raises(AssertionError):
        server.start()
    assert owned_by_root.stat().st_uid == 0
    assert owned_by_root.read_text() == "of root"
    (state / "certificate.pem").unlink()
    server.start()
    with smtplib.SMTP("127.0.0.1", server.ports["smtp"], "c.example", 10) as client:
        assert client.noop()[0] == 250
    assert owned_by_root.stat().st_uid == 0
