"""Envelopes and clients as they are kept with a message that waits: JSON. Pure."""

from typing import Final

import msgspec

from pillarbox.base.errors import Corrupt
from pillarbox.delivery.envelope import Client, Envelope

_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_CLIENT: Final = msgspec.json.Decoder(Client)


def write(envelope: Envelope) -> str:
    """Return an envelope as it is stored."""
    return msgspec.json.encode(envelope).decode()


def write_client(client: Client) -> str:
    """Return a client as it is stored."""
    return msgspec.json.encode(client).decode()


def read(stored: str) -> Envelope:
    """Return what `write` was given. Raises Corrupt."""
    try:
        return _ENVELOPE.decode(stored)
    except msgspec.MsgspecError:
        raise Corrupt("a stored envelope") from None


def read_client(stored: str) -> Client:
    """Return what `write_client` was given. Raises Corrupt."""
    try:
        return _CLIENT.decode(stored)
    except msgspec.MsgspecError:
        raise Corrupt("a stored client") from None
