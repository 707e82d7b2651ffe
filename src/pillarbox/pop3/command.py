"""POP3 command lines: bytes in, values out (RFC 1939 §3, RFC 2449 §4)."""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


class CommandProblem(Exception):
    """The line is no command that can be taken. reason: what the peer is told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Plain:
    """A command without an argument. verb: "CAPA", "STLS", "UTF8", "STAT", "RSET", ..."""

    verb: str


@dataclass(slots=True)
class User:
    """USER. name: as given, not empty."""

    name: str


@dataclass(slots=True)
class Pass:
    """PASS. password: all of the rest of the line, spaces too (RFC 1939 §7)."""

    password: str


@dataclass(slots=True)
class Auth:
    """AUTH (RFC 5034 §4). mechanism: upper case, "" asks for the list of them.

    initial: the decoded initial response, None if there is none.
    """

    mechanism: str
    initial: bytes | None


@dataclass(slots=True)
class Listing:
    """LIST or UIDL. number: of one message, None for all."""

    verb: str
    number: int | None


@dataclass(slots=True)
class Pick:
    """RETR, DELE or TOP. lines: of the body, for TOP; None otherwise."""

    verb: str
    number: int
    lines: int | None = None


Command = Plain | User | Pass | Auth | Listing | Pick

_MECHANISM: Final = re.compile(rb"[A-Za-z0-9_-]{1,20}")  # RFC 4422 §3.1
_NUMBER: Final = re.compile(rb"[0-9]{1,10}")
_BARE: Final = ("CAPA", "STLS", "UTF8", "STAT", "NOOP", "RSET", "QUIT")


def parse(line: bytes) -> Command:
    """Parse one line, without its CRLF. Raises CommandProblem."""
    verb, _, argument = line.partition(b" ")
    try:
        parse_argument = _PARSERS[verb.upper()]
    except KeyError:
        raise CommandProblem("Unknown command") from None
    return parse_argument(argument)


def decode_base64(line: bytes) -> bytes:
    """Decode one line of a SASL exchange (RFC 5034 §4). Raises CommandProblem."""
    try:
        return binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        raise CommandProblem("Not valid base64") from None


def _bare(verb: str) -> Callable[[bytes], Plain]:
    def parse_nothing(argument: bytes) -> Plain:
        if argument.strip(b" "):
            raise CommandProblem("No argument expected")
        return Plain(verb)

    return parse_nothing


def _text(argument: bytes) -> str:
    """Decode a name or password: UTF-8 for those who need it (RFC 6856 §2.2)."""
    try:
        text = argument.decode()
    except UnicodeDecodeError:
        raise CommandProblem("Not UTF-8") from None
    if not text or not text.isprintable():
        raise CommandProblem("Bad argument")
    return text


def _auth(argument: bytes) -> Auth:
    if not argument.strip(b" "):
        return Auth("", None)
    mechanism, space, initial = argument.strip(b" ").partition(b" ")
    if not _MECHANISM.fullmatch(mechanism):
        raise CommandProblem("Bad mechanism")
    name = mechanism.decode().upper()
    if not space:
        return Auth(name, None)
    # RFC 5034 §4: "=" is an initial response of no octets.
    return Auth(name, b"" if initial == b"=" else decode_base64(initial))


def _numbers(argument: bytes) -> list[int]:
    words = argument.split(b" ") if argument else []
    if not all(map(_NUMBER.fullmatch, words)):
        raise CommandProblem("Bad number")
    return [int(word) for word in words]


def _listing(verb: str) -> Callable[[bytes], Listing]:
    def parse_listing(argument: bytes) -> Listing:
        numbers = _numbers(argument.strip(b" "))
        if len(numbers) > 1:
            raise CommandProblem("One number at most")
        return Listing(verb, numbers[0] if numbers else None)

    return parse_listing


def _pick(verb: str, count: int) -> Callable[[bytes], Pick]:
    def parse_pick(argument: bytes) -> Pick:
        numbers = _numbers(argument.strip(b" "))
        if len(numbers) != count:
            raise CommandProblem("A message number is needed" if count == 1 else "Two numbers")
        return Pick(verb, *numbers)

    return parse_pick


# A dict, not getattr(self, "do_" + verb): the peer must not choose names in our code.
_PARSERS: Final[dict[bytes, Callable[[bytes], Command]]] = {
    **{verb.encode(): _bare(verb) for verb in _BARE},
    b"USER": lambda argument: User(_text(argument.strip(b" "))),
    b"PASS": lambda argument: Pass(_text(argument)),
    b"AUTH": _auth,
    b"LIST": _listing("LIST"),
    b"UIDL": _listing("UIDL"),
    b"RETR": _pick("RETR", 1),
    b"DELE": _pick("DELE", 1),
    b"TOP": _pick("TOP", 2),
}
