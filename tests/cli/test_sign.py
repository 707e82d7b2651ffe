import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pillarbox.mailauth.publish import quote_txt

from . import mail


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key.pem").write_bytes(mail.key().pem())
    (tmp_path / "message.eml").write_bytes(mail.MESSAGE)
    (tmp_path / "zone.txt").write_text(mail.zone())
    return tmp_path


WHERE = ("--domain", "sender.example", "--selector", "s", "--key", "key.pem", "--at", str(mail.AT))


def sign(shell, *args, stdin=""):
    return shell.result("sign", *args, *WHERE, stdin=stdin).stdout_bytes


def verify(shell, files, message):
    (files / "signed.eml").write_bytes(message)
    return shell.json("verify", "signed.eml", "--zone", "zone.txt", "--at", mail.AT)


def test_sign(shell, files):
    signed = sign(shell, "message.eml")
    assert signed.endswith(mail.MESSAGE)
    assert [s["result"] for s in verify(shell, files, signed)["dkim"]] == ["pass"]
    chosen = sign(shell, "message.eml", "--headers", "From:Subject")
    assert b"h=From:Subject;" in chosen.replace(b"\r\n\t", b"").replace(b" ", b"")
    assert [s["result"] for s in verify(shell, files, chosen)["dkim"]] == ["pass"]


def test_bare_line_feeds_are_sent_as_crlf(shell, files):
    (files / "message.eml").write_bytes(mail.MESSAGE.replace(b"\r\n", b"\n"))
    assert sign(shell, "message.eml").endswith(mail.MESSAGE)


def test_what_a_seal_must_not_cover_is_left_out_and_told(shell, files):
    wanted = ("--headers", "From:ARC-Seal:authentication-results:To", "--cv", "none")
    found = shell.result("sign", "message.eml", "--arc", *wanted, *WHERE)
    assert b"h=From:To;" in found.stdout_bytes
    assert found.stderr == (
        "left out of h=: ARC-Seal, authentication-results (RFC 8617 §4.1.2 forbids it there)\n"
    )


def test_seal(shell, files):
    results = b"Authentication-Results: mx.a; spf=pass; arc=none\r\n"
    (files / "message.eml").write_bytes(results + mail.MESSAGE)
    once = sign(shell, "message.eml", "--arc", "--zone", "zone.txt")
    assert once.startswith(b"ARC-Seal: i=1;")
    found = verify(shell, files, once)["arc"]
    assert (found["result"], len(found["chain"])) == ("pass", 1)
    assert b"mx.a; spf=pass; arc=none" in once
    (files / "once.eml").write_bytes(once.replace(results, b""))
    twice = sign(shell, "once.eml", "--arc", "--zone", "zone.txt", "--headers", "From:To")
    found = verify(shell, files, twice)["arc"]
    assert (found["result"], [one["cv"] for one in found["chain"]]) == ("pass", ["none", "pass"])
    failed = sign(shell, "once.eml", "--arc", "--cv", "fail")
    assert verify(shell, files, failed)["arc"]["result"] == "fail"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("message.eml", "--arc", "--cv", "pass"), "cv=none is for messages without a chain"),
        (("gone.eml",), "gone.eml"),
        (("empty.eml",), "there is no message"),
        (("message.eml", "--headers", "To"), "needs a From field"),
    ],
)
def test_failures(shell, files, args, words):
    (files / "empty.eml").write_bytes(b"")
    assert words in shell.fails("sign", *args, *WHERE)


KEYS = [
    (b"no key", "key.pem: not a private key; give PEM"),
    (b"AAAA", "key.pem: an Ed25519 key has 32 octets, not 3"),
    (b"-----BEGIN PRIVATE KEY-----\n", "key.pem: not a private key in PEM form"),
]


@pytest.mark.parametrize(("key", "words"), KEYS)
def test_a_key_that_is_none(shell, files, key, words):
    (files / "key.pem").write_bytes(key)
    assert words in shell.fails("sign", "message.eml", *WHERE)


def test_an_ed25519_key_in_base64(shell, files):
    private = Ed25519PrivateKey.generate()
    (files / "key.pem").write_bytes(base64.b64encode(private.private_bytes_raw()) + b"\n")
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    record = quote_txt(f"v=DKIM1; k=ed25519; p={public}")
    (files / "zone.txt").write_text(f"s._domainkey.sender.example. IN TXT {record}\n")
    signed = sign(shell, "message.eml")
    assert b"a=ed25519-sha256" in signed
    assert [s["result"] for s in verify(shell, files, signed)["dkim"]] == ["pass"]


def test_other_tags(shell, files):
    plain = ("--canonicalisation", "simple/simple", "--identity", "@sender.example")
    signed = sign(shell, "message.eml", *plain, "--expires", "60")
    tags = signed.split(b"\r\nFrom:")[0].replace(b"\r\n\t", b" ")
    assert b"c=simple/simple" in tags
    assert b"i=@sender.example" in tags
    assert b"x=%d" % (mail.AT + 60) in tags
    assert [s["result"] for s in verify(shell, files, signed)["dkim"]] == ["pass"]
