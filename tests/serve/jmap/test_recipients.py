"""Recipient/query on a real store, and what delivery remembers for it."""

import pytest

from pillarbox.delivery import people
from pillarbox.delivery.envelope import Envelope, Recipient
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.header import parse_header
from pillarbox.serve.jmap import recipients
from pillarbox.store import correspondents
from pillarbox.trace.step import Trace

from .mail_client import MailClient


@pytest.fixture
async def client(db):
    client = await MailClient.make(db)
    client.capability = recipients.capability()
    await db.write(
        correspondents.note_sent,
        client.number,
        [Mailbox("Änna", "anna", "example.net"), Mailbox("", "ben", "example.net")],
    )
    return client


async def test_a_few_letters(client):
    response = await client.call("Recipient/query", text="ann")
    assert response["list"] == [
        {
            "name": "Änna",
            "email": "anna@example.net",
            "uses": 1,
            "lastUsedAt": "2026-03-01T12:00:00Z",
            "contactId": None,
        }
    ]
    assert len((await client.call("Recipient/query"))["list"]) == 2
    assert len((await client.call("Recipient/query", limit=1))["list"]) == 1


async def test_addresses_can_be_forgotten(client):
    response = await client.call("Recipient/forget", emails=["ben@example.net", "x@example.net"])
    assert response["forgotten"] == ["ben@example.net"]
    assert (await client.call("Recipient/query", text="ben"))["list"] == []


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("Recipient/query", {"text": 7}),
        ("Recipient/query", {"limit": 0}),
        ("Recipient/query", {"other": 1}),
        ("Recipient/forget", {}),
        ("Recipient/forget", {"emails": ["x"] * 101 + [str(n) for n in range(101)]}),
    ],
)
async def test_wrong_arguments(client, method, args):
    assert await client.fails(method, **args) == "invalidArguments"


def test_recipients_have_the_names_of_the_header():
    header = parse_header(b"To: Ann <Ann@x.org>, Other <o@x.org>\r\nCc: ben@x.org\r\n\r\n")
    envelope = Envelope("me@x.org", (Recipient("ann@x.org"), Recipient("hid.den@x.org")))
    assert people.written_to(header, envelope) == [
        Mailbox("Ann", "Ann", "x.org"),
        Mailbox("", "hid.den", "x.org"),
    ]


AUTHORS = [
    ("in", "proven", "Berg, Anna <anna@x.org>", [Mailbox("Berg, Anna", "anna", "x.org")]),
    ("in", "unproven", "anna@x.org", [Mailbox("", "anna", "x.org")]),
    ("in", "forged", "anna@x.org", []),
    ("submitted", "", "anna@x.org", []),
    ("in", "proven", "a@x.org, b@x.org", []),
    ("in", "proven", "Nobody", []),
    ("in", "proven", "", []),
]


@pytest.mark.parametrize(("direction", "verdict", "text", "found"), AUTHORS)
def test_authors(direction, verdict, text, found):
    trace = Trace(id="x", direction=direction, started_at=0.0, verdict=verdict)
    assert list(people.author(trace, text)) == found
