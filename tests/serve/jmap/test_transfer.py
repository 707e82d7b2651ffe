"""Uploads and downloads over a socket."""

import asyncio
import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.summary import summarise
from pillarbox.serve.jmap import transfer
from pillarbox.store import messages
from pillarbox.store.mailboxes import Role
from tests.fakes import START

from .site import BOB, basic

MESSAGE = (
    b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nplain text\r\n"
    b"--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"
    b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ninner\r\n--x--\r\n"
)


async def deliver(site, octets):
    def file(tx):
        incoming = messages.Incoming(summarise(octets), tx.blobs[0], START)
        return messages.deliver(tx, site.ann, Role.INBOX, incoming, "")

    return (await site.db.write(file, blobs=(octets,))).message_id


def path(site, blob, name="x.bin", type_="text/plain"):
    return f"/jmap/download/a{site.ann}/{blob}/{name}?type={type_}"


async def upload(site, octets, **headers):
    given = {"content_type": "image/png", **headers}
    return await site.client().request("POST", f"/jmap/upload/a{site.ann}", octets, **given)


@pytest.mark.parametrize("size", [0, 1, 1_048_576, 2_500_000])
async def test_what_goes_up_comes_down(site, size):
    octets = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    answer = await upload(site, octets)
    assert answer.status == 201
    found = answer.json
    assert found == {
        "accountId": f"a{site.ann}",
        "blobId": found["blobId"],
        "type": "image/png",
        "size": size,
    }
    back = await site.client().get(path(site, found["blobId"]))
    assert back.status == 200
    assert back.body == octets
    part = await site.client().get(path(site, found["blobId"]), range="bytes=-300")
    assert part.body == octets[-300:] if size else part.status == 416


async def test_how_a_download_looks(site):
    found = (await upload(site, b"<script>")).json
    answer = await site.client().get(
        path(site, found["blobId"], "na%C3%AFve%22%2F%09.html", "text/html")
    )
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"na_ve.html\"; filename*=UTF-8''na%C3%AFve.html"
    )
    assert "private" in answer.headers["cache-control"]
    assert "immutable" in answer.headers["cache-control"]
    again = await site.client().get(
        path(site, found["blobId"]), if_none_match=answer.headers["etag"]
    )
    assert (again.status, again.body) == (304, b"")
    odd = await site.client().get(path(site, found["blobId"], type_="text/html%0d%0ax:y"))
    assert odd.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("blob", "octets"),
    [
        ("g{}", MESSAGE),
        ("g{}-1", b"plain text"),
        ("g{}-2", b"hello"),
        ("g{}-3", b"Subject: in\r\n\r\ninner"),
        ("g{}-3_1", b"inner"),
        ("g{}-4", None),
        ("g{}-1_2", None),
    ],
)
async def test_messages_and_their_parts(site, blob, octets):
    number = await deliver(site, MESSAGE)
    answer = await site.client().get(path(site, blob.format(number)))
    assert answer.status == (404 if octets is None else 200)
    if octets is not None:
        assert answer.body == octets
        half = await site.client().get(path(site, blob.format(number)), range="bytes=2-4")
        assert (half.status, half.body) == (206, octets[2:5])
        assert half.headers["content-range"] == f"bytes 2-4/{len(octets)}"


async def test_a_large_part_does_not_stay_in_memory(site):
    octets = bytes(range(256)) * 8192
    head = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    number = await deliver(site, head + base64.encodebytes(octets).replace(b"\n", b"\r\n"))
    answer = await site.client().get(path(site, f"g{number}-1"))
    assert answer.body == octets


async def test_only_the_own_account(site):
    number = await deliver(site, MESSAGE)
    found = (await upload(site, b"mine")).json["blobId"]
    for blob in (f"g{number}", found, "u999999", "g99999999", "nonsense"):
        mine = f"/jmap/download/a{site.bob}/{blob}/x?type=text/plain"
        assert (await site.client(BOB).get(mine)).status == 404
        assert (await site.client(BOB).get(path(site, blob))).status == 404
    theirs = await site.client(BOB).request("POST", f"/jmap/upload/a{site.ann}", b"x")
    assert theirs.status == 404
    assert (await site.stranger().get(path(site, found))).status == 401


async def test_what_is_too_large(site):
    client = site.client()
    head = {"content_length": str(60_000_000), "content_type": "x/y"}
    async with client.open("GET", f"/jmap/upload/a{site.ann}") as stream:
        assert stream.response.status_code == 405
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(
        f"POST /jmap/upload/a{site.ann} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic()}\r\n"
        f"Content-Length: {head['content_length']}\r\n\r\n".encode()
    )
    answer = await asyncio.wait_for(reader.readuntil(b"}"), 20)
    assert b" 413 " in answer
    assert b"maxSizeUpload" in answer
    writer.close()


async def test_an_upload_that_breaks_off_leaves_nothing(site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(
        f"POST /jmap/upload/a{site.ann} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic()}\r\n"
        "Content-Length: 3000000\r\n\r\n".encode()
        + b"x" * 1_500_000
    )
    await writer.drain()

    async def count():
        return await site.db.read(lambda tx: tx.value("SELECT COUNT(*) FROM uploads"))

    async with asyncio.timeout(20):
        while not await count():  # noqa: ASYNC110 - the server is another connection
            await asyncio.sleep(0.01)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        while await count():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    reader.feed_eof()


@pytest.mark.parametrize(
    ("field", "span"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=5-9", (5, 10)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=100-", (100, 100)),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("octets=0-1", None),
    ],
)
def test_ranges(field, span):
    assert transfer.range_of(field, 100) == span


@given(st.text())
def test_any_name_and_type_can_stand_in_a_field(text):
    for made in (transfer.disposition(text), transfer.checked_type(text)):
        assert made.isascii()
        assert made.isprintable()
