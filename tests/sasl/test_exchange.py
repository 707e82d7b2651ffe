"""sasl/exchange.py: every mechanism has the shape that the drivers rely on."""

from pillarbox.base.password import scram_keys
from pillarbox.sasl.exchange import Challenge, CheckPassword, NeedKeys, Success
from pillarbox.sasl.mechanism import client_exchange, offered, server_exchange

KEYS = scram_keys("pw", b"salt", 4096)


def test_each_mechanism_ends_well_with_the_right_password():
    for mechanism in offered(binding=b"cert"):
        client = client_exchange((mechanism,), "user", "pw", nonce="c", binding=b"cert")
        if mechanism == "SCRAM-SHA-256":  # a client that could bind would smell a downgrade
            client = client_exchange((mechanism,), "user", "pw", nonce="c", binding=None)
        server = server_exchange(mechanism, nonce="s", binding=b"cert", fake_key=b"k")
        assert client is not None
        assert server is not None
        assert client.mechanism == mechanism
        step = server.start(client.initial)
        while isinstance(step, Challenge | NeedKeys):
            if isinstance(step, NeedKeys):
                step = server.provide(KEYS)
            else:
                step = server.step(client.step(step.data) or b"")
        assert step in {Success("user", ""), CheckPassword("user", "pw", "")}
        assert client.done
