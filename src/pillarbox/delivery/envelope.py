"""The envelope of a message in our hands, and the client that handed it over."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end. All of it was seen by us, none of it claimed.

    rdns: the reverse name that also points back ("" if none fits). helo: as greeted.
    listener: "smtp", "submission", "lmtp". tls: (version, cipher), or None in the clear.
    account_id, account: who signed in; 0 and "" for another server.
    """

    ip: str
    helo: str
    listener: str
    rdns: str = ""
    tls: tuple[str, str] | None = None
    account_id: int = 0
    account: str = ""
    mechanism: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One RCPT. address: as given, with its local part unchanged.

    notify: the DSN conditions asked for ("NEVER", or "SUCCESS", "FAILURE", "DELAY");
    empty means the default. orcpt: the original recipient, "" if none (RFC 3461 §4).
    """

    address: str
    notify: tuple[str, ...] = ()
    orcpt: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL and RCPT together. sender: "" for the null reverse-path.

    body: "7BIT", "8BITMIME" or "BINARYMIME". ret: "FULL", "HDRS" or "". hold_until: not to be
    sent before (RFC 4865 §4), None for at once.
    """

    sender: str
    recipients: tuple[Recipient, ...] = field(default=())
    body: str = "7BIT"
    smtputf8: bool = False
    ret: str = ""
    envid: str = ""
    require_tls: bool = False
    hold_until: datetime | None = None
