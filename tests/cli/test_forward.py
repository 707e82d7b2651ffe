import pytest

from . import mail


def test_whom_we_know(shell):
    added = shell.json("forward", "known", "add", "sealer", "Lists.Project.Example")
    assert (added["value"], added["reason"]) == ("lists.project.example", "trusted_forwarder")
    shell.run(
        "forward", "known", "add", "list", "<dev.lists.example>", "--account", "anna@example.org"
    )
    with shell.file.open("a") as file:
        file.write('[forwarding]\nnetworks = ["192.0.2.0/24"]\n')
    found = shell.json("forward", "known", "list")
    assert [(e["kind"], e["value"]) for e in found] == [
        ("network", "192.0.2.0/24"),
        ("sealer", "lists.project.example"),
        ("list", "dev.lists.example"),
    ]
    assert found[0]["since"] == "settings"
    assert found[2]["account"] == "anna@example.org"
    assert "lists.project.example" in shell.run("forward", "known", "list")
    shell.run("forward", "known", "remove", "sealer", "lists.project.example")
    assert len(shell.json("forward", "known", "list")) == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", "sealer", "nodots"), "no domain name for a sealer"),
        (("add", "network", "1.2.3.4/8"), "host bits"),
        (("add", "sealer", "a.example", "--signed-by", "b.example"), "only a list"),
        (("remove", "sealer", "a.example"), "there is no known sealer a.example"),
    ],
)
def test_failures(shell, args, words):
    assert words in shell.fails("forward", "known", *args)


def test_twice_is_an_error(shell):
    shell.run("forward", "known", "add", "sealer", "a.example")
    assert "exists already" in shell.fails("forward", "known", "add", "sealer", "a.example")


def test_the_secret_is_rotated(shell):
    assert "1 older still opens" in shell.run("forward", "rotate-secret")
    assert "2 older still open " in shell.run("forward", "rotate-secret")


STRICT = mail.zone("v=DMARC1; p=reject", f"v=spf1 ip4:{mail.IP} -all")


def test_what_would_survive(shell):
    mail.receive(shell, mail.MESSAGE, records=STRICT, to="info@example.org")
    mail.receive(shell, mail.MESSAGE, records=STRICT, to="info@example.org")
    mail.receive(shell, mail.signed(), records=STRICT, to="info@example.org")
    mail.receive(shell, mail.MESSAGE, records=STRICT, to="bert@example.org")
    found = shell.json("forward", "check", "info@example.org", code=1)
    assert (found["examined"], found["refused"], found["passes"]) == (3, 2, 1)
    (finding,) = found["findings"]
    assert (finding["domain"], finding["reason"]) == ("sender.example", "only_server")
    assert finding["policy"] == "reject"
    assert len(finding["traces"]) == 2
    words = shell.run("forward", "check", "info@example.org", code=1)
    assert "Of the last 3 messages, 2 would fail" in words
    assert "ask sender.example to sign" in words
    assert shell.json("forward", "check", "x@example.org", "--all", code=1)["examined"] == 4
    assert shell.json("forward", "check", "info@example.org", "--last", "1")["examined"] == 1


def test_nothing_on_record(shell):
    assert "--all" in shell.run("forward", "check", "info@example.org")


def test_an_exception_is_made_again_when_judged_again(shell):
    shell.run("forward", "known", "add", "network", mail.IP)
    answer = mail.receive(
        shell, mail.signed() + b"footer\r\n", records=STRICT.replace(mail.IP, "::1")
    )
    assert answer.code == 250
    again = shell.json("trace", "replay", answer.trace_id)
    assert again["same"] is True
    words = shell.run("trace", "show", answer.trace_id)
    assert "is known here as a forwarder" in words
