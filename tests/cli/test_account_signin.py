"""How an account is signed in to, from the command line."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pillarbox.base import token as tokens
from pillarbox.cli.account_signin import web_origin
from pillarbox.store import (
    accounts,
    app_passwords,
    passkeys,
    second_factors,
    security_events,
    signin_tickets,
    web_sessions,
)
from pillarbox.store.passkeys import NewPasskey
from pillarbox.store.security_events import Source
from pillarbox.store.web_sessions import Lifetime

ANNA = "anna@example.org"
WEEK = Lifetime(timedelta(days=7), timedelta(days=7), stay=True)


def anna(tx):
    account = accounts.find(tx, ANNA)
    assert account is not None
    return account.account_id


def start(tx, number=1):
    source = Source("Firefox\x1b[31m", "192.0.2.0/24")
    return web_sessions.start(tx, anna(tx), bytes([number]) * 32, WEEK, "password", source)


def test_sessions(shell):
    first, second = shell.write(start, 1), shell.write(start, 2)
    listed = shell.json("account", "sessions", ANNA)
    assert {item["number"] for item in listed} == {first, second}
    assert listed[0]["network"] == "192.0.2.0/24"
    text = shell.run("account", "sessions", ANNA)
    assert "Firefox" in text
    assert "\x1b" not in text
    assert "1 session ended" in shell.run("account", "end-sessions", ANNA, "--number", first)
    assert "there is no session" in shell.fails("account", "end-sessions", ANNA, "--number", first)
    assert shell.json("account", "end-sessions", ANNA) == {"address": ANNA, "ended": 1}
    assert shell.json("account", "sessions", ANNA) == []
    kinds = [event["kind"] for event in shell.json("account", "security", ANNA)]
    assert kinds == ["sessions_ended", "session_ended"]


def test_app_passwords(shell):
    made = shell.json("account", "app-password", "add", ANNA, "Phone", "--scope", "imap")
    assert (made["name"], made["scopes"]) == ("Phone", ["imap"])
    marker = shell.installation.marker
    mark = marker.mark(tokens.APP, tokens.app_password(made["password"]))
    assert shell.read(app_passwords.find_mark, mark).password_no == made["number"]
    result = shell.result("account", "app-password", "add", ANNA, "Other", "--days", "30")
    assert result.stdout.startswith("Password: ")
    assert "imap, smtp" in result.stderr
    listed = shell.json("account", "app-password", "list", ANNA)
    assert [item["name"] for item in listed] == ["Phone", "Other"]
    assert [item["expires_at"] is None for item in listed] == [True, False]
    assert made["password"] not in shell.run("account", "app-password", "list", ANNA)
    number = made["number"]
    assert "Phone: revoked" in shell.run("account", "app-password", "revoke", ANNA, number)
    assert "there is no app password" in shell.fails(
        "account", "app-password", "revoke", ANNA, number
    )
    assert shell.read(app_passwords.find_mark, mark) is None


def test_totp(shell):
    assert "the password only" in shell.run("account", "totp", ANNA)

    def enable(tx):
        second_factors.begin_totp(tx, anna(tx), b"sealed")
        second_factors.enable_totp(tx, anna(tx), 1, [b"x" * 32])
        passkeys.add(tx, anna(tx), NewPasskey(b"c", b"k", 0, "Laptop"))
        second_factors.set_passkeys_only(tx, anna(tx), on=True)

    shell.write(enable)
    text = shell.run("account", "totp", ANNA)
    assert "codes, and has 1 recovery codes and a passkey in place of the password" in text
    assert "the password only" in shell.run("account", "totp", ANNA, "off")
    assert not shell.json("account", "totp", ANNA)["totp"]
    assert not shell.read(lambda tx: second_factors.is_strong(tx, anna(tx)))
    kinds = [event["kind"] for event in shell.json("account", "security", ANNA)]
    assert kinds == ["totp_off", "passkeys_only_off"]


def test_a_link(shell):
    origin = "https://mail.example.org"
    made = shell.json("account", "link", ANNA, "--origin", f"{origin}/")
    start, _, token = made["url"].partition("?link=")
    assert (start, made["minutes"]) == (f"{origin}/sign-in", 15)
    mark = shell.installation.marker.mark(tokens.LINK, token)
    ticket = shell.read(signin_tickets.find, mark, tokens.LINK)
    assert ticket.account_id == shell.read(anna)
    assert "link made" in shell.run("account", "security", ANNA)
    assert "--origin" in shell.fails("account", "link", ANNA)
    shell.fails("account", "link", ANNA, "--minutes", "0", code=2)


@pytest.mark.parametrize(
    ("address", "tls", "port", "origin"),
    [
        ("127.0.0.1", "none", 8080, "http://localhost:8080"),
        ("127.0.0.1", "implicit", 443, "https://localhost"),
        ("0.0.0.0", "implicit", 443, "https://mx.example.org"),
        ("0.0.0.0", "implicit", 8443, "https://mx.example.org:8443"),
    ],
)
def test_where_the_webmail_is(address, tls, port, origin):
    listener: Any = SimpleNamespace(protocol="web", address=address, tls=tls, port=port)
    settings: Any = SimpleNamespace(hostname="mx.example.org", listener=[listener])
    assert web_origin(settings) == origin
    listener.protocol = "imap"
    assert web_origin(settings) == ""


def test_a_new_password_ends_the_sessions(shell):
    shell.write(start)
    told = shell.run("account", "password", ANNA, "--generate")
    assert "must sign in again" in told
    assert shell.json("account", "sessions", ANNA) == []
    events = shell.read(lambda tx: security_events.list_(tx, anna(tx)))
    assert [event.kind for event in events] == ["password_changed"]


@pytest.mark.parametrize(
    "words",
    [
        ("sessions",),
        ("end-sessions",),
        ("app-password", "list"),
        ("totp",),
        ("security",),
        ("link", "--origin", "https://x.example"),
    ],
)
def test_accounts_that_are_not_there(shell, words):
    name, *more = words
    args = [name, *more, "nobody@example.org"]
    assert "there is no account nobody@example.org" in shell.fails("account", *args)
