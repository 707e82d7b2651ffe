"""The authority of a message frame: which message of which account, and with what images."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

from pillarbox.mime import html as sanitizer
from pillarbox.serve.view_token import BadToken, Tokens, expiry
from pillarbox.store.ids import AccountId, MessageId

Remote = Literal["blocked", "proxied"]
"""Whether images from elsewhere are fetched, by us."""

_PURPOSE: Final = "frame"
_MODES: Final[dict[str, Remote]] = {"b": "blocked", "p": "proxied"}


class FrameTicket(NamedTuple):
    """What the token of a frame says."""

    account_id: AccountId
    message_id: MessageId
    remote: Remote


def address(tokens: Tokens, ticket: FrameTicket, now: datetime) -> str:
    """Return the path under which everything of a frame lies; it ends in a slash."""
    fields: list[int | str] = [
        ticket.account_id,
        ticket.message_id,
        ticket.remote[0],
        sanitizer.VERSION,
    ]
    return f"/m/{tokens.make(_PURPOSE, fields, expiry(now))}/"


def read(tokens: Tokens, token: str, now: datetime) -> FrameTicket:
    """Return what a token says. Raises BadToken."""
    account_id, message_id, mode, version = tokens.read(_PURPOSE, token, now)
    if version != sanitizer.VERSION:
        raise BadToken("of an older version")
    assert isinstance(account_id, int)
    assert isinstance(message_id, int)
    return FrameTicket(AccountId(account_id), MessageId(message_id), _MODES[str(mode)])
