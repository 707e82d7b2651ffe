import pytest


def test_add_list_remove(shell):
    shell.run("alias", "add", "team@example.org", "bert@example.org", "x@elsewhere.example")
    assert shell.json("alias", "list") == [
        {"address": "info@example.org", "targets": ["anna@example.org"]},
        {"address": "team@example.org", "targets": ["bert@example.org", "x@elsewhere.example"]},
    ]
    assert "bert@example.org, x@elsewhere.example" in shell.run("alias", "list")
    shell.run("alias", "remove", "team@example.org", "x@elsewhere.example")
    assert shell.json("alias", "list")[1]["targets"] == ["bert@example.org"]
    assert "no alias any more" in shell.run("alias", "remove", "team@example.org")
    assert len(shell.json("alias", "list")) == 1


def test_a_target_elsewhere_gets_a_hint(shell):
    done = shell.result("alias", "add", "team@example.org", "x@elsewhere.example")
    assert "pillarbox forward check team@example.org" in done.stderr
    assert shell.result("alias", "add", "team@example.org", "bert@example.org").stderr == ""


def test_add_keeps_the_targets_that_there_are(shell):
    added = shell.json("alias", "add", "info@example.org", "bert@example.org")
    assert added["targets"] == ["anna@example.org", "bert@example.org"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", "anna@example.org", "bert@example.org"), "account anna@example.org exists"),
        (("add", "a@elsewhere.example", "bert@example.org"), "there is no domain"),
        (("add", "a@example.org", "a@example.org"), "not valid"),
        (("remove", "nobody@example.org"), "there is no alias nobody@example.org"),
    ],
)
def test_failures(shell, args, words):
    assert words in shell.fails("alias", *args)


def test_usage(shell):
    shell.fails("alias", "add", "a@example.org", code=2)
    assert "not a mail address" in shell.fails("alias", "add", "a", "b@c.example", code=2)
