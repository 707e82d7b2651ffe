"""What tests of outgoing mail are made of: a store, a runner, peers on loopback."""

import contextlib
import random
from datetime import timedelta
from ipaddress import ip_address

from pillarbox.delivery.destination import Own
from pillarbox.delivery.filing import domain_of
from pillarbox.delivery.outbound import Outbound, Policy
from pillarbox.delivery.remote import Timeouts
from pillarbox.delivery.retry import Schedule
from pillarbox.delivery.signing import Sealer, Signer
from pillarbox.store import accounts, domains, mailboxes, queue, queue_admin, traces, verify
from pillarbox.store.connect import connect
from pillarbox.store.ids import AccountId
from pillarbox.trace.step import Trace
from pillarbox.trace.words import explanation
from tests.fakes import FakeClock, FakeResolver

from .fake_peer import Peer

MESSAGE = (
    b"From: Anna <anna@example.org>\r\nTo: bob@peer.example\r\nSubject: Order 4711\r\n"
    b"Date: Fri, 02 Jan 2026 03:04:00 +0000\r\nMessage-ID: <4711@example.org>\r\n\r\n"
    b"Hello Bob.\r\n"
)
ZONE = "peer.example. MX 10 mx.peer.example.\nmx.peer.example. A 127.0.0.1\n"
QUICK = Timeouts(
    connect=2.0, greeting=0.1, handshake=2.0, command=0.1, block=0.1, end=0.1, quit=0.1
)
SCHEDULE = Schedule((1, 5, 15), timedelta(hours=120), timedelta(hours=4))


class World:
    """One installation, example.org with anna, and the peers that it sends to."""

    def __init__(self, db, clock, zone, **policy):
        self.db = db
        self.clock = clock
        self.resolver = FakeResolver(zone, clock)
        self.changed: list[int] = []
        self.peers: list[Peer] = []
        self.policy = {
            "hostname": "mail.example.org",
            "schedule": SCHEDULE,
            "timeouts": QUICK,
            "own": Own(addresses=frozenset({ip_address("127.0.0.9")})),
            **policy,
        }
        self.anna = AccountId(0)
        self.policies = None

    async def peer(self, script=None, address="127.0.0.1", **options):
        port = self.peers[0].port if self.peers else 0
        peer = await Peer(script, **options).start(address, port)
        self.peers.append(peer)
        return peer

    def runner(self):
        port = self.peers[0].port if self.peers else 1
        signer = Signer(self.db, Sealer(b"k" * 32), self.clock)
        policy = Policy(port=port, **self.policy)
        return Outbound(
            self.db,
            self.resolver,
            self.clock,
            policy,
            signer,
            self.changed.append,
            policies=self.policies,
            random=random.Random(1),
        )

    async def send(self, *recipients, message=MESSAGE, sender="anna@example.org", **fields):
        """Queue a message. recipients: addresses, or (address, notify)."""
        pairs = [r if isinstance(r, tuple) else (r, "") for r in recipients]

        def enqueue(tx):
            trace_id = f"t{traces_saved(self)}"
            traces.save(
                tx,
                traces.prepare(
                    Trace(id=trace_id, direction="submitted", started_at=tx.now.timestamp())
                ),
            )
            item = queue.NewItem(
                blob=tx.blobs[0],
                octets=len(message),
                sender=sender,
                expires_at=tx.now + timedelta(hours=120),
                trace_id=trace_id,
                **fields,
            )
            rows = [queue.NewRecipient(a, domain_of(a), notify) for a, notify in pairs]
            queue.enqueue(tx, item, rows)
            return trace_id

        return await self.db.write(enqueue, blobs=(message,))

    async def sweep(self):
        await self.runner().sweep()

    async def waiting(self):
        """Return (address, state, attempts, last words) of what is in the queue."""
        rows = await self.db.read(queue_admin.list_)
        return [
            (r.address, r.state.name, r.attempts, f"{r.last_code} {r.last_enhanced} {r.last_text}")
            for _, recipients in rows
            for r in recipients
        ]

    async def items(self):
        return [item for item, _ in await self.db.read(queue_admin.list_)]

    async def story(self, trace_id):
        trace = await self.db.read(traces.get, trace_id)
        return trace.action, [step.key for step in trace.steps]

    async def told(self, trace_id, key):
        trace = await self.db.read(traces.get, trace_id)
        return [explanation(step) for step in trace.steps if step.key == key]

    async def step(self, trace_id, key):
        trace = await self.db.read(traces.get, trace_id)
        return next(step for step in trace.steps if step.key == key)

    async def inbox(self):
        """Return the octets of anna's messages."""

        def refs(tx):
            box = mailboxes.find_role(tx, self.anna, mailboxes.Role.INBOX)
            assert box is not None
            sql = (
                "SELECT b.ref FROM messages m JOIN blobs b ON b.blob_id = m.blob_id "
                "WHERE m.account_id = ?1 ORDER BY m.message_id"
            )
            return [row[0] for row in tx.all(sql, self.anna)]

        return [await self.db.blob(ref) for ref in await self.db.read(refs)]


_saved = iter(range(1, 1_000_000))


def traces_saved(_world):
    return next(_saved)


@contextlib.asynccontextmanager
async def world(folder, zone=ZONE, **policy):
    """A World with an open store; at its end every invariant must hold."""
    clock = FakeClock()
    db = connect(folder / "store", "", clock)
    await db.open()
    made = World(db, clock, zone, **policy)

    def people(tx):
        domains.add(tx, "example.org")
        return accounts.create(tx, "anna@example.org").account_id

    try:
        made.anna = await db.write(people)
        yield made
        assert [str(finding) for finding in await db.scan(verify.check)] == []
    finally:
        for peer in made.peers:
            await peer.stop()
        await db.close()
