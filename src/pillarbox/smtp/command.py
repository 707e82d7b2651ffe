"""SMTP commands as values (RFC 5321 §4.1). `smtp/parse.py` makes them of lines."""

from dataclasses import dataclass

from pillarbox.base.address import Address
from pillarbox.smtp import reply as r


class CommandProblem(Exception):
    """The line is no command that can be taken. reply: what the peer is told."""

    def __init__(self, reply: r.Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


@dataclass(slots=True)
class Hello:
    """EHLO, HELO or LHLO. name: as given, not verified, printable, without spaces."""

    name: str
    extended: bool


@dataclass(slots=True)
class MailFrom:
    """MAIL. sender: None for the null reverse-path (RFC 5321 §4.5.5).

    size: octets as declared (RFC 1870), or None. body: "7BIT", "8BITMIME", "BINARYMIME".
    ret: "FULL", "HDRS" or ""; envid: decoded, "" if none (RFC 3461 §4.3, §4.4).
    auth: who submitted it (RFC 4954 §5), "" for "<>", None if not said.
    require_tls: RFC 8689.
    """

    sender: Address | None
    size: int | None = None
    body: str = "7BIT"
    smtputf8: bool = False
    ret: str = ""
    envid: str = ""
    auth: str | None = None
    require_tls: bool = False


@dataclass(slots=True)
class RcptTo:
    """RCPT. recipient: has no domain if it is <Postmaster> (RFC 5321 §4.5.1).

    notify: ("NEVER",) or some of "SUCCESS", "FAILURE", "DELAY"; empty if not said.
    orcpt: "rfc822;bob@example.org", decoded, "" if none (RFC 3461 §4.2, RFC 6533 §3).
    """

    recipient: Address
    notify: tuple[str, ...] = ()
    orcpt: str = ""


@dataclass(slots=True)
class DataRequested:
    """DATA, or the first BDAT of a message: may the message come?

    chunked: it is BDAT. The answer 354 opens the body in both cases; BDAT does not show
    it to the peer. A refusal of BDAT is shown after the chunk.
    """

    chunked: bool = False


@dataclass(slots=True)
class Bdat:
    """BDAT (RFC 3030 §2). size: octets of this chunk, which follow at once."""

    size: int
    last: bool


@dataclass(slots=True)
class Reset:
    """RSET."""


@dataclass(slots=True)
class Noop:
    """NOOP. Its argument is ignored (RFC 5321 §4.1.1.9)."""


@dataclass(slots=True)
class Verify:
    """VRFY. argument: what it was asked about; printable. RFC 5321 §3.5.3 allows 252."""

    argument: str


@dataclass(slots=True)
class Expand:
    """EXPN. argument: printable."""

    argument: str


@dataclass(slots=True)
class Help:
    """HELP. argument: printable, may be empty."""

    argument: str


@dataclass(slots=True)
class StartTls:
    """STARTTLS (RFC 3207). After 220 the driver does the handshake, then `tls_started`."""


@dataclass(slots=True)
class AuthStart:
    """AUTH (RFC 4954 §4). initial: the decoded initial response, None if there is none."""

    mechanism: str
    initial: bytes | None


@dataclass(slots=True)
class Quit:
    """QUIT."""


Command = (
    Hello
    | MailFrom
    | RcptTo
    | DataRequested
    | Bdat
    | Reset
    | Noop
    | Verify
    | Expand
    | Help
    | StartTls
    | AuthStart
    | Quit
)
