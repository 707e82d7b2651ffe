"""The parameters of MAIL and RCPT (RFC 5321 §4.1.1.11, and the extensions').

Unknown, or not offered: 555. Known, but wrong in itself: 501. Right, but not for us: 504.
"""

import re
from collections.abc import Callable
from typing import Final

from pillarbox.base.address import AddressProblem, parse
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.command import CommandProblem
from pillarbox.smtp.xtext import XtextProblem, decode_orcpt, decode_xtext

MAX_ENVID: Final = 100  # characters of xtext; RFC 3461 §4.4
MAX_ORCPT: Final = 500  # characters; RFC 3461 §4.2

# esmtp-keyword (RFC 5321 §4.1.2).
_KEYWORD: Final = re.compile(rb"[A-Z0-9][A-Z0-9-]*")
_SIZE: Final = re.compile(rb"[0-9]{1,20}")
_NOTIFY: Final = frozenset({"SUCCESS", "FAILURE", "DELAY"})

_Mail = Callable[[c.MailFrom, bytes, Capabilities], None]
_Rcpt = Callable[[c.RcptTo, bytes, Capabilities], None]


def read_mail(mail: c.MailFrom, raw: bytes, capabilities: Capabilities) -> None:
    """Put the parameters of MAIL into `mail`. Raises CommandProblem."""
    for keyword, value in _split(raw).items():
        try:
            read = _MAIL[keyword]
        except KeyError:
            raise CommandProblem(r.UNKNOWN_PARAMETER) from None
        read(mail, value, capabilities)


def read_rcpt(rcpt: c.RcptTo, raw: bytes, capabilities: Capabilities) -> None:
    """Put the parameters of RCPT into `rcpt`. Raises CommandProblem."""
    for keyword, value in _split(raw).items():
        try:
            read = _RCPT[keyword]
        except KeyError:
            raise CommandProblem(r.UNKNOWN_PARAMETER) from None
        read(rcpt, value, capabilities)


def _split(raw: bytes) -> dict[bytes, bytes]:
    """esmtp-param *(SP esmtp-param); each keyword once. A missing value is empty."""
    found: dict[bytes, bytes] = {}
    for part in raw.split():
        keyword, equals, value = part.partition(b"=")
        keyword = keyword.upper()
        wrong = keyword in found or not _KEYWORD.fullmatch(keyword) or (equals and not value)
        if wrong:
            raise CommandProblem(r.BAD_SYNTAX)
        found[keyword] = value
    return found


def _need(right: object, reply: r.Reply = r.BAD_SYNTAX) -> None:
    if not right:
        raise CommandProblem(reply)


def _xtext(value: bytes) -> str:
    try:
        return decode_xtext(value)
    except XtextProblem:
        raise CommandProblem(r.BAD_SYNTAX) from None


def _size(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 1870 §6.1: what is declared too large is refused before it is sent."""
    _need(_SIZE.fullmatch(value))
    mail.size = int(value)
    _need(not 0 < capabilities.max_octets < mail.size, r.TOO_LARGE)


def _body(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 6152 §2, RFC 3030 §3."""
    body = value.upper()
    _need(body in {b"7BIT", b"8BITMIME", b"BINARYMIME"})
    binary = capabilities.chunking and capabilities.binarymime
    _need(body != b"BINARYMIME" or binary, r.UNSUPPORTED_PARAMETER)
    mail.body = body.decode()


def _smtputf8(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 6531 §3.4."""
    _need(capabilities.smtputf8, r.UNKNOWN_PARAMETER)
    _need(not value)
    mail.smtputf8 = True


def _ret(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 3461 §4.3."""
    _need(capabilities.dsn, r.UNKNOWN_PARAMETER)
    _need(value.upper() in {b"FULL", b"HDRS"})
    mail.ret = value.upper().decode()


def _envid(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 3461 §4.4."""
    _need(capabilities.dsn, r.UNKNOWN_PARAMETER)
    _need(0 < len(value) <= MAX_ENVID)
    mail.envid = _xtext(value)


def _auth(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 4954 §5: a mailbox as xtext, or "<>"."""
    _need(capabilities.mechanisms, r.UNKNOWN_PARAMETER)
    _need(value)
    if value == b"<>":
        mail.auth = ""
        return
    try:
        mail.auth = str(parse(_xtext(value)))
    except AddressProblem:
        raise CommandProblem(r.BAD_SYNTAX) from None


def _require_tls(mail: c.MailFrom, value: bytes, capabilities: Capabilities) -> None:
    """RFC 8689 §2."""
    _need(capabilities.require_tls, r.UNKNOWN_PARAMETER)
    _need(not value)
    mail.require_tls = True


def _notify(rcpt: c.RcptTo, value: bytes, capabilities: Capabilities) -> None:
    """notify-esmtp-value = "NEVER" / 1#notify-list-element (RFC 3461 §4.1)."""
    _need(capabilities.dsn, r.UNKNOWN_PARAMETER)
    names = tuple(value.upper().decode("ascii", "replace").split(","))
    _need(names == ("NEVER",) or (set(names) <= _NOTIFY and len(set(names)) == len(names)))
    rcpt.notify = names


def _orcpt(rcpt: c.RcptTo, value: bytes, capabilities: Capabilities) -> None:
    """original-recipient-address = addr-type ";" xtext (RFC 3461 §4.2)."""
    _need(capabilities.dsn, r.UNKNOWN_PARAMETER)
    _need(len(value) <= MAX_ORCPT)
    try:
        rcpt.orcpt = decode_orcpt(value)
    except XtextProblem:
        raise CommandProblem(r.BAD_SYNTAX) from None


_MAIL: Final[dict[bytes, _Mail]] = {
    b"SIZE": _size,
    b"BODY": _body,
    b"SMTPUTF8": _smtputf8,
    b"RET": _ret,
    b"ENVID": _envid,
    b"AUTH": _auth,
    b"REQUIRETLS": _require_tls,
}
_RCPT: Final[dict[bytes, _Rcpt]] = {b"NOTIFY": _notify, b"ORCPT": _orcpt}
