"""Which mechanisms there are, and which one to use."""

from collections.abc import Collection
from typing import Final

from pillarbox.sasl import scram
from pillarbox.sasl.exchange import ClientExchange, ServerExchange
from pillarbox.sasl.plain import LoginClient, LoginServer, PlainClient, PlainServer
from pillarbox.sasl.scram_client import ScramClient
from pillarbox.sasl.scram_server import ScramServer

NONCE_OCTETS: Final = 18  # of randomness; base64 of it is a good nonce


def offered(*, binding: bytes | None) -> tuple[str, ...]:
    """Return the mechanisms that a server offers, best first; all of them need TLS.

    binding: of this connection, None if there is none.
    """
    plus = (scram.PLUS,) if binding is not None else ()
    return (*plus, scram.MECHANISM, "PLAIN", "LOGIN")


def server_exchange(
    mechanism: str, *, nonce: str, binding: bytes | None, fake_key: bytes
) -> ServerExchange | None:
    """Return an exchange for the mechanism that a client chose, None if there is none.

    nonce, binding, fake_key: see `ScramServer`.
    """
    if mechanism == "PLAIN":
        return PlainServer()
    if mechanism == "LOGIN":
        return LoginServer()
    if mechanism == scram.MECHANISM or (mechanism == scram.PLUS and binding is not None):
        plus = mechanism == scram.PLUS
        return ScramServer(nonce, plus=plus, binding=binding, fake_key=fake_key)
    return None


def client_exchange(
    mechanisms: Collection[str], username: str, password: str, *, nonce: str, binding: bytes | None
) -> ClientExchange | None:
    """Return an exchange for the best mechanism that a server offers, None if there is none.

    Call it under TLS only. Raises PasswordProblem for what SCRAM cannot prepare.
    """
    if scram.MECHANISM in mechanisms or (scram.PLUS in mechanisms and binding is not None):
        plus = scram.PLUS in mechanisms
        return ScramClient(username, password, nonce, binding=binding, plus=plus)
    if "PLAIN" in mechanisms:
        return PlainClient(username, password)
    return LoginClient(username, password) if "LOGIN" in mechanisms else None
