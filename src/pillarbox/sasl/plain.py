"""PLAIN (RFC 4616) and LOGIN: the password itself, so under TLS only.

LOGIN has no RFC. Servers ask twice, and clients disagree on the words of the question;
only the order counts.
"""

from collections.abc import Sequence

from pillarbox.base.password import ScramKeys
from pillarbox.sasl.exchange import (
    MAX_NAME_OCTETS,
    Challenge,
    CheckPassword,
    Failure,
    Fault,
    Step,
)

_MALFORMED = Failure(Fault.MALFORMED)


class PlainServer:
    """PLAIN: [authzid] NUL authcid NUL passwd."""

    def start(self, initial: bytes | None) -> Step:
        return Challenge(b"") if initial is None else self.step(initial)

    def step(self, response: bytes) -> Step:
        parts = [_text(part) for part in response.split(b"\0")]
        if len(parts) != 3 or not parts[1] or not parts[2] or parts[0] is None:
            return _MALFORMED
        return CheckPassword(parts[1], parts[2], parts[0])

    def provide(self, _keys: ScramKeys | None, _more: Sequence[ScramKeys] = (), /) -> Step:
        """Never asked for."""
        return _MALFORMED


class LoginServer:
    """LOGIN: a name, then a password. An initial response is the name."""

    def __init__(self) -> None:
        self._username = ""

    def start(self, initial: bytes | None) -> Step:
        return Challenge(b"Username:") if initial is None else self.step(initial)

    def step(self, response: bytes) -> Step:
        text = _text(response)
        if not text or "\0" in text:
            return _MALFORMED
        if self._username:
            return CheckPassword(self._username, text, "")
        self._username = text
        return Challenge(b"Password:")

    def provide(self, _keys: ScramKeys | None, _more: Sequence[ScramKeys] = (), /) -> Step:
        """Never asked for."""
        return _MALFORMED


class PlainClient:
    """PLAIN. The username must have no NUL, nor the password."""

    mechanism = "PLAIN"

    def __init__(self, username: str, password: str, authzid: str = "") -> None:
        self.initial: bytes | None = f"{authzid}\0{username}\0{password}".encode()
        self.done = True

    def step(self, challenge: bytes) -> bytes | None:
        """Answer the empty challenge of a server that took no initial response."""
        return None if challenge else self.initial


class LoginClient:
    """LOGIN, which begins with the server's question."""

    mechanism = "LOGIN"

    def __init__(self, username: str, password: str) -> None:
        self.initial: bytes | None = None
        self.done = False
        self._answers = [password.encode(), username.encode()]

    def step(self, _challenge: bytes, /) -> bytes | None:
        """Answer two questions, whatever their words."""
        if not self._answers:
            return None
        answer = self._answers.pop()
        self.done = not self._answers
        return answer


def _text(data: bytes) -> str | None:
    """Return a name or password as text; None if it is too long or not UTF-8."""
    if len(data) > MAX_NAME_OCTETS:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
