"""sasl/scram_server.py."""

import base64

import pytest
from hypothesis import given

from pillarbox.base.password import scram_keys
from pillarbox.sasl.exchange import Challenge, Failure, Fault, NeedKeys, Success
from pillarbox.sasl.scram_client import ScramClient
from pillarbox.sasl.scram_server import ScramServer
from tests.smtp.strategies import octets

KEYS = scram_keys("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)


def server(*, plus: bool = False, binding: bytes | None = None) -> ScramServer:
    return ScramServer(NONCE, plus=plus, binding=binding, fake_key=b"secret")


def test_rfc7677_section_3():
    exchange = server()
    assert exchange.start(FIRST) == NeedKeys("user", "")
    assert exchange.provide(KEYS) == Challenge(
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert exchange.step(FINAL) == Challenge(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert exchange.step(b"") == Success("user", "")


def test_without_initial_response():
    exchange = server()
    assert exchange.start(None) == Challenge(b"")
    assert exchange.step(FIRST) == NeedKeys("user", "")


def talk(client: ScramClient, exchange: ScramServer, keys=KEYS):
    step = exchange.start(client.initial)
    while isinstance(step, Challenge | NeedKeys):
        if isinstance(step, NeedKeys):
            step = exchange.provide(keys)
            continue
        response = client.step(step.data)
        assert response is not None
        step = exchange.step(response)
    return step


CERT = b"hash of a certificate"
BINDINGS = [
    # client binds to, server offers plus as the client sees it, server binds to, result
    (None, False, None, Success("user", "")),
    (None, False, CERT, Success("user", "")),
    (CERT, True, CERT, Success("user", "")),
    (b"other", True, CERT, Failure(Fault.CHANNEL_BINDING)),
    (CERT, False, CERT, Failure(Fault.DOWNGRADE)),
    (CERT, False, None, Success("user", "")),
]


@pytest.mark.parametrize(("ours", "plus", "theirs", "expected"), BINDINGS)
def test_channel_binding(ours, plus, theirs, expected):
    client = ScramClient("user", "pencil", "abc", binding=ours, plus=plus)
    exchange = server(plus=client.mechanism.endswith("PLUS"), binding=theirs)
    assert talk(client, exchange) == expected
    assert client.done == isinstance(expected, Success)


def test_a_wrong_password_and_no_account_look_alike():
    steps = []
    for keys in (KEYS, None):
        client = ScramClient("user", "pen", "abc")
        assert talk(client, server(), keys) == Failure(Fault.REJECTED)
        exchange = server()
        exchange.start(FIRST)
        step = exchange.provide(keys)
        assert isinstance(step, Challenge)
        steps.append(step)
    assert len(steps[0].data) == len(steps[1].data)
    exchange = server()
    exchange.start(FIRST)
    assert exchange.provide(None) == steps[1]


def test_malformed_orders():
    assert server().provide(KEYS) == Failure(Fault.MALFORMED)
    exchange = server()
    exchange.start(FIRST)
    assert exchange.step(FINAL) == Failure(Fault.MALFORMED)
    exchange.provide(KEYS)
    assert exchange.provide(KEYS) == Failure(Fault.MALFORMED)
    assert exchange.step(FINAL[:-8] + b"AA==") == Failure(Fault.MALFORMED)
    assert exchange.step(FINAL.replace(b"k0,", b"k1,")) == Failure(Fault.MALFORMED)
    assert exchange.step(FINAL.replace(b"biws", b"eSws")) == Failure(Fault.CHANNEL_BINDING)
    exchange.step(FINAL)
    assert exchange.step(b"x") == Failure(Fault.MALFORMED)


WRONG = [
    (b"p=tls-unique,,n=u,r=n", True),
    (b"p=tls-server-end-point,,n=u,r=n", False),
    (b"n,,n=u,r=n", True),
]


@pytest.mark.parametrize(("message", "plus"), WRONG)
def test_wrong_binding_flags(message, plus):
    assert server(plus=plus, binding=CERT).start(message) == Failure(Fault.CHANNEL_BINDING)


def test_an_identity_to_act_as():
    assert server().start(b"n,a=boss," + FIRST[3:]) == NeedKeys("user", "boss")


@given(octets(max_size=60), octets(max_size=60))
def test_any_octets_are_survived(first, final):
    exchange = server()
    if isinstance(exchange.start(first), NeedKeys):
        exchange.provide(None)
    assert isinstance(exchange.step(final), Failure | NeedKeys)


@pytest.mark.parametrize(
    ("password", "result"),
    [
        ("pencil", Success("user", "")),
        ("pen", Success("user", "", 2)),
        ("chalk", Failure(Fault.REJECTED)),
        ("crayon", Failure(Fault.REJECTED)),
    ],
)
def test_other_passwords_of_the_account(password, result):
    # Those whose salt is another cannot be meant: the client has made its proof with ours.
    chalk = scram_keys("chalk", b"another salt", 4096)
    crayon = scram_keys("crayon", KEYS.salt, 5000)
    more = [chalk, scram_keys("pen", KEYS.salt, 4096), crayon]
    exchange = server()
    client = ScramClient("user", password, nonce="rOprNGfwEbeRWgbNEkqO")
    assert client.initial is not None
    exchange.start(client.initial)
    step = exchange.provide(KEYS, more)
    while isinstance(step, Challenge):
        response = client.step(step.data)
        assert response is not None
        step = exchange.step(response)
    assert step == result


def test_there_are_no_other_passwords_of_nobody():
    exchange = server()
    client = ScramClient("user", "pencil", nonce="rOprNGfwEbeRWgbNEkqO")
    assert client.initial is not None
    exchange.start(client.initial)
    step = exchange.provide(None, [KEYS])
    assert isinstance(step, Challenge)
    response = client.step(step.data)
    assert response is not None
    assert exchange.step(response) == Failure(Fault.REJECTED)
