"""sasl/scram_client.py. Its dialogs with the server are in test_scram_server.py."""

import pytest
from hypothesis import given

from pillarbox.base.password import PasswordProblem
from pillarbox.sasl.scram_client import ScramClient
from tests.smtp.strategies import octets

FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def client() -> ScramClient:
    return ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO")


def test_rfc7677_section_3():
    exchange = client()
    assert exchange.initial == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.step(b"") == exchange.initial
    assert exchange.step(FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert not exchange.done
    assert exchange.step(FINAL) == b""
    assert exchange.done
    assert exchange.step(FINAL) is None


@pytest.mark.parametrize(
    "challenge",
    [
        FIRST.replace(b"rOpr", b"xOpr"),
        b"r=rOprNGfwEbeRWgbNEkqO,s=YQ==,i=4096",
        FIRST.replace(b"4096", b"4095"),
        FIRST.replace(b"4096", b"999999"),
        FIRST.replace(b"W22Z", b"W2=Z"),
        b"m=x," + FIRST,
        b"e=other-error",
        b"x",
    ],
)
def test_a_false_challenge_cancels(challenge):
    assert client().step(challenge) is None


@pytest.mark.parametrize(
    "final", [b"v=AAAA", b"e=invalid-proof", b"", FINAL[:-2], b"v=" + b"A" * 44]
)
def test_a_server_that_does_not_know_the_password(final):
    exchange = client()
    exchange.step(FIRST)
    assert exchange.step(final) is None
    assert not exchange.done


def test_names_are_escaped_and_prepared():
    assert ScramClient("a,=\u00adb", "x", "n").initial == b"n,,n=a=2C=3Db,r=n"
    with pytest.raises(PasswordProblem):
        ScramClient("user", "", "n")


@given(octets(max_size=60))
def test_any_challenge_is_survived(challenge):
    assert client().step(challenge) in {None, client().initial}
