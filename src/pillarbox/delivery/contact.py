"""What was seen of another server before a message went to it, or why none did."""

from dataclasses import dataclass
from typing import Any, Final

from pillarbox.delivery.destination import Endpoint
from pillarbox.delivery.peer_certificate import PeerCertificate
from pillarbox.smtp.reply import Reply
from pillarbox.tlspolicy import decide
from pillarbox.tlspolicy.decide import Demand, Problem, Ruling

MAX_TEXT: Final = 500  # characters of a problem or greeting that are kept


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a server before the first message.

    own_ip: ours. greeting: its first words. tls: (version, cipher) or None. plain_because: why
    it was in the clear, "" if it was not.
    """

    host: str
    ip: str
    greeting: str = ""
    tls: tuple[str, str] | None = None
    certificate: PeerCertificate | None = None
    plain_because: str = ""
    own_ip: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the evidence."""
        seen: dict[str, Any] = {"host": self.host, "ip": self.ip, "greeting": self.greeting}
        if self.tls is not None:
            seen["tls"] = {"version": self.tls[0], "cipher": self.tls[1]}
        if self.certificate is not None:
            seen["certificate"] = self.certificate.as_json()
        if self.plain_because:
            seen["plain_because"] = self.plain_because
        return seen


class Unusable(Exception):
    """The server cannot be used now. reply: its words, None if it said nothing.

    enhanced: 4.4.1 no answer, 4.4.2 lost, 4.7.10 encryption is required and impossible, 4.7.5
    the server does not keep to the policy of its domain: problem says how. seen: until then.
    """

    def __init__(
        self,
        enhanced: str,
        text: str,
        reply: Reply | None = None,
        *,
        problem: Problem | None = None,
        seen: Seen | None = None,
    ) -> None:
        super().__init__(text)
        self.enhanced = enhanced
        self.text = text[:MAX_TEXT]
        self.reply = reply
        self.problem = problem
        self.seen = seen

    @property
    def permanent(self) -> bool:
        """Whether it will be so at the next try, too."""
        return self.reply.permanent if self.reply else self.enhanced.startswith("5")


def too_plain(endpoint: Endpoint, demand: Demand, because: str) -> Unusable:
    """Return why a server without encryption is not used."""
    problem = decide.plain(demand, because)
    if demand.ruling is Ruling.NOTHING:
        return Unusable("4.7.10", f"Encryption is required, but {because}", problem=problem)
    text = f"{endpoint.host}: {demand.words} requires encryption, but {because}"
    return Unusable("4.7.5", text, problem=problem)
