"""A signed message, what its domain publishes, and a trace of it as a server keeps it."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from pillarbox import policies
from pillarbox.delivery import route
from pillarbox.delivery.acquaintances import Acquaintances
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.forwarding import Forwarder
from pillarbox.delivery.inbound import Inbound
from pillarbox.delivery.signing import Signer
from pillarbox.dns.zone import Zones
from pillarbox.mailauth.dkim_sign import SigningKey, sign
from pillarbox.mailauth.publish import quote_txt
from pillarbox.mailauth.srs import Rewriter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
IP = "192.0.2.7"

MESSAGE = (
    b"From: Carl <carl@sender.example>\r\n"
    b"To: anna@example.org\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Sun, 01 Mar 2026 12:00:00 +0000\r\n"
    b"Message-ID: <1@sender.example>\r\n"
    b"\r\n"
    b"Hello Anna.\r\n"
)


class Clock:
    """Stands still at NOW."""

    def now(self):
        return NOW

    def monotonic(self):
        return 0.0


@cache
def key():
    return SigningKey(generate_private_key(65537, 1024))


def signed(message=MESSAGE):
    return sign(message, key(), domain="sender.example", selector="s", now=NOW) + message


def zone(dmarc="v=DMARC1; p=none", spf=f"v=spf1 ip4:{IP} -all"):
    lines = [f"s._domainkey.sender.example. IN TXT {quote_txt(key().public_record())}"]
    if spf:
        lines.append(f'sender.example. IN TXT "{spf}"')
    if dmarc:
        lines.append(f'_dmarc.sender.example. IN TXT "{dmarc}"')
    return "\n".join(lines) + "\n"


def receive(shell, message, *, ip=IP, records=None, to="anna@example.org"):
    """Let a message come in; return its answer."""
    here = shell.installation
    policy = policies.inbound_policy(here.settings, timedelta(days=5))
    rewriter = Rewriter(b"secret")
    forwarding = policies.forwarding_policy(here.settings, rewriter)

    async def work(db):
        resolver = Zones(zone() if records is None else records, Clock())
        clock = Clock()
        forwarder = Forwarder(db, Signer(db, here.sealer, clock), resolver, clock, forwarding)
        known = Acquaintances(db, clock, policies.known_forwarders(here.settings))
        door = Inbound(db, resolver, clock, policy, forwarder, known)
        routing = await db.read(route.resolve, to, "+")
        client = Client(ip, "mx.sender.example", "smtp")
        envelope = Envelope("carl@sender.example", (Recipient(to),))
        return await door.receive(client, envelope, [routing], message, set())

    return here.run(work)
