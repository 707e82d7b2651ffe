"""What a SASL exchange asks and answers (RFC 4422 §3).

A server exchange takes the client's octets and returns the next `Step`. It knows no
accounts: where it needs one it asks, and the driver, which may wait for a database or a
thread, goes on with `provide` or decides by itself.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pillarbox.base.password import ScramKeys

MAX_NAME_OCTETS = 1024
"""Octets of a user name, authorization identity or password. RFC 4616 §2 says 255."""


class Fault(enum.Enum):
    """Why an exchange failed. For logs and traces: the peer hears the same for all."""

    MALFORMED = "malformed message"
    CHANNEL_BINDING = "channel binding does not fit"
    DOWNGRADE = "channel binding was hidden from the client"
    REJECTED = "wrong password or unknown account"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send this, and give the client's answer to `step`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class NeedKeys:
    """Look up the SCRAM keys of this account, and call `provide`, with None if there are none.

    authzid: whom to act as, "" for the account itself.
    """

    username: str
    authzid: str


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """The client has shown its password. Whether it is right ends the exchange."""

    username: str
    password: str
    authzid: str


@dataclass(frozen=True, slots=True)
class Success:
    """The client is who it says. Whether it may act as `authzid` is not decided here.

    which: of the keys that were provided, whose password it was: 0, or the number among `more`.
    """

    username: str
    authzid: str
    which: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """The exchange is over."""

    fault: Fault


Step = Challenge | NeedKeys | CheckPassword | Success | Failure


class ServerExchange(Protocol):
    """One authentication, seen by the server. Never raises for what a client sends."""

    def start(self, initial: bytes | None, /) -> Step:
        """Begin. initial: the client's first message if it came with the command."""
        ...

    def step(self, response: bytes, /) -> Step:
        """Go on after a Challenge."""
        ...

    def provide(self, keys: ScramKeys | None, more: Sequence[ScramKeys] = (), /) -> Step:
        """Go on after NeedKeys.

        more: of other passwords that the account has. The client makes its proof before we know
        which password it has, so they only count if salt and iterations are those of `keys`.
        """
        ...


class ClientExchange(Protocol):
    """One authentication, seen by the client.

    mechanism: the SASL name. initial: the first message, or None if the server begins.
    done: nothing is missing, in particular the server has proved itself if it can. A
    success that comes while it is False must not be believed.
    """

    mechanism: str
    initial: bytes | None
    done: bool

    def step(self, challenge: bytes, /) -> bytes | None:
        """Return the response to a challenge, or None to cancel."""
        ...
