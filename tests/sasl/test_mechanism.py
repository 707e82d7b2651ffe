"""sasl/mechanism.py."""

from pillarbox.sasl.mechanism import client_exchange, offered, server_exchange

KEY = b"secret"


def test_what_is_offered_can_be_had():
    for binding in (None, b"hash"):
        for mechanism in offered(binding=binding):
            assert server_exchange(mechanism, nonce="n", binding=binding, fake_key=KEY)
    assert offered(binding=b"hash")[0] == "SCRAM-SHA-256-PLUS"
    assert "SCRAM-SHA-256-PLUS" not in offered(binding=None)
    plus = "SCRAM-SHA-256-PLUS"
    assert server_exchange(plus, nonce="n", binding=None, fake_key=KEY) is None
    assert server_exchange("CRAM-MD5", nonce="n", binding=None, fake_key=KEY) is None


def test_the_client_takes_the_best():
    def best(mechanisms, binding=None):
        found = client_exchange(mechanisms, "u", "p", nonce="n", binding=binding)
        return found and found.mechanism

    everything = offered(binding=b"hash")
    assert best(everything, b"hash") == "SCRAM-SHA-256-PLUS"
    assert best(everything) == "SCRAM-SHA-256"
    assert best(("LOGIN", "PLAIN")) == "PLAIN"
    assert best(("LOGIN",)) == "LOGIN"
    assert best(("CRAM-MD5",)) is None
    assert best(("SCRAM-SHA-256-PLUS",)) is None
