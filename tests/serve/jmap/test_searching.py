"""Email/query by words with the index, on a real store, and keeping the index up to date."""

import asyncio
from datetime import timedelta

import pytest

from pillarbox.base.errors import Unavailable
from pillarbox.serve import indexer
from pillarbox.serve.indexer import Indexer
from pillarbox.serve.jmap import indexed_words, mail
from pillarbox.serve.jmap.indexed_words import IndexedWords
from pillarbox.store import accounts, indexing, leases, search, vault
from pillarbox.store.ids import MailboxId
from pillarbox.store.search_index import SearchIndex

from .mail_client import NOON, MailClient

OWN = "urn:pillarbox:jmap:search"
FILE = b"""\
From: Ben <ben@example.net>\r
To: alice@example.org\r
Subject: =?utf-8?q?Pl=C3=A4ne?=\r
List-Id: Garden <garden.lists.example.net>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Das <b>Sommerfest</b> im Gr&uuml;nen</p>\r
--b\r
Content-Type: application/pdf; name="garten-plan_2026.pdf"\r
Content-Disposition: attachment; filename="garten-plan_2026.pdf"\r
Content-Transfer-Encoding: base64\r
\r
QUJD\r
--b--\r
"""


@pytest.fixture
async def index(db, database_url, tmp_path, clock):
    index = SearchIndex.beside(db, tmp_path / "store", database_url, clock)
    await index.open()
    yield index
    await index.close()


@pytest.fixture
async def client(db, index):
    client = await MailClient.make(db)
    words = IndexedWords(index)
    client.capability = mail.capability(words=words, rosters=client.rosters)
    client.using |= {OWN}
    return client


@pytest.fixture
async def keeper(db, index, clock):
    return Indexer(db, index, clock)


async def fill(client):
    one = await client.deliver(subject="Rechnung Frühling", text="Sehr geehrte Frau Berg")
    two = await client.deliver(FILE)
    three = await client.deliver(subject="Re: Rechnungen", sender="Zoë <zoe@example.com>")
    return [one, two, three]


CASES = [
    ({"text": "rechn"}, [2, 0]),
    ({"text": '"rechnung"'}, [0]),
    ({"text": "fruhling berg"}, [0]),
    ({"subject": "plane"}, [1]),
    ({"body": "grunen"}, [1]),
    ({"body": "plane"}, []),
    ({"from": "zoe@example.com"}, [2]),
    ({"from": "zoe"}, [2]),
    ({"from": "example"}, [2, 1, 0]),
    ({"attachmentName": "plan 2026"}, [1]),
    ({"text": "garten-plan"}, [1]),
    ({"listId": "garden.lists"}, [1]),
    ({"text": "!!"}, []),
    ({"text": " "}, [2, 1, 0]),
    ({"operator": "NOT", "conditions": [{"text": "rechnung"}]}, [1]),
    ({"header": ["Subject", "echn"]}, [2, 0]),
    ({"verdict": "proven"}, []),
]


@pytest.mark.parametrize("ahead", [0, 2, 3], ids=["before", "halfway", "indexed"])
async def test_mail_is_found_before_and_after_it_is_indexed(client, keeper, ahead):
    emails = await fill(client)
    if ahead == 2:
        some = await client.db.scan(indexing.waiting, client.number, 0, ahead)
        documents = keeper._documents(some)
        progress = search.Progress(some[-1].message_id)
        await keeper._index.db.write(search.put, client.number, documents, progress)
    elif ahead == 3:
        assert await keeper.catch_up()
    for filter_, found in CASES:
        assert await client.query(filter=filter_) == [emails[i] for i in found], filter_


async def test_own_conditions_are_for_those_who_know_them(client):
    client.using -= {OWN}
    for name in ("attachmentName", "listId", "verdict"):
        assert await client.fails("Email/query", filter={name: "x"}) == "unsupportedFilter"


async def test_the_index_is_kept_up_to_date(client, keeper, index):
    emails = await fill(client)
    steps: list[int] = []
    assert await keeper.catch_up(steps.append)
    assert steps == [3]
    await client.deliver(subject="later")
    await keeper.account(client.number)
    assert len(await index.db.scan(search.indexed, client.number)) == 4
    # What is gone for good is taken out.
    inbox = MailboxId(int((await client.mailbox("inbox"))[1:]))

    def destroy(tx):
        vault.remove(tx, client.number, inbox, [1])
        vault.purge(tx, client.number, NOON + timedelta(days=60))

    await client.db.write(destroy)
    await keeper.catch_up()
    left = await index.db.scan(search.indexed, client.number)
    assert len(left) == 3
    assert int(emails[0][1:]) not in left
    # And so is an account.
    await client.db.write(accounts.delete, client.number)
    while await client.db.write(accounts.purge):
        pass
    await keeper.catch_up()
    assert await index.db.scan(search.indexed, client.number) == []
    assert await index.db.scan(search.progresses) == {}


async def test_hints_wake_it_and_one_process_does_it(client, keeper, index, clock, monkeypatch):
    monkeypatch.setattr(indexer, "GATHER_SECONDS", 0.0)
    await fill(client)
    await client.db.write(leases.take, indexer.LEASE, "another", 60.0)
    assert not await keeper.catch_up()
    await client.db.write(leases.release, indexer.LEASE, "another")
    task = asyncio.ensure_future(keeper.run())

    async def reached(count):
        while len(await index.db.scan(search.indexed, client.number)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    try:
        await asyncio.wait_for(reached(3), 20)
        await client.deliver(subject="more")
        keeper.wake(0)
        keeper.wake(client.number)
        await asyncio.wait_for(reached(4), 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await keeper.release()


async def test_without_the_index_mail_is_found_slowly(client, index, monkeypatch):
    emails = await fill(client)

    def broken(*_):
        raise Unavailable("a disk")

    monkeypatch.setattr(indexed_words, "_find", broken)
    assert await client.query(filter={"subject": "Rechnung Frühling"}) == [emails[0]]


async def test_snippets_mark_what_was_found(client):
    email = await client.deliver(FILE)
    response = await client.call(
        "SearchSnippet/get", filter={"text": "plane gruen"}, emailIds=[email]
    )
    assert response["list"] == [
        {
            "emailId": email,
            "subject": "<mark>Pläne</mark>",
            "preview": None,
        }
    ]
    response = await client.call(
        "SearchSnippet/get", filter={"text": "sommerfest grun"}, emailIds=[email]
    )
    assert response["list"][0]["subject"] is None
    preview = response["list"][0]["preview"]
    assert preview == "Das <mark>Sommerfest</mark> im <mark>Grünen</mark>"
