"""An account that sends over JMAP: a real store, a real queue, servers on loopback."""

import contextlib
import random
from ipaddress import ip_address

import msgspec

from pillarbox.delivery.destination import Own
from pillarbox.delivery.handing_in import HandingIn
from pillarbox.delivery.outbound import Outbound
from pillarbox.delivery.outbound import Policy as OutboundPolicy
from pillarbox.delivery.releasing import Releaser
from pillarbox.delivery.signing import Sealer, Signer
from pillarbox.delivery.submission import Policy, Submission
from pillarbox.jmap.limits import Limits
from pillarbox.jmap.request import Invocation, Request
from pillarbox.serve.jmap import mail, mail_blobs, sending
from pillarbox.serve.jmap.api import Api
from pillarbox.serve.jmap.emails_set import EmailsSet
from pillarbox.serve.jmap.mdn import Receipts
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.tracing import URN as TRACE
from pillarbox.serve.visitor import Visitor
from pillarbox.store import accounts, aliases, domains, mailboxes, placements
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.mailboxes import Role
from tests.delivery.fake_peer import Peer
from tests.delivery.outgoing import QUICK, SCHEDULE
from tests.fakes import FakeResolver

ZONE = "peer.example. MX 10 mx.peer.example.\nmx.peer.example. A 127.0.0.1\n"
USING = (mail.URN, sending.URN, TRACE)


class Office:
    """example.org with anna and ben; anna calls. changed: accounts that were told of."""

    def __init__(self, db, clock, peer):
        self.db, self.clock, self.peer = db, clock, peer
        self.changed: list[int] = []
        self.anna = AccountId(0)
        self.signer = Signer(db, Sealer(b"k" * 32), clock)
        policy = Policy("mail.example.org", "+", SCHEDULE.expire)
        self.submission = Submission(db, self.signer, clock, policy)
        emails = EmailsSet({}, mail_blobs.fetch)
        handing = HandingIn(db, self.submission, clock, "+")
        self.api = Api(
            db,
            clock,
            [
                mail.capability(emails=emails),
                sending.capability(handing, emails, 100_000, 10),
                Capability(TRACE, {}),
                Receipts(handing, emails, mail_blobs.fetch).capability(),
            ],
            self.changed.append,
            Limits(),
        )

    def releaser(self):
        return Releaser(self.db, self.submission, self.clock, "+", self.changed.append)

    def outbound(self):
        policy = OutboundPolicy(
            "mail.example.org",
            SCHEDULE,
            port=self.peer.port,
            timeouts=QUICK,
            own=Own(addresses=frozenset({ip_address("127.0.0.9")})),
        )
        resolver = FakeResolver(ZONE, self.clock)
        return Outbound(
            self.db, resolver, self.clock, policy, self.signer, self.changed.append,
            random=random.Random(1),
        )  # fmt: skip

    async def calls(self, *calls, using=USING):
        """Return (name, arguments) of each response."""
        account_id = f"a{self.anna}"
        request = Request(
            list(using),
            [Invocation(name, {"accountId": account_id, **given}, "c") for name, given in calls],
            None,
        )
        visitor = Visitor(self.anna, "anna@example.org", "session")
        response = await self.api.run(visitor, request)
        return [tuple(msgspec.json.decode(one)[:2]) for one in response.methodResponses]

    async def call(self, name, **given):
        (found,) = await self.calls((name, given))
        assert found[0] == name, found
        return found[1]

    async def identity(self):
        return (await self.call("Identity/get"))["list"][0]["id"]

    async def mailbox(self, role, address="anna@example.org"):
        def find(tx):
            account = accounts.find(tx, address)
            assert account is not None
            box = mailboxes.find_role(tx, account.account_id, role)
            return box and f"m{box.mailbox_id}"

        return await self.db.read(find)

    async def draft(self, to="bob@peer.example", **more):
        made = await self.call(
            "Email/set",
            create={
                "d": {
                    "mailboxIds": {await self.mailbox(Role.DRAFTS): True},
                    "keywords": {"$draft": True, "$seen": True},
                    "from": [{"name": "Anna", "email": "anna@example.org"}],
                    "to": [{"name": None, "email": to}],
                    "subject": "Order",
                    "bodyValues": {"1": {"value": "Hello"}},
                    "textBody": [{"partId": "1", "type": "text/plain"}],
                    **more,
                }
            },
        )
        assert made["created"], made
        return made["created"]["d"]["id"]

    async def filed(self):
        """Return what moves a draft to Sent when it is sent."""
        return {
            f"mailboxIds/{await self.mailbox(Role.DRAFTS)}": None,
            f"mailboxIds/{await self.mailbox(Role.SENT)}": True,
            "keywords/$draft": None,
        }

    async def send(self, email_id, hold=None, **more):
        """Return the responses of sending a draft, which goes to Sent."""
        submission = {"identityId": await self.identity(), "emailId": email_id, **more}
        if hold is not None:
            submission["envelope"] = {
                "mailFrom": {"email": "anna@example.org", "parameters": {"HOLDFOR": str(hold)}},
                "rcptTo": [{"email": "bob@peer.example"}],
            }
        return await self.calls(
            (
                "EmailSubmission/set",
                {
                    "create": {"k": submission},
                    "onSuccessUpdateEmail": {"#k": await self.filed()},
                },
            )
        )

    async def where(self, email_id):
        """Return the roles of the mailboxes that an email is in, and its keywords."""

        def find(tx):
            number = MessageId(int(email_id[1:]))
            places = placements.where(tx, self.anna, [number]).get(number, [])
            roles = {box.mailbox_id: box.role for box in mailboxes.list_(tx, self.anna)}
            return [str(roles[place[0]]) for place in places], places[0][2] if places else ""

        return await self.db.read(find)


@contextlib.asynccontextmanager
async def open_office(db, clock):
    peer = await Peer().start()
    office = Office(db, clock, peer)

    def people(tx):
        domains.add(tx, "example.org")
        anna = accounts.create(tx, "anna@example.org").account_id
        accounts.create(tx, "ben@example.org")
        aliases.set_(tx, "office@example.org", ["anna@example.org"])
        return anna

    office.anna = await db.write(people)
    try:
        yield office
    finally:
        await peer.stop()
