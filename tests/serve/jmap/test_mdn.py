"""Read receipts over JMAP: asked for, given once, and read (RFC 9007)."""

import email
import email.policy

import pytest

from pillarbox.mime.summary import summarise
from pillarbox.serve.jmap import mail, mdn, sending
from pillarbox.store import messages
from pillarbox.store.mailboxes import Role

from .sending_world import open_office

USING = (mail.URN, sending.URN, mdn.URN)
READ = {
    "actionMode": "manual-action",
    "sendingMode": "mdn-sent-manually",
    "type": "displayed",
}
GIVEN = {"#k": {"keywords/$mdnsent": True}}
ASKING = """Return-Path: <bob@peer.example>
From: Bob <bob@peer.example>
To: anna@example.org
Subject: Gr\u00fc\u00dfe
Message-ID: <1@peer.example>
Disposition-Notification-To: Bob <bob@peer.example>

Hello
"""


@pytest.fixture
async def office(db, clock):
    async with open_office(db, clock) as office:
        yield office


async def file(office, text):
    octets = text.replace("\n", "\r\n").encode()

    def deliver(tx):
        incoming = messages.Incoming(summarise(octets), tx.blobs[0], office.clock.now())
        return messages.deliver(tx, office.anna, Role.INBOX, incoming).message_id

    return f"e{await office.db.write(deliver, blobs=(octets,))}"


async def send(office, email_id, success=GIVEN, **more):
    notice = {"forEmailId": email_id, "disposition": READ, **more}
    given = {"identityId": await office.identity(), "send": {"k": notice}}
    if success is not None:
        given["onSuccessUpdateEmail"] = success
    return await office.calls(("MDN/send", given), using=USING)


async def refusal(office, email_id, success=GIVEN, **more):
    ((_, found),) = await send(office, email_id, success, **more)
    assert found["sent"] is None
    return found["notSent"]["k"]["type"]


async def keywords(office, email_id):
    found = await office.call("Email/get", ids=[email_id], properties=["keywords"])
    return set(found["list"][0]["keywords"])


async def test_a_receipt_is_given_and_marked_as_given(office):
    email_id = await file(office, ASKING)
    (_, found), (name, implied) = await send(office, email_id)
    assert found["notSent"] is None
    assert found["sent"]["k"] == {
        "finalRecipient": "rfc822; anna@example.org",
        "originalMessageId": "<1@peer.example>",
    }
    assert (name, implied["updated"]) == ("Email/set", {email_id: None})
    assert "$mdnsent" in await keywords(office, email_id)
    await office.outbound().sweep()
    (sent,) = office.peer.messages
    assert sent.mail.startswith("MAIL FROM:<>")
    (rcpt,) = sent.rcpts
    assert rcpt.startswith("RCPT TO:<bob@peer.example>")
    message = email.message_from_bytes(sent.data, policy=email.policy.default)
    assert message.get_content_type() == "multipart/report"
    assert message["from"].addresses[0].addr_spec == "anna@example.org"
    assert message["in-reply-to"] == "<1@peer.example>"
    assert message["subject"] == "Read: Gr\u00fc\u00dfe"
    said = bytes(list(message.iter_parts())[1]).decode()
    assert "Disposition: manual-action/MDN-sent-manually; displayed" in said
    assert "Original-Message-ID: <1@peer.example>" in said


async def test_it_is_given_once(office):
    email_id = await file(office, ASKING)
    await send(office, email_id)
    assert await refusal(office, email_id) == "mdnAlreadySent"


@pytest.mark.parametrize(
    ("more", "success", "error"),
    [
        ({}, None, "invalidProperties"),
        ({}, {"#k": {"keywords/$seen": True}}, "invalidProperties"),
        ({}, {"#k": {"keywords/$mdnsent": True, "colour": 1}}, "invalidProperties"),
        ({"forEmailId": "e999"}, GIVEN, "notFound"),
        ({"forEmailId": None}, GIVEN, "notFound"),
        ({"disposition": {**READ, "type": "loved"}}, GIVEN, "invalidProperties"),
        ({"disposition": None}, GIVEN, "invalidProperties"),
        ({"subject": "a\r\nBcc: x@y.z"}, GIVEN, "invalidProperties"),
        ({"finalRecipient": "rfc822; ben@example.org"}, GIVEN, "forbiddenFrom"),
        ({"extensionFields": {"Bcc": "x"}}, GIVEN, "invalidProperties"),
        ({"originalMessageId": "<x>"}, GIVEN, "invalidProperties"),
        ({"colour": "red"}, GIVEN, "invalidProperties"),
        ({"textBody": "x" * 30_000}, GIVEN, "tooLarge"),
    ],
)
async def test_what_is_refused_leaves_no_mark(office, more, success, error):
    email_id = await file(office, ASKING)
    assert await refusal(office, email_id, success, **more) == error
    assert "$mdnsent" not in await keywords(office, email_id)
    await office.outbound().sweep()
    assert office.peer.messages == []


async def test_who_was_not_asked_tells_nothing(office):
    email_id = await file(office, ASKING.replace("Disposition-Notification-To", "X-To"))
    assert await refusal(office, email_id) == "notFound"


async def test_no_program_tells_anybody_but_the_sender(office):
    text = ASKING.replace("-To: Bob <bob@peer.example>", "-To: <spy@peer.example>")
    email_id = await file(office, text)
    mode = {**READ, "actionMode": "automatic-action", "sendingMode": "mdn-sent-automatically"}
    assert await refusal(office, email_id, disposition=mode) == "forbidden"
    (_, found), _ = await send(office, email_id)
    assert found["sent"]


async def test_an_identity_that_is_none(office):
    given = {"identityId": "i999", "send": {}}
    ((name, found),) = await office.calls(("MDN/send", given), using=USING)
    assert (name, found["type"]) == ("error", "invalidArguments")


async def test_a_receipt_that_came_is_read(office):
    draft = await office.draft(
        to="ben@example.org", **{"header:Disposition-Notification-To:asText": "anna@example.org"}
    )
    wanted = await office.call("Email/get", ids=[draft], properties=["messageId"])
    message_id = wanted["list"][0]["messageId"][0]
    receipt = f"""From: ben@example.org
Subject: Read: Order
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=x

--x
Content-Type: text/plain

Seen.
--x
Content-Type: message/disposition-notification

Final-Recipient: rfc822; ben@example.org
Original-Message-ID: <{message_id}>
Disposition: manual-action/MDN-sent-manually; displayed

--x--
"""
    email_id = await file(office, receipt)
    found = await office.call("Email/get", ids=[email_id, draft], properties=["blobId"])
    blobs = [one["blobId"] for one in found["list"]]
    given = {"blobIds": [*blobs, "nothing"]}
    ((_, parsed),) = await office.calls(("MDN/parse", given), using=USING)
    assert parsed["notFound"] == ["nothing"]
    assert parsed["notParsable"] == [blobs[1]]
    told = parsed["parsed"][blobs[0]]
    assert told["forEmailId"] == draft
    assert told["disposition"] == READ
    assert told["finalRecipient"] == "rfc822; ben@example.org"
    assert told["textBody"].strip() == "Seen."
    assert told["originalMessageId"] == f"<{message_id}>"
