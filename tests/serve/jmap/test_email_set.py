"""Email/set, import, parse and SearchSnippet/get on a real store."""

from typing import Any

import pytest

from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.extras import EmailExtra
from pillarbox.store import flags

from .mail_client import MailClient, text_mail


async def create(client, **given):
    given.setdefault("mailboxIds", {await client.mailbox("drafts"): True})
    response = await client.call("Email/set", create={"new": given})
    assert response["notCreated"] is None
    return response["created"]["new"]


async def refused(client, **given):
    given.setdefault("mailboxIds", {await client.mailbox("drafts"): True})
    response = await client.call("Email/set", create={"new": given})
    assert response["created"] is None
    return response["notCreated"]["new"]


async def update(client, email_id, **patch):
    response = await client.call("Email/set", update={email_id: patch})
    return (response["notUpdated"] or {}).get(email_id)


async def octets(client, email_id):
    number = int(email_id[1:])
    row = await client.db.read(
        lambda tx: tx.value(
            "SELECT b.ref FROM messages m JOIN blobs b ON b.blob_id = m.blob_id"
            " WHERE m.account_id = ?1 AND m.message_id = ?2",
            client.number,
            number,
        )
    )
    return client.db.blob_now(row)


async def test_a_draft_is_created_and_read_back(client):
    made = await create(
        client,
        keywords={"$draft": True, "$Seen": True},
        receivedAt="2026-02-01T10:00:00Z",
        subject="Grüße",
        **{"from": [{"name": "Jürgen, der", "email": "j@example.org"}]},
        to=[{"email": "müller@exämple.org"}, {"name": None, "email": "half"}],
        textBody=[{"partId": "t", "type": "text/plain"}],
        htmlBody=[{"partId": "h", "type": "text/html"}],
        bodyValues={"t": {"value": "Hällo\nWelt"}, "h": {"value": "<p>Hello</p>"}},
        **{"header:X-Mine:asText": "ö", "header:References:asMessageIds": ["a@b", "c@d"]},
    )
    assert made["size"] > 100
    found = await client.email(
        made["id"],
        "subject",
        "from",
        "to",
        "keywords",
        "receivedAt",
        "references",
        "messageId",
        "sentAt",
        "header:X-Mine:asText",
        "bodyStructure",
        "bodyValues",
        "threadId",
        bodyProperties=["type"],
        fetchAllBodyValues=True,
    )
    assert found["subject"] == "Grüße"
    assert found["from"] == [{"name": "Jürgen, der", "email": "j@example.org"}]
    assert found["to"] == [
        {"name": None, "email": "müller@exämple.org"},
        {"name": None, "email": "half"},
    ]
    assert found["keywords"] == {"$draft": True, "$seen": True}
    assert found["receivedAt"] == "2026-02-01T10:00:00Z"
    assert found["references"] == ["a@b", "c@d"]
    assert found["header:X-Mine:asText"] == "ö"
    assert found["messageId"][0].endswith("@example.org")
    assert found["sentAt"] == "2026-03-01T12:00:00Z"
    assert found["threadId"] == made["threadId"]
    assert found["bodyStructure"] == {
        "type": "multipart/alternative",
        "subParts": [{"type": "text/plain"}, {"type": "text/html"}],
    }
    values = {part: value["value"] for part, value in found["bodyValues"].items()}
    assert values == {"1": "Hällo\nWelt", "2": "<p>Hello</p>"}
    assert client.changed == [client.number]


async def test_files_and_pictures(client):
    source = await client.deliver(
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\n"
        b"Content-Disposition: attachment\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n"
    )
    picture = (await client.email(source, "attachments"))["attachments"][0]["blobId"]
    whole = (await client.email(source, "blobId"))["blobId"]
    made = await create(
        client,
        htmlBody=[{"partId": "h"}],
        bodyValues={"h": {"value": "<img src='cid:p@x'>"}},
        attachments=[
            {"blobId": picture, "type": "image/png", "cid": "p@x", "disposition": "inline"},
            {"blobId": picture, "type": "image/png", "name": "ä b.png"},
            {"blobId": whole, "type": "message/rfc822"},
        ],
    )
    found = await client.email(made["id"], "bodyStructure", "attachments")
    root = found["bodyStructure"]
    kinds = [part["type"] for part in root["subParts"]]
    assert kinds == ["multipart/related", "image/png", "message/rfc822"]
    related = [part["type"] for part in root["subParts"][0]["subParts"]]
    assert related == ["text/html", "image/png"]
    assert root["subParts"][1]["name"] == "ä b.png"
    assert root["subParts"][1]["disposition"] == "attachment"
    assert root["subParts"][1]["size"] == 5
    assert root["subParts"][0]["subParts"][1]["cid"] == "p@x"
    again = await client.call("Email/parse", blobIds=[root["subParts"][2]["blobId"]])
    parsed = again["parsed"][root["subParts"][2]["blobId"]]
    assert "id" not in parsed
    assert parsed["attachments"][0]["size"] == 5
    inner = parsed["attachments"][0]["blobId"]
    third = await create(client, attachments=[{"blobId": inner, "type": "image/png"}])
    assert b"aGVsbG8=" in await octets(client, third["id"])


async def test_a_structure_of_ones_own(client):
    made = await create(
        client,
        bodyStructure={
            "type": "multipart/mixed",
            "subParts": [
                {"type": "text/plain", "partId": "1", "header:X-Part": " yes"},
                {"type": "text/html", "partId": "2", "disposition": "attachment", "name": "a.html"},
            ],
        },
        bodyValues={"1": {"value": "a\n"}, "2": {"value": "b"}},
    )
    found = await client.email(
        made["id"], "bodyStructure", bodyProperties=["type", "header:X-Part", "name"]
    )
    first, second = found["bodyStructure"]["subParts"]
    assert first["header:X-Part"] == " yes"
    assert second["name"] == "a.html"


BODY = {"textBody": [{"partId": "t"}], "bodyValues": {"t": {"value": "x"}}}


@pytest.mark.parametrize(
    ("given", "properties"),
    [
        ({"mailboxIds": {}}, ["mailboxIds"]),
        ({"mailboxIds": {"m99": True}}, ["mailboxIds"]),
        ({"mailboxIds": {"x": True}}, ["mailboxIds"]),
        ({"mailboxIds": None}, ["mailboxIds"]),
        ({"keywords": {"a b": True}}, ["keywords"]),
        ({"keywords": {"a": False}}, ["keywords"]),
        ({"receivedAt": "yesterday"}, ["receivedAt"]),
        ({"id": "e1"}, ["id"]),
        ({"size": 5}, ["size"]),
        ({"headers": []}, ["headers"]),
        ({"subject": "a", "header:Subject": "b"}, ["header:Subject"]),
        ({"header:Subject:asDate": "2026-01-01T00:00:00Z"}, ["header:Subject:asDate"]),
        ({"header:X": "a\r\nBcc: evil@example.org"}, ["header:X"]),
        ({"header:X": "a\nb"}, ["header:X"]),
        ({"header:Content-Type": "text/html"}, ["header:Content-Type"]),
        ({"from": "ann@example.org"}, ["from"]),
        ({"from": [{"name": 1, "email": "a@b"}]}, ["from"]),
        ({"messageId": ["a b"]}, ["messageId"]),
        ({"sentAt": "now"}, ["sentAt"]),
        ({**BODY, "bodyStructure": {"partId": "t"}}, ["textBody"]),
        ({**BODY, "bodyValues": {}}, ["textBody/0/partId"]),
        ({**BODY, "textBody": [{"partId": "t", "type": "text/html"}]}, ["textBody/0/type"]),
        ({**BODY, "textBody": [{"partId": "t", "charset": "utf-8"}]}, ["textBody/0/charset"]),
        ({**BODY, "textBody": [{"partId": "t"}, {"partId": "t"}]}, ["textBody"]),
        (
            {**BODY, "textBody": [{"partId": "t", "blobId": "g1"}]},
            ["textBody/0/partId", "textBody/0/blobId"],
        ),
        (
            {**BODY, "textBody": [{"partId": "t", "header:Content-Transfer-Encoding": "7bit"}]},
            ["textBody/0/header:Content-Transfer-Encoding"],
        ),
        ({**BODY, "bodyValues": {"t": {"value": "x", "isTruncated": True}}},
         ["bodyValues/t/isTruncated"]),
        (
            {"subject": "a", "bodyStructure": {"partId": "t", "header:Subject": "b"},
             "bodyValues": BODY["bodyValues"]},
            ["bodyStructure/header:Subject"],
        ),
        ({"attachments": [{"blobId": "g1", "type": "nonsense"}]}, ["attachments/0/type"]),
        ({"unknown": 1}, ["unknown"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_created(client, given, properties):
    problem = await refused(client, **given)
    assert (problem["type"], problem["properties"]) == ("invalidProperties", properties)


async def test_fields_of_the_only_part_are_those_of_the_message(client):
    made = await create(
        client,
        textBody=[{"partId": "t", "header:Subject": "x", "header:Message-ID": "<a@b>"}],
        bodyValues={"t": {"value": "Hello"}},
    )
    found = await client.email(made["id"], "subject", "messageId", "header:Message-ID:all")
    assert found["subject"] == "x"
    assert found["header:Message-ID:all"] == [" <a@b>"]


async def test_blobs_that_are_not_there(client):
    problem = await refused(client, attachments=[{"blobId": "g99"}, {"blobId": "nonsense"}])
    assert problem["type"] == "blobNotFound"
    assert problem["notFound"] == ["g99", "nonsense"]


async def test_values_begin_no_fields_of_their_own(client):
    made = await create(
        client,
        subject="a\r\nBcc: b@example.org",
        to=[{"name": "x\r\nBcc: c", "email": "a@b\r\nBcc: d@example.org"}],
        textBody=[{"partId": "t", "name": "n\r\nX-Bad: 1", "language": ["de"]}],
        bodyValues={"t": {"value": "x"}},
    )
    text = (await octets(client, made["id"])).decode()
    header = text.partition("\r\n\r\n")[0]
    names = {line.split(":")[0] for line in header.split("\r\n") if line[:1] not in " \t"}
    assert names & {"Bcc", "X-Bad"} == set()


async def test_keywords(client):
    email_id = await client.deliver(keywords="$seen work")
    assert (
        await update(client, email_id, **{"keywords/$flagged": True, "keywords/work": None}) is None
    )
    assert (await client.email(email_id, "keywords"))["keywords"] == {
        "$flagged": True,
        "$seen": True,
    }
    assert await update(client, email_id, keywords={"new": True}) is None
    assert (await client.email(email_id, "keywords"))["keywords"] == {"new": True}
    for patch, error in (
        ({"keywords": {"a": True}, "keywords/b": True}, "invalidPatch"),
        ({"keywords/a/b": True}, "invalidPatch"),
        ({"keywords/a b": True}, "invalidProperties"),
        ({"keywords/a": False}, "invalidProperties"),
        ({"keywords": {f"k{number}": True for number in range(101)}}, "tooManyKeywords"),
        ({"subject": "new"}, "invalidProperties"),
        ({"size": 1}, "invalidProperties"),
        ({"nested/thing": 1}, "invalidPatch"),
    ):
        assert (await update(client, email_id, **patch))["type"] == error, patch
    assert await update(client, email_id, id=email_id) is None


async def test_mailboxes(client):
    inbox, archive, trash = [await client.mailbox(role) for role in ("inbox", "archive", "trash")]
    email_id = await client.deliver()

    async def where():
        return set((await client.email(email_id, "mailboxIds"))["mailboxIds"])

    assert await update(client, email_id, mailboxIds={archive: True}) is None
    assert await where() == {archive}
    assert await update(client, email_id, **{f"mailboxIds/{inbox}": True}) is None
    assert await where() == {archive, inbox}
    assert await update(client, email_id, **{f"mailboxIds/{archive}": None}) is None
    assert await where() == {inbox}
    assert await update(client, email_id, mailboxIds={archive: True, trash: True}) is None
    assert await where() == {archive, trash}
    patches: tuple[dict[str, Any], ...] = (
        {"mailboxIds": {}},
        {"mailboxIds": {"m99": True}},
        {f"mailboxIds/{archive}": None, f"mailboxIds/{trash}": None},
    )
    for patch in patches:
        assert (await update(client, email_id, **patch))["type"] == "invalidProperties"
    assert await where() == {archive, trash}


async def test_many_at_once(client):
    inbox, archive = await client.mailbox("inbox"), await client.mailbox("archive")
    emails = [await client.deliver() for _ in range(20)]
    patch = {f"mailboxIds/{inbox}": None, f"mailboxIds/{archive}": True, "keywords/$seen": True}
    response = await client.call("Email/set", update=dict.fromkeys(emails, patch))
    assert set(response["updated"]) == set(emails)
    assert len(await client.query(filter={"inMailbox": archive, "hasKeyword": "$seen"})) == 20
    assert await client.query(filter={"inMailbox": inbox}) == []


async def test_destroying(client):
    email_id = await client.deliver()
    response = await client.call(
        "Email/set", destroy=[email_id, "e99", email_id], update={email_id: {"keywords/a": True}}
    )
    assert response["destroyed"] == [email_id]
    assert response["notDestroyed"]["e99"]["type"] == "notFound"
    assert response["notUpdated"][email_id]["type"] == "willDestroy"
    assert await client.query() == []


async def test_what_is_made_in_the_same_call_can_be_named(client):
    drafts = await client.mailbox("drafts")
    response = await client.call(
        "Email/set",
        create={"a": {"mailboxIds": {drafts: True}, "subject": "x"}},
        update={"#a": {"keywords/$seen": True}},
    )
    email_id = response["created"]["a"]["id"]
    assert response["updated"] == {email_id: None}
    await client.call("Mailbox/set", create={"box": {"name": "New"}})
    assert await update(client, email_id, mailboxIds={"#box": True}) is None


async def test_a_state_that_is_old(client):
    state = (await client.call("Email/get", ids=[]))["state"]
    email_id = await client.deliver()
    assert await client.fails("Email/set", ifInState=state, destroy=[email_id]) == "stateMismatch"
    assert await client.query() == [email_id]


async def test_too_much_for_the_quota(client):
    await client.db.write(
        lambda tx: tx.run(
            "UPDATE accounts SET quota_octets = 10 WHERE account_id = ?1", client.number
        )
    )
    assert (await refused(client, subject="x"))["type"] == "overQuota"


async def test_too_large(client, db):
    small = MailClient(db, client.account, max_octets=1000)
    problem = await refused(small, subject="x" * 2000)
    assert (problem["type"], problem["maxSize"]) == ("tooLarge", 1000)
    source = await client.deliver(text_mail("x", text="y" * 2000))
    blob = (await client.email(source, "blobId"))["blobId"]
    problem = await refused(small, attachments=[{"blobId": blob, "type": "text/plain"}])
    assert problem["type"] == "tooLarge"


async def test_import(client):
    source = await client.deliver(text_mail("Twice"))
    blob = (await client.email(source, "blobId"))["blobId"]
    sent = await client.mailbox("sent")
    emails = {
        "a": {"blobId": blob, "mailboxIds": {sent: True}, "keywords": {"$seen": True},
              "receivedAt": "2020-01-01T00:00:00Z"},
        "b": {"blobId": "g99", "mailboxIds": {sent: True}},
        "c": {"blobId": blob, "mailboxIds": {}},
        "d": {"mailboxIds": {sent: True}},
        "e": {},
    }  # fmt: skip
    response = await client.call("Email/import", emails=emails)
    assert set(response["created"]) == {"a"}
    wrong = {name: error["properties"] for name, error in response["notCreated"].items()}
    assert wrong == {
        "b": ["blobId"],
        "c": ["mailboxIds"],
        "d": ["blobId"],
        "e": ["blobId", "mailboxIds"],
    }
    found = await client.email(response["created"]["a"]["id"], "subject", "receivedAt", "keywords")
    assert found["subject"] == "Twice"
    assert found["receivedAt"] == "2020-01-01T00:00:00Z"
    assert found["keywords"] == {"$seen": True}


async def test_copy_knows_no_other_account(client):
    args = {"fromAccountId": "a99", "create": {}}
    assert await client.fails("Email/copy", **args) == "fromAccountNotFound"
    args["fromAccountId"] = client.account_id
    assert await client.fails("Email/copy", **args) == "invalidArguments"


async def test_snippets(client):
    email_id = await client.deliver(subject="The <b> needle", text="long " * 60 + "a needle & more")
    response = await client.call(
        "SearchSnippet/get", filter={"text": "needle"}, emailIds=[email_id, "e99"]
    )
    assert response["notFound"] == ["e99"]
    snippet = response["list"][0]
    assert snippet["subject"] == "The &lt;b&gt; <mark>needle</mark>"
    assert "a <mark>needle</mark> &amp; more" in snippet["preview"]
    assert len(snippet["preview"].encode()) <= 255


async def test_extra_properties(db):
    kept: dict[int, str] = {}

    def load(tx, account_id, message_ids, args):
        return {number: kept[number] for number in message_ids if number in kept}

    def change(tx, account_id, message_id, value):
        kept[message_id] = value
        flags.touch(tx, account_id, [message_id])

    def check(tx, account_id, value):
        if not isinstance(value, str):
            raise SetError("invalidProperties", "", ["note"])

    extra = EmailExtra("note", "urn:test", load, change, check)
    client = await MailClient.make(db, extras=[extra])
    email_id = await client.deliver()
    state = (await client.email(email_id, "note"))["note"]
    assert state is None
    assert (await update(client, email_id, note=5))["type"] == "invalidProperties"
    state = (await client.call("Email/get", ids=[]))["state"]
    assert await update(client, email_id, note="hi") is None
    assert await client.email(email_id, "note") == {"id": email_id, "note": "hi"}
    changes = await client.call("Email/changes", sinceState=state)
    assert changes["updated"] == [email_id]
    made = await create(client, note="new")
    assert (await client.email(made["id"], "note"))["note"] == "new"
    client.using = frozenset()
    assert await client.fails("Email/get", ids=[], properties=["note"]) == "invalidArguments"
    assert (await update(client, email_id, note="x"))["type"] == "invalidProperties"
