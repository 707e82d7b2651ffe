"""The server side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).

Nobody learns from an exchange whether an account exists: an unknown one gets a salt that
is always the same for its name, and fails only at the end, like a wrong password.
"""

import hmac
from collections.abc import Sequence

from pillarbox.base.password import SALT_OCTETS, SCRAM_ITERATIONS, ScramKeys
from pillarbox.sasl import scram
from pillarbox.sasl.exchange import Challenge, Failure, Fault, NeedKeys, Step, Success


class ScramServer:
    """One exchange.

    nonce: our part, printable ASCII without commas, random. plus: the client chose the
    -PLUS mechanism. binding: what the channel is bound to (`binding.py`), None without
    TLS; if there is one, -PLUS was offered. fake_key: secret, the same for all exchanges.
    """

    def __init__(self, nonce: str, *, plus: bool, binding: bytes | None, fake_key: bytes) -> None:
        self._nonce = nonce
        self._plus = plus
        self._binding = binding
        self._fake_key = fake_key
        self._first: scram.ClientFirst | None = None
        self._server_first = b""
        self._keys: ScramKeys | None = None
        self._more: list[tuple[int, ScramKeys]] = []
        self._known = False
        self._proved = False
        self._which = 0

    def start(self, initial: bytes | None) -> Step:
        return Challenge(b"") if initial is None else self.step(initial)

    def step(self, response: bytes) -> Step:
        try:
            if self._proved:
                return self._end(response)
            if self._first is None:
                return self._begin(scram.parse_first(response))
            return self._prove(scram.parse_final(response))
        except scram.ScramProblem:
            return Failure(Fault.MALFORMED)

    def provide(self, keys: ScramKeys | None, more: Sequence[ScramKeys] = ()) -> Step:
        first = self._first
        if first is None or self._server_first:
            return Failure(Fault.MALFORMED)
        self._known = keys is not None
        self._keys = offered = keys or self._fake(first.username)
        same = (offered.salt, offered.iterations)
        self._more = [
            (number, other)
            for number, other in enumerate(more, 1)
            if (other.salt, other.iterations) == same
        ]
        self._nonce = first.nonce + self._nonce
        salt = scram.encode_base64(self._keys.salt)
        self._server_first = b"r=%s,s=%s,i=%d" % (
            self._nonce.encode(),
            salt,
            self._keys.iterations,
        )
        return Challenge(self._server_first)

    def _begin(self, first: scram.ClientFirst) -> Step:
        """Check what the client says of channel binding (RFC 5802 §6)."""
        self._first = first
        if first.flag == "y" and self._binding is not None:
            # It could bind, and believes that we cannot: somebody removed our offer.
            return Failure(Fault.DOWNGRADE)
        if (first.flag == "p") != self._plus:
            return Failure(Fault.CHANNEL_BINDING)
        if self._plus and (first.binding != scram.BINDING or self._binding is None):
            return Failure(Fault.CHANNEL_BINDING)
        return NeedKeys(first.username, first.authzid)

    def _prove(self, final: scram.ClientFinal) -> Step:
        first, keys = self._first, self._keys
        if first is None or keys is None or not hmac.compare_digest(final.nonce, self._nonce):
            return Failure(Fault.MALFORMED)
        channel = first.header + (self._binding or b"" if self._plus else b"")
        if not hmac.compare_digest(final.channel, channel):
            return Failure(Fault.CHANNEL_BINDING)
        message = b",".join((first.bare, self._server_first, final.bare))
        if len(final.proof) != len(keys.stored_key):
            return Failure(Fault.MALFORMED)
        right = None
        for number, one in [(0, keys), *self._more]:
            # All of them are compared, whichever fits.
            client_key = scram.xor(final.proof, scram.sign(one.stored_key, message))
            if hmac.compare_digest(scram.stored_key(client_key), one.stored_key):
                right, keys = number, one
        if right is None or not self._known:
            return Failure(Fault.REJECTED)
        self._proved, self._which = True, right
        # SMTP, IMAP and POP3 carry no data with success: RFC 4422 §3.6, one round more.
        return Challenge(b"v=" + scram.encode_base64(scram.sign(keys.server_key, message)))

    def _end(self, response: bytes) -> Step:
        if response or self._first is None:
            return Failure(Fault.MALFORMED)
        return Success(self._first.username, self._first.authzid, self._which)

    def _fake(self, username: str) -> ScramKeys:
        seed = hmac.digest(self._fake_key, username.encode(), "sha256")
        never = hmac.digest(self._fake_key, b"\0" + username.encode(), "sha256")
        return ScramKeys(seed[:SALT_OCTETS], SCRAM_ITERATIONS, never, never)
