"""delivery/settle.py: decisions as values, and the one transaction that keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.delivery.result import Fate, Result, Tried
from pillarbox.delivery.settle import decide
from pillarbox.mailauth import srs
from pillarbox.store import aliases, queue_admin
from pillarbox.store.attempts import Attempt
from pillarbox.store.blobs import BlobRef
from pillarbox.store.ids import AccountId, QueueId
from pillarbox.store.queue import Item, Recipient, State
from pillarbox.trace.phrase import phrase

from .outgoing import SCHEDULE, ZONE, world

START = datetime(2026, 3, 1, tzinfo=UTC)
REFUSE = {"RCPT": "550 5.1.1 No"}
BOB = "bob@peer.example"


def attempt(sender="anna@example.org", **fields):
    values: dict[str, Any] = {
        "item_id": QueueId(1), "position": 0, "address": BOB, "domain": "peer.example",
        "notify": "", "orcpt": "", "state": State.LEASED, "act_at": START, "attempts": 0,
        "attempted_at": None, "last_code": 0, "last_enhanced": "", "last_text": "",
        "last_peer": "", "delay_told": False,
    }  # fmt: skip
    item = Item(
        QueueId(1), BlobRef("x/1"), 100, sender, "", "", "7BIT", False, False, AccountId(1), "t",
        START, START + timedelta(hours=120),
    )  # fmt: skip
    return Attempt(item, "peer.example", (Recipient(**(values | fields)),))


# fate, hours since it came, fields of the recipient -> what is told, step keys
CASES = [
    ("accepted", Fate.ACCEPTED, 0, {}, [], ["attempt.accepted"]),
    ("refused", Fate.REFUSED, 0, {}, ["failed"], ["attempt.refused"]),
    ("refused-quietly", Fate.REFUSED, 0, {"notify": "NEVER"}, [], ["attempt.refused"]),
    ("deferred", Fate.DEFERRED, 1, {}, [], ["attempt.deferred"]),
    ("late", Fate.DEFERRED, 4, {}, ["delayed"], ["attempt.deferred"]),
    ("late-told", Fate.DEFERRED, 5, {"delay_told": True}, [], ["attempt.deferred"]),
    ("late-not-asked", Fate.DEFERRED, 5, {"notify": "FAILURE"}, [], ["attempt.deferred"]),
    ("expired", Fate.DEFERRED, 120, {}, ["failed"], ["attempt.deferred", "expired"]),
    ("expired-quietly", Fate.DEFERRED, 120, {"notify": "SUCCESS"}, [],
     ["attempt.deferred", "expired"]),
]  # fmt: skip


@pytest.mark.parametrize(("fate", "hours", "fields", "told", "keys"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_decisions(fate, hours, fields, told, keys):
    tried = attempt(**fields)
    result = Result(tried.recipients[0], fate, 450, "4.2.0", "words", "mx", "192.0.2.1")
    now = START + timedelta(hours=hours)
    settlement = decide(tried, "me", [result], SCHEDULE, now, 0.0)
    assert [subject.action for subject in settlement.subjects] == told
    assert [step.key for step in settlement.steps] == keys
    counted = [*settlement.finished, *settlement.failed]
    counted += [report for reports in settlement.deferred.values() for report in reports]
    assert len(counted) == 1


def test_the_next_try_is_later_each_time():
    for attempts, minutes in [(0, 1), (1, 5), (2, 15), (9, 15)]:
        tried = attempt(attempts=attempts)
        result = Result(tried.recipients[0], Fate.DEFERRED)
        settlement = decide(tried, "me", [result], SCHEDULE, START, 0.0)
        assert list(settlement.deferred) == [START + timedelta(minutes=minutes)]


async def test_a_rewritten_return_address_leads_back(tmp_path):
    secret = b"s" * 32
    zone = ZONE + "far.example. MX 0 mx.far.example.\nmx.far.example. A 127.0.0.2\n"
    async with world(tmp_path, zone, rewriter=srs.Rewriter(secret)) as w:
        await w.peer(REFUSE)
        far = await w.peer(address="127.0.0.2")
        sender = srs.forward("fred@far.example", "example.org", secret, w.clock.now())
        assert sender.endswith("@example.org")
        await w.send(BOB, sender=sender)
        await w.sweep()
        assert far.messages[0].rcpts == ["RCPT TO:<fred@far.example>"]


async def test_notices_follow_aliases_and_subaddresses(tmp_path):
    async with world(tmp_path) as w:
        await w.peer(REFUSE)
        await w.db.write(aliases.set_, "shop@example.org", ("anna@example.org",))
        await w.send(BOB, sender="shop@example.org")
        await w.send(BOB, sender="anna+shop@example.org")
        await w.sweep()
        assert len(await w.inbox()) == 2
        assert w.changed == [w.anna, w.anna]


async def test_nobody_at_home_gets_no_notice(tmp_path):
    async with world(tmp_path) as w:
        await w.peer(REFUSE)
        trace = await w.send(BOB, sender="ghost@example.org")
        await w.sweep()
        assert await w.waiting() == []
        assert (await w.story(trace))[1][-1] == "notice.none"


async def test_the_notice_has_its_own_trace(tmp_path):
    async with world(tmp_path) as w:
        await w.peer(REFUSE)
        trace = await w.send(BOB)
        await w.sweep()
        step = await w.step(trace, "notice")
        assert step.params["action"] == [phrase("notice-failed")]
        action, keys = await w.story(step.params["trace"])
        assert (action, keys) == ("delivered", ["local", "filed"])


async def test_an_item_removed_meanwhile_makes_no_notice(tmp_path):
    async with world(tmp_path) as w:
        await w.peer(REFUSE)
        trace = await w.send(BOB)
        runner = w.runner()
        (item,) = await w.items()
        tried = Attempt(item, "peer.example", (attempt().recipients[0],))
        await w.db.write(queue_admin.remove, item.item_id)
        result = Result(tried.recipients[0], Fate.REFUSED, 550, "5.1.1", "No", "mx")
        await runner._report(tried, Tried([result]))
        assert await w.inbox() == []
        assert (await w.story(trace))[0] == "bounced"
