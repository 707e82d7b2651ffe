"""VacationResponse (RFC 8621 §8): one object, checked, with a state."""

import pytest

from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap import vacation

from .mail_client import MailClient

NOTHING = {
    "id": "singleton",
    "isEnabled": False,
    "fromDate": None,
    "toDate": None,
    "subject": None,
    "textBody": None,
    "htmlBody": None,
}


@pytest.fixture
async def client(db):
    found = await MailClient.make(db)
    found.capability = vacation.capability()
    return found


async def test_it_is_said_and_read_again(client):
    before = await client.call("VacationResponse/get", ids=None)
    assert before["list"] == [NOTHING]
    said = {
        "isEnabled": True,
        "fromDate": "2026-03-01T00:00:00Z",
        "toDate": "2026-03-08T00:00:00Z",
        "subject": "Gone",
        "textBody": "Back\nsoon",
        "htmlBody": "<p>Back soon</p>",
    }
    done = await client.call("VacationResponse/set", update={"singleton": said})
    assert done["updated"] == {"singleton": None}
    assert done["oldState"] == before["state"] != done["newState"]
    after = await client.call("VacationResponse/get", ids=["singleton", "other"])
    assert after["list"] == [{**NOTHING, **said}]
    assert (after["state"], after["notFound"]) == (done["newState"], ["other"])
    some = await client.call("VacationResponse/get", ids=["singleton"], properties=["subject"])
    assert some["list"] == [{"id": "singleton", "subject": "Gone"}]
    assert client.changed == [client.number]
    with pytest.raises(MethodError):
        await client.call(
            "VacationResponse/set", ifInState="7", update={"singleton": {"isEnabled": False}}
        )


WRONG = [
    {"isEnabled": 1},
    {"fromDate": "tomorrow"},
    {"fromDate": "0001-01-01T00:00:00Z"},
    {"fromDate": "2026-03-02T00:00:00Z", "toDate": "2026-03-01T00:00:00Z"},
    {"subject": "a\r\nBcc: b@c.example"},
    {"subject": "x" * 501},
    {"textBody": "x" * 50_001},
    {"htmlBody": 7},
    {"id": "other"},
    {"colour": "red"},
]


@pytest.mark.parametrize("patch", WRONG)
async def test_what_is_wrong_changes_nothing(client, patch):
    done = await client.call("VacationResponse/set", update={"singleton": patch})
    assert done["notUpdated"]["singleton"]["type"] == "invalidProperties"
    assert (await client.call("VacationResponse/get", ids=None))["list"] == [NOTHING]


async def test_there_is_one_and_it_stays(client):
    done = await client.call("VacationResponse/set", create={"a": {}}, destroy=["singleton"])
    assert done["notCreated"]["a"]["type"] == "singleton"
    assert done["notDestroyed"]["singleton"]["type"] == "singleton"
