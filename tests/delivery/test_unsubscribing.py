"""delivery/unsubscribing.py: which lists are left by one request, and what is asked."""

import pytest

from pillarbox.base.errors import NotFound, RateLimited
from pillarbox.delivery.https import Page
from pillarbox.delivery.unsubscribing import BURST, Unsubscribing
from pillarbox.mailauth.dkim_sign import DEFAULT_HEADERS
from pillarbox.mime.summary import summarise
from pillarbox.store import accounts, domains, messages, traces, verify
from pillarbox.store.connect import connect
from pillarbox.store.mailboxes import Role
from pillarbox.trace.step import Step, Trace
from tests.fakes import START, FakeClock
from tests.mailauth.dkim_lab import KEY_NAME, Keys, other_rsa_key, published, signed

URL = "https://list.example/u?x=1"
LIST = (
    b"From: List <list@example.org>\r\nTo: ann@example.net\r\nSubject: News\r\n"
    b"List-Unsubscribe: <mailto:off@list.example>, <" + URL.encode() + b">\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHello.\r\n"
)
FIELDS = ["from", "subject", "list-unsubscribe", "list-unsubscribe-post"]
UNCOVERED = [name for name in DEFAULT_HEADERS if name != "List-Unsubscribe-Post"]


class FakeWeb:
    """Implements `PublicWeb`. asked: what was posted."""

    def __init__(self, status=200):
        self.status = status
        self.asked = []

    async def get(self, *_, **__):
        raise AssertionError

    async def post(self, url, body, media_type, **_):
        self.asked.append((url, body, media_type))
        return Page(self.status, "", b"")


class House:
    def __init__(self, db, clock):
        self.db, self.clock = db, clock
        self.web = FakeWeb()
        self.resolver = published()

    async def open(self):
        def fill(tx):
            domains.add(tx, "example.net")
            return accounts.create(tx, "ann@example.net", "x").account_id

        self.ann = await self.db.write(fill)
        self.restart()

    def restart(self):
        self.leaving = Unsubscribing(self.db, self.resolver, self.web, self.clock)

    async def file(self, octets, mailbox=Role.INBOX, steps=None):
        """File a message; steps: of its trace, None for none."""

        def deliver(tx):
            trace_id = ""
            if steps is not None:
                trace_id = "t1"
                trace = Trace(id=trace_id, direction="in", started_at=START.timestamp())
                trace.steps = list(steps)
                traces.save(tx, traces.prepare(trace))
            incoming = messages.Incoming(summarise(octets), tx.blobs[0], START, trace_id)
            return messages.deliver(tx, self.ann, mailbox, incoming).message_id

        self.header = octets.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.number = await self.db.write(deliver, blobs=(octets,))

    async def way(self):
        return await self.leaving.way(self.ann, self.number, self.header)

    async def kind(self):
        found = await self.way()
        return found and found.kind

    async def leave(self):
        return await self.leaving.leave(self.ann, self.number, self.header)


@pytest.fixture
async def house(tmp_path):
    clock = FakeClock()
    db = connect(tmp_path / "store", "", clock)
    await db.open()
    try:
        house = House(db, clock)
        await house.open()
        yield house
        assert [str(finding) for finding in await db.scan(verify.check)] == []
    finally:
        await db.close()


def step(key="dkim.pass", headers=FIELDS):
    return Step(key=key, at=1.0, params={"domain": "example.org", "headers": headers})


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([step()], "oneClick"),
        ([step("dkim.fail.signature"), step()], "oneClick"),
        ([step("dkim.pass", ["List-Unsubscribe", "LIST-UNSUBSCRIBE-POST"])], "oneClick"),
        ([step("dkim.pass", FIELDS[:-1])], "mail"),
        ([step("dkim.pass", FIELDS[:-1]), step("dkim.pass", FIELDS[-1:])], "mail"),
        ([step("dkim.partial")], "mail"),
        ([step("dkim.fail.signature")], "mail"),
        ([Step(key="dkim.none", at=1.0)], "mail"),
        ([step("dkim.temperror", [])], "mail"),
    ],
)
async def test_the_trace_tells_what_was_signed(house, steps, kind):
    await house.file(LIST, steps=steps)
    assert await house.kind() == kind


@pytest.mark.parametrize("steps", [None, [], [step("dkim.temperror", [])]])
@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (signed(LIST), "oneClick"),
        (LIST, "mail"),
        (signed(LIST, headers=UNCOVERED), "mail"),
        (signed(LIST, other_rsa_key()), "mail"),
        (signed(LIST).replace(b"Hello", b"Hallo"), "mail"),
        (signed(LIST).replace(b"u?x=1", b"u?x=2"), "mail"),
        (b"List-Unsubscribe: <https://evil.example/>\r\n" + signed(LIST), None),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" + signed(LIST), "mail"),
    ],
)
async def test_without_a_trace_the_octets_are_verified_again(house, octets, kind, steps):
    await house.file(octets, steps=steps)
    assert await house.kind() == kind


async def test_verifying_is_remembered_but_not_that_dns_was_silent(house):
    house.resolver = Keys({KEY_NAME: None})
    house.restart()
    await house.file(signed(LIST))
    assert await house.kind() == "mail"
    house.resolver.records = published().records
    assert await house.kind() == "oneClick"
    asked = len(house.resolver.asked)
    assert await house.kind() == "oneClick"
    assert len(house.resolver.asked) == asked


async def test_nothing_is_offered_for_junk(house):
    await house.file(LIST, Role.JUNK, [step()])
    assert await house.way() is None
    with pytest.raises(NotFound):
        await house.leave()
    assert house.web.asked == []


async def test_other_ways(house):
    await house.file(LIST.replace(b"<mailto:off@list.example>, ", b""))
    assert (await house.way()).url == URL
    assert await house.kind() == "page"
    await house.file(b"From: a@b\r\n\r\nx\r\n")
    assert await house.way() is None


async def test_one_request(house):
    await house.file(LIST, steps=[step()])
    assert await house.leave() == 200
    kind = "application/x-www-form-urlencoded"
    assert house.web.asked == [(URL, b"List-Unsubscribe=One-Click", kind)]


async def test_only_what_is_proven_is_asked(house):
    await house.file(LIST, steps=[step("dkim.fail.body_hash")])
    with pytest.raises(NotFound):
        await house.leave()
    house.number = 999
    with pytest.raises(NotFound):
        await house.leave()
    assert house.web.asked == []


async def test_not_without_end(house):
    await house.file(LIST, steps=[step()])
    for _ in range(BURST):
        await house.leave()
    with pytest.raises(RateLimited):
        await house.leave()
    assert len(house.web.asked) == BURST
