"""What the POP3 engine is told, and what it asks its driver (RFC 1939 §3 to §6)."""

import enum
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What our server offers in one state of the connection (RFC 2449).

    The driver has one value for before TLS and one for after: `starttls` belongs into the
    first only, `user` (USER and PASS) and `mechanisms` into the second only.
    implementation: name and version to show, "" for none.
    """

    starttls: bool = False
    user: bool = False
    mechanisms: tuple[str, ...] = ()
    utf8: bool = True
    implementation: str = ""

    def lines(self, *, authorized: bool) -> tuple[str, ...]:
        """Return the lines of the CAPA response."""
        offers = (
            (True, "TOP"),
            (True, "UIDL"),
            (True, "RESP-CODES"),
            (True, "AUTH-RESP-CODE"),
            (True, "PIPELINING"),
            (True, "EXPIRE NEVER"),
            (self.user, "USER"),
            (self.mechanisms, "SASL " + " ".join(self.mechanisms)),
            (self.starttls and not authorized, "STLS"),
            (self.utf8, "UTF8 USER"),
            (self.implementation, f"IMPLEMENTATION {self.implementation}"),
        )
        return tuple(line for offered, line in offers if offered)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may demand.

    line_octets: of a command, without CRLF; RFC 2449 §4 says 253. auth_octets: of an AUTH
    line. errors: commands refused by the engine, and sign-ins refused by the driver.
    """

    line_octets: int = 2048
    auth_octets: int = 12288
    errors: int = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One message of the maildrop. uid: 1 to 70 characters of "!" to "~" (RFC 1939 §7)."""

    uid: str
    octets: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One status line. code: a response code without brackets (RFC 2449 §8), or ""."""

    positive: bool
    text: str
    code: str = ""

    def __bytes__(self) -> bytes:
        """The wire form; text that is not printable ASCII is escaped, and cut at 400."""
        text = self.text[:400].encode("ascii", "backslashreplace").decode()
        text = "".join(char if char.isprintable() else "?" for char in text)[:400]
        code = f"[{self.code}] " if self.code else ""
        return f"{'+OK' if self.positive else '-ERR'} {code}{text}".rstrip().encode() + b"\r\n"


def ok(text: str = "") -> Reply:
    """Make a positive reply."""
    return Reply(positive=True, text=text)


def err(text: str, code: str = "") -> Reply:
    """Make a negative reply."""
    return Reply(positive=False, text=text, code=code)


AUTH_FAILED: Final = err("Authentication failed", "AUTH")  # RFC 3206 §4
IN_USE: Final = err("Maildrop is in use", "IN-USE")  # RFC 2449 §8.1.1
TRY_LATER: Final = err("Try again later", "SYS/TEMP")  # RFC 3206 §4
TOO_MANY_ERRORS: Final = err("Too many errors")


class State(enum.Enum):
    """How far the session is."""

    AUTHORIZATION = enum.auto()
    EXCHANGE = enum.auto()  # in AUTH, a challenge was sent
    HANDSHAKE = enum.auto()  # STLS was accepted
    TRANSACTION = enum.auto()
    SENDING = enum.auto()  # between begin_message and end_message
    CLOSED = enum.auto()


class Reason(enum.Enum):
    """Why a connection ends."""

    PEER_LEFT = "peer left"
    QUIT = "quit"
    TOO_MANY_ERRORS = "too many errors"
    TOLD = "told by the driver"


@dataclass(slots=True)
class Login:
    """USER and PASS. Answer with `open`, or with `send` of a refusal."""

    username: str
    password: str


@dataclass(slots=True)
class AuthStart:
    """AUTH. Answer with `send_challenge`, `open`, or `send` of a refusal.

    initial: the decoded initial response, None if there is none.
    """

    mechanism: str
    initial: bytes | None


@dataclass(slots=True)
class AuthResponse:
    """The client's answer to a challenge, decoded. Answer as to AuthStart."""

    data: bytes


@dataclass(slots=True)
class AuthCancelled:
    """The exchange broke off, and the engine has said so. Needs no answer."""


@dataclass(slots=True)
class StartTls:
    """STLS (RFC 2595 §4). Answer with `send`; then the handshake, then `tls_started`."""


@dataclass(slots=True)
class Retrieve:
    """RETR or TOP. Answer with `begin_message` or `send` of a refusal.

    index: of the message in what `open` was given, from 0. lines: of the body, None for all.
    """

    index: int
    lines: int | None


@dataclass(slots=True)
class Quit:
    """QUIT. Remove these messages, then answer with `send`; an error tells that some remain.

    deleted: indexes in what `open` was given, ascending; empty without a sign-in.
    """

    deleted: tuple[int, ...]


@dataclass(slots=True)
class Closed:
    """Write what is to be sent, and close. Nothing is deleted. Needs no answer."""

    reason: Reason


Question = Login | AuthStart | AuthResponse | StartTls | Retrieve | Quit
Event = Question | AuthCancelled | Closed
