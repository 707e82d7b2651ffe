"""Mailbox/set, Mailbox/query and Mailbox/changes on a real store."""

from pillarbox.store import mailboxes, renaming


async def boxes(client):
    response = await client.call("Mailbox/get", ids=None)
    return {one["id"]: one for one in response["list"]}


async def create(client, **given):
    response = await client.call("Mailbox/set", create={"new": given})
    assert response["notCreated"] is None
    return response["created"]["new"]["id"]


async def refused(client, **given):
    response = await client.call("Mailbox/set", create={"new": given})
    assert response["created"] is None
    return response["notCreated"]["new"]


async def update(client, mailbox_id, **patch):
    response = await client.call("Mailbox/set", update={mailbox_id: patch})
    return (response["notUpdated"] or {}).get(mailbox_id)


async def test_a_mailbox_is_created(client):
    response = await client.call("Mailbox/set", create={"new": {"name": "Work"}})
    made = response["created"]["new"]
    assert made["totalEmails"] == 0
    assert made["isSubscribed"] is True
    assert made["parentId"] is None
    assert "name" not in made
    assert response["oldState"] != response["newState"]
    found = (await boxes(client))[made["id"]]
    assert found["name"] == "Work"
    assert client.created == {"new": made["id"]}
    assert client.changed == [client.number]


async def test_one_in_the_other_in_any_order(client):
    create = {
        "inner": {"name": "b", "parentId": "#outer", "sortOrder": 7, "isSubscribed": False},
        "outer": {"name": "a"},
    }
    response = await client.call("Mailbox/set", create=create)
    outer, inner = (response["created"][name]["id"] for name in ("outer", "inner"))
    found = (await boxes(client))[inner]
    assert found["parentId"] == outer
    assert found["sortOrder"] == 7
    assert found["isSubscribed"] is False
    tree = await client.call("Mailbox/query", filter={"parentId": outer})
    assert tree["ids"] == [inner]


async def test_what_cannot_be_created(client):
    for given, properties in (
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "a/b"}, ["name"]),
        ({"name": "x" * 256}, ["name"]),
        ({"name": "a\0"}, ["name"]),
        ({"name": "a", "parentId": "m99"}, ["parentId"]),
        ({"name": "a", "parentId": "#nobody"}, ["parentId"]),
        ({"name": "a", "role": "inbox"}, ["role"]),
        ({"name": "a", "role": "sent"}, ["role"]),
        ({"name": "a", "role": "king"}, ["role"]),
        ({"name": "a", "sortOrder": -1}, ["sortOrder"]),
        ({"name": "a", "totalEmails": 1, "id": "m1"}, ["totalEmails", "id"]),
        ({"name": "a", "myRights": {"mayRename": False}}, ["myRights/mayRename"]),
    ):
        problem = await refused(client, **given)
        assert (problem["type"], problem["properties"]) == ("invalidProperties", properties), given
    for name in ("Sent", "inbox"):
        problem = await refused(client, name=name)
        assert problem["type"] == "alreadyExists"
        assert (await boxes(client))[problem["existingId"]]["name"].lower() == name.lower()
    assert len(await boxes(client)) == 6


async def test_what_the_server_sets_may_be_given_as_it_is(client):
    new = await create(client, name="a", totalEmails=0, unreadThreads=0)
    whole = (await boxes(client))[new]
    assert await update(client, new, **{**whole, "name": "b"}) is None
    del whole["id"]
    again = await create(client, **{**whole, "name": "c"})
    assert (await boxes(client))[again]["name"] == "c"
    rights = {name: not may for name, may in whole["myRights"].items()}
    problem = await update(client, new, totalThreads=5, myRights=rights)
    assert set(problem["properties"]) == {"totalThreads", *(f"myRights/{r}" for r in rights)}


async def test_updates(client):
    outer = await create(client, name="a")
    inner = await create(client, name="b", parentId=outer)
    leaf = await create(client, name="c", parentId=inner)
    assert await update(client, inner, parentId=None, name="B", sortOrder=3) is None
    found = await boxes(client)
    assert (found[inner]["name"], found[inner]["parentId"]) == ("B", None)
    assert found[leaf]["parentId"] == inner
    assert await update(client, inner, isSubscribed=False, role=None) is None
    assert (await boxes(client))[inner]["isSubscribed"] is False
    for patch, error in (
        ({"parentId": leaf}, "invalidProperties"),
        ({"parentId": inner}, "invalidProperties"),
        ({"name": "a"}, "alreadyExists"),
        ({"role": "junk"}, "invalidProperties"),
        ({"totalEmails": 5}, "invalidProperties"),
        ({"myRights/mayDelete": True}, "invalidPatch"),
        ({"unknown": 1}, "invalidProperties"),
    ):
        assert (await update(client, inner, **patch))["type"] == error, patch
    assert await update(client, inner, totalEmails=0) is None
    assert (await update(client, "m99", name="x"))["type"] == "notFound"
    inbox = await client.mailbox("inbox")
    assert (await update(client, inbox, name="Other"))["type"] == "forbidden"
    assert await update(client, inbox, sortOrder=1) is None


async def test_a_role_passes_on_in_one_call(client):
    new = await create(client, name="Old mail")
    archive = await client.mailbox("archive")
    response = await client.call(
        "Mailbox/set", update={new: {"role": "archive"}, archive: {"role": None}}
    )
    assert response["notUpdated"] is None
    assert await client.mailbox("archive") == new


async def test_destroying(client):
    outer = await create(client, name="a")
    inner = await create(client, name="b", parentId=outer)
    await client.deliver(mailbox=int(inner[1:]))
    inbox = await client.mailbox("inbox")
    response = await client.call("Mailbox/set", destroy=[outer, inner, inbox, "m99"])
    assert response["destroyed"] is None
    assert {k: v["type"] for k, v in response["notDestroyed"].items()} == {
        outer: "mailboxHasChild",
        inner: "mailboxHasEmail",
        inbox: "forbidden",
        "m99": "notFound",
    }
    response = await client.call("Mailbox/set", destroy=[outer, inner], onDestroyRemoveEmails=True)
    assert sorted(response["destroyed"]) == sorted([outer, inner])
    assert await client.query() == []


async def test_a_state_that_is_old(client):
    state = (await client.call("Mailbox/get", ids=[]))["state"]
    await create(client, name="a")
    create_ = {"x": {"name": "b"}}
    assert await client.fails("Mailbox/set", ifInState=state, create=create_) == "stateMismatch"
    now = (await client.call("Mailbox/get", ids=[]))["state"]
    response = await client.call("Mailbox/set", ifInState=now, create=create_)
    assert response["oldState"] == now


async def test_changes(client):
    state = (await client.call("Mailbox/get", ids=[]))["state"]
    new = await create(client, name="a")
    gone = await create(client, name="b")
    await client.call("Mailbox/set", destroy=[gone])
    await client.deliver()
    changes = await client.call("Mailbox/changes", sinceState=state)
    assert changes["created"] == [new]
    assert changes["updated"] == [await client.mailbox("inbox")]
    assert changes["destroyed"] == []
    assert changes["updatedProperties"] is None
    state = changes["newState"]
    assert state == (await client.call("Mailbox/get", ids=[]))["state"]
    await client.deliver()
    changes = await client.call("Mailbox/changes", sinceState=state)
    assert "totalEmails" in changes["updatedProperties"]
    assert await client.fails("Mailbox/changes", sinceState="x") == "cannotCalculateChanges"


async def test_changes_in_steps(client):
    state = first = (await client.call("Mailbox/get", ids=[]))["state"]
    made = [await create(client, name=f"{number}") for number in range(5)]
    found = []
    while True:
        changes = await client.call("Mailbox/changes", sinceState=state, maxChanges=2)
        assert len(changes["created"]) <= 2
        assert changes["updated"] == []
        found += changes["created"]
        state = changes["newState"]
        if not changes["hasMoreChanges"]:
            break
    assert found == made
    assert state == (await client.call("Mailbox/get", ids=[]))["state"]
    everything = await client.call("Mailbox/changes", sinceState=first)
    assert everything["created"] == made


async def test_queries(client):
    outer = await create(client, name="Zoo", sortOrder=1)
    inner = await create(client, name="ape", parentId=outer, sortOrder=1, isSubscribed=False)
    inbox = await client.mailbox("inbox")

    async def query(**args):
        return (await client.call("Mailbox/query", **args))["ids"]

    assert await query(filter={"role": "inbox"}) == [inbox]
    assert await query(filter={"hasAnyRole": False}) == [inner, outer]
    assert await query(filter={"isSubscribed": False}) == [inner]
    assert await query(filter={"name": "ZO"}) == [outer]
    both = [{"property": "name", "isAscending": False}]
    assert await query(filter={"hasAnyRole": False}, sort=both) == [outer, inner]
    assert await query(filter={"hasAnyRole": False}, sortAsTree=True) == [outer, inner]
    assert await query(filter={"name": "ape"}, filterAsTree=True) == []
    neither = {"operator": "NOT", "conditions": [{"hasAnyRole": True}]}
    assert await query(filter=neither, limit=1, position=1) == [outer]
    assert await client.fails("Mailbox/query", filter={"odd": 1}) == "unsupportedFilter"
    assert await client.fails("Mailbox/query", sort=[{"property": "odd"}]) == "unsupportedSort"


async def test_query_changes(client):
    sort = [{"property": "name"}]
    before = await client.call("Mailbox/query", sort=sort)
    new = await create(client, name="Aaa")
    response = await client.call(
        "Mailbox/queryChanges", sort=sort, sinceQueryState=before["queryState"]
    )
    assert response["removed"] == []
    assert response["added"] == [{"id": new, "index": 0}]
    now = await client.call("Mailbox/query", sort=sort)
    assert response["newQueryState"] == now["queryState"]
    await client.deliver()
    response = await client.call(
        "Mailbox/queryChanges", sort=sort, sinceQueryState=now["queryState"]
    )
    assert (response["removed"], response["added"]) == ([], [])


async def test_what_imap_does_is_seen(client):
    made = await client.db.write(mailboxes.create, client.number, "x/y")
    await client.db.write(renaming.rename, client.number, made.mailbox_id, "z")
    found = (await boxes(client))[f"m{made.mailbox_id}"]
    assert (found["name"], found["parentId"]) == ("z", None)
    assert found["role"] is None
