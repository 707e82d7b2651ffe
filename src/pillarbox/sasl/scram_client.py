"""The client side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677)."""

import hashlib
import hmac
import re
from typing import Final

from pillarbox.base.password import MIN_ITERATIONS, prepare, saslprep
from pillarbox.sasl import scram

MAX_ITERATIONS: Final = 600_000  # a server that asks for more wants our CPU

_FIRST: Final = re.compile(
    rb"r=([!-+\--~]{1,2048}),s=([A-Za-z0-9+/=]{1,1024}),i=([1-9][0-9]{0,8})(?:,.*)?", re.DOTALL
)
_FINAL: Final = re.compile(rb"v=([A-Za-z0-9+/=]{1,128})(?:,.*)?", re.DOTALL)


class ScramClient:
    """One exchange.

    nonce: our part, printable ASCII without commas, random. binding: what the channel is
    bound to, None without TLS. plus: the server offers -PLUS; it is used if there is a
    binding. Raises PasswordProblem for a name or password that cannot be prepared.
    """

    def __init__(
        self,
        username: str,
        password: str,
        nonce: str,
        *,
        binding: bytes | None = None,
        plus: bool = False,
    ) -> None:
        used = plus and binding is not None
        self.mechanism = scram.PLUS if used else scram.MECHANISM
        # RFC 5802 §6: "y" tells a server that does offer -PLUS of the man in the middle.
        flag = f"p={scram.BINDING}" if used else "n" if binding is None else "y"
        self._header = f"{flag},,".encode()
        self._channel = self._header + (binding or b"" if used else b"")
        self._password = prepare(password)
        self._nonce = nonce
        self._bare = b"n=" + scram.encode_name(saslprep(username)) + b",r=" + nonce.encode()
        self._signature = b""
        self.initial: bytes | None = self._header + self._bare
        self.done = False
        self._started = False

    def step(self, challenge: bytes) -> bytes | None:
        if not challenge and not self._started:
            self._started = True  # a server that took no initial response
            return self.initial
        self._started = True
        try:
            return self._verify(challenge) if self._signature else self._answer(challenge)
        except scram.ScramProblem:
            return None

    def _answer(self, challenge: bytes) -> bytes | None:
        match = _FIRST.fullmatch(challenge)
        if match is None:
            return None
        nonce, salt, iterations = match[1], scram.decode_base64(match[2]), int(match[3])
        ours = self._nonce.encode()
        if not nonce.startswith(ours) or nonce == ours or not salt:
            return None
        if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
            return None
        salted = hashlib.pbkdf2_hmac("sha256", self._password.encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        bare = b"c=" + scram.encode_base64(self._channel) + b",r=" + nonce
        message = b",".join((self._bare, challenge, bare))
        proof = scram.xor(client_key, scram.sign(scram.stored_key(client_key), message))
        self._signature = scram.sign(hmac.digest(salted, b"Server Key", "sha256"), message)
        return bare + b",p=" + scram.encode_base64(proof)

    def _verify(self, challenge: bytes) -> bytes | None:
        """Check that the server knows our keys too."""
        match = _FINAL.fullmatch(challenge)
        if match is None or self.done:
            return None
        if not hmac.compare_digest(scram.decode_base64(match[1]), self._signature):
            return None
        self.done = True
        return b""
