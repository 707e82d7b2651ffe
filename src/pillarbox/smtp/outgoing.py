"""What the client engine is given to send, and what comes of it, as values."""

import enum
from dataclasses import dataclass
from typing import Final

from pillarbox.base.address import Address
from pillarbox.smtp.capability import Extensions
from pillarbox.smtp.reply import Reply
from pillarbox.smtp.xtext import encode_orcpt, encode_xtext

_FOR_BINARY: Final = ("BINARYMIME", "CHUNKING", "PIPELINING")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One RCPT. notify, orcpt: as `command.RcptTo` has them; not sent if DSN is not offered."""

    address: Address
    notify: tuple[str, ...] = ()
    orcpt: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One transaction. The message itself follows in chunks.

    sender: None for the null reverse-path. size: octets, 0 if unknown. body: "7BIT",
    "8BITMIME" or "BINARYMIME": what the message is. smtputf8: it needs the extension, in
    an address or in a header field. ret, envid: DSN; auth: None says nothing, "" is "<>".
    """

    sender: Address | None
    recipients: tuple[Recipient, ...]
    size: int = 0
    body: str = "7BIT"
    smtputf8: bool = False
    ret: str = ""
    envid: str = ""
    auth: str | None = None
    require_tls: bool = False


class Obstacle(enum.Enum):
    """Why this peer cannot take a message as it is. value: what it does not offer."""

    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"
    UTF8 = "SMTPUTF8"
    TOO_LARGE = "SIZE"
    REQUIRE_TLS = "REQUIRETLS"


class Stage(enum.Enum):
    """How far a recipient came."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "message"  # the reply is the final one
    LOST = "connection"  # no final reply: whether it was accepted is unknown


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient. reply: the peer's last word about it, None if none came."""

    recipient: Recipient
    stage: Stage
    reply: Reply | None

    @property
    def accepted(self) -> bool:
        """True when the peer has taken the responsibility."""
        return self.stage is Stage.BODY and self.reply is not None and self.reply.code < 300


def obstacle(mail: Mail, offered: Extensions) -> Obstacle | None:
    """Return the first reason why the peer cannot take the message as it is, or None.

    RFC 6152 §3, RFC 3030 §3, RFC 6531 §3.2, RFC 1870 §6, RFC 8689 §4.2.1.
    """
    if mail.require_tls and "REQUIRETLS" not in offered:
        return Obstacle.REQUIRE_TLS
    if needs_utf8(mail) and "SMTPUTF8" not in offered:
        return Obstacle.UTF8
    # Chunks are sent without waiting: a server with CHUNKING alone has never been seen.
    if mail.body == "BINARYMIME" and not all(map(offered.__contains__, _FOR_BINARY)):
        return Obstacle.BINARY
    if mail.body == "8BITMIME" and "8BITMIME" not in offered:
        return Obstacle.EIGHT_BIT
    return Obstacle.TOO_LARGE if 0 < offered.max_octets < mail.size else None


def needs_utf8(mail: Mail) -> bool:
    """Tell whether SMTPUTF8 is needed, by the message or by an address.

    A domain alone does not need it: it goes as A-labels (RFC 6531 §3.7.1 allows it).
    """
    addresses = [recipient.address for recipient in mail.recipients]
    if mail.sender is not None:
        addresses.append(mail.sender)
    return mail.smtputf8 or not all(address.localpart.isascii() for address in addresses)


def mail_line(mail: Mail, offered: Extensions) -> bytes:
    """Return the MAIL command with the parameters that the peer understands."""
    utf8 = needs_utf8(mail) and "SMTPUTF8" in offered
    parts = [b"MAIL FROM:<" + _path(mail.sender, utf8=utf8) + b">"]
    if mail.size and "SIZE" in offered:
        parts.append(b"SIZE=%d" % mail.size)
    if mail.body != "7BIT" and (mail.body in offered):
        parts.append(b"BODY=" + mail.body.encode())
    if utf8:
        parts.append(b"SMTPUTF8")
    if mail.ret and "DSN" in offered:
        parts.append(b"RET=" + mail.ret.encode())
    if mail.envid and "DSN" in offered:
        parts.append(b"ENVID=" + encode_xtext(mail.envid))
    if mail.auth is not None and "AUTH" in offered:
        parts.append(b"AUTH=" + (encode_xtext(mail.auth) or b"<>"))
    if mail.require_tls and "REQUIRETLS" in offered:
        parts.append(b"REQUIRETLS")
    return b" ".join(parts) + b"\r\n"


def rcpt_line(recipient: Recipient, offered: Extensions, *, utf8: bool) -> bytes:
    """Return the RCPT command with the parameters that the peer understands."""
    parts = [b"RCPT TO:<" + _path(recipient.address, utf8=utf8) + b">"]
    if recipient.notify and "DSN" in offered:
        parts.append(b"NOTIFY=" + ",".join(recipient.notify).encode())
    if recipient.orcpt and "DSN" in offered:
        parts.append(b"ORCPT=" + encode_orcpt(recipient.orcpt))
    return b" ".join(parts) + b"\r\n"


def _path(address: Address | None, *, utf8: bool) -> bytes:
    if address is None:
        return b""
    if not utf8 and not address.domain.isascii():
        address = Address(address.localpart, address.ascii_domain)
    return str(address).encode()
