"""Who lives in the lab: three domains with a server each, and some that only send.

Every host has its own loopback address, so that SPF judges real addresses. The second
number of 127.x can be chosen, so that two labs can run side by side.
"""

from dataclasses import dataclass
from typing import Final

SMTP: Final = 2525
SUBMISSION: Final = 2587
SUBMISSIONS: Final = 2465
IMAP: Final = 2143
IMAPS: Final = 2993
POP3: Final = 2110
POP3S: Final = 2995
HTTP: Final = 2080
HTTPS: Final = 2443
WEB: Final = 2088  # webmail; browsers take plain HTTP on loopback for a safe place
DNS: Final = 2553

PASSWORD: Final = "lab"  # noqa: S105 - shown on the lab's page


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox. name: as shown."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A mail domain with a server of its own.

    host: its number in the lab's network. spf, dmarc: the records it publishes; {ip} is
    its address. signed: its DNS answers count as DNSSEC-signed (AD bit). sts: the mode of its
    MTA-STS policy. aliases: address -> targets. srs: forwarding writes a return address of its
    own. sealers: whom it knows as mailing lists and forwarders. about: one sentence for the page.
    """

    name: str
    host: int
    spf: str
    dmarc: str
    people: tuple[Person, ...]
    about: str
    signed: bool = False
    sts: str = "testing"
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    srs: bool = True
    sealers: tuple[str, ...] = ()

    @property
    def mx(self) -> str:
        """The name of its server."""
        return f"mx.{self.name}"


@dataclass(frozen=True, slots=True)
class Sender:
    """A domain without a server here: records, and an address that sends in its name."""

    name: str
    spf: str
    dmarc: str
    about: str


DOMAINS: Final = (
    Domain(
        "alpha.test",
        1,
        "v=spf1 ip4:{ip} -all",
        "v=DMARC1; p=reject; rua=mailto:postmaster@alpha.test",
        (Person("alice@alpha.test", "Alice Arden"),),
        "Strict: only its own server may send, everything is signed, forgeries are refused. "
        "Its DNS answers are signed, and say which key its server has.",
        signed=True,
        sts="enforce",
        aliases=(
            ("team@alpha.test", ("bob@beta.test",)),
            ("gone@alpha.test", ("away@beta.test",)),
        ),
    ),
    Domain(
        "beta.test",
        2,
        "v=spf1 mx ~all",
        "v=DMARC1; p=quarantine; rua=mailto:postmaster@beta.test",
        (Person("bob@beta.test", "Bob Brook"), Person("dora@beta.test", "Dora Dale")),
        "Careful: other servers are probably not its own, forgeries are suspicious. Mail to it "
        "must be encrypted.",
        sts="enforce",
        aliases=(
            ("sales@beta.test", ("bob@beta.test", "dora@beta.test")),
            ("away@beta.test", ("nobody@gamma.test",)),
        ),
        sealers=("gamma.test",),
    ),
    Domain(
        "gamma.test",
        3,
        "v=spf1 a:mx.gamma.test ?all",
        "v=DMARC1; p=none; rua=mailto:postmaster@gamma.test",
        (Person("carol@gamma.test", "Carol Cole"),),
        "Easy-going: it makes no statement about others, and only watches. It also forwards "
        "mail the old way, without a return address of its own.",
        aliases=(("bob.brook@gamma.test", ("bob@beta.test",)),),
        srs=False,
    ),
)

SENDERS: Final = (
    Sender("hard.test", "v=spf1 ip4:192.0.2.10 -all", "", "Says that nobody else may send."),
    Sender("soft.test", "v=spf1 ip4:192.0.2.11 ~all", "", "Says that others probably may not."),
    Sender("open.test", "v=spf1 ip4:192.0.2.12 ?all", "", "Says nothing about others."),
    Sender("parked.test", "v=spf1 -all", "", "Says that it never sends mail."),
    Sender("bare.test", "", "", "Publishes nothing at all."),
    Sender("cheap.test", "v=spf1 ip4:{stranger} -all", "", "The stranger's own domain."),
)


@dataclass(frozen=True, slots=True)
class Impostor:
    """A domain between which and its mail somebody stands. host: where the mail would end.

    starttls: whether that server offers encryption. proven: whether its certificate is good for
    the name. sts: whether the domain has an MTA-STS policy. signed: whether it is in signed DNS,
    with the key of another server.
    """

    name: str
    host: int
    about: str
    starttls: bool = True
    proven: bool = False
    sts: bool = True
    signed: bool = False

    @property
    def mx(self) -> str:
        """The name of its server."""
        return f"mx.{self.name}"


IMPOSTORS: Final = (
    Impostor(
        "stripped.test",
        71,
        "It requires encryption, and somebody in between has taken STARTTLS out.",
        starttls=False,
    ),
    Impostor(
        "swapped.test",
        72,
        "It requires encryption, and somebody answers in its place with a certificate of his own.",
    ),
    Impostor(
        "pinned.test",
        73,
        "Its signed DNS says which key its server has; somebody else got a valid certificate.",
        proven=True,
        sts=False,
        signed=True,
    ),
)

STRANGER: Final = 66  # the host from which others try their luck
GATEWAY: Final = 67  # a gateway that changes what it passes on


@dataclass(frozen=True, slots=True)
class Network:
    """The lab's addresses. second: the second number of 127.x."""

    second: int = 10

    def address(self, host: int) -> str:
        """Return the address of a host by its number."""
        return f"127.{self.second}.{host}.1"

    @property
    def dns(self) -> str:
        """The address of the lab's name server."""
        return f"127.{self.second}.0.53"


def domain_of(name: str) -> Domain:
    """Return a domain of the lab by its name. Raises KeyError."""
    return {domain.name: domain for domain in DOMAINS}[name]
