"""AddressBook and ContactCard methods (RFC 9610) on a real store."""

import pytest

from pillarbox.base.errors import NotFound, TooLarge
from pillarbox.serve.jmap import contacts as methods
from pillarbox.serve.jmap import contacts_capability, recipients
from pillarbox.store import accounts, contacts, correspondents

from .mail_client import MailClient

ANNA = {
    "name": {
        "components": [{"kind": "given", "value": "Änna"}, {"kind": "surname", "value": "Berg"}]
    },
    "emails": {"a": {"address": "Anna@Example.NET", "contexts": {"private": True}}},
    "notes": {"n": {"note": "Gärtnerin"}},
    "keywords": {"Garten": True},
    "x.example.org:unknown": [1, {"a": None}],
}
BEN = {"name": {"full": "Ben Öl"}, "phones": {"1": {"number": "+49 30 12"}}, "kind": "individual"}
WERK = {"kind": "org", "organizations": {"1": {"name": "Werk"}}}


@pytest.fixture
async def client(db):
    client = await MailClient.make(db)
    blobs = {"file": b"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:c\r\nFN:Cleo\r\nEND:VCARD\r\n" * 2}
    blobs["bad"] = b"BEGIN:VCARD\nNOTE:x\nEND:VCARD\nBEGIN:VCARD\nFN:D\nEND:VCARD\n"

    async def fetch(_, blob_id):
        return blobs.get(blob_id)

    client.capability = contacts_capability.capability(fetch)
    return client


async def add(client, *cards):
    made = []
    for card in cards:
        response = await client.call("ContactCard/set", create={"new": card})
        assert response["notCreated"] is None
        made.append(response["created"]["new"]["id"])
    return made


async def test_cards_are_kept_as_they_are(client):
    (number,) = await add(client, ANNA)
    response = await client.call("ContactCard/get", ids=[number, "c999", "x"])
    (card,) = response["list"]
    assert response["notFound"] == ["c999", "x"]
    assert ANNA.items() <= card.items()
    assert card["id"] == number
    assert card["addressBookIds"] == {"b1": True}
    assert (card["@type"], card["version"]) == ("Card", "1.0")
    assert card["uid"].startswith("urn:uuid:")
    assert card["created"] == card["updated"] == "2026-03-01T12:00:00Z"
    response = await client.call("ContactCard/get", properties=["uid"])
    assert response["list"] == [{"id": number, "uid": card["uid"]}]


async def test_changes_are_told(client):
    one, two = await add(client, ANNA, BEN)
    state = (await client.call("ContactCard/get", ids=[]))["state"]
    patch = {"emails/a/address": "a@example.org", "notes": None}
    response = await client.call("ContactCard/set", update={one: patch}, destroy=[two, "c9"])
    assert list(response["updated"]) == [one]
    assert response["destroyed"] == [two]
    assert response["notDestroyed"] == {"c9": {"type": "notFound"}}
    assert response["oldState"] == state
    assert client.changed
    (card,) = (await client.call("ContactCard/get", ids=[one]))["list"]
    assert card["emails"]["a"]["address"] == "a@example.org"
    assert "notes" not in card
    (three,) = await add(client, WERK)
    response = await client.call("ContactCard/changes", sinceState=state)
    assert (response["created"], response["updated"]) == ([three], [one])
    assert response["destroyed"] == [two]
    assert response["newState"] == (await client.call("ContactCard/get", ids=[]))["state"]
    step = await client.call("ContactCard/changes", sinceState=state, maxChanges=1)
    assert step["hasMoreChanges"]
    assert step["updated"] == [one]
    assert await client.fails("ContactCard/changes", sinceState="99999") == (
        "cannotCalculateChanges"
    )
    assert await client.fails("ContactCard/set", ifInState="1") == "stateMismatch"


REFUSED = [
    ({"emails": {"a": {"address": 7}}}, "emails"),
    ({"emails": []}, "emails"),
    ({"name": "Anna"}, "name"),
    ({"uid": ""}, "uid"),
    ({"addressBookIds": {"b2": True}}, "addressBookIds"),
    ({"@type": "Group"}, "@type"),
    ({"id": "c1"}, "id"),
    ({"keywords": {"a": 1}}, "keywords"),
    ({"phones": {"1": {"number": "1", "pref": 0}}}, "phones"),
    ({"notes": {"1": {"note": "\ud800"}}}, ""),
]


@pytest.mark.parametrize(("card", "name"), REFUSED)
async def test_wrong_cards_are_refused(client, card, name):
    response = await client.call("ContactCard/set", create={"new": card})
    error = response["notCreated"]["new"]
    assert error["type"] == "invalidProperties"
    assert error.get("properties", []) == ([name] if name else [])


async def test_large_cards_are_refused(client):
    response = await client.call(
        "ContactCard/set",
        create={
            "deep": {"x": [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]},
            "long": {"notes": {"1": {"note": "x" * 70_000}}},
            "wide": {"x": list(range(6000))},
            "heavy": {"media": {str(n): {"uri": "x" * 100_000} for n in range(3)}},
        },
    )
    assert {error["type"] for error in response["notCreated"].values()} == {"tooLarge"}


async def test_a_uid_is_there_once_and_stays(client):
    (one,) = await add(client, {**ANNA, "uid": "u1"})
    response = await client.call("ContactCard/set", create={"x": {**BEN, "uid": "u1"}})
    assert response["notCreated"]["x"]["properties"] == ["uid"]
    response = await client.call("ContactCard/set", update={one: {"uid": "u2"}, "c999": {}})
    assert response["notUpdated"][one]["properties"] == ["uid"]
    assert response["notUpdated"]["c999"]["type"] == "notFound"


FOUND = [
    (None, [2, 0, 1]),
    ({"text": "gartnerin"}, [0]),
    ({"text": "BERG änna"}, [0]),
    ({"name": "ben"}, [1]),
    ({"name/surname": "berg"}, [0]),
    ({"name/given": "berg"}, []),
    ({"email": "example.net"}, [0]),
    ({"phone": "30 12"}, [1]),
    ({"organization": "werk"}, [2]),
    ({"kind": "org"}, [2]),
    ({"inAddressBook": "b1"}, [2, 0, 1]),
    ({"inAddressBook": "b2"}, []),
    ({"createdAfter": "2026-01-01T00:00:00Z", "updatedBefore": "2027-01-01T00:00:00Z"}, [2, 0, 1]),
    ({"operator": "NOT", "conditions": [{"kind": "org"}]}, [0, 1]),
    ({"operator": "OR", "conditions": [{"name": "ben"}, {"note": "gart"}]}, [0, 1]),
    ({"hasMember": "x"}, []),
]


async def test_cards_are_found(client):
    made = await add(client, ANNA, BEN, WERK)
    for filter_, numbers in FOUND:
        response = await client.call("ContactCard/query", filter=filter_)
        assert sorted(response["ids"]) == sorted(made[number] for number in numbers), filter_
    response = await client.call("ContactCard/query", calculateTotal=True, limit=1)
    assert (response["total"], response["ids"]) == (3, [made[0]])
    by_surname = [{"property": "name/surname", "isAscending": False}]
    response = await client.call("ContactCard/query", sort=by_surname)
    assert response["ids"][0] == made[0]
    assert await client.fails("ContactCard/query", filter={"x": "y"}) == "unsupportedFilter"
    assert await client.fails("ContactCard/query", filter={"name": 7}) == "invalidArguments"
    assert await client.fails("ContactCard/query", sort=[{"property": "x"}]) == "unsupportedSort"
    changes = {"sinceQueryState": response["queryState"]}
    assert await client.fails("ContactCard/queryChanges", **changes) == "cannotCalculateChanges"


async def test_there_is_one_address_book(client):
    (book,) = (await client.call("AddressBook/get"))["list"]
    assert (book["id"], book["name"], book["isDefault"]) == ("b1", "Contacts", True)
    response = await client.call(
        "AddressBook/set",
        create={"n": {"name": "Other"}},
        update={"b1": {"name": "Kontakte", "sortOrder": 3}},
        destroy=["b1", "b2"],
    )
    assert response["updated"] == {"b1": None}
    assert response["notCreated"]["n"]["type"] == "forbidden"
    assert response["notDestroyed"]["b1"]["type"] == "forbidden"
    assert response["notDestroyed"]["b2"]["type"] == "notFound"
    changes = await client.call("AddressBook/changes", sinceState=response["oldState"])
    assert changes["updated"] == ["b1"]
    response = await client.call("AddressBook/get", ids=["b1", "b2"], properties=["name"])
    assert response["list"] == [{"id": "b1", "name": "Kontakte"}]
    assert response["notFound"] == ["b2"]
    response = await client.call("AddressBook/set", update={"b1": {"isDefault": False, "name": ""}})
    assert response["notUpdated"]["b1"]["properties"] == ["isDefault", "name"]


async def test_files_come_in_and_go_out(client):
    response = await client.call("ContactCard/import", blobId="file")
    assert (len(response["created"]), len(response["updated"])) == (1, 1)
    assert response["total"] == 2
    response = await client.call("ContactCard/import", blobId="bad")
    assert response["notCreated"] == [{"index": 0, "description": "neither a name nor an address"}]
    assert len(response["created"]) == 1
    assert await client.fails("ContactCard/import", blobId="none") == "invalidArguments"
    response = await client.call("ContactCard/export", version="3.0")
    assert response["count"] == 2
    assert response["text"].count("BEGIN:VCARD\r\nVERSION:3.0\r\n") == 2
    assert "FN:Cleo\r\n" in response["text"]
    response = await client.call("ContactCard/export", ids=[])
    assert (response["count"], response["text"]) == (0, "")
    assert await client.fails("ContactCard/export", version="2.1") == "invalidArguments"


async def test_copy_knows_no_other_account(client):
    args = {"fromAccountId": "a99", "create": {}}
    assert await client.fails("ContactCard/copy", **args) == "fromAccountNotFound"


async def test_contacts_are_offered_as_recipients(client):
    (number,) = await add(client, ANNA)
    client.capability = recipients.capability()
    (found,) = (await client.call("Recipient/query", text="berg"))["list"]
    assert (found["email"], found["name"]) == ("anna@example.net", "Änna Berg")
    assert (found["contactId"], found["uses"]) == (number, 0)


async def test_the_store_keeps_its_word(client, monkeypatch):
    await add(client, ANNA)
    number, db = client.number, client.db
    assert await db.read(contacts.addresses_of_name, number, "ÄNNA berg") == {"anna@example.net"}
    assert await db.read(contacts.addresses_of_name, number, "anna") == set()
    card = methods.kept({"uid": "x"})
    with pytest.raises(NotFound):
        await db.write(contacts.change, number, 99, card)
    card = contacts.NewCard("y", "", "", (), "x" * (contacts.MAX_OCTETS + 1))
    with pytest.raises(TooLarge):
        await db.write(contacts.add, number, card)
    monkeypatch.setattr(contacts, "MAX_CARDS", 1)
    response = await client.call("ContactCard/set", create={"x": BEN})
    assert response["notCreated"]["x"]["type"] == "overQuota"
    monkeypatch.setattr(contacts, "MAX_DESTROYED", 0)
    (one,) = await db.read(contacts.list_, number)
    state = await db.read(contacts.state, number)
    await db.write(contacts.remove, number, one.card_id)
    assert await db.write(contacts.prune, number) == 1
    assert await db.read(contacts.changes, number, state, 10) is None
    await db.write(accounts.delete, number)
    while await db.write(accounts.purge):
        pass
    assert await db.read(contacts.list_, number) == []
    assert await db.read(correspondents.query, number, "", 5) == []
