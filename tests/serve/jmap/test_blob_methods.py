"""Blob/get, /upload, /lookup and /copy, and quotas, over a socket."""

import base64
import hashlib

import pytest

from pillarbox.store import accounts

from .test_transfer import MESSAGE, deliver

BLOB = "urn:ietf:params:jmap:blob"
QUOTA = "urn:ietf:params:jmap:quota"
TEXT = "The quick brown fox jumped over the lazy dog."


async def call(site, name, **args):
    """Return the response's arguments; of an error its type."""
    named, found = await site.client().call(name, [BLOB, QUOTA], accountId=f"a{site.ann}", **args)
    return found["type"] if named == "error" else found


async def make(site, *sources, type_="text/plain"):
    found = await call(site, "Blob/upload", create={"k": {"data": list(sources), "type": type_}})
    assert found["notCreated"] is None, found
    return found["created"]["k"]


async def get(site, blob, *properties, **args):
    wanted = {"properties": list(properties)} if properties else {}
    found = await call(site, "Blob/get", ids=[blob], **wanted, **args)
    (one,) = found["list"]
    return one


async def test_a_blob_of_text(site):
    made = await make(site, {"data:asText": TEXT})
    assert made == {"id": made["id"], "type": "text/plain", "size": 45}
    assert await get(site, made["id"]) == {"id": made["id"], "data:asText": TEXT, "size": 45}
    sha = base64.b64encode(hashlib.sha256(TEXT.encode()).digest()).decode()
    found = await get(site, made["id"], "data:asText", "digest:sha-256", "size")
    assert found["digest:sha-256"] == sha


async def test_ranges_of_blobs(site):
    blob = (await make(site, {"data:asText": TEXT}))["id"]
    sha = base64.b64encode(hashlib.sha1(b"quick").digest()).decode()
    found = await get(site, blob, "data:asText", "digest:sha", "size", offset=4, length=5)
    assert found == {"id": blob, "data:asText": "quick", "digest:sha": sha, "size": 45}
    for args in ({"offset": 40, "length": 10}, {"offset": 40, "length": 6}):
        found = await get(site, blob, "data", **args)
        assert found == {"id": blob, "data:asText": " dog.", "isTruncated": True}
    assert (await get(site, blob, "data", offset=99))["data:asText"] == ""


async def test_octets_that_are_no_text(site):
    octets = b"\xff\0\x80"
    made = await make(site, {"data:asBase64": base64.b64encode(octets).decode()}, type_=None)
    assert made["type"] is None
    blob = made["id"]
    assert await get(site, blob, "data") == {
        "id": blob, "isEncodingProblem": True, "data:asBase64": "/wCA",
    }  # fmt: skip
    assert (await get(site, blob, "data:asText"))["data:asText"] is None
    assert await get(site, blob, "data:asBase64") == {"id": blob, "data:asBase64": "/wCA"}


async def test_blobs_of_blobs(site):
    create = {
        "a": {"data": [{"data:asText": "hello"}]},
        "b": {"data": [{"blobId": "#a", "offset": 1, "length": 3}, {"data:asText": "!"},
                       {"blobId": "#a"}], "type": "text/plain"},
    }  # fmt: skip
    found = await call(site, "Blob/upload", create=create)
    blob = found["created"]["b"]["id"]
    assert (await get(site, blob))["data:asText"] == "ell!hello"


@pytest.mark.parametrize(
    ("wanted", "type_"),
    [
        ({}, "invalidProperties"),
        ({"data": "x"}, "invalidProperties"),
        ({"data": [{}]}, "invalidProperties"),
        ({"data": [{"data:asText": 1}]}, "invalidProperties"),
        ({"data": [{"data:asText": "a", "data:asBase64": "YQ=="}]}, "invalidProperties"),
        ({"data": [{"data:asBase64": "%"}]}, "invalidProperties"),
        ({"data": [{"blobId": "u999"}]}, "blobNotFound"),
        ({"data": [{"blobId": "#x"}]}, "blobNotFound"),
        ({"data": [{"data:asText": ""}] * 65}, "tooLarge"),
        ({"data": [], "color": 1}, "invalidProperties"),
        ({"data": [], "type": 1}, "invalidProperties"),
    ],
)
async def test_what_makes_no_blob(site, wanted, type_):
    found = await call(site, "Blob/upload", create={"k": wanted})
    assert found["created"] is None
    assert found["notCreated"]["k"]["type"] == type_


async def test_ranges_outside_are_refused(site):
    blob = (await make(site, {"data:asText": "hello"}))["id"]
    for given in ({"offset": 6}, {"offset": 3, "length": 3}, {"offset": -1}):
        source = {"blobId": blob, **given}
        found = await call(site, "Blob/upload", create={"k": {"data": [source]}})
        assert found["notCreated"]["k"]["type"] == "invalidProperties"


async def test_an_empty_blob(site):
    made = await make(site)
    assert made["size"] == 0
    assert (await get(site, made["id"]))["data:asText"] == ""


async def test_what_is_not_there_and_wrong_arguments(site):
    found = await call(site, "Blob/get", ids=["u999", "x"])
    assert found["notFound"] == ["u999", "x"]
    assert await call(site, "Blob/get", ids=None) == "invalidArguments"
    assert await call(site, "Blob/get", ids=[], offset=-1) == "invalidArguments"
    assert await call(site, "Blob/get", ids=[], properties=["digest:md9"]) == "invalidArguments"


async def test_what_refers_to_a_blob(site):
    number = await deliver(site, MESSAGE)
    upload = (await make(site, {"data:asText": "x"}))["id"]
    wanted = [f"g{number}", f"g{number}-1", upload, "g99999", f"g{number}-9"]
    found = await call(site, "Blob/lookup", typeNames=["Email", "Mailbox", "Thread"], ids=wanted)
    assert found["notFound"] == wanted[3:]
    for one in found["list"][:2]:
        matched = one["matchedIds"]
        assert matched["Email"] == [f"e{number}"]
        assert (len(matched["Mailbox"]), len(matched["Thread"])) == (1, 1)
    assert found["list"][2]["matchedIds"] == {"Email": [], "Mailbox": [], "Thread": []}
    assert await call(site, "Blob/lookup", typeNames=["Nothing"], ids=[]) == "unknownDataType"


async def test_there_is_no_account_to_copy_from(site):
    blob = (await make(site, {"data:asText": "x"}))["id"]
    mine, theirs = f"a{site.ann}", f"a{site.bob}"
    found = await call(site, "Blob/copy", fromAccountId=mine, blobIds=[blob])
    assert found == "invalidArguments"
    found = await call(site, "Blob/copy", fromAccountId=theirs, blobIds=[blob])
    assert found == "fromAccountNotFound"
    assert await call(site, "Blob/copy", fromAccountId=theirs) == "invalidArguments"


# Quotas.


async def set_quota(site, octets):
    await site.db.write(lambda tx: accounts.set_quota(tx, site.ann, octets))


async def test_an_account_without_a_limit_has_no_quota(site):
    found = await call(site, "Quota/get", ids=None)
    assert (found["list"], found["notFound"]) == ([], [])
    assert (await call(site, "Quota/query"))["ids"] == []


async def test_the_quota_of_an_account(site):
    before = (await call(site, "Quota/get"))["state"]
    await set_quota(site, 1000_000)
    found = await call(site, "Quota/get", ids=["storage", "x"])
    (one,) = found["list"]
    assert (one["used"], one["hardLimit"], one["scope"]) == (0, 1000_000, "account")
    assert found["notFound"] == ["x"]
    changed = await call(site, "Quota/changes", sinceState=before)
    assert (changed["created"], changed["updatedProperties"]) == (["storage"], None)
    await deliver(site, MESSAGE)
    changed = await call(site, "Quota/changes", sinceState=found["state"])
    assert (changed["updated"], changed["updatedProperties"]) == (["storage"], ["used"])
    found = await call(site, "Quota/get", properties=["used"])
    assert found["list"] == [{"id": "storage", "used": len(MESSAGE)}]
    await set_quota(site, 0)
    changed = await call(site, "Quota/changes", sinceState=found["state"])
    assert changed["destroyed"] == ["storage"]
    assert await call(site, "Quota/changes", sinceState="x") == "cannotCalculateChanges"


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        (None, ["storage"]),
        ({"name": "stor"}, ["storage"]),
        ({"scope": "domain"}, []),
        ({"type": "Email", "resourceType": "octets"}, ["storage"]),
        ({"operator": "NOT", "conditions": [{"name": "x"}]}, ["storage"]),
        ({"operator": "AND", "conditions": [{"name": "x"}, {}]}, []),
        ({"color": "x"}, "unsupportedFilter"),
        ({"name": 1}, "invalidArguments"),
        ({"operator": "XOR", "conditions": []}, "invalidArguments"),
    ],
)
async def test_asking_for_quotas(site, filter_, found):
    await set_quota(site, 1000_000)
    answer = await call(site, "Quota/query", filter=filter_, calculateTotal=True)
    if isinstance(found, str):
        assert answer == found
        return
    assert (answer["ids"], answer["total"]) == (found, len(found))
    state = answer["queryState"]
    same = await call(site, "Quota/queryChanges", filter=filter_, sinceQueryState=state)
    assert (same["added"], same["removed"]) == ([], [])
    old = await call(site, "Quota/queryChanges", filter=filter_, sinceQueryState="1.1")
    assert old == "cannotCalculateChanges"
