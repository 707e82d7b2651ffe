"""What tests of passed-on mail are made of: an author, a list that breaks, and our server."""

import contextlib
from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from pillarbox.base.address import parse
from pillarbox.delivery import forwarding, inbound, known, tester
from pillarbox.delivery.acquaintances import Acquaintances
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.forwarding import Forwarder
from pillarbox.delivery.inbound import Inbound
from pillarbox.delivery.report_intake import ReportIntake
from pillarbox.delivery.signing import Sealer, Signer, make_keys
from pillarbox.delivery.tester import Tester
from pillarbox.delivery.verdict import Rules
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import seal
from pillarbox.mailauth.dkim_sign import SigningKey, sign
from pillarbox.mailauth.publish import quote_txt
from pillarbox.mailauth.srs import Rewriter
from pillarbox.serve.smtp import recipients as recipients_
from pillarbox.serve.smtp.recipients import Rules as Rules_
from pillarbox.store import accounts, aliases, attempts, domains, traces, verify
from pillarbox.store.connect import connect
from tests.fakes import START, FakeClock, FakeResolver

LIST_IP = "203.0.113.5"
SECRET = b"s" * 32
TEXT = (
    b"From: Carol <carol@uni.example>\r\nTo: dev@lists.project.example\r\n"
    b"Subject: Release\r\nDate: Fri, 02 Jan 2026 03:04:00 +0000\r\n"
    b"Message-ID: <1@uni.example>\r\n\r\nIt is ready \xc3\xa4.\r\n"
)


@cache
def key(name):
    assert name
    return SigningKey(generate_private_key(65537, 1024))


def zone(policy="reject"):
    lines = [
        f"s._domainkey.{name}. IN TXT {quote_txt(key(name).public_record())}"
        for name in ("uni.example", "lists.project.example", "relay.example")
    ]
    return "\n".join(
        [
            *lines,
            'uni.example. IN TXT "v=spf1 -all ip4:192.0.2.1"',
            f'_dmarc.uni.example. IN TXT "v=DMARC1; p={policy}"',
            f'lists.project.example. IN TXT "v=spf1 ip4:{LIST_IP} -all"',
            "",
        ]
    )


def signed(message=TEXT, domain="uni.example"):
    return sign(message, key(domain), domain=domain, selector="s", now=START) + message


def footer(message=None):
    """What the list makes of a message: tagged, with a footer."""
    message = signed() if message is None else message
    tagged = message.replace(b"Subject: ", b"Subject: [dev] ")
    return tagged + b"-- \r\nhttps://lists.project.example/dev\r\n"


PASSED = "dmarc=pass header.from=uni.example"


def sealed(message, by="lists.project.example", said=PASSED, cv=ChainStatus.NONE):
    results = f"mx.{by}; spf=pass smtp.mailfrom=uni.example; {said}".encode()
    return (
        seal(message, key(by), domain=by, selector="s", authres=results, cv=cv, now=START) + message
    )


class Server:
    """Our installation, example.org: anna, and old@ that stands for bob@far.example."""

    def __init__(self, db, clock, records, options):
        self.db, self.clock = db, clock
        self.resolver = FakeResolver(records, clock)
        entries = [known.make(*entry) for entry in options.get("known", ())]
        signer = Signer(db, Sealer(b"k" * 32), clock)
        policy = forwarding.Policy(
            "mx.example.org",
            Rewriter(SECRET),
            seal=options.get("seal", True),
            junk_to=options.get("junk_to", ""),
        )
        self.forwarder = Forwarder(db, signer, self.resolver, clock, policy)
        rules = options.get("rules", Rules())
        settings = inbound.Policy(
            "mx.example.org", rules, True, (), 50, timedelta(days=5), arc=options.get("arc", True)
        )
        friends = Acquaintances(db, clock, entries)
        intake = ReportIntake(db, options.get("report_mailboxes", ()))
        answering = Tester(
            db, self.resolver, signer, clock,
            tester.Policy("mx.example.org", "+", timedelta(days=5)),
        )  # fmt: skip
        self.inbound = Inbound(
            db, self.resolver, clock, settings, self.forwarder, friends, intake, answering
        )

    async def receive(self, message, to="anna@example.org", *, sender=None, ip=LIST_IP):
        """Let the list's server deliver; return (answer, trace)."""
        recipients = (to,) if isinstance(to, str) else to
        sender = "dev-bounces@lists.project.example" if sender is None else sender
        routings = [await self.route(one, sender) for one in recipients]
        client = Client(ip, "lists.project.example", "smtp")
        envelope = Envelope(sender, tuple(map(Recipient, recipients)), body="8BITMIME")
        answer = await self.inbound.receive(client, envelope, routings, message, set())
        return answer, await self.db.read(traces.get, answer.trace_id)

    async def route(self, address, sender):
        """Return the routing, or the refusal."""
        rules = Rules_("+", self.forwarder._policy.rewriter, "post@example.org", "test-")
        return await self.db.read(
            recipients_.route, parse(address), rules, relay=False, null_sender=sender == "",
            octets=0, now=self.clock.now(),
        )  # fmt: skip

    async def queued(self):
        """Return (item, octets) of what waits to be sent."""
        claimed = await self.db.write(attempts.claim, "test", 60.0, 100, [])
        return [(a.item, a.recipients, await self.db.blob(a.item.blob)) for a in claimed]


@contextlib.asynccontextmanager
async def server(folder, records=None, **options):
    clock = FakeClock()
    db = connect(folder, "", clock)
    await db.open()

    def fill(tx):
        for name in ("example.org",):
            domains.add(tx, name)
            make_keys(tx, name, Sealer(b"k" * 32), clock.now())
        accounts.create(tx, "anna@example.org", "x")
        accounts.create(tx, "post@example.org", "x")
        aliases.set_(tx, "old@example.org", ("bob@far.example",))
        aliases.set_(tx, "both@example.org", ("bob@far.example", "anna@example.org"))

    await db.write(fill)
    try:
        yield Server(db, clock, zone() if records is None else records, options)
        assert [str(finding) for finding in await db.scan(verify.check)] == []
    finally:
        await db.close()


def step(trace, key_):
    return next((s for s in trace.steps if s.key == key_), None)


def keys(trace, *prefixes):
    return [s.key for s in trace.steps if s.key.startswith(prefixes)]
