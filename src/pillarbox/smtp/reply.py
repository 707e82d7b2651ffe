"""SMTP replies: values and their wire form (RFC 5321 §4.2, RFC 2034 §4)."""

from dataclasses import dataclass, field
from typing import Final

MAX_TEXT: Final = 480  # characters of one line; with code and CRLF under 512 octets


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, of one or more lines.

    code: 200..599. enhanced: "2.1.0" form, or "" for replies that have none
    (greeting, EHLO, 354). text: the lines, without line ends; may be hostile when the
    reply was received, or when it repeats what a client said.
    """

    code: int
    enhanced: str
    text: tuple[str, ...]
    _wire: bytes = field(default=b"", init=False, repr=False, compare=False)

    def __bytes__(self) -> bytes:
        """The wire form: printable ASCII only, lines cut at `MAX_TEXT` characters.

        Anything else is escaped: the text can neither break the framing of the dialogue
        nor need SMTPUTF8 of a client that did not ask for it (RFC 6531 §3.5).
        """
        if not self._wire:
            prefix = f"{self.enhanced} " if self.enhanced else ""
            lines = [_printable(prefix + line) for line in self.text or ("",)]
            last = len(lines) - 1
            wire = "".join(
                f"{self.code}{' ' if i == last else '-'}{line}\r\n" for i, line in enumerate(lines)
            )
            object.__setattr__(self, "_wire", wire.encode())
        return self._wire

    def __str__(self) -> str:
        """One line for logs and traces: "550 5.1.1 No such user / Sorry"."""
        parts = [str(self.code), self.enhanced, " / ".join(self.text)]
        return _printable(" ".join(part for part in parts if part), 2000)

    @property
    def positive(self) -> bool:
        """True for 2xx and 3xx: the command took effect (RFC 5321 §4.2.1)."""
        return self.code < 400

    @property
    def transient(self) -> bool:
        """True for 4xx: the same command may succeed later."""
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        """True for 5xx."""
        return self.code >= 500


def _printable(text: str, limit: int = MAX_TEXT) -> str:
    text = text[:limit]
    if not (text.isascii() and text.isprintable()):
        text = text.encode("ascii", "backslashreplace").decode()
        text = "".join(char if char.isprintable() else "?" for char in text)[:limit]
    return text


def reply(code: int, enhanced: str, *text: str) -> Reply:
    """Make a reply: `reply(250, "2.1.0", "OK")`."""
    return Reply(code, enhanced, text)


OK: Final = reply(250, "2.0.0", "OK")
SENDER_OK: Final = reply(250, "2.1.0", "Sender OK")
RECIPIENT_OK: Final = reply(250, "2.1.5", "Recipient OK")
GO_AHEAD: Final = reply(354, "", "Send the message, end with <CRLF>.<CRLF>")
BYE: Final = reply(221, "2.0.0", "Bye")
READY_FOR_TLS: Final = reply(220, "2.0.0", "Ready to start TLS")
AUTHENTICATED: Final = reply(235, "2.7.0", "Authentication successful")
AUTH_FAILED: Final = reply(535, "5.7.8", "Authentication credentials invalid")
CANNOT_VERIFY: Final = reply(252, "2.5.0", "Cannot verify, but will try to deliver")
NO_EXPANSION: Final = reply(502, "5.5.1", "Lists are not shown")
HELP: Final = reply(214, "2.0.0", "See RFC 5321")

# What the engine answers by itself.
BAD_SYNTAX: Final = reply(501, "5.5.4", "Syntax error in parameters")
BAD_SENDER: Final = reply(501, "5.1.7", "Bad sender address syntax")
BAD_RECIPIENT: Final = reply(501, "5.1.3", "Bad recipient address syntax")
NEEDS_SMTPUTF8: Final = reply(553, "5.6.7", "Non-ASCII address needs SMTPUTF8")
UNKNOWN_PARAMETER: Final = reply(555, "5.5.4", "Parameter not recognized")
UNSUPPORTED_PARAMETER: Final = reply(504, "5.5.4", "Parameter value not supported")
UNSUPPORTED_MECHANISM: Final = reply(504, "5.5.4", "Authentication mechanism not supported")
BAD_BASE64: Final = reply(501, "5.5.2", "Not valid base64")
CANCELLED: Final = reply(501, "5.0.0", "Authentication cancelled")
UNKNOWN_COMMAND: Final = reply(500, "5.5.1", "Unknown command")
NOT_OFFERED: Final = reply(502, "5.5.1", "Command not available")
BAD_SEQUENCE: Final = reply(503, "5.5.1", "Bad sequence of commands")
NEEDS_TLS: Final = reply(530, "5.7.0", "Must issue a STARTTLS command first")
LINE_TOO_LONG: Final = reply(500, "5.5.6", "Line too long")
BARE_NEWLINE_IN_COMMAND: Final = reply(500, "5.5.2", "Bare CR or LF in command")
BARE_NEWLINE: Final = reply(550, "5.6.0", "Bare CR or LF in message")
TOO_LARGE: Final = reply(552, "5.3.4", "Message too large")
TOO_MANY_RECIPIENTS: Final = reply(452, "4.5.3", "Too many recipients")
TOO_MANY_ERRORS: Final = reply(421, "4.7.0", "Too many errors")
CHUNK_OK: Final = reply(250, "2.0.0", "Chunk received")
NEEDS_BDAT: Final = reply(503, "5.5.1", "BINARYMIME needs BDAT")
