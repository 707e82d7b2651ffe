"""Mailbox/get, Thread/get, Email/get and Email/query on a real store."""

import pytest

from pillarbox.store.mailboxes import Role

from .mail_client import text_mail

MIXED = b"""\
From: =?utf-8?Q?J=C3=BCrgen?= <juergen@example.org>
To: "Doe, John" <john@example.org>, Friends: a@example.org, B <b@example.org>;
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
Date: Mon, 2 Mar 2026 10:00:00 +0100
Message-ID: <one@example.org>
References: <zero@example.org> <half@example.org>
In-Reply-To: <half@example.org>
List-Unsubscribe: <https://example.org/u>, <mailto:u@example.org>
X-Twice: first
X-Twice:  second
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
--a
Content-Type: text/html; charset=utf-8

<p>Gr\xc3\xbc\xc3\x9fe</p>
--a--
--m
Content-Type: image/png; name="a.png"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="a.png"
Content-ID: <pic@example.org>

aGVsbG8=
--m--
""".replace(b"\n", b"\r\n")


async def test_a_new_account_has_the_standard_mailboxes(client):
    response = await client.call("Mailbox/get", ids=None)
    roles = {one["role"]: one for one in response["list"]}
    assert set(roles) == {"inbox", "drafts", "sent", "archive", "junk", "trash"}
    inbox = roles["inbox"]
    assert inbox["name"] == "INBOX"
    assert inbox["parentId"] is None
    assert inbox["isSubscribed"] is True
    assert inbox["myRights"]["mayDelete"] is False
    assert roles["archive"]["myRights"]["mayDelete"] is True


async def test_counts_of_a_mailbox(client):
    await client.deliver(message_id="<1@x>", subject="Plan")
    await client.deliver(subject="Re: Plan", in_reply_to="<1@x>", keywords="$seen")
    await client.deliver(subject="Other", keywords="$draft")
    inbox = (await client.call("Mailbox/get", ids=[await client.mailbox("inbox")]))["list"][0]
    names = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
    assert [inbox[name] for name in names] == [3, 1, 2, 1]


async def test_what_is_only_in_the_trash_makes_no_thread_unread(client):
    await client.deliver(message_id="<1@x>", subject="Plan", keywords="$seen")
    await client.deliver(subject="Re: Plan", in_reply_to="<1@x>", mailbox=Role.TRASH)
    boxes = (await client.call("Mailbox/get", ids=None))["list"]
    unread = {one["role"]: one["unreadThreads"] for one in boxes}
    assert unread["inbox"] == 0
    assert unread["trash"] == 1


async def test_what_does_not_exist_is_not_found(client):
    for method in ("Mailbox/get", "Thread/get", "Email/get"):
        response = await client.call(method, ids=["e99", "m99", "t99", "x"])
        assert response["list"] == []
        assert response["notFound"] == ["e99", "m99", "t99", "x"]


async def test_a_list_needs_no_octets(client):
    email_id = await client.deliver(MIXED)
    found = await client.email(email_id, "from", "to", "subject", "sentAt", "preview", "messageId")
    assert found == {
        "id": email_id,
        "from": [{"name": "Jürgen", "email": "juergen@example.org"}],
        "to": [
            {"name": "Doe, John", "email": "john@example.org"},
            {"name": None, "email": "a@example.org"},
            {"name": "B", "email": "b@example.org"},
        ],
        "subject": "Grüße",
        "sentAt": "2026-03-02T10:00:00+01:00",
        "preview": "Grüße",
        "messageId": ["one@example.org"],
    }


async def test_both_roads_to_the_convenient_properties_agree(client):
    email_id = await client.deliver(MIXED)
    names = ("from", "to", "subject", "sentAt", "messageId", "inReplyTo", "cc")
    quick = await client.email(email_id, *names)
    whole = await client.email(email_id, *names, "references")
    assert whole.pop("references") == ["zero@example.org", "half@example.org"]
    assert quick == whole


async def test_header_properties(client):
    email_id = await client.deliver(MIXED)
    names = {
        "header:x-twice": "  second",
        "header:X-Twice:asText:all": ["first", "second"],
        "header:List-Unsubscribe:asURLs": ["https://example.org/u", "mailto:u@example.org"],
        "header:To:asGroupedAddresses": [
            {"name": None, "addresses": [{"name": "Doe, John", "email": "john@example.org"}]},
            {
                "name": "Friends",
                "addresses": [
                    {"name": None, "email": "a@example.org"},
                    {"name": "B", "email": "b@example.org"},
                ],
            },
        ],
        "header:Absent": None,
        "header:Absent:all": [],
        "header:References:asMessageIds": ["zero@example.org", "half@example.org"],
    }
    found = await client.email(email_id, *names)
    assert found == {"id": email_id, **names}


@pytest.mark.parametrize(
    "name",
    [
        "header:From:asDate",
        "header:Subject:asAddresses",
        "header:",
        "header:a b",
        "header:X:asOther",
        "header:X:all:asRaw",
        "unknown",
        "",
    ],
)
async def test_properties_that_cannot_be(client, name):
    assert await client.fails("Email/get", ids=[], properties=[name]) == "invalidArguments"


async def test_the_body(client):
    email_id = await client.deliver(MIXED)
    found = await client.email(
        email_id,
        "textBody",
        "htmlBody",
        "attachments",
        "bodyValues",
        "hasAttachment",
        fetchAllBodyValues=True,
        bodyProperties=["partId", "type", "size", "name", "cid"],
    )
    assert found["textBody"] == [
        {"partId": "1.1", "type": "text/plain", "size": 7, "name": None, "cid": None}
    ]
    assert [part["partId"] for part in found["htmlBody"]] == ["1.2"]
    assert found["attachments"] == [
        {
            "partId": "2",
            "type": "image/png",
            "size": 5,
            "name": "a.png",
            "cid": "pic@example.org",
        }
    ]
    assert found["bodyValues"] == {
        "1.1": {"value": "Grüße", "isEncodingProblem": False, "isTruncated": False},
        "1.2": {"value": "<p>Grüße</p>", "isEncodingProblem": False, "isTruncated": False},
    }
    assert found["hasAttachment"] is True


async def test_values_are_cut_at_characters(client):
    email_id = await client.deliver(MIXED)
    found = await client.email(
        email_id, "bodyValues", fetchTextBodyValues=True, maxBodyValueBytes=3
    )
    assert found["bodyValues"]["1.1"]["value"] == "Gr"
    assert found["bodyValues"]["1.1"]["isTruncated"] is True


async def test_the_structure(client):
    email_id = await client.deliver(MIXED)
    found = await client.email(
        email_id, "bodyStructure", bodyProperties=["partId", "type", "header:Content-ID"]
    )
    root = found["bodyStructure"]
    assert root["type"] == "multipart/mixed"
    assert root["partId"] is None
    assert [part["type"] for part in root["subParts"]] == ["multipart/alternative", "image/png"]
    assert root["subParts"][1]["header:Content-ID"] == " <pic@example.org>"


async def test_queries(client):
    inbox = await client.mailbox("inbox")
    first = await client.deliver(subject="Beta", message_id="<1@x>", minutes=1)
    second = await client.deliver(subject="Re: Beta", in_reply_to="<1@x>", minutes=2)
    third = await client.deliver(subject="Alpha", keywords="$seen", minutes=3, text="needle here")
    away = await client.deliver(subject="Sent", mailbox=Role.SENT, minutes=4)
    assert await client.query(filter={"inMailbox": inbox}) == [third, second, first]
    assert await client.query() == [away, third, second, first]
    assert await client.query(filter={"inMailbox": inbox}, collapseThreads=True) == [third, second]
    assert await client.query(filter={"hasKeyword": "$Seen"}) == [third]
    assert await client.query(filter={"notKeyword": "$seen", "inMailbox": inbox}) == [second, first]
    assert await client.query(filter={"inMailboxOtherThan": [inbox]}) == [away]
    assert await client.query(filter={"subject": "beta"}) == [second, first]
    assert await client.query(filter={"body": "NEEDLE"}) == [third]
    assert await client.query(filter={"text": "needle alpha"}) == [third]
    assert await client.query(filter={"header": ["In-Reply-To"]}) == [second]
    assert await client.query(filter={"header": ["in-reply-to", "2@x"]}) == []
    either = {"operator": "OR", "conditions": [{"subject": "sent"}, {"hasKeyword": "$seen"}]}
    assert await client.query(filter=either) == [away, third]
    neither = {"operator": "NOT", "conditions": [either]}
    assert await client.query(filter=neither) == [second, first]
    by_subject = [{"property": "subject"}, {"property": "receivedAt"}]
    assert await client.query(sort=by_subject) == [third, first, second, away]
    assert await client.query(filter={"before": "2026-03-01T12:03:00Z"}) == [second, first]
    assert await client.query(filter={"after": "2026-03-01T12:03:00Z"}) == [away, third]


async def test_windows(client):
    ids = [await client.deliver(minutes=-number, subject=f"{number}") for number in range(10)]
    assert await client.query(position=3, limit=2) == ids[3:5]
    assert await client.query(position=-2) == ids[8:]
    assert await client.query(position=-20, limit=1) == ids[:1]
    assert await client.query(position=20) == []
    assert await client.query(anchor=ids[4], anchorOffset=-1, limit=3) == ids[3:6]
    assert await client.query(anchor=ids[1], anchorOffset=-5, limit=1) == ids[:1]
    assert await client.fails("Email/query", anchor="e4711") == "anchorNotFound"
    assert await client.fails("Email/query", limit=-1) == "invalidArguments"
    response = await client.call("Email/query", calculateTotal=True, limit=0)
    assert response["total"] == 10
    assert response["ids"] == []


async def test_threads_are_oldest_first(client):
    late = await client.deliver(message_id="<1@x>", subject="Plan", minutes=5)
    early = await client.deliver(subject="Re: Plan", in_reply_to="<1@x>", minutes=1)
    thread_id = (await client.email(late, "threadId"))["threadId"]
    response = await client.call("Thread/get", ids=[thread_id])
    assert response["list"] == [{"id": thread_id, "emailIds": [early, late]}]


async def test_changes_of_the_roster_are_seen(client):
    inbox = await client.mailbox("inbox")
    one = await client.deliver(minutes=1)
    assert await client.query(filter={"inMailbox": inbox, "notKeyword": "$seen"}) == [one]
    two = await client.deliver(minutes=2, octets=text_mail("Two"))
    await client.set_keywords(one, ["$seen"])
    assert await client.query(filter={"inMailbox": inbox, "notKeyword": "$seen"}) == [two]
    box = (await client.call("Mailbox/get", ids=[inbox]))["list"][0]
    assert (box["totalEmails"], box["unreadEmails"]) == (2, 1)
