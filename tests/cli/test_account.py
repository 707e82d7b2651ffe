import pytest

from pillarbox.base import password as passwords
from pillarbox.base.password import Credentials
from pillarbox.store import accounts


def fits(shell, address, password):
    account = shell.read(accounts.find, address)
    return passwords.verify(Credentials.decode(account.credentials), password)


def test_add_with_a_password_from_stdin(shell):
    out = shell.run("account", "add", "carl@example.org", "--password-stdin", stdin="pässword\r\n")
    assert out == "carl@example.org is added.\n"
    assert fits(shell, "carl@example.org", "pässword")
    assert not fits(shell, "carl@example.org", "other")


def test_add_prompts_twice_and_shows_nothing(shell):
    result = shell.result("account", "add", "carl@example.org", stdin="open sesame\nopen sesame\n")
    assert "sesame" not in result.output
    assert "Repeat" in result.stderr
    assert fits(shell, "carl@example.org", "open sesame")


def test_add_prompts_again_when_both_differ(shell):
    result = shell.result("account", "add", "carl@example.org", stdin="a1\nb2\nc3\nc3\n")
    assert "do not match" in result.stderr
    assert fits(shell, "carl@example.org", "c3")


def test_add_makes_a_password_and_prints_it_once(shell):
    out = shell.run("account", "add", "carl@example.org", "--generate")
    assert fits(shell, "carl@example.org", out.split()[-1])
    told = shell.json("account", "add", "dora@example.org", "--generate")
    assert fits(shell, "dora@example.org", told["password"])
    quiet = shell.json("account", "add", "emil@example.org", "--password-stdin", stdin="x\n")
    assert quiet == {"address": "emil@example.org"}


@pytest.mark.parametrize(
    ("address", "stdin", "words"),
    [
        ("anna@example.org", "x\n", "account anna@example.org exists already"),
        ("info@example.org", "x\n", "alias info@example.org exists already"),
        ("anna@elsewhere.example", "x\n", "there is no domain of anna@elsewhere.example"),
        ("carl@example.org", "", "standard input: there is no password"),
        ("carl@example.org", "\n", "standard input: there is no password"),
        ("carl@example.org", "x" * 1025 + "\n", "the password cannot be used: over 1024"),
        ("carl@example.org", "a\x07\n", "the password cannot be used"),
        ("carl@example.org", b"\xff\n", "standard input: the password is not UTF-8"),
    ],
)
def test_add_fails_in_one_line(shell, address, stdin, words):
    assert words in shell.fails("account", "add", address, "--password-stdin", stdin=stdin)


def test_add_is_never_given_a_password_on_the_command_line(shell):
    shell.fails("account", "add", "carl@example.org", "--password", "secret", code=2)
    shell.fails("account", "add", "carl@example.org", "secret", code=2)


def test_list_tells_no_credentials(shell):
    found = shell.json("account", "list")
    assert [account["address"] for account in found] == ["anna@example.org", "bert@example.org"]
    assert set(found[0]) == {
        "address", "disabled", "used_octets", "used_messages", "quota_octets", "created_at",
    }  # fmt: skip
    assert "argon2" not in shell.run("account", "list")
    assert shell.json("account", "list", "--domain", "other.example") == []


def test_password(shell):
    assert fits(shell, "anna@example.org", "secret")
    shell.run("account", "password", "anna@example.org", "--password-stdin", stdin="new\n")
    assert fits(shell, "anna@example.org", "new")
    out = shell.run("account", "password", "Anna@Example.org", "--generate")
    assert fits(shell, "anna@example.org", out.split()[-1])
    assert "there is no account" in shell.fails(
        "account", "password", "nobody@example.org", "--password-stdin", stdin="x\n"
    )


def test_password_sources_exclude_each_other(shell):
    args = ("account", "password", "anna@example.org", "--password-stdin", "--generate")
    assert "either" in shell.fails(*args, stdin="x\n", code=2)


def test_disable_and_enable(shell):
    shell.run("account", "disable", "anna@example.org")
    assert shell.json("account", "list")[0]["disabled"] is True
    assert "disabled" in shell.run("account", "list")
    shell.run("account", "enable", "anna@example.org")
    assert shell.json("account", "list")[0]["disabled"] is False


def test_quota(shell):
    shell.run("account", "quota", "anna@example.org", "2G")
    shown = shell.json("account", "quota", "anna@example.org")
    assert shown == {
        "address": "anna@example.org", "used_octets": 0, "used_messages": 0,
        "quota_octets": 2 * 2**30,
    }  # fmt: skip
    assert "2.0 GiB" in shell.run("account", "quota", "anna@example.org")
    assert "no limit" in shell.run("account", "quota", "anna@example.org", "0")
    made = ("account", "add", "carl@example.org", "--generate", "--quota", "1M")
    shell.run(*made)
    assert shell.json("account", "quota", "carl@example.org")["quota_octets"] == 2**20


def test_remove(shell):
    assert "Aborted" in shell.fails("account", "remove", "anna@example.org", stdin="\n")
    shell.run("account", "remove", "anna@example.org", "--yes")
    assert [a["address"] for a in shell.json("account", "list")] == ["bert@example.org"]
    assert "there is no account" in shell.fails("account", "remove", "anna@example.org", "--yes")
    assert shell.json("store", "verify")["ok"] is True
