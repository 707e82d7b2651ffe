"""Sending over JMAP: identities, submissions, undo, the way to another server (RFC 8621 §6, §7)."""

import pytest

from pillarbox.store import aliases
from pillarbox.store.mailboxes import Role

from .sending_world import open_office


@pytest.fixture
async def office(db, clock):
    async with open_office(db, clock) as office:
        yield office


async def get(office, submission_id):
    found = await office.call("EmailSubmission/get", ids=[submission_id])
    return found["list"][0]


async def test_the_addresses_of_an_account_are_its_identities(office):
    found = (await office.call("Identity/get"))["list"]
    assert [(one["email"], one["mayDelete"]) for one in found] == [
        ("anna@example.org", False),
        ("office@example.org", False),
    ]
    state = (await office.call("Identity/get", ids=[]))["state"]
    done = await office.call(
        "Identity/set",
        create={
            "a": {"email": "anna+shop@example.org", "name": "Shop"},
            "b": {"email": "ben@example.org"},
            "c": {"email": "nobody"},
            "d": {"email": "anna@example.org", "color": "red"},
        },
        update={found[0]["id"]: {"name": "Anna", "replyTo": [{"name": None, "email": "x@y.z"}]}},
        destroy=[found[1]["id"], "i99"],
    )
    assert set(done["created"]) == {"a"}
    assert done["created"]["a"]["mayDelete"] is True
    assert [done["notCreated"][n]["type"] for n in "bcd"] == [
        "forbiddenFrom",
        "invalidProperties",
        "invalidProperties",
    ]
    assert done["updated"] == {found[0]["id"]: None}
    assert {n: e["type"] for n, e in done["notDestroyed"].items()} == {
        found[1]["id"]: "forbidden",
        "i99": "notFound",
    }
    changes = await office.call("Identity/changes", sinceState=state)
    assert changes["created"] == [done["created"]["a"]["id"]]
    assert changes["updated"] == [found[0]["id"]]
    after = (await office.call("Identity/get", ids=[found[0]["id"]]))["list"][0]
    assert (after["name"], after["replyTo"]) == ("Anna", [{"name": None, "email": "x@y.z"}])
    await office.db.write(aliases.remove, "office@example.org")
    changes = await office.call("Identity/changes", sinceState=done["newState"])
    assert changes["destroyed"] == [found[1]["id"]]


async def test_mail_is_sent_filed_and_traced(office):
    email = await office.draft(bcc=[{"name": None, "email": "boss@peer.example"}])
    (name, done), (implied, emails) = await office.send(email)
    assert (name, implied) == ("EmailSubmission/set", "Email/set")
    assert emails["updated"] == {email: None}
    made = done["created"]["k"]
    assert made["undoStatus"] == "final"
    assert await office.where(email) == (["sent"], "$seen")
    before = await get(office, made["id"])
    assert {s["delivered"] for s in before["deliveryStatus"].values()} == {"queued"}
    state = done["newState"]
    await office.outbound().sweep()
    (message,) = office.peer.messages
    assert [rcpt.partition("<")[2] for rcpt in message.rcpts] == [
        "bob@peer.example>",
        "boss@peer.example>",
    ]
    assert b"boss@peer.example" not in message.data
    assert b"with HTTP id " + made["traceId"].encode() in message.data
    after = await get(office, made["id"])
    assert after["deliveryStatus"]["bob@peer.example"] == {
        "smtpReply": "250 2.0.0 Queued as 1",
        "delivered": "unknown",
        "displayed": "unknown",
    }
    # What the queue hears is news of the submission.
    assert office.anna in office.changed
    changes = await office.call("EmailSubmission/changes", sinceState=state)
    assert changes["updated"] == [made["id"]]


async def test_mail_to_an_account_here_is_delivered_at_once(office):
    (_, done), _ = await office.send(await office.draft("ben@example.org"))
    status = (await get(office, done["created"]["k"]["id"]))["deliveryStatus"]
    assert status["ben@example.org"]["delivered"] == "yes"
    assert status["ben@example.org"]["smtpReply"].startswith("250 ")


async def test_what_waits_can_be_taken_back(office):
    email = await office.draft()
    (_, done), _ = await office.send(email, hold=10)
    made = done["created"]["k"]
    assert made["undoStatus"] == "pending"
    assert await office.where(email) == (["sent"], "$seen")
    assert await office.releaser().sweep() == 0
    (_, undone), (_, emails) = await office.calls(
        (
            "EmailSubmission/set",
            {
                "update": {made["id"]: {"undoStatus": "canceled"}},
                "onSuccessUpdateEmail": {
                    made["id"]: {
                        "mailboxIds": {await office.mailbox(Role.DRAFTS): True},
                        "keywords/$draft": True,
                    }
                },
            },
        )
    )
    assert undone["updated"] == {made["id"]: None}
    assert emails["updated"] == {email: None}
    assert await office.where(email) == (["drafts"], "$draft $seen")
    office.clock.advance(60)
    assert await office.releaser().sweep() == 0
    await office.outbound().sweep()
    assert office.peer.messages == []
    assert (await get(office, made["id"]))["undoStatus"] == "canceled"


async def test_what_waits_leaves_once_at_its_time(office):
    (_, done), _ = await office.send(await office.draft(), hold=10)
    made = done["created"]["k"]
    waiting = await get(office, made["id"])
    assert waiting["deliveryStatus"]["bob@peer.example"]["delivered"] == "queued"
    assert waiting["sendAt"] == made["sendAt"]
    office.clock.advance(11)
    # Two workers at the same time.
    first, second = office.releaser(), office.releaser()
    assert await first.sweep() + await second.sweep() == 1
    await office.outbound().sweep()
    assert len(office.peer.messages) == 1
    assert (await get(office, made["id"]))["undoStatus"] == "final"
    (_, late) = (
        await office.calls(
            ("EmailSubmission/set", {"update": {made["id"]: {"undoStatus": "canceled"}}})
        )
    )[0]
    assert late["notUpdated"][made["id"]]["type"] == "cannotUnsend"


async def test_scheduled_mail_goes_to_sent_by_itself(office):
    box = await office.call("Mailbox/set", create={"b": {"name": "Scheduled", "role": "scheduled"}})
    scheduled = box["created"]["b"]["id"]
    email = await office.draft()
    await office.calls(
        (
            "EmailSubmission/set",
            {
                "create": {
                    "k": {
                        "identityId": await office.identity(),
                        "emailId": email,
                        "envelope": {
                            "mailFrom": {
                                "email": "anna@example.org",
                                "parameters": {"holdfor": "3600"},
                            },
                            "rcptTo": [{"email": "bob@peer.example"}],
                        },
                    }
                },
                "onSuccessUpdateEmail": {"#k": {"mailboxIds": {scheduled: True}}},
            },
        )
    )
    assert await office.where(email) == (["scheduled"], "$draft $seen")
    office.clock.advance(3601)
    assert await office.releaser().sweep() == 1
    assert await office.where(email) == (["sent"], "$seen")


FROM = {"email": "anna@example.org"}
BOB = {"email": "bob@peer.example"}
MANY = [{"email": f"b{n}@x.example"} for n in range(11)]


def enveloped(recipients=(BOB,), parameters=None, **sender):
    mail_from = {**FROM, "parameters": parameters, **sender}
    return {"envelope": {"mailFrom": mail_from, "rcptTo": list(recipients)}}


WRONG = [
    (enveloped([]), "noRecipients"),
    (enveloped([{"email": "x"}]), "invalidRecipients"),
    (enveloped([{"email": "no@example.org"}]), "invalidRecipients"),
    (enveloped(MANY), "tooManyRecipients"),
    (enveloped(email="eve@x.example"), "forbiddenMailFrom"),
    (enveloped(parameters={"X": None}), "invalidProperties"),
    (enveloped(parameters={"HOLDFOR": "999999999"}), "invalidProperties"),
    (enveloped(parameters={"HOLDFOR": "1", "HOLDUNTIL": "2026-03-02T00:00:00Z"}),
     "invalidProperties"),
    (enveloped(parameters={"HOLDUNTIL": "tomorrow"}), "invalidProperties"),
    (enveloped([{**BOB, "parameters": {"NOTIFY": "NEVER,DELAY"}}]), "invalidProperties"),
    ({"envelope": 7}, "invalidProperties"),
    ({"emailId": "e0"}, "invalidProperties"),
    ({"identityId": "i0"}, "invalidProperties"),
    ({"sendAt": "2026-01-01T00:00:00Z"}, "invalidProperties"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "problem"), WRONG)
async def test_what_cannot_be_sent_is_told_and_stays_a_draft(office, more, problem):
    email = await office.draft()
    ((_, done),) = await office.send(email, **more)
    assert done["notCreated"]["k"]["type"] == problem
    assert await office.where(email) == (["drafts"], "$draft $seen")


async def test_nobody_writes_as_another(office):
    email = await office.draft(**{"from": [{"name": None, "email": "ben@example.org"}]})
    ((_, done),) = await office.send(email)
    assert done["notCreated"]["k"]["type"] == "forbiddenFrom"
    email = await office.draft(**{"from": None})
    ((_, done),) = await office.send(email)
    assert done["notCreated"]["k"]["type"] == "invalidEmail"


async def test_submissions_are_found_and_changes_of_queries_told(office):
    (_, first), _ = await office.send(await office.draft(), hold=100)
    one = first["created"]["k"]["id"]
    pending = {"undoStatus": "pending"}
    asked = await office.call("EmailSubmission/query", filter=pending, calculateTotal=True)
    assert (asked["ids"], asked["total"]) == ([one], 1)
    (_, second), _ = await office.send(await office.draft("ben@example.org"))
    two = second["created"]["k"]["id"]
    found = await office.call("EmailSubmission/query", sort=[{"property": "sentAt"}])
    assert found["ids"] == [two, one]
    await office.call(
        "EmailSubmission/set", update={one: {"undoStatus": "canceled"}}, destroy=[two]
    )
    changed = await office.call(
        "EmailSubmission/queryChanges", filter=pending, sinceQueryState=asked["queryState"]
    )
    assert (changed["removed"], changed["added"]) == ([one], [])
    assert (await office.call("EmailSubmission/query", filter=pending))["ids"] == []
    both = {"operator": "OR", "conditions": [pending, {"emailIds": ["e1"]}, {"threadIds": []}]}
    assert (await office.call("EmailSubmission/query", filter=both))["ids"] == []
