"""What the server engine tells the session, and what it keeps to (server.py)."""

import enum
from dataclasses import dataclass
from typing import Final

from pillarbox.imap import command as c


class State(enum.Enum):
    """RFC 9051 §3."""

    NOT_AUTHENTICATED = enum.auto()
    AUTHENTICATED = enum.auto()
    SELECTED = enum.auto()
    LOGOUT = enum.auto()


@dataclass(frozen=True, slots=True)
class Limits:
    """All in octets but `errors`.

    line: one line (RFC 7162 §4 asks for 8192 or more). command: lines and literals of one
    command, without messages. before_login: both of these, before login. append: one
    message, None for no limit. swallow: a refused literal that the client sends anyway
    (RFC 7888 §4); beyond it the connection is closed. errors: BAD answers in a row.
    """

    line: int = 64 * 1024
    command: int = 256 * 1024
    before_login: int = 16 * 1024
    append: int | None = None
    swallow: int = 64 * 1024 * 1024
    errors: int = 20


@dataclass(slots=True)
class Request:
    """A command, complete and in order.

    Answer: `send_tagged`. Also possible: for Idle `send_continuation`, after which
    IdleDone comes; for Authenticate `send_continuation`, after which AuthResponse comes.
    """

    tag: bytes
    command: c.Command


@dataclass(slots=True)
class AuthResponse:
    """The client's answer to a challenge, decoded. Answer as to Authenticate."""

    tag: bytes
    data: bytes


@dataclass(slots=True)
class IdleDone:
    """DONE. Answer: `send_tagged`."""

    tag: bytes


@dataclass(slots=True)
class AppendStart:
    """A message is about to arrive. first: False for the later ones of MULTIAPPEND.

    Answer: `accept_literal`, then come its LiteralChunks, then an AppendStart or the
    AppendEnd; or `send_tagged` to refuse: then nothing more comes of the whole command.
    """

    tag: bytes
    mailbox: str
    message: c.AppendMessage
    first: bool


@dataclass(slots=True)
class LiteralChunk:
    """Octets of the message. Needs no answer."""

    data: bytes


@dataclass(slots=True)
class AppendEnd:
    """All messages are complete. Answer: `send_tagged`."""

    tag: bytes


@dataclass(slots=True)
class Aborted:
    """The command that was under way has been answered BAD. Needs no answer.

    Forget what you hold for it: an APPEND that broke off, a cancelled AUTHENTICATE, an
    IDLE that was ended by something else than DONE.
    """

    tag: bytes


@dataclass(slots=True)
class Closed:
    """No more events: the peer is gone, or a BYE is to be sent. Needs no answer."""


Question = Request | AuthResponse | IdleDone | AppendStart | AppendEnd
Event = Question | LiteralChunk | Aborted | Closed

_ANY: Final = frozenset({State.NOT_AUTHENTICATED, State.AUTHENTICATED, State.SELECTED})
_BEFORE: Final = frozenset({State.NOT_AUTHENTICATED})
_AFTER: Final = frozenset({State.AUTHENTICATED, State.SELECTED})
_OPEN: Final = frozenset({State.SELECTED})

# The whole state machine (RFC 9051 §6): for each command, the states in which it is in
# order, the state after OK, and after NO. None: no change. BAD never changes it.
MACHINE: Final[dict[type[c.Command], tuple[frozenset[State], State | None, State | None]]] = {
    c.Capability: (_ANY, None, None),
    c.Noop: (_ANY, None, None),
    c.Id: (_ANY, None, None),
    c.Logout: (_ANY, State.LOGOUT, State.LOGOUT),
    c.StartTls: (_BEFORE, None, None),
    c.Authenticate: (_BEFORE, State.AUTHENTICATED, None),
    c.Login: (_BEFORE, State.AUTHENTICATED, None),
    # RFC 5161 §3.1: not after SELECT. Clients do it all the same, and no harm is done.
    c.Enable: (_AFTER, None, None),
    # RFC 9051 §6.3.2: a failed SELECT leaves no mailbox selected.
    c.Select: (_AFTER, State.SELECTED, State.AUTHENTICATED),
    c.Create: (_AFTER, None, None),
    c.Delete: (_AFTER, None, None),
    c.Rename: (_AFTER, None, None),
    c.Subscribe: (_AFTER, None, None),
    c.Unsubscribe: (_AFTER, None, None),
    c.List: (_AFTER, None, None),
    c.Lsub: (_AFTER, None, None),
    c.Namespace: (_AFTER, None, None),
    c.Status: (_AFTER, None, None),
    c.Append: (_AFTER, None, None),
    c.Idle: (_AFTER, None, None),
    c.GetQuota: (_AFTER, None, None),
    c.GetQuotaRoot: (_AFTER, None, None),
    c.Check: (_OPEN, None, None),
    c.Close: (_OPEN, State.AUTHENTICATED, None),
    c.Unselect: (_OPEN, State.AUTHENTICATED, None),
    c.Expunge: (_OPEN, None, None),
    c.Search: (_OPEN, None, None),
    c.Sort: (_OPEN, None, None),
    c.Thread: (_OPEN, None, None),
    c.Fetch: (_OPEN, None, None),
    c.Store: (_OPEN, None, None),
    c.Copy: (_OPEN, None, None),
    c.Move: (_OPEN, None, None),
}
