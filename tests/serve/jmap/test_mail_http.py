"""Mail over a socket: what a webmail asks when it opens a folder, in one request."""

MAIL = "urn:ietf:params:jmap:mail"


async def test_a_folder_is_made_filled_and_opened(site):
    account = f"a{site.ann}"
    draft = {
        "mailboxIds": {"#box": True},
        "keywords": {"$draft": True},
        "from": [{"name": "Ann Ä", "email": "ann@example.test"}],
        "subject": "Hello",
        "textBody": [{"partId": "t"}],
        "bodyValues": {"t": {"value": "Grüße\n"}},
    }
    response = await site.client().calls(
        ["Mailbox/set", {"accountId": account, "create": {"box": {"name": "Made"}}}, "0"],
        ["Email/set", {"accountId": account, "create": {"mail": draft}}, "1"],
        using=[MAIL],
    )
    box, mail = (answer[1]["created"] for answer in response["methodResponses"])
    mailbox_id, email_id = box["box"]["id"], mail["mail"]["id"]
    listing = ["threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview"]
    response = await site.client().calls(
        [
            "Email/query",
            {
                "accountId": account,
                "filter": {"inMailbox": mailbox_id},
                "sort": [{"property": "receivedAt", "isAscending": False}],
                "collapseThreads": True,
                "calculateTotal": True,
                "limit": 50,
            },
            "0",
        ],
        [
            "Email/get",
            {
                "accountId": account,
                "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"},
                "properties": ["threadId"],
            },
            "1",
        ],
        [
            "Thread/get",
            {
                "accountId": account,
                "#ids": {"resultOf": "1", "name": "Email/get", "path": "/list/*/threadId"},
            },
            "2",
        ],
        [
            "Email/get",
            {
                "accountId": account,
                "#ids": {"resultOf": "2", "name": "Thread/get", "path": "/list/*/emailIds"},
                "properties": listing,
            },
            "3",
        ],
        ["Mailbox/get", {"accountId": account, "ids": [mailbox_id]}, "4"],
        ["Email/get", {"accountId": account, "ids": [email_id], "fetchTextBodyValues": True}, "5"],
        using=[MAIL],
    )
    found = [answer[1] for answer in response["methodResponses"]]
    assert [name for name, *_ in response["methodResponses"]].count("error") == 0
    assert found[0]["total"] == 1
    row = found[3]["list"][0]
    assert row["from"] == [{"name": "Ann Ä", "email": "ann@example.test"}]
    assert row["preview"] == "Grüße"
    assert found[4]["list"][0]["totalThreads"] == 1
    body = found[5]["list"][0]
    assert body["bodyValues"][body["textBody"][0]["partId"]]["value"] == "Grüße\n"


async def test_mail_of_others_is_not_there(site):
    name, found = await site.client().call("Email/query", (MAIL,), accountId=f"a{site.bob}")
    assert (name, found["type"]) == ("error", "accountNotFound")
    name, found = await site.client().call(
        "Email/copy", (MAIL,), accountId=f"a{site.ann}", fromAccountId=f"a{site.bob}", create={}
    )
    assert found["type"] == "fromAccountNotFound"
