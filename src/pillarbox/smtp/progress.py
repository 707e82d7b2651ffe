"""What the client engine tells its driver."""

import enum
from dataclasses import dataclass

from pillarbox.smtp.outgoing import Outcome
from pillarbox.smtp.reply import Reply


class Verb(enum.Enum):
    """What a reply answers."""

    GREETING = "connection"
    HELLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BDAT = "BDAT"
    BODY = "message"
    RSET = "RSET"
    CLEANUP = "RSET by the engine"
    NOOP = "NOOP"
    QUIT = "QUIT"


class Reason(enum.Enum):
    """Why a connection ends."""

    QUIT = "quit"
    PEER_LEFT = "peer left"
    SHUT_DOWN = "peer said 421"
    NOT_SMTP = "peer does not speak SMTP"
    UNEXPECTED = "reply out of place"
    INJECTED = "plaintext behind the go-ahead for TLS"
    BARE_NEWLINE = "bare newline in our message"
    REFUSED_EARLY = "peer refused before the message was sent"


@dataclass(slots=True)
class Answered:
    """The reply to one command of the driver's; for AUTH the final one."""

    verb: Verb
    reply: Reply


@dataclass(slots=True)
class BodyWanted:
    """Somebody will have the message: send it."""


@dataclass(slots=True)
class Done:
    """The transaction is over. outcomes: one for each recipient, in the order given."""

    outcomes: tuple[Outcome, ...]


@dataclass(slots=True)
class Ended:
    """No more events follow: close. reply: the last words of the peer, if that was why."""

    reason: Reason
    reply: Reply | None = None
    detail: str = ""


Event = Answered | BodyWanted | Done | Ended
