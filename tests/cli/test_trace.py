import json

import pytest

from tests.cli import mail


@pytest.fixture
def proven(shell):
    """The id of the trace of a message that was delivered to anna."""
    answer = mail.receive(shell, mail.signed())
    assert answer.code == 250
    return answer.trace_id


@pytest.fixture
def forged(shell):
    """The id of the trace of a message that was refused."""
    records = mail.zone(dmarc="v=DMARC1; p=reject")
    answer = mail.receive(shell, mail.MESSAGE, ip="198.51.100.9", records=records)
    assert answer.code == 550
    return answer.trace_id


def test_list(shell, proven, forged):
    latest, first = shell.json("trace", "list")
    assert (latest["id"], first["id"]) == (forged, proven)
    assert first == {
        "id": proven,
        "at": "2026-03-01T12:00:00+00:00",
        "direction": "in",
        "action": "delivered",
        "verdict": "proven",
        "account": "",
        "client_ip": mail.IP,
        "sender": "carl@sender.example",
        "recipients": ["anna@example.org"],
        "from": "carl@sender.example",
        "message_id": "1@sender.example",
        "subject": "Grüße",
        "size_octets": len(mail.signed()),
    }
    shown = shell.run("trace", "list")
    assert proven in shown
    assert "refused" in shown


FILTERS = [
    ("--address", "anna@example.org", 2),
    ("--address", "nobody@example.org", 0),
    ("--from", "carl@sender.example", 2),
    ("--to", "anna@example.org", 2),
    ("--to", "carl@sender.example", 0),
    ("--message-id", "1@sender.example", 2),
    ("--ip", "198.51.100.9", 1),
    ("--verdict", "forged", 1),
    ("--action", "delivered", 1),
    ("--since", "2026-03-01", 2),
    ("--since", "2026-03-02", 0),
    ("--limit", "1", 1),
]


def test_filters(shell, proven, forged):
    for option, value, count in FILTERS:
        assert len(shell.json("trace", "list", option, value)) == count, (option, value)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--verdict", "good"), ("--action", "eaten"), ("--since", "then"), ("--ip", "1.2.3")],
)
def test_wrong_filters(shell, option, value):
    shell.fails("trace", "list", option, value, code=2)


def test_show_at_three_levels(shell, proven):
    plain = shell.run("trace", "show", proven)
    assert "carl@sender.example → anna@example.org" in plain
    assert "✓ This really comes from sender.example." in plain
    assert "Delivered." in plain
    assert "DKIM by sender.example" not in plain
    explained = shell.run("trace", "show", "-v", proven)
    assert "DKIM by sender.example, selector s" in explained
    assert '"answers"' not in explained
    raw = shell.run("trace", "show", "-vv", proven)
    assert '"answers"' in raw
    assert "rule: RFC 6376" in raw


def test_show_as_json(shell, proven):
    shown = shell.json("trace", "show", proven)
    assert shown["id"] == proven
    keys = [step["key"] for step in shown["steps"]]
    assert keys[-3:] == ["decision.accept", "route.account", "reply"] or "filed" in keys
    assert shown["sentence"].startswith("This really comes from")


def test_show_of_nothing(shell):
    assert shell.fails("trace", "show", "none") == "pillarbox: there is no trace none"
    shell.fails("trace", "replay", "none")


def test_replay_agrees(shell, proven):
    shutil_zone = shell.folder / "zone.txt"
    shutil_zone.write_text("")  # DNS of today is not asked
    found = shell.json("trace", "replay", proven)
    assert found["same"] is True
    assert found["signatures_verified"] is True
    assert found["missing"] == []
    assert {line["what"]: line["now"] for line in found["results"]} == {
        "SPF": "pass",
        "DKIM sender.example s": "pass",
        "DMARC": "pass",
        "policy": "none",
        "disposition": "none",
        "verdict": "proven",
        "action": "accept",
    }
    assert "differs" not in shell.run("trace", "replay", proven)


def test_replay_of_what_was_refused_takes_signatures_as_recorded(shell, forged):
    result = shell.result("trace", "replay", forged)
    assert "signatures as recorded" in result.stderr
    found = shell.json("trace", "replay", forged)
    assert found["same"] is True
    assert found["signatures_verified"] is False


def test_what_if(shell, forged):
    found = shell.json("trace", "replay", forged, "--policy", "p=none")
    assert found["policy"] == "v=DMARC1; p=none"
    now = {line["what"]: (line["then"], line["now"]) for line in found["results"]}
    assert now["policy"] == ("reject", "none")
    assert now["verdict"] == ("forged", "misfit")
    assert now["action"] == ("refuse", "junk")
    assert "differs" in shell.run("trace", "replay", forged, "--policy", "p=none")


def test_what_if_of_an_unsigned_message_that_was_let_through(shell):
    answer = mail.receive(shell, mail.MESSAGE, ip="198.51.100.9", records=mail.zone(dmarc=""))
    found = shell.json("trace", "replay", answer.trace_id, "--policy", "p=reject")
    assert found["results"][-1] == {
        "what": "action", "then": "junk", "now": "refuse", "same": False,
    }  # fmt: skip


def test_replay_under_other_rules_differs_and_exits_1(shell, forged):
    text = shell.file.read_text() + "\n[checks]\ndmarc_reject = false\n"
    shell.file.write_text(text)
    found = shell.json("trace", "replay", forged, code=1)
    assert found["same"] is False
    assert found["results"][-1]["now"] == "junk"


@pytest.mark.parametrize("policy", ["reject", "p=maybe", "v=DMARC1; p=odd", "v=x"])
def test_wrong_policies(shell, forged, policy):
    assert "not valid: policy" in shell.fails("trace", "replay", forged, "--policy", policy)


def test_replay_wants_something_that_was_judged(shell):
    sent = shell.json(
        "send", "--from", "anna@example.org", "--to", "bert@example.org", stdin="Hi\n"
    )
    line = shell.fails("trace", "replay", sent["trace"])
    assert "nothing was judged" in line


def test_hostile_words_do_not_reach_the_terminal(shell):
    message = mail.MESSAGE.replace(b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", b"=?utf-8?q?=1B[2J=E2=80=AE?=")
    answer = mail.receive(shell, message)
    for args in (("list",), ("show", "-vv", answer.trace_id), ("list", "--json")):
        out = shell.run("trace", *args)
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert json.loads(shell.run("trace", "list", "--json"))


def test_the_story_in_another_language(shell, proven, monkeypatch):
    assert "kommt wirklich von sender.example" in shell.run("trace", "show", proven, "--lang", "de")
    monkeypatch.setenv("LC_ALL", "de_AT.UTF-8")
    assert "kommt wirklich von sender.example" in shell.run("trace", "show", "-v", proven)
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "really comes from sender.example" in shell.run("trace", "show", "-v", proven)
    told = shell.json("trace", "show", proven)
    assert told["headline"] == "This really comes from sender.example."
    german = shell.json("trace", "show", proven, "--lang", "de")
    assert german["headline"] == "Das kommt wirklich von sender.example."
    assert [step["key"] for step in german["steps"]] == [step["key"] for step in told["steps"]]
    assert "en" in shell.fails("trace", "show", proven, "--lang", "xx", code=2)
