"""What a client that knows the RFCs alone does first: over HTTP, as JSON libraries write it.

Dates have milliseconds, nulls stand for defaults, ids are nonsense, and searches follow at once.
"""

import json

import pytest

from pillarbox.serve.jmap import mail, sending, vacation

from .site import BOB, open_site

MAIL = (mail.URN, sending.URN, vacation.URN)
NOW = 1767225600  # 2026-01-01
DAY = 86400


def message(
    number, subject, text, *, to="ann@example.test", sender="Alice <alice@example.com>", more=()
):
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        f"Message-ID: <{number}@test>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        *more,
        "",
        text,
    ]
    return "\r\n".join(lines).encode()


LETTERS = {
    "plain": message(1, "Meeting tomorrow", "In the conference room."),
    "start": message(2, "Project Alpha", "Let us talk.", sender="Zara <zara@example.com>"),
    "reply": message(
        3, "Re: Project Alpha", "I bring the xylophone.", sender="Bob Jones <bob@example.org>",
        to="ann@example.test, alice@example.com",
        more=("In-Reply-To: <2@test>", "References: <2@test>"),
    ),
    "list": message(
        4, "", "A post", sender="list@example.com", more=("X-Custom-Header: custom-12345",),
    ),
    "broken": b"From: x@example.com\r\nSubject: Malformed\r\nX-B: \x01\x02\r\n\r\ncaf\xe9 "
    + b"x" * 1100,
}  # fmt: skip
KEYWORDS = {"plain": {"$seen": True, "Label_A": True}, "reply": {"$answered": True}}


class Visit:
    """A client of one account, with a folder, a child of it, and five letters."""

    def __init__(self, site):
        self.site = site
        self.client = site.client()
        self.account = f"a{site.ann}"
        self.ids = {}

    async def raw(self, *calls, using=MAIL):
        found = await self.client.calls(*calls, using=using)
        return found["methodResponses"]

    async def call(self, name, **args):
        ((named, found, _),) = await self.raw([name, {"accountId": self.account, **args}, "c"])
        assert named == name, found
        return found

    async def error(self, name, **args):
        ((named, found, _),) = await self.raw([name, {"accountId": self.account, **args}, "c"])
        assert named == "error", found
        return found["type"]

    async def upload(self, octets, kind="message/rfc822"):
        answer = await self.client.request(
            "POST", f"/jmap/upload/{self.account}", octets, content_type=kind
        )
        assert answer.status in {200, 201}
        return answer.json

    async def settle(self):
        boxes = (await self.call("Mailbox/get", ids=None))["list"]
        self.roles = {one["role"]: one["id"] for one in boxes if one["role"]}
        made = await self.call("Mailbox/set", create={"a": {"name": "Folder A", "parentId": None}})
        self.folder = made["created"]["a"]["id"]
        made = await self.call("Mailbox/set", create={"c": {"name": "C", "parentId": self.folder}})
        self.child = made["created"]["c"]["id"]
        for number, (name, octets) in enumerate(LETTERS.items()):
            blob = (await self.upload(octets))["blobId"]
            place = self.folder if name == "start" else self.roles["inbox"]
            done = await self.call(
                "Email/import",
                emails={
                    "e": {
                        "blobId": blob,
                        "mailboxIds": {place: True},
                        "keywords": KEYWORDS.get(name, {}),
                        "receivedAt": f"2026-01-0{number + 1}T09:00:00.{number}23Z",
                    }
                },
            )
            assert done["created"], done
            self.ids[name] = done["created"]["e"]["id"]

    async def find(self, **filter_):
        found = await self.call("Email/query", filter=filter_, calculateTotal=True)
        names = {email_id: name for name, email_id in self.ids.items()}
        assert found["total"] == len(found["ids"])
        return {names[email_id] for email_id in found["ids"]}


@pytest.fixture
async def visit(tmp_path):
    async with open_site(tmp_path) as site:
        visit = Visit(site)
        await visit.settle()
        yield visit


async def test_the_session_can_be_used_as_it_stands(visit):
    session = (await visit.client.get("/.well-known/jmap")).json
    base = f"http://127.0.0.1:{visit.site.port}/"
    for name in ("apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"):
        assert session[name].startswith(base), session[name]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({}, {"plain", "start", "reply", "list", "broken"}),
        ({"text": "Project Alpha"}, {"start", "reply"}),
        ({"text": "xylophone"}, {"reply"}),
        ({"text": "alice@example.com"}, {"plain", "reply"}),
        ({"from": "alice@example.com"}, {"plain"}),
        ({"from": "Bob Jones"}, {"reply"}),
        ({"to": "alice@example.com"}, {"reply"}),
        ({"body": "conference room"}, {"plain"}),
        ({"subject": "Meeting tomorrow"}, {"plain"}),
        ({"header": ["X-Custom-Header"]}, {"list"}),
        ({"header": ["x-custom-header", "12345"]}, {"list"}),
        ({"before": "2026-01-02T00:00:00.500Z"}, {"plain"}),
        ({"after": "2026-01-05T00:00:00.000Z"}, {"broken"}),
        ({"minSize": 1000}, {"broken"}),
        ({"hasKeyword": "label_a"}, {"plain"}),
        ({"notKeyword": "$seen"}, {"start", "reply", "list", "broken"}),
        ({"someInThreadHaveKeyword": "$answered"}, {"start", "reply"}),
        ({"noneInThreadHaveKeyword": "$answered"}, {"plain", "list", "broken"}),
        ({"operator": "NOT", "conditions": [{"hasKeyword": "$seen"}, {"text": "xylophone"}]},
         {"start", "list", "broken"}),
        ({"operator": "OR", "conditions": [{"hasAttachment": True}, {"subject": "Malformed"}]},
         {"broken"}),
    ],
)  # fmt: skip
async def test_mail_is_found_as_soon_as_it_is_there(visit, filter_, found):
    assert await visit.find(**filter_) == found


async def test_lists_have_pages(visit):
    sort = [{"property": "receivedAt", "isAscending": False}]
    every = (await visit.call("Email/query", filter=None, sort=sort))["ids"]
    assert every[0] == visit.ids["broken"]
    for args, expected in [
        ({"position": 2, "limit": 2}, every[2:4]),
        ({"position": -2}, every[-2:]),
        ({"position": 999}, []),
        ({"anchor": every[3], "anchorOffset": -1, "limit": 2}, every[2:4]),
        ({"anchor": every[1], "position": None, "anchorOffset": None, "limit": None}, every[1:]),
    ]:
        found = await visit.call("Email/query", filter=None, sort=sort, **args)
        assert found["ids"] == expected, args
    assert await visit.error("Email/query", anchor="nonsense") == "anchorNotFound"


@pytest.mark.parametrize("name", ["from", "to", "subject", "size", "sentAt"])
async def test_lists_are_sorted(visit, name):
    sort = [{"property": name, "isAscending": True}]
    ids = (await visit.call("Email/query", sort=sort))["ids"]
    got = (await visit.call("Email/get", ids=ids, properties=[name]))["list"]
    values = [one[name] for one in got]
    if name in {"from", "to"}:
        values = [one[0]["name"] or one[0]["email"] if one else "" for one in values]
    if name == "subject":
        values = [(one or "").removeprefix("Re: ") for one in values]
    values = [one.casefold() if isinstance(one, str) else one or "" for one in values]
    assert values == sorted(values)


async def test_a_search_says_where_it_found_the_words(visit):
    every = [visit.ids["reply"], visit.ids["plain"], "nonsense"]
    found = await visit.call("SearchSnippet/get", emailIds=every, filter={"text": "xylophone"})
    first, second = found["list"]
    assert "<mark>xylophone</mark>" in first["preview"]
    assert (second["subject"], second["preview"]) == (None, None)
    assert found["notFound"] == ["nonsense"]
    found = await visit.call("SearchSnippet/get", emailIds=every[:1], filter={"text": "x"})
    assert found["notFound"] in ([], None)


async def test_headers_in_any_case_and_form(visit):
    names = ["header:subject:asText", "header:SUBJECT:asText", "header:From:asGroupedAddresses"]
    found = await visit.call("Email/get", ids=[visit.ids["plain"]], properties=names)
    (one,) = found["list"]
    assert one["header:subject:asText"] == one["header:SUBJECT:asText"] == "Meeting tomorrow"
    assert one["header:From:asGroupedAddresses"][0]["addresses"][0]["email"] == "alice@example.com"
    got = await visit.call(
        "Email/get", ids=[visit.ids["broken"]], properties=["subject", "bodyValues", "textBody"],
        fetchTextBodyValues=True, maxBodyValueBytes=100,
    )  # fmt: skip
    (one,) = got["list"]
    (value,) = one["bodyValues"].values()
    assert (one["subject"], value["isTruncated"]) == ("Malformed", True)
    assert len(value["value"].encode()) <= 100


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Email/get", {}), ("Mailbox/get", {}), ("Thread/get", {}), ("Identity/get", {}),
        ("EmailSubmission/get", {}), ("VacationResponse/get", {}),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_named(visit, name, args):
    found = await visit.call(name, ids=["nonsense"], **args)
    assert (found["list"], found["notFound"]) == ([], ["nonsense"])
    found = await visit.call(name, ids=[], **args)
    assert (found["list"], found["notFound"]) == ([], [])
    kind = name.partition("/")[0]
    update = {"nonsense": {"keywords/$seen": True} if kind == "Email" else {"name": "x"}}
    if kind not in {"Thread", "VacationResponse", "EmailSubmission"}:
        done = await visit.call(f"{kind}/set", update=update)
        assert done["notUpdated"]["nonsense"]["type"] == "notFound"
        done = await visit.call(f"{kind}/set", destroy=["nonsense"])
        assert done["notDestroyed"]["nonsense"]["type"] == "notFound"


async def test_mailboxes_keep_their_promises(visit):
    made = await visit.call("Mailbox/set", create={"x": {"name": "Folder A", "parentId": None}})
    assert made["notCreated"]["x"]["type"] == "alreadyExists"
    gone = await visit.call("Mailbox/set", destroy=[visit.folder], onDestroyRemoveEmails=True)
    assert gone["notDestroyed"][visit.folder]["type"] == "mailboxHasChild"
    assert "start" in await visit.find(inMailbox=visit.folder)
    await visit.call("Mailbox/set", destroy=[visit.child])
    gone = await visit.call("Mailbox/set", destroy=[visit.folder])
    assert gone["notDestroyed"][visit.folder]["type"] == "mailboxHasEmail"
    gone = await visit.call("Mailbox/set", destroy=[visit.folder], onDestroyRemoveEmails=True)
    assert gone["destroyed"] == [visit.folder]
    assert "start" not in await visit.find()
    (inbox,) = (await visit.call("Mailbox/get", ids=[visit.roles["inbox"]], properties=["name"]))[
        "list"
    ]
    assert set(inbox) == {"id", "name"}


async def test_mailboxes_are_queried(visit):
    for filter_, present in [
        ({"parentId": None}, False), ({"parentId": visit.folder}, True),
        ({"hasAnyRole": True}, False), ({"hasAnyRole": False}, True),
        (None, True), ({}, True), ({"role": "inbox"}, False),
    ]:  # fmt: skip
        found = await visit.call("Mailbox/query", filter=filter_)
        assert (visit.child in found["ids"]) == present, filter_
        again = await visit.call(
            "Mailbox/queryChanges", filter=filter_, sinceQueryState=found["queryState"]
        )
        assert (again["removed"], again["added"]) == ([], [])
    found = await visit.call("Mailbox/query", sort=[{"property": "name", "isAscending": True}])
    got = await visit.call("Mailbox/get", ids=found["ids"], properties=["name"])
    names = [one["name"].casefold() for one in got["list"]]
    assert names == sorted(names)


async def test_what_may_not_be_copied_or_taken_in(visit):
    same = {"fromAccountId": visit.account}
    assert await visit.error("Blob/copy", blobIds=["x"], **same) == "invalidArguments"
    create = {"x": {"id": "nonsense", "mailboxIds": {visit.roles["inbox"]: True}}}
    assert await visit.error("Email/copy", create=create, **same) == "invalidArguments"
    blob = (await visit.upload(b"this is not an email", "application/octet-stream"))["blobId"]
    place = {"mailboxIds": {visit.roles["inbox"]: True}}
    done = await visit.call(
        "Email/import",
        emails={"a": {"blobId": blob, **place}, "b": {"blobId": "nonsense", **place}},
    )
    assert done["notCreated"]["a"]["type"] == "invalidEmail"
    # RFC 8621 §4.8: an id that is not found is an invalid property.
    assert done["notCreated"]["b"]["type"] == "invalidProperties"
    done = await visit.call("Email/parse", blobIds=[blob, "nonsense"])
    assert (done["notParsable"], done["notFound"]) == ([blob], ["nonsense"])


async def test_uploads_keep_their_type(visit):
    for kind in ("text/plain", "text/html", "application/octet-stream"):
        octets = b"<html>" + bytes(range(256))
        made = await visit.upload(octets, kind)
        assert (made["type"], made["size"], made["accountId"]) == (kind, len(octets), visit.account)
        path = f"/jmap/download/{visit.account}/{made['blobId']}/a.bin?type=application%2Fx-own"
        got = await visit.client.get(path)
        assert (got.status, got.body) == (200, octets)
        assert got.headers["content-type"] == "application/x-own"
    assert (await visit.client.get(f"/jmap/download/{visit.account}/nonsense/a")).status == 404


async def test_threads_are_in_order(visit):
    (one,) = (await visit.call("Email/get", ids=[visit.ids["reply"]], properties=["threadId"]))[
        "list"
    ]
    (thread,) = (await visit.call("Thread/get", ids=[one["threadId"]]))["list"]
    assert thread["emailIds"] == [visit.ids["start"], visit.ids["reply"]]


async def test_wrong_requests(visit):
    core = ["urn:ietf:params:jmap:core"]
    echo = [["Core/echo", {"a": 3.14, "b": [None, {"c": True}]}, "c"]]
    for body, kind in [
        (b"this is not json", "application/json"),
        (json.dumps({"foo": "bar"}).encode(), "application/json"),
        (json.dumps({"using": core, "methodCalls": "x"}).encode(), "application/json"),
        (json.dumps({"using": core, "methodCalls": echo}).encode(), "text/plain"),
        (json.dumps({"using": ["urn:fake"], "methodCalls": echo}).encode(), "application/json"),
    ]:  # fmt: skip
        answer = await visit.client.post("/jmap/api", body, content_type=kind)
        assert 400 <= answer.status < 500, body
    ((name, found, _),) = await visit.raw(*echo)
    assert (name, found) == ("Core/echo", echo[0][1])
    answer = await visit.client.post("/jmap/api", {"using": [], "methodCalls": echo})
    assert answer.json["methodResponses"][0][1]["type"] == "unknownMethod"
    ((_, found, _),) = await visit.raw(["Mailbox/get", {}, "c"])
    assert found["type"] == "invalidArguments"
    assert await visit.error("Mailbox/get", ids="x") == "invalidArguments"
    ((_, found, _),) = await visit.raw(["Mailbox/get", {"accountId": "x"}, "c"])
    assert found["type"] == "accountNotFound"
    assert await visit.error("Mailbox/set", ifInState="nonsense", update={}) == "stateMismatch"


async def test_a_letter_is_written_and_sent(visit):
    create = {
        "d": {
            "mailboxIds": {visit.roles["drafts"]: True},
            "keywords": {"$draft": True},
            "from": [{"name": "Ann", "email": "ann@example.test"}],
            "to": [{"name": "Bob", "email": BOB}],
            "subject": "Hello",
            "bodyStructure": {
                "type": "multipart/alternative",
                "subParts": [
                    {"type": "text/plain", "partId": "t"}, {"type": "text/html", "partId": "h"},
                ],
            },
            "bodyValues": {"t": {"value": "Text"}, "h": {"value": "<p>Text</p>"}},
        },
        "n": {
            "mailboxIds": {visit.roles["drafts"]: True},
            "from": [{"name": "Ann", "email": "ann@example.test"}],
            "bodyStructure": {"type": "text/plain", "partId": "1"},
            "bodyValues": {"1": {"value": "To nobody"}},
        },
    }  # fmt: skip
    made = (await visit.call("Email/set", create=create))["created"]
    assert {"id", "blobId", "threadId", "size"} <= set(made["d"])
    identity = (await visit.call("Identity/get", ids=None))["list"][0]["id"]
    drafts, sent = visit.roles["drafts"], visit.roles["sent"]
    first, second = await visit.raw(
        [
            "EmailSubmission/set",
            {
                "accountId": visit.account,
                "create": {
                    "s": {"identityId": identity, "emailId": made["d"]["id"]},
                    "t": {"identityId": identity, "emailId": made["n"]["id"]},
                },
                "onSuccessUpdateEmail": {
                    "#s": {
                        f"mailboxIds/{drafts}": None,
                        f"mailboxIds/{sent}": True,
                        "keywords/$draft": None,
                    },
                },
            },
            "c",
        ]
    )  # fmt: skip
    assert first[1]["notCreated"]["t"]["type"] == "noRecipients"
    assert second[0] == "Email/set"
    found = await visit.call("EmailSubmission/query", filter=None)
    (one,) = (await visit.call("EmailSubmission/get", ids=found["ids"]))["list"]
    assert one["undoStatus"] == "final"
    (email,) = (
        await visit.call("Email/get", ids=[made["d"]["id"]], properties=["mailboxIds", "keywords"])
    )["list"]
    assert (email["mailboxIds"], email["keywords"]) == ({sent: True}, {})
