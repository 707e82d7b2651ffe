"""sasl/plain.py."""

import pytest
from hypothesis import given

from pillarbox.sasl.exchange import Challenge, CheckPassword, Failure, Fault
from pillarbox.sasl.plain import LoginClient, LoginServer, PlainClient, PlainServer
from tests.smtp.strategies import octets

MALFORMED = Failure(Fault.MALFORMED)
CASES = [
    (b"\0tim\0tanstaaftanstaaf", CheckPassword("tim", "tanstaaftanstaaf", "")),  # RFC 4616 §4
    (b"Ursel\0Kurt\0xipj3plmq", CheckPassword("Kurt", "xipj3plmq", "Ursel")),
    ("\0ü\0p ü".encode(), CheckPassword("ü", "p ü", "")),
    (b"", MALFORMED),
    (b"\0tim\0", MALFORMED),
    (b"\0\0x", MALFORMED),
    (b"tim\0x", MALFORMED),
    (b"\0tim\0x\0", MALFORMED),
    (b"\xff\0tim\0x", MALFORMED),
    (b"\0tim\0" + b"x" * 1025, MALFORMED),
]


@pytest.mark.parametrize(("message", "expected"), CASES)
def test_plain(message, expected):
    assert PlainServer().start(message) == expected
    server = PlainServer()
    assert server.start(None) == Challenge(b"")
    assert server.step(message) == expected
    assert server.provide(None) == MALFORMED


def test_login():
    server = LoginServer()
    assert server.start(None) == Challenge(b"Username:")
    assert server.step(b"tim") == Challenge(b"Password:")
    assert server.step(b"x") == CheckPassword("tim", "x", "")
    server = LoginServer()
    assert server.start(b"tim") == Challenge(b"Password:")
    assert server.step(b"") == MALFORMED
    assert LoginServer().step(b"a\0b") == MALFORMED
    assert LoginServer().provide(None) == MALFORMED


def test_clients_fit_the_servers():
    plain = PlainClient("tim", "x", "boss")
    assert plain.done
    assert plain.step(b"") == plain.initial
    assert plain.step(b"what?") is None
    assert PlainServer().start(plain.initial) == CheckPassword("tim", "x", "boss")
    login = LoginClient("tim", "x")
    assert login.initial is None
    assert [login.step(b"User Name"), login.done] == [b"tim", False]
    assert [login.step(b"\xff"), login.done, login.step(b"")] == [b"x", True, None]


@given(octets(max_size=30), octets(max_size=30))
def test_any_octets_are_survived(first, second):
    assert isinstance(PlainServer().start(first), CheckPassword | Failure)
    server = LoginServer()
    if isinstance(server.start(first), Challenge):
        assert isinstance(server.step(second), CheckPassword | Failure)
