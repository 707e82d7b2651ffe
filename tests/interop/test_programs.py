"""Other people's programs against a whole server: mbsync, mutt, curl, Postfix."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.e2e.server import Server, free_port

pytestmark = [pytest.mark.interop, pytest.mark.e2e]
MESSAGES = 3


def program(name):
    """Return the path of a program that `make services` installs."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/postfix/sbin")
    assert path is not None, f"{name} is not installed; type: make services"
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("interop"), workers=1)
    server.start()
    for number in range(MESSAGES):
        server.send(
            ["user1@example.test"],
            f"From: Ann <ann@example.com>\r\nTo: user1@example.test\r\nSubject: Nr {number}\r\n"
            f"Message-ID: <{number}@example.com>\r\n"
            f"Date: Mon, 23 Nov 2026 10:00:0{number} +0000\r\n"
            f"\r\nText {number}\r\n.a line with a dot\r\n",
        )
    yield server
    server.stop()


@pytest.fixture
def open_folder():
    """Return a new folder that other users may enter, as Postfix's own must."""
    with tempfile.TemporaryDirectory(prefix="postfix-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def run(*words, **options):
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, **options)
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")
    return done.stdout


def test_mbsync_both_ways(server, tmp_path):
    """Mail comes down, a flag and a new message go up."""
    maildir = tmp_path / "mail"
    maildir.mkdir()
    config = tmp_path / "mbsyncrc"
    config.write_text(
        f"IMAPAccount a\nHost 127.0.0.1\nPort {server.ports['imap']}\nUser user1@example.test\n"
        "Pass pw\nSSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\n"
        f"MaildirStore near\nPath {maildir}/\nInbox {maildir}/INBOX\nSubFolders Verbatim\n\n"
        "Channel c\nFar :far:\nNear :near:\nPatterns INBOX Archive\nCreate Both\nExpunge Both\n"
        "SyncState *\n"
    )
    run(program("mbsync"), "-c", str(config), "c")
    inbox = maildir / "INBOX"
    files = [p for sub in ("new", "cur") for p in (inbox / sub).iterdir()]
    assert len(files) >= MESSAGES
    texts = [p.read_bytes() for p in files]
    assert any(b"\n.a line with a dot" in text for text in texts)
    first = next(p for p, text in zip(files, texts, strict=True) if b"Subject: Nr 0" in text)
    name = first.name.split(":")[0]
    first.rename(inbox / "cur" / f"{name}:2,FS")
    (inbox / "new" / "1.local.host").write_bytes(b"Subject: from below\n\nhello\n")
    run(program("mbsync"), "-c", str(config), "c")
    client = server.imap(1)
    client.select("INBOX")
    assert client.search(None, "FLAGGED SEEN SUBJECT", '"Nr 0"')[1][0]
    assert client.search(None, "SUBJECT", '"from below"')[1][0]
    client.logout()
    run(program("mbsync"), "-c", str(config), "c")


def test_mutt_reads_a_mailbox(server, tmp_path):
    """mutt opens the INBOX, saves every message to a file, and leaves."""
    saved = tmp_path / "saved"
    (tmp_path / "Mail").mkdir()  # else mutt asks whether to make it
    config = tmp_path / "muttrc"
    config.write_text(
        "set ssl_starttls=no\nset ssl_force_tls=no\nset imap_authenticators=login\n"
        "set imap_pass=pw\nset mbox_type=mbox\nset confirmappend=no\nset quit=yes\nset delete=no\n"
        "set move=no\nset wait_key=no\nset confirmcreate=no\nset copy=yes\n"
    )
    keys = f"<tag-pattern>~A<enter><tag-prefix><copy-message>{saved}<enter><exit>"
    url = f"imap://user1%40example.test@127.0.0.1:{server.ports['imap']}/INBOX"
    run(
        "script", "-qec",
        f"{program('mutt')} -n -F {config} -e 'push \"{keys}\"' -f '{url}'", "/dev/null",
        stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert saved.read_bytes().count(b"Subject: Nr ") >= MESSAGES


def test_curl_speaks_all_three(server):
    curl = program("curl")
    user = ("--user", "user2@example.test:pw", "-sS")
    text = b"From: c@example.com\r\nSubject: by curl\r\n\r\nhello\r\n"
    run(
        curl, "-sS", f"smtp://127.0.0.1:{server.ports['smtp']}/client.example.com",
        "--mail-from", "c@example.com", "--mail-rcpt", "user2@example.test", "-T", "-", input=text,
    )  # fmt: skip
    inbox = run(curl, *user, f"imap://127.0.0.1:{server.ports['imap']}/INBOX;UID=1")
    assert b"Subject: by curl" in inbox
    listing = run(curl, *user, f"pop3://127.0.0.1:{server.ports['pop3']}/")
    assert listing.startswith(b"1 ")
    assert b"hello" in run(curl, *user, f"pop3://127.0.0.1:{server.ports['pop3']}/1")


def test_postfix_sends_to_us(server, open_folder):
    """A Postfix of our own hands a message to our server over SMTP, pipelined."""
    if os.geteuid() != 0:
        pytest.fail("Postfix needs root to start")
    home = open_folder
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    port = free_port()
    (home / "etc" / "main.cf").write_text(
        f"compatibility_level = 3.6\nqueue_directory = {home}/queue\n"
        f"data_directory = {home}/data\n"
        f"maillog_file = {home}/log\nmaillog_file_prefixes = {home}\n"
        "myhostname = pf.example.com\n"
        "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination =\nalias_maps =\n"
        f"mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:{server.ports['smtp']}\n"
        "smtp_tls_security_level = none\nsmtpd_relay_restrictions = permit_mynetworks, reject\n"
    )
    rows = (
        f"127.0.0.1:{port} inet n - n - - smtpd", "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce", "smtp unix - - n - - smtp",
        "relay unix - - n - - smtp", "error unix - - n - - error", "retry unix - - n - - error",
        "proxymap unix - - n - - proxymap", "tlsmgr unix - - n 1000? 1 tlsmgr",
        "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    )  # fmt: skip
    (home / "etc" / "master.cf").write_text("\n".join(rows) + "\n")
    run(program("postfix"), "-c", str(home / "etc"), "start")
    try:
        text = b"From: p@pf.example.com\r\nSubject: by Postfix\r\n\r\nhello\r\n"
        run(
            program("curl"), "-sS", f"smtp://127.0.0.1:{port}/pf.example.com", "--mail-from",
            "p@pf.example.com", "--mail-rcpt", "user3@example.test", "-T", "-", input=text,
        )  # fmt: skip
        end = time.monotonic() + 30
        while True:
            client = server.imap(3)
            client.select("INBOX")
            found = client.search(None, "SUBJECT", '"by Postfix"')[1][0]
            client.logout()
            if found:
                break
            assert time.monotonic() < end, (home / "log").read_text()
            time.sleep(0.2)
    finally:
        run(program("postfix"), "-c", str(home / "etc"), "stop")
