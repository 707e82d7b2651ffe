"""What came of one attempt for one recipient, before anything is written down. Pure."""

import enum
from dataclasses import dataclass, field
from typing import Final

from pillarbox.smtp.outgoing import Outcome, Stage
from pillarbox.store.queue import Recipient
from pillarbox.trace.step import Step

_TOO_MANY: Final = frozenset({"", "5.5.3", "5.0.0"})


class Fate(enum.Enum):
    """Where a recipient stands after an attempt."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """The fate of one recipient, and the words behind it.

    code: of the peer's reply; 0 if we found out ourselves, `enhanced` and `text` say what.
    host, ip: of the server that spoke, "" if none did. silent: nothing was heard at all.
    relayed: accepted by a server that makes no delivery notices (RFC 3461 §5.2.2).
    """

    recipient: Recipient
    fate: Fate
    code: int = 0
    enhanced: str = ""
    text: str = ""
    host: str = ""
    ip: str = ""
    relayed: bool = False

    @property
    def reply(self) -> str:
        """The peer's exact words on one line, or our own finding."""
        return " ".join(part for part in (str(self.code or ""), self.enhanced, self.text) if part)


@dataclass(slots=True)
class Tried:
    """One attempt: what was seen on the way, and a result for each recipient.

    observed: (domain, text) of each connection, for reports on encryption.
    """

    results: list[Result] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    observed: list[tuple[str, str]] = field(default_factory=list)


def found(recipient: Recipient, enhanced: str, text: str, host: str = "", ip: str = "") -> Result:
    """Return what we found out ourselves; the class of the code decides (RFC 3463 §2)."""
    fate = Fate.REFUSED if enhanced.startswith("5") else Fate.DEFERRED
    return Result(recipient, fate, 0, enhanced, text, host, ip)


def heard(
    recipient: Recipient, outcome: Outcome, problem: str, host: str, ip: str, *, several: bool
) -> Result:
    """Return what a peer's outcome means (RFC 5321 §4.2.1).

    problem: why a final reply is missing. several: the message went to more recipients.
    """
    reply = outcome.reply
    if reply is None or (outcome.stage is Stage.LOST and reply.code < 400):
        return found(recipient, "4.4.2", problem or "the connection was lost", host, ip)
    text = " / ".join(reply.text)
    fate = Fate.DEFERRED
    if outcome.accepted:
        fate = Fate.ACCEPTED
    elif reply.permanent and outcome.stage is not Stage.LOST:
        # RFC 5321 §4.5.3.1.10: 552 to RCPT may mean "too many", and is then temporary.
        many = outcome.stage is Stage.RCPT and reply.code == 552 and reply.enhanced in _TOO_MANY
        fate = Fate.DEFERRED if many and several else Fate.REFUSED
    return Result(recipient, fate, reply.code, reply.enhanced, text, host, ip)
