import json

import pytest

from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import seal
from tests.cli import mail
from tests.cli.mail import AT, IP, MESSAGE

CLIENT = ("--ip", IP, "--helo", "mx.sender.example", "--from", "carl@sender.example")
STRANGER = ("--ip", "198.51.100.9", "--helo", "x.example", "--from", "carl@sender.example")


@pytest.fixture
def verify(bare, tmp_path):
    """Judge octets with a zone; return what `--json` says."""

    def run(message, *args, records=None, code=0):
        (tmp_path / "m.eml").write_bytes(message)
        (tmp_path / "z.zone").write_text(mail.zone() if records is None else records)
        args = ("verify", "m.eml", "--zone", "z.zone", "--at", AT, *args, "--json")
        return json.loads(bare(*args, code=code).stdout)

    return run


def test_the_shape(verify):
    found = verify(mail.signed(), *CLIENT)
    assert found["spf"] == {
        "result": "pass",
        "domain": "sender.example",
        "explanation": "",
        "terms": [
            {"record": "sender.example", "depth": 0, "term": f"ip4:{IP}", "matched": True,
             "detail": found["spf"]["terms"][0]["detail"]}
        ],
        "lookups": 0,
    }  # fmt: skip
    assert found["dkim"] == [
        {
            "domain": "sender.example",
            "selector": "s",
            "result": "pass",
            "reason": "",
            "forensics": None,
        }
    ]
    assert found["dmarc"] == {"result": "pass", "policy": "none", "disposition": "none"}
    assert found["arc"] == {"result": "none", "cv": "none", "reason": "", "chain": []}
    assert (found["verdict"], found["action"]) == ("proven", "accept")
    keys = [step["key"] for step in found["steps"]]
    assert keys == ["spf.pass", "dkim.pass", "dmarc.pass", "decision.accept"]
    assert found["steps"][0]["evidence"]["answers"][0]["server"] == "zone"


def changed(message):
    return message.replace(b"Hello", b"Pay me")


# id, message, client, DMARC record, (spf, dkim, dmarc, disposition, verdict, action)
CASES = [
    ("all", mail.signed, CLIENT, "p=reject",
     ("pass", "pass", "pass", "none", "proven", "accept")),
    ("forwarded", mail.signed, STRANGER, "p=reject",
     ("fail", "pass", "pass", "none", "via", "accept")),
    ("forged", lambda: MESSAGE, STRANGER, "p=reject",
     ("fail", None, "fail", "reject", "forged", "refuse")),
    ("suspicious", lambda: MESSAGE, STRANGER, "p=quarantine",
     ("fail", None, "fail", "quarantine", "misfit", "junk")),
    ("altered", lambda: changed(mail.signed()), STRANGER, "p=none",
     ("fail", "fail", "fail", "none", "misfit", "junk")),
    ("no client", mail.signed, (), "p=reject",
     ("none", "pass", "pass", "none", "proven", "accept")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "message", "client", "dmarc", "expected"), CASES)
def test_verdicts(verify, name, message, client, dmarc, expected):
    found = verify(message(), *client, records=mail.zone(dmarc=f"v=DMARC1; {dmarc}"))
    signature = found["dkim"][0]["result"] if found["dkim"] else None
    assert (
        found["spf"]["result"], signature, found["dmarc"]["result"],
        found["dmarc"]["disposition"], found["verdict"], found["action"],
    ) == expected  # fmt: skip


def test_reason_of_a_broken_signature(verify):
    assert verify(changed(mail.signed()))["dkim"][0]["reason"] == "body_hash"


def test_without_ip_spf_is_not_asked_and_no_step_says_so(verify):
    found = verify(mail.signed())
    assert not any(step["key"].startswith("spf") for step in found["steps"])


def test_dns_that_does_not_answer(verify):
    found = verify(MESSAGE, *CLIENT, records=mail.zone() + "$FAIL _dmarc.sender.example\n")
    assert (found["dmarc"]["result"], found["action"]) == ("temperror", "defer")


def test_an_arc_chain(verify):
    message = mail.signed()
    authres = b"list.example; dkim=pass header.d=sender.example"
    fields = seal(
        message, mail.key(), authres=authres, cv=ChainStatus.NONE,
        domain="sender.example", selector="s", now=mail.NOW,
    )  # fmt: skip
    message = fields + message
    assert verify(message)["arc"] == {
        "result": "pass",
        "cv": "pass",
        "reason": "",
        "chain": [
            {"instance": 1, "domain": "sender.example", "selector": "s", "cv": "none",
             "seal": True, "message": True}
        ],
    }  # fmt: skip
    assert verify(changed(message))["arc"]["result"] == "fail"


def test_the_explanation_of_a_domain(verify):
    spf = 'sender.example. IN TXT "v=spf1 -all exp=why.sender.example"\n'
    why = 'why.sender.example. IN TXT "%{i} may not, says %{r}"\n'
    records = mail.zone(spf="", dmarc="") + spf + why
    found = verify(MESSAGE, *STRANGER, "--hostname", "mx.here.example", records=records)
    assert found["spf"]["explanation"] == "198.51.100.9 may not, says mx.here.example"


def test_bare_line_feeds_are_told_and_mended(bare, tmp_path):
    (tmp_path / "z.zone").write_text(mail.zone())
    (tmp_path / "m.eml").write_bytes(mail.signed().replace(b"\r\n", b"\n"))
    result = bare("verify", "m.eml", "--zone", "z.zone", "--at", AT, *CLIENT, "--json")
    assert json.loads(result.stdout)["dkim"][0]["result"] == "pass"
    assert "bare LF" in result.stderr


def test_standard_input(bare, tmp_path):
    (tmp_path / "z.zone").write_text(mail.zone())
    args = ("verify", "-", "--zone", "z.zone", "--at", AT, "--json")
    found = json.loads(bare(*args, stdin=mail.signed()).stdout)
    assert found["verdict"] == "proven"


def test_words_for_people(bare, tmp_path):
    (tmp_path / "z.zone").write_text(mail.zone())
    (tmp_path / "m.eml").write_bytes(mail.signed())
    args = ("verify", "m.eml", "--zone", "z.zone", "--at", AT)
    plain = bare(*args, *CLIENT).stdout
    assert "This really comes from sender.example" in plain
    assert "Grüße" in plain
    assert "\x1b" not in plain
    assert "rule: RFC 7208" not in plain
    assert "SPF for sender.example: pass" in bare(*args, *CLIENT, "-v").stdout
    assert "rule: RFC 7208" in bare(*args, *CLIENT, "-vv").stdout
    assert "SPF was not checked" in bare(*args).stderr


def test_the_sender_that_is_guessed_is_told(bare, tmp_path):
    (tmp_path / "z.zone").write_text(mail.zone())
    (tmp_path / "m.eml").write_bytes(b"Return-Path: <bounce@sender.example>\r\n" + MESSAGE)
    result = bare("verify", "m.eml", "--zone", "z.zone", "--ip", IP)
    assert "<bounce@sender.example>" in result.stderr


@pytest.mark.parametrize("option", [("--from", "<>"), ("--from", "")])
def test_the_null_sender_stands_for_the_helo_name(verify, option):
    client = ("--ip", IP, "--helo", "sender.example", *option)
    assert verify(MESSAGE, *client)["spf"]["domain"] == "sender.example"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("verify", "none.eml"), 1, "none.eml: No such file"),
        (("verify", "empty.eml"), 1, "empty.eml: there is no message"),
        (("verify", "m.eml", "--zone", "bad.zone"), 1, "bad.zone:1: "),
        (("verify", "m.eml", "--zone", "none.zone"), 2, "does not exist"),
        (("verify", "m.eml", "--ip", "x"), 2, "not an IP address"),
        (("verify", "m.eml", "--at", "-1"), 2, "not in the range"),
    ],
)
def test_failures(bare, tmp_path, args, code, words):
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "m.eml").write_bytes(MESSAGE)
    (tmp_path / "bad.zone").write_text("nonsense\n")
    assert words in bare(*args, code=code).stderr


@pytest.mark.parametrize("octets", [b"\0" * 100, b"\r\n", b":\n:\n", b"From: \xff\xfe\r\n\r\n\xff"])
def test_any_octets_are_judged(verify, octets):
    assert verify(octets, *CLIENT)["verdict"] in {"misfit", "unproven"}


FAILURES = [
    ("footer", lambda m: m + b"--\r\nThe list\r\n", "footer_added", "body, line 2"),
    ("subject", lambda m: m.replace(b"Subject: ", b"Subject: [dev] "), "subject_tagged",
     "header subject"),
    ("body", lambda m: m.replace(b"Hello Anna.", b"Pay me."), "unknown", "body"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage", "cause", "where"), FAILURES)
def test_why_a_signature_fails(verify, name, damage, cause, where):
    (signature,) = verify(damage(mail.signed()), *CLIENT)["dkim"]
    assert signature["result"] == "fail", name
    found = signature["forensics"]
    assert (found["cause"], found["where"]) == (cause, where)
    assert 0 <= found["confidence"] <= 1
    assert (found["confidence"] > 0.5) is (cause != "unknown")


def test_why_a_signature_fails_in_words(bare, tmp_path):
    (tmp_path / "m.eml").write_bytes(mail.signed() + b"--\r\nThe list\r\n")
    (tmp_path / "z.zone").write_text(mail.zone())
    told = bare("verify", "m.eml", "--zone", "z.zone", "--at", AT).stdout
    assert "The signature of sender.example fails: Text was added at the end" in told
