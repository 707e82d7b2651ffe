"""Email's `snoozed`: set and taken back over JMAP, woken by a worker, seen by IMAP's rules."""

import pytest

from pillarbox.serve.jmap import snoozing
from pillarbox.serve.waking import Waking
from pillarbox.store import mailboxes
from pillarbox.store.mailboxes import Role

from .mail_client import MailClient

UNTIL = {"until": "2026-03-01T13:00:00Z", "moveToMailboxId": None}


@pytest.fixture
async def snoozer(db):
    return await MailClient.make(db, extras=[snoozing.extra()])


async def test_a_message_is_snoozed_and_wakes(snoozer, clock):
    first = await snoozer.deliver(minutes=-60)
    second = await snoozer.deliver(minutes=-30)
    done = await snoozer.call("Email/set", update={first: {"snoozed": UNTIL}})
    assert done["updated"] == {first: None}
    assert (await snoozer.email(first, "snoozed"))["snoozed"] == UNTIL
    assert (await snoozer.email(second, "snoozed"))["snoozed"] is None
    box = await snoozer.mailbox(Role.SNOOZED)
    (listed,) = (await snoozer.call("Mailbox/get", ids=[box]))["list"]
    assert (listed["name"], listed["role"]) == ("Snoozed", "snoozed")
    assert (listed["totalEmails"], listed["isSubscribed"]) == (1, True)
    inbox = await snoozer.mailbox(Role.INBOX)
    asked = await snoozer.query(filter={"inMailbox": inbox})
    assert asked == [second]
    changed: list[int] = []
    waking = Waking(snoozer.db, clock, changed.append)
    assert await waking.sweep() == 0
    clock.advance(3600)
    assert await waking.sweep() == 1
    assert changed == [snoozer.number]
    newest = [{"property": "receivedAt", "isAscending": False}]
    asked = await snoozer.query(filter={"inMailbox": inbox}, sort=newest)
    assert asked == [first, second]
    after = await snoozer.email(first, "snoozed", "keywords", "receivedAt")
    assert after["snoozed"] is None
    assert after["keywords"] == {"$new": True}
    assert after["receivedAt"] == UNTIL["until"]


async def test_a_snooze_is_taken_back(snoozer):
    email = await snoozer.deliver()
    await snoozer.call("Email/set", update={email: {"snoozed": UNTIL}})
    archive = await snoozer.mailbox(Role.ARCHIVE)
    later = {"until": "2026-04-01T13:00:00Z", "moveToMailboxId": archive}
    await snoozer.call("Email/set", update={email: {"snoozed": later}})
    assert (await snoozer.email(email, "snoozed"))["snoozed"] == later
    await snoozer.call("Email/set", update={email: {"snoozed": None}})
    found = await snoozer.email(email, "snoozed", "mailboxIds")
    assert found["snoozed"] is None
    assert found["mailboxIds"] == {archive: True}


WRONG = [
    7,
    {},
    {"until": "tomorrow"},
    {"until": "2099-01-01T00:00:00Z"},
    {"until": "2026-03-01T13:00:00Z", "moveToMailboxId": "m99"},
    {"until": "2026-03-01T13:00:00Z", "moveToMailboxId": 7},
    {"until": "2026-03-01T13:00:00Z", "colour": 1},
]


@pytest.mark.parametrize("value", WRONG)
async def test_what_is_no_snooze_changes_nothing(snoozer, value):
    email = await snoozer.deliver()
    done = await snoozer.call("Email/set", update={email: {"snoozed": value}})
    assert done["notUpdated"][email]["type"] == "invalidProperties"
    assert await snoozer.db.read(mailboxes.find, snoozer.number, "Snoozed") is None
