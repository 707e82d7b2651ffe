"""SMTP command lines: bytes in, values out (RFC 5321 §4.1).

`parse` knows what the server offers at the moment: a parameter that was not offered is as
unknown as one that does not exist. `smtp/parameter.py` reads the parameters.
"""

import binascii
import re
from collections.abc import Callable
from typing import Final

from pillarbox.base.address import AddressProblem, parse_path
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.command import CommandProblem
from pillarbox.smtp.parameter import read_mail, read_rcpt

MAX_HELLO: Final = 255  # octets of the EHLO argument; RFC 5321 §4.5.3.1.2

# The path ends at the first ">" outside a quoted string. RFC 5321 §3.3 forbids a space
# after the colon; so many clients send one that every server allows it.
_PATH: Final = rb':[ \t]*(<(?:[^<>"\\ \t]|"(?:[^"\\]|\\.)*")*>)(?:[ \t]+(.*))?'
_FROM: Final = re.compile(b"FROM" + _PATH, re.IGNORECASE | re.DOTALL)
_TO: Final = re.compile(b"TO" + _PATH, re.IGNORECASE | re.DOTALL)
_NAME: Final = re.compile(rb"[!-~\x80-\xff]+")
_BDAT: Final = re.compile(rb"([0-9]{1,18})(?:[ \t]+(LAST))?", re.IGNORECASE)
_MECHANISM: Final = re.compile(rb"[A-Z0-9_-]{1,20}")  # RFC 4422 §3.1


def parse(line: bytes, capabilities: Capabilities, *, utf8: bool = False) -> c.Command:
    """Parse one line, without its CRLF. Raises CommandProblem.

    utf8: MAIL said SMTPUTF8, so that RCPT may have an address that is not ASCII.
    """
    verb, _, argument = line.partition(b" ")
    verb, argument = verb.upper(), argument.strip(b" \t")
    if verb == b"RCPT":
        return _rcpt(argument, capabilities, utf8=utf8)
    if verb == b"MAIL":
        return _mail(argument, capabilities)
    try:
        parse_argument = _PARSERS[verb]
    except KeyError:
        raise CommandProblem(r.UNKNOWN_COMMAND) from None
    return parse_argument(argument)


def decode_base64(line: bytes) -> bytes:
    """Decode one line of a SASL exchange (RFC 4954 §4). Raises CommandProblem."""
    try:
        return binascii.a2b_base64(line, strict_mode=True)
    except binascii.Error:
        raise CommandProblem(r.BAD_BASE64) from None


def _mail(argument: bytes, capabilities: Capabilities) -> c.MailFrom:
    """MAIL = "MAIL FROM:" Reverse-path [SP Mail-parameters] (RFC 5321 §4.1.1.2)."""
    match = _FROM.fullmatch(argument)
    if match is None:
        known = argument[:5].upper() == b"FROM:"
        raise CommandProblem(r.BAD_SENDER if known else r.BAD_SYNTAX)
    path, parameters = match.groups()
    try:
        mail = c.MailFrom(parse_path(path))
    except AddressProblem:
        raise CommandProblem(r.BAD_SENDER) from None
    if mail.sender is not None and not mail.sender.domain:
        raise CommandProblem(r.BAD_SENDER)
    if parameters:
        read_mail(mail, parameters, capabilities)
    if not mail.smtputf8 and not path.isascii():
        raise CommandProblem(r.NEEDS_SMTPUTF8)
    return mail


def _rcpt(argument: bytes, capabilities: Capabilities, *, utf8: bool) -> c.RcptTo:
    """RCPT = "RCPT TO:" Forward-path [SP Rcpt-parameters] (RFC 5321 §4.1.1.3)."""
    match = _TO.fullmatch(argument)
    if match is None:
        known = argument[:3].upper() == b"TO:"
        raise CommandProblem(r.BAD_RECIPIENT if known else r.BAD_SYNTAX)
    path, parameters = match.groups()
    try:
        recipient = parse_path(path)
    except AddressProblem:
        raise CommandProblem(r.BAD_RECIPIENT) from None
    if recipient is None:
        raise CommandProblem(r.BAD_RECIPIENT)
    if not utf8 and not path.isascii():
        raise CommandProblem(r.NEEDS_SMTPUTF8)
    rcpt = c.RcptTo(recipient)
    if parameters:
        read_rcpt(rcpt, parameters, capabilities)
    return rcpt


def _hello(argument: bytes, *, extended: bool) -> c.Hello:
    """EHLO = "EHLO" SP ( Domain / address-literal ), read leniently: it proves nothing."""
    if not _NAME.fullmatch(argument) or len(argument) > MAX_HELLO:
        raise CommandProblem(r.BAD_SYNTAX)
    name = argument.decode("utf-8", "backslashreplace")
    if not name.isprintable():
        raise CommandProblem(r.BAD_SYNTAX)
    return c.Hello(name, extended)


def _bdat(argument: bytes) -> c.Bdat:
    """BDAT = "BDAT" SP chunk-size [ SP "LAST" ] (RFC 3030 §2)."""
    match = _BDAT.fullmatch(argument)
    if match is None:
        raise CommandProblem(r.BAD_SYNTAX)
    return c.Bdat(int(match[1]), match[2] is not None)


def _auth(argument: bytes) -> c.AuthStart:
    """AUTH = "AUTH" SP sasl-mech [SP initial-response] (RFC 4954 §8)."""
    mechanism, space, initial = argument.partition(b" ")
    mechanism = mechanism.upper()
    if not _MECHANISM.fullmatch(mechanism):
        raise CommandProblem(r.BAD_SYNTAX)
    if not space:
        return c.AuthStart(mechanism.decode(), None)
    initial = initial.strip(b" \t")
    # RFC 4954 §4: "=" is an initial response of no octets.
    return c.AuthStart(mechanism.decode(), b"" if initial == b"=" else decode_base64(initial))


def _text(argument: bytes) -> str:
    text = argument.decode("utf-8", "backslashreplace")
    if not text.isprintable():
        raise CommandProblem(r.BAD_SYNTAX)
    return text


def _subject(argument: bytes) -> str:
    if not argument:
        raise CommandProblem(r.BAD_SYNTAX)
    return _text(argument)


def _noop(argument: bytes) -> c.Noop:
    _text(argument)
    return c.Noop()


def _bare(make: Callable[[], c.Command]) -> Callable[[bytes], c.Command]:
    """Return a parser for a command that has no argument."""

    def parse_nothing(argument: bytes) -> c.Command:
        if argument:
            raise CommandProblem(r.BAD_SYNTAX)
        return make()

    return parse_nothing


# A dict, not getattr(self, "do_" + verb): the peer must not choose names in our code.
_PARSERS: Final[dict[bytes, Callable[[bytes], c.Command]]] = {
    b"EHLO": lambda argument: _hello(argument, extended=True),
    b"LHLO": lambda argument: _hello(argument, extended=True),
    b"HELO": lambda argument: _hello(argument, extended=False),
    b"DATA": _bare(c.DataRequested),
    b"BDAT": _bdat,
    b"RSET": _bare(c.Reset),
    b"NOOP": _noop,
    b"VRFY": lambda argument: c.Verify(_subject(argument)),
    b"EXPN": lambda argument: c.Expand(_subject(argument)),
    b"HELP": lambda argument: c.Help(_text(argument)),
    b"STARTTLS": _bare(c.StartTls),
    b"AUTH": _auth,
    b"QUIT": _bare(c.Quit),
}
