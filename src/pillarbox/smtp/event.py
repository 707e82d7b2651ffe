"""What the server engine asks and tells, and the order in which it may be (RFC 5321 §4.1.4).

Every `Question` wants one answer by `ServerConnection.send`; the other events want none.
"""

import enum
from dataclasses import dataclass
from typing import Final

from pillarbox.smtp import command as c


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may demand.

    line_octets: of a command, without CRLF; RFC 5321 §4.5.3.1.4 asks for 510, the
    extensions add 1200. auth_octets: of an AUTH line (RFC 4954 §4). recipients: of one
    message (RFC 5321 §4.5.3.1.8 asks for 100). errors: commands that the engine refuses
    before an accepted message starts the count again. refusals: negative answers of the
    driver, likewise. swallow_octets: of a message that is already refused.
    """

    line_octets: int = 2048
    auth_octets: int = 12288
    recipients: int = 1000
    errors: int = 20
    refusals: int = 100
    swallow_octets: int = 256 * 1024 * 1024


class State(enum.Enum):
    """What the peer has achieved so far."""

    START = enum.auto()  # no EHLO yet
    READY = enum.auto()  # no mail transaction
    MAIL = enum.auto()  # MAIL accepted
    RCPT = enum.auto()  # one RCPT accepted, or more
    BODY = enum.auto()  # 354 sent, or in a chunk of BDAT
    CHUNKS = enum.auto()  # between two chunks
    SPOILED = enum.auto()  # a chunk was refused: RSET is needed (RFC 3030 §2)
    AUTH = enum.auto()  # 334 sent
    HANDSHAKE = enum.auto()  # 220 sent to STARTTLS
    CLOSED = enum.auto()


class Reason(enum.Enum):
    """Why a connection ends."""

    PEER_LEFT = "peer left"
    QUIT = "quit"
    TOO_MANY_ERRORS = "too many errors"
    BARE_NEWLINE = "bare newline in message"
    TOO_LARGE = "endless message"
    BAD_CHUNK = "chunk of unknown size"
    TOLD = "told by the driver"


class Fault(enum.Enum):
    """Why the engine refused a message."""

    BARE_NEWLINE = "bare newline"  # RFC 5321 §2.3.8; the connection ends
    TOO_LARGE = "too large"  # RFC 1870 §6.3


@dataclass(slots=True)
class AuthResponse:
    """The client's answer to `send_challenge`, decoded. Answer as to AuthStart."""

    data: bytes


@dataclass(slots=True)
class AuthCancelled:
    """The exchange broke off, and the engine has said so. Needs no answer."""


@dataclass(slots=True)
class BodyChunk:
    """Some octets of the message, with dots unstuffed. Needs no answer."""

    data: bytes


@dataclass(slots=True)
class BodyEnd:
    """The message is complete. The answer accepts or refuses it.

    octets: its size. eight_bit: one octet is above 127, whatever BODY said. nul: one is 0.
    long_line: one line has more than 998 octets. bare_newline: a CR or LF stands outside
    CRLF; that happens with BDAT only, and must be mended or refused before it is sent on.
    """

    octets: int
    eight_bit: bool
    nul: bool
    long_line: bool
    bare_newline: bool


@dataclass(slots=True)
class BodyRefused:
    """The message is complete, and the engine has refused it. Needs no answer."""

    fault: Fault
    octets: int


@dataclass(slots=True)
class Closed:
    """Write what is to be sent, and close. No more events follow; needs no answer."""

    reason: Reason


Question = (
    c.Hello
    | c.MailFrom
    | c.RcptTo
    | c.DataRequested
    | c.Reset
    | c.Noop
    | c.Verify
    | c.Expand
    | c.Help
    | c.StartTls
    | c.AuthStart
    | c.Quit
    | AuthResponse
    | BodyEnd
)
Event = Question | AuthCancelled | BodyChunk | BodyRefused | Closed

_START: Final = (State.START,)
_IN_MAIL: Final = (State.MAIL, State.RCPT, State.CHUNKS, State.SPOILED)
_ANY: Final = (*_START, State.READY, *_IN_MAIL)
_Row = dict[State, tuple[State, State]]


def _stay(states: tuple[State, ...]) -> _Row:
    return {state: (state, state) for state in states}


# The whole state machine (RFC 5321 §4.1.4): for each event, the states in which it is in
# order, and for each the state after a positive and after a negative answer. Bdat stands
# for the DataRequested that a BDAT command makes.
MACHINE: Final[dict[type, _Row]] = {
    c.Hello: {state: (State.READY, state) for state in _ANY},
    c.MailFrom: {State.READY: (State.MAIL, State.READY)},
    c.RcptTo: {
        State.MAIL: (State.RCPT, State.MAIL),
        State.RCPT: (State.RCPT, State.RCPT),
    },
    c.DataRequested: {State.RCPT: (State.BODY, State.RCPT)},
    c.Bdat: {State.RCPT: (State.BODY, State.SPOILED)},
    BodyEnd: {State.BODY: (State.READY, State.READY)},
    c.Reset: _stay(_START) | {state: (State.READY, state) for state in (State.READY, *_IN_MAIL)},
    c.Noop: _stay(_ANY),
    c.Verify: _stay(_ANY),
    c.Expand: _stay(_ANY),
    c.Help: _stay(_ANY),
    c.StartTls: {State.READY: (State.HANDSHAKE, State.READY)},
    c.AuthStart: {State.READY: (State.READY, State.READY)},
    AuthResponse: {State.AUTH: (State.READY, State.READY)},
    c.Quit: dict.fromkeys(_ANY, (State.CLOSED, State.CLOSED)),
}
